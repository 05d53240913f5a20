package venue_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"netid/client"
	"netid/internal/tool/venue"
)

const onlineCode = "AAAQEAYEAUDAOCAJBIFQYDIOB4"

// service answers like netid, with a key that it may change.
type service struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	status int
	error  string
	says   map[string]bool
	lies   string // the nonce, where it is not the terminal's
	last   map[string][]string
	asked  atomic.Int32 // for keys
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func serve(t testing.TB) *service {
	s := &service{key: newKey(t), status: 200, says: map[string]bool{"real_person": true}}
	b := base64.RawURLEncoding
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		point, err := s.key.PublicKey.Bytes()
		if err != nil {
			t.Error(err)
		}
		kid := b.EncodeToString(point[1:9])
		if r.URL.Path == "/jwks" {
			s.asked.Add(1)
			fmt.Fprintf(w, `{"keys":[{"kty":"EC","crv":"P-256","kid":%q,"x":%q,"y":%q}]}`, kid, b.EncodeToString(point[1:33]), b.EncodeToString(point[33:]))
			return
		}
		if r.ParseForm() != nil || r.URL.Path != "/scan" {
			t.Error(r.URL.Path)
		}
		s.last = r.PostForm
		w.WriteHeader(s.status)
		if s.error != "" {
			fmt.Fprintf(w, `{"error":%q}`, s.error)
			return
		}
		nonce := r.PostForm.Get("nonce")
		if s.lies != "" {
			nonce = s.lies
		}
		h, _ := json.Marshal(map[string]string{"alg": "ES256", "kid": kid, "typ": client.ResultType})
		p, _ := json.Marshal(map[string]any{"iss": s.URL, "aud": "cinema", "nonce": nonce, "iat": time.Now().Unix(), "exp": time.Now().Unix() + 300, "receipt": "r1", "says": s.says})
		m := b.EncodeToString(h) + "." + b.EncodeToString(p)
		sig, err := client.NewSign(s.key)([]byte(m))
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, `{"result":%q}`, m+"."+b.EncodeToString(sig))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *service) gate(t testing.TB) *venue.Online {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	var drawn atomic.Int32
	return &venue.Online{Issuer: s.URL, Client: "cinema", Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), Web: s.Client(),
		Draw: func() string { return fmt.Sprint("drawn-", drawn.Add(1)) }, Now: time.Now}
}

// Q12: the terminal proves itself anew each time, takes only an answer that is signed for its own
// question, and says yes to nothing else.
func TestOnlineTerminal(t *testing.T) {
	s := serve(t)
	o := s.gate(t)
	code := strings.ToUpper(s.URL) + "/Q/" + onlineCode
	a := o.Ask(t.Context(), code)
	if !a.Yes || a.Over18 || !a.Online || a.Receipt != "r1" || s.last["ask"] != nil || s.last["code"][0] != code {
		t.Fatalf("%+v %v", a, s.last)
	}
	before := s.last["client_assertion"][0]
	o.Over18, s.says = true, map[string]bool{"real_person": true, "age_over_18": true}
	if a = o.Ask(t.Context(), code); !a.Yes || !a.Over18 || s.last["ask"][0] != "age_over_18" || s.last["client_assertion"][0] == before {
		t.Errorf("%+v %v", a, s.last)
	}
	if s.asked.Load() != 1 {
		t.Errorf("the keys were fetched %d times", s.asked.Load())
	}
	s.key = newKey(t)
	if a = o.Ask(t.Context(), code); !a.Yes || s.asked.Load() != 2 {
		t.Errorf("a new key of the service: %+v", a)
	}
	for name, one := range map[string]struct {
		do   func()
		code string
		want string
	}{
		"no age":              {func() { s.says = map[string]bool{"real_person": true} }, code, "slip_age_unproven"},
		"under age":           {func() { s.says = map[string]bool{"real_person": true, "age_over_18": false} }, code, "slip_age_unproven"},
		"no person":           {func() { s.says = map[string]bool{"real_person": false} }, code, "online_refused"},
		"not good":            {func() { s.status, s.error = 400, "invalid_grant" }, code, "online_refused"},
		"not known":           {func() { s.status, s.error = 401, "invalid_client" }, code, "online_unproven"},
		"no venue":            {func() { s.status, s.error = 403, "access_denied" }, code, "online_unproven"},
		"busy":                {func() { s.status, s.error = 503, "temporarily_unavailable" }, code, "online_unreached"},
		"another's answer":    {func() { s.lies = "another" }, code, "token_invalid"},
		"another service":     {func() {}, "HTTPS://ID.EXAMPLE/Q/" + onlineCode, "online_code_invalid"},
		"nothing like a code": {func() {}, "://", "online_code_invalid"},
	} {
		s.status, s.error, s.lies, s.says = 200, "", "", map[string]bool{"real_person": true, "age_over_18": true}
		one.do()
		if a := o.Ask(t.Context(), one.code); a.Yes || a.Reason != one.want || !a.Online {
			t.Errorf("%s: %+v", name, a)
		}
	}
	s.Close()
	if a := o.Ask(t.Context(), code); a.Reason != "online_unreached" {
		t.Errorf("%+v", a)
	}
}

// One field takes both kinds, and a gate without a key asks nobody.
func TestOneFieldForBothKinds(t *testing.T) {
	d, s := open(t), serve(t)
	code := s.URL + "/Q/" + onlineCode
	if _, a := d.ask(t, code, nil); a.Yes || a.Reason != "slip_invalid" {
		t.Errorf("without a key: %+v", a)
	}
	d.Terminal.Online = s.gate(t)
	if _, a := d.ask(t, code, nil); !a.Yes || !a.Online {
		t.Errorf("%+v", a)
	}
	for _, c := range d.Codes {
		if c.Reason == "" {
			if _, a := d.ask(t, c.Code, nil); !a.Yes || a.Online {
				t.Errorf("%s: %+v", c.Name, a)
			}
			break
		}
	}
}
