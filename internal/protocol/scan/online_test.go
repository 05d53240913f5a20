package scan_test

import (
	"context"
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
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/protocol/oauth"
	"netid/internal/protocol/scan"
	"netid/internal/token/jose"
	"netid/test/kit"
)

// street is a service of two nodes over one store, a cinema with a key, a shop with
// one that is no venue, and somebody who draws codes.
type street struct {
	*kit.Kit
	who   *kit.Citizen
	nodes [2]*http.ServeMux
	turn  atomic.Int64
	keys  map[string][]byte // private, PEM
	jwks  []byte            // of the service
	ids   atomic.Int64
}

func key(t testing.TB) (private, set []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	point, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b := base64.RawURLEncoding
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		[]byte(`{"keys":[{"crv":"P-256","kty":"EC","x":"` + b.EncodeToString(point[1:33]) + `","y":"` + b.EncodeToString(point[33:]) + `"}]}`)
}

func open(t testing.TB) *street {
	t.Helper()
	ctx := context.Background()
	s := &street{Kit: kit.New(t, law.New()), keys: map[string][]byte{}}
	for id, details := range map[string][]string{"cinema": {identity.DetailVenue}, "shop": {identity.DetailVerification}} {
		private, set := key(t)
		s.keys[id] = private
		if _, _, err := s.Admit.Register(ctx, admit.Application{ID: id, Name: id, NameZH: "某" + id, RedirectURIs: []string{"https://" + id + ".example/"}, JWKS: set, Details: details,
			AgeMarks: map[string]string{"over18": "Law of films"}, Sandbox: true}); err != nil {
			t.Fatal(err)
		}
	}
	once := func(ctx context.Context, ids ...identity.TakeOnce) error {
		var notes []identity.Note
		for _, id := range ids {
			notes = append(notes, id)
		}
		return s.Store.Jot(ctx, notes...)
	}
	keys := func(_ context.Context, p identity.Party, _ func(jose.Set) bool) (jose.Set, error) {
		return jose.ParseSet(p.JWKS, jose.PartyAlgs()...)
	}
	for i := range s.nodes {
		d, err := scan.New(scan.Config{Issuer: kit.Issuer, Bundles: bundles(nil), Scanner: s.Verify, Signers: s.Ring.Signers("token"),
			Gate: oauth.Gate{Issuer: kit.Issuer, Parties: s.Admit, Keys: keys, Once: once, Suite: identity.ES256, Now: s.Now}})
		if err != nil {
			t.Fatal(err)
		}
		s.nodes[i] = http.NewServeMux()
		d.Register(s.nodes[i])
	}
	var err error
	if s.jwks, err = jose.Publish(jose.ES256, s.Ring.Signers("token")()...); err != nil {
		t.Fatal(err)
	}
	s.who = s.Adult(1)
	if err := s.who.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.who.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// shows draws a code, as a camera reads it.
func (s *street) shows(t testing.TB, over18 bool) string {
	t.Helper()
	d, err := s.who.Draw(context.Background(), over18)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ToUpper(client.OnlineAddress(kit.Issuer, d.Code.Text()))
}

// form is a terminal's question with a new proof of who it is.
func (s *street) form(t testing.TB, party, code string) url.Values {
	t.Helper()
	a, err := client.NewAssertion(s.keys[party], party, kit.Issuer, fmt.Sprint("id-", s.ids.Add(1)), s.Now())
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"client_id": {party}, "client_assertion_type": {client.AssertionType}, "client_assertion": {a}, "code": {code}, "nonce": {"n1"}}
}

func (s *street) post(f url.Values) (status int, result, refusal, said string) {
	r := httptest.NewRequest("POST", "/scan", strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.nodes[s.turn.Add(1)%2].ServeHTTP(w, r)
	var a struct{ Result, Error string }
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		return w.Code, "", "not JSON", w.Body.String()
	}
	return w.Code, a.Result, a.Error, w.Body.String()
}

// Q12: a venue that proves itself hears yes, signed, once, and nothing by which two
// visits could be joined.
func TestScan(t *testing.T) {
	s := open(t)
	f := s.form(t, "cinema", s.shows(t, true))
	f.Set("ask", "age_over_18")
	status, result, _, said := s.post(f)
	if status != 200 {
		t.Fatal(status, said)
	}
	r, err := client.CheckResult(result, s.jwks, kit.Issuer, "cinema", "n1", s.Now())
	if err != nil || !r.Says["real_person"] || len(r.Says) != 2 || !r.Says["age_over_18"] || len(r.Receipt) != 32 {
		t.Fatalf("%+v %v", r, err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(result, ".")[1])
	var claims map[string]any
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		t.Fatal(err)
	}
	for name := range claims {
		if !strings.Contains(" iss aud nonce iat exp receipt says ", " "+name+" ") {
			t.Errorf("%s leaves", name)
		}
	}
	if status, _, why, _ := s.post(f); status != 401 || why != "invalid_client" {
		t.Errorf("the same proof again: %d %s", status, why)
	}
	f = s.form(t, "cinema", s.shows(t, false))
	f.Set("ask", "age_over_18")
	if _, result, _, _ = s.post(f); result == "" {
		t.Fatal("who keeps the age back gets no answer")
	}
	if r, err = client.CheckResult(result, s.jwks, kit.Issuer, "cinema", "n1", s.Now()); err != nil || len(r.Says) != 1 || !r.Says["real_person"] {
		t.Errorf("%+v %v", r, err)
	}
}

// Q12: whatever is wrong with a code, a venue reads the very same bytes.
func TestScanRefusesAlike(t *testing.T) {
	s := open(t)
	used := s.shows(t, false)
	if status, _, _, said := s.post(s.form(t, "cinema", used)); status != 200 {
		t.Fatal(said)
	}
	late := s.shows(t, false)
	s.Advance(1e9 * 60)
	gone := s.shows(t, false)
	if err := s.Issue.Freeze(t.Context(), s.who.Session); err != nil {
		t.Fatal(err)
	}
	unknown := client.OnlineAddress(kit.Issuer, identity.NewOnlineCode().Text())
	first := ""
	for name, code := range map[string]string{"unknown": unknown, "used": used, "late": late, "frozen": gone, "no code": "x", "another host's": strings.Replace(unknown, "netid", "other", 1), "lower case": strings.ToLower(used)} {
		status, _, why, said := s.post(s.form(t, "cinema", code))
		if first == "" {
			first = said
		}
		if status != 400 || why != "invalid_grant" || said != first {
			t.Errorf("%s: %d %s, and another said %s", name, status, said, first)
		}
	}
}

// Who may not ask is told so before any code is looked at, and uses nothing up.
func TestScanBy(t *testing.T) {
	s := open(t)
	code := s.shows(t, true)
	for name, one := range map[string]struct {
		party  string
		change func(url.Values)
		status int
		why    string
	}{
		"no venue":            {"shop", nil, 403, "access_denied"},
		"no proof":            {"cinema", func(f url.Values) { f.Del("client_assertion"); f.Del("client_assertion_type") }, 401, "invalid_client"},
		"another's proof":     {"shop", func(f url.Values) { f.Set("client_id", "cinema") }, 401, "invalid_client"},
		"an unregistered age": {"cinema", func(f url.Values) { f.Set("ask", "age_over_60") }, 403, "access_denied"},
		"no mark":             {"cinema", func(f url.Values) { f.Set("ask", "name") }, 400, "invalid_request"},
		"a mark twice":        {"cinema", func(f url.Values) { f.Set("ask", "over18 over18") }, 400, "invalid_request"},
		"no code":             {"cinema", func(f url.Values) { f.Del("code") }, 400, "invalid_request"},
		"two codes":           {"cinema", func(f url.Values) { f.Add("code", "x") }, 400, "invalid_request"},
		"a long nonce":        {"cinema", func(f url.Values) { f.Set("nonce", strings.Repeat("n", 129)) }, 400, "invalid_request"},
	} {
		f := s.form(t, one.party, code)
		if one.change != nil {
			one.change(f)
		}
		if status, _, why, said := s.post(f); status != one.status || why != one.why {
			t.Errorf("%s: %d %s", name, status, said)
		}
	}
	if status, _, _, said := s.post(s.form(t, "cinema", code)); status != 200 {
		t.Errorf("a refusal used it up: %s", said)
	}
}

// Q12: sixty-four terminals on two nodes, one answer.
func TestScanOnce(t *testing.T) {
	s := open(t)
	code := s.shows(t, false)
	var yes atomic.Int32
	var all sync.WaitGroup
	for range 64 {
		f := s.form(t, "cinema", code)
		all.Go(func() {
			switch status, _, why, said := s.post(f); {
			case status == 200:
				yes.Add(1)
			case why != "invalid_grant":
				t.Error(said)
			}
		})
	}
	all.Wait()
	if yes.Load() != 1 {
		t.Errorf("%d answers", yes.Load())
	}
}

// What is ours is no word on the code.
type failing struct{ error }

func (failing) MayScan(context.Context, identity.PartyID, []identity.AgeMark) (identity.Party, []identity.Ground, error) {
	return identity.Party{}, nil, nil
}
func (f failing) Scan(context.Context, verify.Scan) (identity.Verification, error) {
	return identity.Verification{}, f.error
}

func TestScanOutOfOrder(t *testing.T) {
	s := open(t)
	for kind, want := range map[fault.Kind]int{fault.Unavailable: 503, fault.TooMany: 429, fault.Internal: 500, fault.Conflict: 400} {
		d, err := scan.New(scan.Config{Issuer: kit.Issuer, Bundles: bundles(nil), Scanner: failing{fault.New("test", kind, "store_busy")}, Signers: s.Ring.Signers("token"),
			Gate: oauth.Gate{Issuer: kit.Issuer, Parties: s.Admit, Keys: func(_ context.Context, p identity.Party, _ func(jose.Set) bool) (jose.Set, error) {
				return jose.ParseSet(p.JWKS, jose.PartyAlgs()...)
			}, Once: func(context.Context, ...identity.TakeOnce) error { return nil }, Suite: identity.ES256, Now: s.Now}})
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		d.Register(mux)
		s.nodes = [2]*http.ServeMux{mux, mux}
		if status, _, _, said := s.post(s.form(t, "cinema", s.shows(t, false))); status != want || strings.Contains(said, "approval") {
			t.Errorf("%v: %d %s", kind, status, said)
		}
	}
	if _, err := scan.New(scan.Config{}); err == nil {
		t.Error("a door without anything behind it")
	}
}
