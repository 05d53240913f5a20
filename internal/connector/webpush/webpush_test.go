package webpush_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/internal/connector/webpush"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func signer(t testing.TB) suite.Signer {
	t.Helper()
	secret, err := suite.NewES256Secret()
	must(t, err)
	k, err := suite.NewES256(secret)
	must(t, err)
	return k
}

// fake is a push service that answers as told, and keeps what it was sent.
type fake struct {
	*webpush.Service
	status int
	err    error
	asked  []string
	header http.Header
	counts []string
}

func service(t testing.TB, keys ...suite.Signer) *fake {
	f := &fake{status: http.StatusCreated}
	f.Service = &webpush.Service{Listed: []string{"push.example.net", "*.wide.example"}, Contact: "mailto:push@example.com", Signers: func() []suite.Signer { return keys },
		Form: func(s string) error {
			if !strings.HasPrefix(s, "https://") {
				return errors.New("no https")
			}
			return nil
		},
		Post: func(_ context.Context, endpoint string, h http.Header) (int, error) {
			f.asked, f.header = append(f.asked, endpoint), h
			return f.status, f.err
		},
		Count: func(host string, took bool) { f.counts = append(f.counts, fmt.Sprint(host, took)) },
		Now:   func() time.Time { return time.Unix(1453523768, 0).Add(-time.Hour) }}
	return f
}

// RFC 8292 §2.4: the example's token is ours byte for byte up to the signature,
// which no two signers make alike, and its key checks its signature in our suite.
func TestTheExampleOfRFC8292(t *testing.T) {
	const token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA"
	const key = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
	checks(t, token, key)

	k := signer(t)
	f := service(t, k)
	must(t, f.Carry(t.Context(), identity.Signal{Endpoint: "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV", Key: k.KeyID()}))
	ours, point, ok := strings.Cut(strings.TrimPrefix(f.header.Get("Authorization"), "vapid t="), ", k=")
	if unsigned := token[:strings.LastIndex(token, ".")]; !ok || !strings.HasPrefix(ours, unsigned+".") {
		t.Errorf("%s\nis not\n%s", ours, unsigned)
	}
	checks(t, ours, point)
	if public, id := f.Key(); public != point || id != k.KeyID() {
		t.Error("a browser subscribes with another key", public, id)
	}
}

// checks is what a push service does (RFC 8292 §4.2).
func checks(t *testing.T, token, point string) {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(point)
	must(t, err)
	if len(b) != 65 || b[0] != 4 {
		t.Fatalf("a point of %d bytes", len(b))
	}
	at := strings.LastIndex(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(token[at+1:])
	must(t, err)
	enc := base64.RawURLEncoding.EncodeToString
	jwk := fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, enc(b[1:33]), enc(b[33:]))
	if err := (suite.Cover{}).VerifyES256([]byte(jwk), []byte(token[:at]), signature); err != nil {
		t.Error(err)
	}
}

// What leaves says nothing but that a signal came, and is the same for everybody.
func TestASignalSaysNothing(t *testing.T) {
	k := signer(t)
	f := service(t, k)
	must(t, f.Carry(t.Context(), identity.Signal{Endpoint: "https://push.example.net/a", Key: k.KeyID()}))
	first := f.header.Clone()
	must(t, f.Carry(t.Context(), identity.Signal{Endpoint: "https://push.example.net/b", Key: k.KeyID()}))
	for name, want := range map[string]string{"Ttl": "600", "Urgency": "normal", "Topic": "netid"} {
		if first.Get(name) != want || f.header.Get(name) != want {
			t.Errorf("%s is %q and %q", name, first.Get(name), f.header.Get(name))
		}
	}
	if len(first) != 4 {
		t.Errorf("something besides: %v", first)
	}
	word := strings.TrimPrefix(first.Get("Authorization"), "vapid t=")
	middle, err := base64.RawURLEncoding.DecodeString(strings.Split(word, ".")[1])
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(middle, &claims))
	if exp := time.Unix(int64(claims["exp"].(float64)), 0).Sub(f.Now()); len(claims) != 3 || exp <= 0 || exp > 24*time.Hour {
		t.Errorf("%v, good for %v (RFC 8292 §2: a day at most)", claims, exp)
	}
	if fmt.Sprint(f.counts) != "[push.example.nettrue push.example.nettrue]" {
		t.Error(f.counts)
	}
}

func TestOnlyWhatIsListed(t *testing.T) {
	k, other := signer(t), signer(t)
	f := service(t, k)
	for endpoint, ok := range map[string]bool{
		"https://push.example.net/x": true, "https://PUSH.example.net/x": true, "https://a.wide.example/x": true, "https://a.b.wide.example/x": true,
		"https://wide.example/x": false, "https://notwide.example/x": false, "https://.wide.example/x": false, "https://push.example.net.evil.example/x": false,
		"https://evil.example/push.example.net": false, "https://push.example.net@evil.example/x": false, "http://push.example.net/x": false, "https://other.example.net/x": false,
		"": false, "https://push.example.net/" + strings.Repeat("x", 800): false, "https://push.example.net/\x7f": false,
	} {
		to := identity.Signal{Endpoint: endpoint, Key: k.KeyID()}
		if err := f.Check(to); (err == nil) != ok || err != nil && !fault.Because(err, "signal_refused") {
			t.Errorf("%s: %v", endpoint, err)
		}
		f.asked = nil
		if err := f.Carry(t.Context(), to); (err == nil) != ok || err != nil && !fault.Is(err, fault.Gone) || !ok && len(f.asked) > 0 {
			t.Errorf("%s is asked all the same: %v %v", endpoint, f.asked, err)
		}
	}
	good := identity.Signal{Endpoint: "https://push.example.net/x", Key: other.KeyID()}
	if err := f.Check(good); !fault.Because(err, "signal_refused") {
		t.Error("a subscription of another key:", err)
	}
	if err := f.Carry(t.Context(), good); !fault.Is(err, fault.Gone) {
		t.Error("of a key that was retired:", err)
	}
}

// A subscription made with a former key is signed for with that one.
func TestTheKeyOfTheSubscription(t *testing.T) {
	now, former := signer(t), signer(t)
	f := service(t, now, former)
	must(t, f.Carry(t.Context(), identity.Signal{Endpoint: "https://push.example.net/x", Key: former.KeyID()}))
	token, point, _ := strings.Cut(strings.TrimPrefix(f.header.Get("Authorization"), "vapid t="), ", k=")
	checks(t, token, point)
	if public, _ := f.Key(); public == point {
		t.Error("signed with the newest key")
	}
}

func TestAnswers(t *testing.T) {
	k := signer(t)
	f := service(t, k)
	to := identity.Signal{Endpoint: "https://push.example.net/secret-address", Key: k.KeyID()}
	for status, kind := range map[int]fault.Kind{400: fault.Forbidden, 401: fault.Forbidden, 403: fault.Forbidden, 413: fault.Forbidden, 301: fault.Forbidden, 307: fault.Forbidden,
		404: fault.Gone, 410: fault.Gone, 429: fault.Unavailable, 500: fault.Unavailable, 503: fault.Unavailable} {
		f.status, f.counts = status, nil
		if err := f.Carry(t.Context(), to); !fault.Is(err, kind) || strings.Contains(err.Error(), "secret-address") || fmt.Sprint(f.counts) != "[push.example.netfalse]" {
			t.Errorf("%d: %v %v", status, err, f.counts)
		}
	}
	for _, status := range []int{200, 201, 202, 204} {
		f.status = status
		must(t, f.Carry(t.Context(), to))
	}
	f.err = fault.New("egress", fault.Unavailable, "address_unreachable")
	if err := f.Carry(t.Context(), to); !fault.Because(err, "signal_unavailable") {
		t.Error(err)
	}
	f.err = fault.New("egress", fault.Invalid, "address_refused")
	if err := f.Carry(t.Context(), to); !fault.Because(err, "signal_refused") {
		t.Error("a private address is tried again:", err)
	}
}

func TestContact(t *testing.T) {
	for in, want := range map[string]string{"privacy@example.cn": "mailto:privacy@example.cn", "mailto:a@b.cn": "mailto:a@b.cn", "https://example.cn/contact": "https://example.cn/contact",
		"": "", "12345": "", "http://example.cn": "", "a@b@c": "", "Office <a@b.cn>": "", "@b": "", "a@": ""} {
		if got := webpush.Contact(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestPattern(t *testing.T) {
	for in, ok := range map[string]bool{"fcm.googleapis.com": true, "*.notify.windows.com": true, "localhost": true,
		"": false, "*": false, "*.": false, "*.com": false, "a.*.com": false, "https://a.example": false, "a.example/x": false, "a.example:443": false, "A.example": false, "a.example.": false, "u@a.example": false, "a b.example": false} {
		if webpush.Pattern(in) != ok {
			t.Errorf("%q: %v", in, !ok)
		}
	}
}

// What a browser posts is outside bytes: whatever passes is asked at a listed host and nowhere else.
func FuzzEndpoint(f *testing.F) {
	k := signer(f)
	for _, s := range []string{"https://push.example.net/x", "https://a.wide.example/", `https://push.example.net\@evil.example/`, "https://push.example.net:443@evil.example/", "https://[::1]/", "//push.example.net/"} {
		f.Add(s)
	}
	s := service(f, k)
	f.Fuzz(func(t *testing.T, endpoint string) {
		if s.Check(identity.Signal{Endpoint: endpoint, Key: k.KeyID()}) != nil {
			return
		}
		r, err := http.NewRequest(http.MethodPost, endpoint, http.NoBody)
		if err != nil {
			return
		}
		host := strings.ToLower((&url.URL{Host: r.URL.Host}).Hostname())
		if r.URL.Scheme != "https" || host != "push.example.net" && !strings.HasSuffix(host, ".wide.example") {
			t.Fatalf("%q would be asked at %q", endpoint, r.URL)
		}
	})
}
