package oauth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

const issuer = "https://id.example"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// parties is a register with one party of each kind.
type parties struct {
	known map[identity.PartyID]identity.Party
	down  error
}

func (p parties) Party(_ context.Context, id identity.PartyID) (identity.Party, error) {
	if p.down != nil {
		return identity.Party{}, p.down
	}
	if q, ok := p.known[id]; ok {
		return q, nil
	}
	return identity.Party{}, fault.New("parties", fault.NotFound, "party_unknown")
}

func (parties) SecretMatches(p identity.Party, secret string) bool {
	return string(p.SecretDigest) == secret
}

// taken remembers ids, as the store does.
type taken struct {
	sync.Mutex
	until   map[string]time.Time
	commits int
	down    error
}

func (o *taken) take(_ context.Context, ids ...identity.TakeOnce) error {
	o.Lock()
	defer o.Unlock()
	if o.down != nil {
		return o.down
	}
	for _, id := range ids {
		if _, ok := o.until[string(id.ID)]; ok {
			return fault.New("once", fault.Conflict, "already_used")
		}
	}
	for _, id := range ids {
		o.until[string(id.ID)] = id.Until
	}
	o.commits++
	return nil
}

type desk struct {
	oauth.Gate
	robot, rival suite.Signer // robot and rival authenticate by key
	once         *taken
	register     *parties
	now          time.Time
}

func open(t testing.TB) *desk {
	t.Helper()
	robot, rival := signer(t), signer(t)
	set := func(s suite.Signer) []byte {
		b, err := jose.Publish(jose.ES256, s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	p := &parties{known: map[identity.PartyID]identity.Party{
		"shop":   {ID: "shop", Auth: identity.AuthSecret, SecretDigest: []byte("a secret+/="), Standing: identity.PartyActive},
		"robot":  {ID: "robot", Auth: identity.AuthKey, SecretDigest: []byte("a secret+/="), JWKS: set(robot), Standing: identity.PartyActive},
		"rival":  {ID: "rival", Auth: identity.AuthKey, JWKS: set(rival), Standing: identity.PartyActive},
		"app":    {ID: "app", Auth: identity.AuthNone, SecretDigest: []byte("a secret+/="), Standing: identity.PartyActive},
		"closed": {ID: "closed", Auth: identity.AuthNone, Standing: identity.PartySuspended},
	}}
	o := &taken{until: map[string]time.Time{}}
	d := &desk{robot: robot, rival: rival, once: o, register: p, now: noon}
	clock := func() time.Time { return d.now }
	secret := []identity.Secret{suite.NewSecret(identity.ES256)}
	d.Gate = oauth.Gate{Issuer: issuer, Parties: p, Once: o.take, Now: clock, Nonces: oauth.Nonces{Secrets: func() []identity.Secret { return secret }},
		Keys: oauth.NewPublished(nil, oauth.PartyAlgs(identity.ES256), clock).Keys}
	return d
}

func signer(t testing.TB) suite.Signer {
	t.Helper()
	secret, err := suite.NewES256Secret()
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.NewES256(secret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// claims of a good assertion, changed.
func claims(change map[string]any) map[string]any {
	c := map[string]any{"iss": "robot", "sub": "robot", "aud": issuer, "jti": "id-1", "exp": noon.Add(time.Minute).Unix(), "iat": noon.Unix()}
	for k, v := range change {
		if c[k] = v; v == nil {
			delete(c, k)
		}
	}
	return c
}

func forge(t testing.TB, s suite.Signer, header string, payload any) string {
	t.Helper()
	b, ok := payload.(string)
	if !ok {
		j, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		b = string(j)
	}
	enc := base64.RawURLEncoding.EncodeToString
	input := enc([]byte(header)) + "." + enc([]byte(b))
	sig, err := s.Sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + enc(sig)
}

const head = `{"alg":"ES256","typ":"JWT"}`

func byKey(assertion string) oauth.Form {
	return oauth.Form{"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion": assertion}
}

// come authenticates with a form and headers, and checks that a refusal says
// one thing to the outside, whatever its reason.
func (d *desk) come(t *testing.T, f oauth.Form, authorization ...string) (identity.PartyID, *oauth.Refusal) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/token", nil)
	for _, a := range authorization {
		r.Header.Add("Authorization", a)
	}
	p, no, cause := d.Authenticate(r, f)
	if (no == nil) != (p.ID != "") {
		t.Fatalf("party %q and refusal %v", p.ID, no)
	}
	if no != nil && no.Code == "invalid_client" && (*no != *oauth.InvalidClient() || cause == nil) {
		t.Fatalf("invalid_client says more than one thing: %+v (%v)", no, cause)
	}
	return p.ID, no
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func TestPartiesProveThemselves(t *testing.T) {
	raw := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	for name, c := range map[string]struct {
		form  oauth.Form
		heads []string
		want  string // a party, or an error code
	}{
		"secret in the header":             {nil, []string{basic("shop", "a secret+/=")}, "shop"},
		"scheme in another case":           {nil, []string{strings.Replace(basic("shop", "a secret+/="), "Basic", "bAsIc", 1)}, "shop"},
		"and the same id in the body":      {oauth.Form{"client_id": "shop"}, []string{basic("shop", "a secret+/=")}, "shop"},
		"C14 and another id in the body":   {oauth.Form{"client_id": "app"}, []string{basic("shop", "a secret+/=")}, "invalid_client"},
		"secret in the body":               {oauth.Form{"client_id": "shop", "client_secret": "a secret+/="}, nil, "shop"},
		"wrong secret":                     {nil, []string{basic("shop", "a secret")}, "invalid_client"},
		"wrong secret in the body":         {oauth.Form{"client_id": "shop", "client_secret": "x"}, nil, "invalid_client"},
		"empty secret":                     {nil, []string{basic("shop", "")}, "invalid_client"},
		"secret not urlencoded":            {nil, []string{raw("shop:a secret+/=")}, "invalid_client"},
		"bad escape":                       {nil, []string{raw("shop:%zz")}, "invalid_client"},
		"no colon":                         {nil, []string{raw("shop")}, "invalid_client"},
		"not base64":                       {nil, []string{"Basic ???"}, "invalid_client"},
		"two headers":                      {nil, []string{basic("shop", "a secret+/="), basic("shop", "a secret+/=")}, "invalid_client"},
		"bearer":                           {nil, []string{"Bearer abc"}, "invalid_client"},
		"huge header":                      {nil, []string{basic("shop", strings.Repeat("x", 4096))}, "invalid_client"},
		"secret of a public party":         {nil, []string{basic("app", "a secret+/=")}, "invalid_client"},
		"secret of a party with keys":      {nil, []string{basic("robot", "a secret+/=")}, "invalid_client"},
		"public":                           {oauth.Form{"client_id": "app"}, nil, "app"},
		"public, suspended":                {oauth.Form{"client_id": "closed"}, nil, "invalid_client"},
		"public, unknown":                  {oauth.Form{"client_id": "nobody"}, nil, "invalid_client"},
		"no id at all":                     {nil, nil, "invalid_client"},
		"id that is none":                  {oauth.Form{"client_id": "../../etc/passwd"}, nil, "invalid_client"},
		"a party with a secret, without":   {oauth.Form{"client_id": "shop"}, nil, "invalid_client"},
		"a party with keys, without":       {oauth.Form{"client_id": "robot"}, nil, "invalid_client"},
		"header and body":                  {oauth.Form{"client_id": "shop", "client_secret": "a secret+/="}, []string{basic("shop", "a secret+/=")}, "invalid_request"},
		"header and assertion":             {oauth.Form{"client_assertion": "x"}, []string{basic("shop", "a secret+/=")}, "invalid_request"},
		"secret and assertion in the body": {oauth.Form{"client_assertion": "x", "client_secret": "y"}, nil, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			p, no := open(t).come(t, c.form, c.heads...)
			if no == nil && string(p) != c.want || no != nil && no.Code != c.want {
				t.Fatalf("got %q %v", p, no)
			}
		})
	}
}

func TestWhenTheRegisterIsDown(t *testing.T) {
	for kind, status := range map[fault.Kind]int{fault.Unavailable: 503, fault.TooMany: 429, fault.Internal: 500} {
		d := open(t)
		d.register.down = fault.New("store", kind, "busy")
		if _, no := d.come(t, oauth.Form{"client_id": "app"}); no == nil || no.Status != status {
			t.Errorf("%v: got %+v", kind, no)
		}
		d = open(t)
		d.once.down = fault.New("store", kind, "busy")
		if _, no := d.come(t, byKey(forge(t, d.robot, head, claims(nil)))); no == nil || no.Status != status {
			t.Errorf("%v, taking the id: got %+v", kind, no)
		}
	}
}

func TestDescriptionsKeepToTheirCharacters(t *testing.T) { // B14
	no := oauth.Say("invalid_request", "a\r\nSet-Cookie: x\t\"quoted\" back\\slash <b> é 中 \x00\x7f")
	for _, c := range no.Description {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			t.Fatalf("%q in %q", c, no.Description)
		}
	}
}

// The table says no more than it should and never blames the caller for what is ours.
func TestFaultsInOAuthsWords(t *testing.T) {
	kinds := []fault.Kind{fault.Internal, fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Gone, fault.TooMany, fault.Unavailable}
	type row struct {
		grant, ask, bearer string
		status             int
	}
	want := []row{
		{"server_error", "server_error", "server_error", 500},
		{"invalid_grant", "invalid_request", "invalid_token", 400},
		{"invalid_grant", "access_denied", "invalid_token", 400},
		{"invalid_grant", "access_denied", "invalid_token", 400},
		{"invalid_grant", "access_denied", "invalid_token", 400},
		{"invalid_grant", "invalid_request", "invalid_token", 400},
		{"invalid_grant", "invalid_request", "invalid_token", 400},
		{"temporarily_unavailable", "temporarily_unavailable", "temporarily_unavailable", 429},
		{"temporarily_unavailable", "temporarily_unavailable", "temporarily_unavailable", 503},
	}
	for i, k := range kinds {
		err := fault.Newf("op", k, "the_reason", "a detail for the log")
		g, a, b := oauth.Grant(err), oauth.Ask(err), oauth.Access{}.Refused(err)
		if got := (row{g.Code, a.Code, b.Code, g.Status}); got != want[i] {
			t.Errorf("%v: got %+v want %+v", k, got, want[i])
		}
		for _, no := range []*oauth.Refusal{g, a, b} {
			if strings.Contains(no.Description+no.Challenge, "detail") || k == fault.Internal && no.Description != "" {
				t.Errorf("%v tells %q", k, no.Description)
			}
		}
		if b.Code == "invalid_token" && (b.Status != 401 || !strings.Contains(b.Challenge, `error="invalid_token"`)) {
			t.Errorf("%v: no challenge: %+v", k, b)
		}
	}
	if no := oauth.Ask(fault.New("op", fault.Forbidden, "party_suspended")); no.Code != "unauthorized_client" {
		t.Errorf("suspended: %+v", no)
	}
}

// TestGrantTellsNothingOfTheCitizen: whether they froze, withdrew or left, a
// party reads the same.
func TestGrantTellsNothingOfTheCitizen(t *testing.T) {
	for why, told := range map[string]string{"code_used": "code_used", "code_expired": "code_expired", "verifier_wrong": "verifier_wrong",
		"certificate_frozen": "approval_over", "standing_changed": "approval_over", "link_changed": "approval_over", "person_gone": "approval_over",
		"guardian_needed": "approval_over"} {
		for _, kind := range []fault.Kind{fault.Invalid, fault.Gone, fault.Conflict, fault.Forbidden} {
			if no := oauth.Grant(fault.New("op", kind, why)); no.Description != told || no.Code != "invalid_grant" || no.Status != 400 {
				t.Errorf("%s: %+v", why, no)
			}
		}
	}
}

func TestForms(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		method, target, kind, body string
		status                     int
	}{
		"good":                 {"POST", "/token", form, "a=1&b=%E4%B8%AD&c=", 0},
		"with a charset":       {"POST", "/token", form + "; charset=UTF-8", "a=1", 0},
		"empty":                {"POST", "/token", form, "", 0},
		"B12 GET":              {"GET", "/token?a=1", "", "", 405},
		"PUT":                  {"PUT", "/token", form, "a=1", 405},
		"B12 query":            {"POST", "/token?code=x", form, "a=1", 400},
		"B12 JSON":             {"POST", "/token", "application/json", `{"a":1}`, 415},
		"multipart":            {"POST", "/token", "multipart/form-data; boundary=x", "--x--", 415},
		"no type":              {"POST", "/token", "", "a=1", 415},
		"twice":                {"POST", "/token", form, "a=1&b=2&a=1", 400},
		"twice, escaped":       {"POST", "/token", form, "a=1&%61=2", 400},
		"bad escape":           {"POST", "/token", form, "a=%zz", 400},
		"semicolon":            {"POST", "/token", form, "a=1;b=2", 400},
		"not UTF-8":            {"POST", "/token", form, "a=%ff", 400},
		"name not UTF-8":       {"POST", "/token", form, "%ff=a", 400},
		"sixty-five":           {"POST", "/token", form, strings.Repeat("a&", 64), 400},
		"more than 32 KB":      {"POST", "/token", form, "a=" + strings.Repeat("x", 32<<10), 413},
		"value empty is twice": {"POST", "/token", form, "a=&a=", 400},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
			if c.kind != "" {
				r.Header.Set("Content-Type", c.kind)
			}
			f, no := oauth.ParseForm(httptest.NewRecorder(), r)
			if (no == nil) != (c.status == 0) || no != nil && (no.Status != c.status || no.Code != "invalid_request" || f != nil) {
				t.Fatalf("got %v %+v", f, no)
			}
			if name == "good" && (f["a"] != "1" || f["b"] != "中" || len(f) != 2) {
				t.Fatalf("read %v", f)
			}
		})
	}
}

func TestBearerTokens(t *testing.T) {
	for name, c := range map[string]struct {
		target    string
		heads     []string
		status    int
		challenge string
	}{
		"good":                 {"/userinfo", []string{"Bearer abc-._~+/=09"}, 0, ""},
		"another case":         {"/userinfo", []string{"bearer abc"}, 0, ""},
		"none":                 {"/userinfo", nil, 401, `Bearer realm="netid", DPoP algs="ES256 PS256 EdDSA"`},
		"another scheme":       {"/userinfo", []string{"Basic abc"}, 401, `Bearer realm="netid", DPoP algs="ES256 PS256 EdDSA"`},
		"scheme alone":         {"/userinfo", []string{"Bearer"}, 401, `error="invalid_token"`},
		"two":                  {"/userinfo", []string{"Bearer a", "Bearer b"}, 400, `error="invalid_request"`},
		"two in one":           {"/userinfo", []string{"Bearer a, Bearer b"}, 401, `error="invalid_token"`},
		"in the address":       {"/userinfo?access_token=abc", nil, 400, `error="invalid_request"`},
		"also in the address":  {"/userinfo?access_token=abc", []string{"Bearer abc"}, 400, `error="invalid_request"`},
		"quotes to break out":  {"/userinfo", []string{`Bearer a"b`}, 401, `error="invalid_token"`},
		"larger than any ours": {"/userinfo", []string{"Bearer " + strings.Repeat("a", 8<<10+1)}, 401, `error="invalid_token"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", c.target, nil)
			for _, h := range c.heads {
				r.Header.Add("Authorization", h)
			}
			a, no, _ := open(t).Access(r)
			if (no == nil) != (c.status == 0) || (a.Token != "") != (no == nil) {
				t.Fatalf("got %q %+v", a.Token, no)
			}
			if no != nil && (no.Status != c.status || !strings.Contains(no.Challenge, c.challenge)) {
				t.Fatalf("got %+v", no)
			}
			if no != nil && name == "none" && strings.Contains(no.Challenge, "error") {
				t.Fatal("RFC 6750 §3.1: no error for a request without a token")
			}
		})
	}
}

func FuzzParams(f *testing.F) {
	for _, s := range []string{"a=1&b=2", "a=1&a=2", "%61=1&a=2", "a=%zz", ";", "&&&", "=x", "a=%ff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		form, twice, ok := oauth.ParseParams(raw)
		values, err := url.ParseQuery(raw)
		if err != nil && ok {
			t.Fatalf("%q is malformed and was read", raw)
		}
		for name, v := range form {
			if v == "" || twice[name] || len(values[name]) != 1 || values.Get(name) != v {
				t.Fatalf("%q: %q is %q, all: %q", raw, name, v, values[name])
			}
		}
	})
}
