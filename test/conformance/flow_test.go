package conformance_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"netid/test/visitor"
)

// flow is one sign-in under way, from the request to UserInfo.
type flow struct {
	*party
	me       *visitor.Citizen
	params   url.Values // of the request
	verifier string
	object   map[string]any // changes of the signed request's claims; nil leaves one out
	header   map[string]any // of the signed request
	alg      string         // of the signed request
	by       *party         // who signs it
	unsigned bool
	beside   url.Values // what the browser brings beside client_id and request_uri
}

// flow begins a good one.
func (p *party) flow() *flow {
	f := &flow{party: p, me: p.me, verifier: rand.Text() + rand.Text(), object: map[string]any{}, header: map[string]any{"typ": "oauth-authz-req+jwt"}, alg: "ES256", by: p, beside: url.Values{}}
	f.params = url.Values{"client_id": {p.id}, "redirect_uri": {p.redirect}, "response_type": {"code"}, "scope": {"openid"}, "state": {rand.Text()}, "nonce": {rand.Text()},
		"code_challenge": {digest(f.verifier)}, "code_challenge_method": {"S256"}}
	if p.signed {
		f.params.Set("response_mode", "jwt")
	}
	return f
}

// set changes parameters of the request; "" leaves one out.
func (f *flow) set(pairs ...string) *flow {
	for i := 0; i < len(pairs); i += 2 {
		if f.params.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			f.params.Del(pairs[i])
		}
	}
	return f
}

// push sends the request ahead.
func (f *flow) push(t *testing.T, changes ...change) *answer {
	t.Helper()
	form := url.Values{}
	for name, v := range f.params {
		form[name] = v
	}
	if f.signed && !f.unsigned {
		form = url.Values{"request": {f.request(t)}, "client_id": {f.id}}
	}
	return f.post(t, "pushed_authorization_request", form, changes...)
}

// request is the signed request.
func (f *flow) request(t *testing.T) string {
	t.Helper()
	now := f.now().Unix()
	claims := map[string]any{"iss": f.id, "aud": f.issuer, "nbf": now, "exp": now + 300, "iat": now}
	for name := range f.params {
		claims[name] = f.params.Get(name)
	}
	return signed(t, f.by, f.alg, f.header, with(claims, f.object))
}

// address is where the browser goes with the request.
func (f *flow) address(t *testing.T, changes ...change) string {
	t.Helper()
	at := f.metadata["authorization_endpoint"].(string) + "?"
	if f.auth == secret {
		return at + f.params.Encode()
	}
	a := f.push(t, changes...)
	expires, _ := a.json["expires_in"].(float64)
	if a.status != http.StatusCreated || a.text("request_uri") == "" || expires < 5 || expires >= 600 { // FAPI 2.0 §5.3.2.2
		t.Fatalf("the pushed request: %d %s", a.status, a.body)
	}
	return f.at(at, a.text("request_uri"))
}

func (f *flow) at(at, uri string) string {
	q := url.Values{"client_id": {f.id}, "request_uri": {uri}}
	for name, v := range f.beside {
		q[name] = v
	}
	return at + q.Encode()
}

// answered reads what came to the party's address: in the open, or signed.
func (f *flow) answered(t *testing.T, at *url.URL) map[string]string {
	t.Helper()
	if before, _, _ := strings.Cut(f.params.Get("redirect_uri"), "?"); at.Scheme+"://"+at.Host+at.Path != before || at.Fragment != "" {
		t.Fatalf("went to %s", at)
	}
	words := map[string]string{}
	for name, v := range at.Query() {
		words[name] = v[0]
	}
	delete(words, "dummy1")
	delete(words, "dummy2")
	if f.signed {
		if len(words) != 1 {
			t.Fatalf("beside the signed answer: %s", at)
		}
		claims := f.read(t, words["response"])
		words = map[string]string{}
		for name, v := range claims {
			if s, ok := v.(string); ok {
				words[name] = s
			}
		}
	}
	if words["iss"] != f.issuer || words["state"] != f.params.Get("state") {
		t.Errorf("iss and state of the answer: %v", words)
	}
	return words
}

// code has the citizen approve.
func (f *flow) code(t *testing.T, changes ...change) string {
	t.Helper()
	return f.approved(t, f.address(t, changes...))
}

func (f *flow) approved(t *testing.T, address string) string {
	t.Helper()
	sealed, err := f.me.Ask(address)
	if err != nil {
		t.Fatal(err)
	}
	return f.decided(t, sealed)
}

// decided is the code of a request that the citizen agrees to.
func (f *flow) decided(t *testing.T, sealed string) string {
	t.Helper()
	form, err := f.me.Consent(sealed)
	if err != nil {
		t.Fatal(err)
	}
	at, err := f.me.Decide("/request/approve", form)
	if err != nil {
		t.Fatal(err)
	}
	words := f.answered(t, at)
	if words["code"] == "" || words["error"] != "" {
		t.Fatalf("no code: %v", words)
	}
	return words["code"]
}

// redeem brings a code to the token endpoint.
func (f *flow) redeem(t *testing.T, code string, changes ...change) *answer {
	t.Helper()
	return f.post(t, "token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {f.params.Get("redirect_uri")}, "code_verifier": {f.verifier}}, changes...)
}

// given is what a good token answer says.
type given struct {
	access string
	id     map[string]any
}

// tokens checks a good token answer and its ID token.
func (f *flow) tokens(t *testing.T, a *answer) given {
	t.Helper()
	kind := map[string]string{dpop: "DPoP"}[f.bound]
	if kind == "" {
		kind = "Bearer"
	}
	lasts, _ := a.json["expires_in"].(float64)
	if a.status != http.StatusOK || a.text("token_type") != kind || a.text("access_token") == "" || lasts <= 0 {
		t.Fatalf("the token endpoint: %d %s", a.status, a.body)
	}
	id := f.read(t, a.text("id_token"))
	iat, _ := id["iat"].(float64)
	nonce, _ := id["nonce"].(string)
	if off := int64(iat) - f.now().Unix(); id["sub"] == "" || nonce != f.params.Get("nonce") || off > 10 || off < -60 {
		t.Errorf("the ID token: %v", id)
	}
	return given{a.text("access_token"), id}
}

// whole is a good flow to its end: the same person in the ID token and at UserInfo.
func (f *flow) whole(t *testing.T, changes ...change) given {
	t.Helper()
	g := f.tokens(t, f.redeem(t, f.code(t, changes...)))
	f.about(t, g, f.resource(t, g.access))
	return g
}

// about holds UserInfo to the ID token.
func (f *flow) about(t *testing.T, g given, a *answer) {
	t.Helper()
	if a.status != http.StatusOK || a.json["sub"] != g.id["sub"] {
		t.Errorf("UserInfo: %d %s", a.status, a.body)
	}
}

// no holds a refusal to its status and to one of the codes.
func (a *answer) no(t *testing.T, status int, codes ...string) {
	t.Helper()
	if a.status != status || !slices.Contains(codes, a.text("error")) || a.json["access_token"] != nil || a.json["request_uri"] != nil {
		t.Errorf("%d %s, want %d %v", a.status, a.body, status, codes)
	}
	for _, c := range a.text("error_description") { // RFC 6749 §5.2
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			t.Errorf("%q in the description", c)
		}
	}
}

// turned is what the browser gets for a request that nobody is asked about: the
// reason of a page, or the error that the party is told.
func (f *flow) turned(t *testing.T, address string) (page, told string) {
	t.Helper()
	a, err := f.me.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	if a.Leads() == "" {
		if a.Status != http.StatusBadRequest {
			t.Errorf("a page with status %d", a.Status)
		}
		return a.Reason(), ""
	}
	at, err := url.Parse(a.Leads())
	if err != nil {
		t.Fatal(err)
	}
	if at.Path == "/request" {
		t.Fatal("the citizen is asked")
	}
	words := f.answered(t, at)
	if words["code"] != "" {
		t.Error("an error with a code")
	}
	return "", words["error"]
}
