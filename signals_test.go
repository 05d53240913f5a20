package netid_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// A guardian turned signals on; a child asks, and the push service of the
// guardian's browser hears that, and nothing more: signed with ES256 also where all else is SM2.
func TestAGuardianIsSignalled(t *testing.T) {
	t.Parallel()
	heard := make(chan *http.Request, 8)
	maker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || len(body) > 0 {
			t.Errorf("a signal with a content of %d bytes: %v", len(body), err)
		}
		status := http.StatusCreated
		if r.URL.Path == "/gone" {
			status = http.StatusGone
		}
		w.WriteHeader(status)
		heard <- r
	}))
	defer maker.Close()
	s := sandboxtest.Start(t, "--profile", "guomi", "--fetch-loopback", "--push", "127.0.0.1")
	g := enrolledGuardian(t, s)
	page, err := g.Get("/devices/signals")
	if err != nil || page.Data("data-point") == "" {
		t.Fatal(err, page)
	}
	_, key, _ := strings.Cut(page.Body, `name="key" value="`)
	key, _, _ = strings.Cut(key, `"`)
	on := func(path string) *visitor.Answer {
		t.Helper()
		a, err := g.Post("/devices/signals", url.Values{"key": {key}, "endpoint": {maker.URL + path}})
		if err != nil || a.Leads() != "/devices/signals" {
			t.Fatal(err, a)
		}
		if a, err = g.Get("/devices/signals"); err != nil || a.Data("data-through") != "127.0.0.1" {
			t.Fatal(err, a)
		}
		return a
	}
	on("/secret-of-the-browser")

	asks := func(child string) *http.Request {
		t.Helper()
		conf := oauth2.Config{ClientID: "demo-shop", RedirectURL: s.Shop + "/callback", Scopes: []string{"openid"}, Endpoint: oauth2.Endpoint{AuthURL: s.URL + "/authorize"}}
		address := conf.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
		if _, errs, code := s.Run("persona", "approve", "--server", s.URL, "--no-guardian", child, address); code == 0 || !strings.Contains(errs, "guardian must approve") {
			t.Fatal(code, errs)
		}
		select {
		case r := <-heard:
			return r
		case <-time.After(20 * time.Second):
			t.Fatal("nothing was heard\n" + s.Output())
			return nil
		}
	}
	r := asks("child-9")
	for name, want := range map[string]string{"Ttl": "600", "Urgency": "normal", "Topic": "netid", "Content-Length": "0", "Content-Type": "", "Content-Encoding": "", "Crypto-Key": ""} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if r.Method != http.MethodPost || r.URL.Path != "/secret-of-the-browser" || r.ContentLength != 0 {
		t.Error(r.Method, r.URL, r.ContentLength)
	}
	signedBy(t, r.Header.Get("Authorization"), page.Data("data-point"), maker.URL)
	if page, err := g.Get("/children"); err != nil || page.Data("data-matter-kind") != "apply" {
		t.Error("signalled, and nothing waits:", err)
	}
	for _, name := range []string{"netid.db", "netid.db-wal"} {
		if b, err := os.ReadFile(filepath.Join(s.Data, name)); err != nil || strings.Contains(string(b), "secret-of-the-browser") {
			t.Errorf("%s holds the browser's address in the clear: %v", name, err)
		}
	}
	if strings.Contains(s.Output(), "secret-of-the-browser") {
		t.Error("the log holds the browser's address")
	}

	on("/gone") // of which the service says so, when it is next asked
	if asks("infant").URL.Path != "/gone" {
		t.Error("the former address is asked")
	}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if page, err := g.Get("/devices/signals"); err != nil || page.Data("data-through") == "" {
			break
		}
		if time.Now().After(until) {
			t.Fatal("410, and it is still on")
		}
	}
}

func enrolledGuardian(t *testing.T, s *sandboxtest.Sandbox) *visitor.Citizen {
	t.Helper()
	a, err := visitor.New(s.URL).Call(http.MethodGet, "/sandbox/drawer", "")
	if err != nil {
		t.Fatal(err)
	}
	var drawer struct {
		Cards []struct{ ID, Persona, Phone string }
	}
	if err := json.Unmarshal([]byte(a.Body), &drawer); err != nil {
		t.Fatal(err)
	}
	for _, c := range drawer.Cards {
		if c.Persona != "guardian" {
			continue
		}
		g, err := visitor.NewCitizen(s.URL, c.ID, c.Phone)
		if err == nil {
			err = g.Enrol()
		}
		if err == nil {
			err = g.SignIn()
		}
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	t.Fatal("no guardian in the drawer")
	return nil
}

// signedBy is what a push service checks (RFC 8292 §4.2), by another's library.
func signedBy(t *testing.T, authorization, point, audience string) {
	t.Helper()
	token, k, _ := strings.Cut(strings.TrimPrefix(authorization, "vapid t="), ", k=")
	if k != point {
		t.Errorf("signed by %s; the browser bound itself to %s", k, point)
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var key jose.JSONWebKey
	x, y := coordinates(t, point)
	if err := key.UnmarshalJSON([]byte(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `"}`)); err != nil {
		t.Fatal(err)
	}
	payload, err := jws.Verify(key)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	err = json.Unmarshal(payload, &claims)
	if left := time.Until(time.Unix(claims.Exp, 0)); err != nil || claims.Aud != audience || claims.Sub != "mailto:sandbox@netid.invalid" || left < 0 || left > 24*time.Hour {
		t.Errorf("%+v, good for %v: %v", claims, left, err)
	}
}

// coordinates of an uncompressed point.
func coordinates(t *testing.T, point string) (x, y string) {
	t.Helper()
	encoding := base64.RawURLEncoding
	b, err := encoding.DecodeString(point)
	if err != nil || len(b) != 65 || b[0] != 4 {
		t.Fatalf("%q is no point: %v", point, err)
	}
	return encoding.EncodeToString(b[1:33]), encoding.EncodeToString(b[33:])
}
