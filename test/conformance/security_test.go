package conformance_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const fapi = "fapi2-security-profile-final-"

// securityModules are those of the plan of the security profile; each runs for
// every way in which parties prove themselves and hold their tokens.
func securityModules() []module {
	return named(fapi, []module{
		{"discovery-end-point-verification", fapiDiscovery},
		{"happy-flow", happy},
		{"user-rejects-authentication", declined},
		{"ensure-authorization-request-without-state-success", asks("state", "")},
		{"ensure-authorization-request-without-nonce-success", asks("nonce", "")},
		{"ensure-authorization-request-with-64-char-nonce-success", asks("nonce", strings.Repeat("n", 64))},
		{"ensure-other-scope-order-succeeds", scope("profile openid")},
		{"test-claims-parameter-identity-claims", claimsParameter},
		{"access-token-type-header-case-sensitivity", cases},
		{"check-dpop-proof-nbf-exp", func(t *testing.T, p *party) {
			now := p.now().Unix()
			more := []change{proof("nbf", now), proof("exp", now+300)}
			p.flow().proving(t, more, more)
		}},
		{"ensure-dpopproof-with-iat-10seconds-before-succeeds", madeAt(-10)},
		{"ensure-dpopproof-with-iat-10seconds-after-succeeds", madeAt(10)},
		{"ensure-mismatched-dpop-jkt-fails", func(t *testing.T, p *party) {
			p.flow().set("dpop_jkt", digest("another key")).push(t, bind).no(t, http.StatusBadRequest, "invalid_dpop_proof", "invalid_request")
		}},
		{"ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt", func(t *testing.T, p *party) {
			f := p.flow()
			f.redeem(t, f.code(t, bind), heldBy(t)).no(t, http.StatusBadRequest, "invalid_grant", "invalid_dpop_proof")
		}},
		{"ensure-token-endpoint-fails-with-mismatched-dpop-jkt", func(t *testing.T, p *party) {
			f := p.flow().set("dpop_jkt", p.jkt(t))
			f.redeem(t, f.code(t), heldBy(t)).no(t, http.StatusBadRequest, "invalid_grant", "invalid_dpop_proof")
		}},
		{"ensure-dpopproof-at-par-endpoint-binding-success", func(t *testing.T, p *party) { p.flow().whole(t, bind) }},
		{"ensure-dpop-auth-code-binding-success", func(t *testing.T, p *party) { p.flow().set("dpop_jkt", p.jkt(t)).whole(t, bind) }},
		{"ensure-different-nonce-inside-and-outside-request-object", beside("nonce", "outside")},
		{"ensure-different-state-inside-and-outside-request-object", beside("state", "outside")},
		{"ensure-authorization-request-with-long-nonce", asks("nonce", strings.Repeat("n", 384))},
		{"ensure-authorization-request-with-long-state", asks("state", strings.Repeat("s", 1000))},
		{"state-only-outside-request-object-not-used", func(t *testing.T, p *party) {
			f := p.flow().set("state", "")
			f.beside.Set("state", "outside")
			f.whole(t) // which wants the state of the request itself, or none
		}},
		{"ensure-request-object-without-redirect-uri-fails", refused("invalid_request", "redirect_uri", "")},
		{"ensure-registered-redirect-uri", nil},
		{"plain-fapi-tolerate-unregistered-redirect-uri", refused("invalid_request", "redirect_uri", "https://127.0.0.1:9/nobody's")},
		{"ensure-unsigned-authorization-request-without-using-par-fails", inTheAddress},
		{"ensure-redirect-uri-in-authorization-request", refused("invalid_request", "redirect_uri", "")},
		{"ensure-response-type-code-idtoken-fails", refused("unsupported_response_type", "response_type", "code id_token")},
		{"australia-connectid-ensure-invalid-purpose-fails", nil},
		{"ensure-response-type-token-fails", refused("unsupported_response_type", "response_type", "token")},
		{"ensure-client-id-in-token-endpoint", func(t *testing.T, p *party) {
			f := p.flow()
			code := f.code(t)
			a := f.redeem(t, code, field("client_id", p.other.id), claim("iss", p.other.id), claim("sub", p.other.id))
			if a.no(t, http.StatusUnauthorized, "invalid_client"); a.head.Get("WWW-Authenticate") == "" {
				t.Error("no challenge")
			}
		}},
		{"ensure-holder-of-key-required", unheldToken},
		{"ensure-authorization-code-is-bound-to-client", func(t *testing.T, p *party) {
			f := p.flow()
			f.redeem(t, f.code(t), asOther).no(t, http.StatusBadRequest, "invalid_grant")
		}},
		{"attempt-reuse-authorization-code-after-one-second", func(t *testing.T, p *party) { p.flow().reused(t, false) }},
		{"ensure-token-endpoint-fails-with-expired-auth-code", func(t *testing.T, p *party) {
			f := p.flow()
			code := f.code(t)
			f.after(t, func(t *testing.T) { f.redeem(t, code).no(t, http.StatusBadRequest, "invalid_grant") })
		}},
		{"ensure-signed-client-assertion-with-RS256-fails", func(t *testing.T, p *party) {
			f := p.flow()
			code := f.code(t, algorithm("PS256")) // the same key by the algorithm that it has
			f.redeem(t, code, algorithm("RS256")).no(t, http.StatusUnauthorized, "invalid_client")
		}},
		{"ensure-client-assertion-in-token-endpoint", badAssertion(silent)},
		{"ensure-client-assertion-with-exp-is-5-minutes-in-past-fails", func(t *testing.T, p *party) {
			badAssertion(claim("exp", p.now().Unix()-300))(t, p)
		}},
		{"ensure-client-assertion-with-wrong-aud-fails", badAssertion(claim("aud", "https://127.0.0.1:9"))},
		{"ensure-client-assertion-with-no-sub-fails", badAssertion(claim("sub", nil))},
		{"dpop-negative-tests", badProofs},
		{"refresh-token", nil},
		{"ensure-server-handles-non-matching-intent-id", nil},
		{"test-essential-acr-sca-claim", nil},
		{"brazil-ensure-bad-payment-signature-fails", nil},
		{"australia-connectid-test-claims-parameter-idtoken-identity-claims", nil},
		{"par-ensure-reused-request-uri-prior-to-auth-completion-succeeds", func(t *testing.T, p *party) {
			f := p.flow()
			at := f.address(t)
			if _, err := f.me.Ask(at); err != nil {
				t.Fatal(err)
			}
			f.tokens(t, f.redeem(t, f.approved(t, at)))
		}},
		{"par-attempt-reuse-request_uri", func(t *testing.T, p *party) {
			f := p.flow()
			at := f.address(t)
			f.approved(t, at)
			f.unknown(t, at)
		}},
		{"par-attempt-to-use-expired-request_uri", func(t *testing.T, p *party) {
			f := p.flow()
			at := f.address(t)
			f.after(t, func(t *testing.T) { f.unknown(t, at) })
		}},
		{"par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted", func(t *testing.T, p *party) {
			p.flow().whole(t, claim("nbf", p.now().Unix()+8), claim("iat", p.now().Unix()+8))
		}},
		{"par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails", func(t *testing.T, p *party) {
			at := p.now().Unix() + 65
			p.flow().push(t, claim("nbf", at), claim("iat", at), claim("exp", at+60)).no(t, http.StatusUnauthorized, "invalid_client")
		}},
		{"par-attempt-to-use-request_uri-for-different-client", func(t *testing.T, p *party) {
			f := p.flow()
			f.unknown(t, strings.Replace(f.address(t), url.QueryEscape(p.id), url.QueryEscape(p.other.id), 1))
		}},
		{"par-authorization-request-containing-request_uri-form-param", func(t *testing.T, p *party) {
			p.flow().push(t, field("request_uri", "urn:ietf:params:oauth:request_uri:"+digest("x"))).no(t, http.StatusBadRequest, "invalid_request")
		}},
		{"par-attempt-invalid-http-method", func(t *testing.T, p *party) {
			if a := p.flow().push(t, func(a *ask) { a.method = http.MethodPut }); a.status != http.StatusMethodNotAllowed || strings.Contains(a.body, "request_uri:") {
				t.Errorf("%d %s", a.status, a.body)
			}
		}},
		{"par-ensure-pkce-required", refused("invalid_request", "code_challenge", "", "code_challenge_method", "")},
		{"ensure-pkce-code-verifier-required", badCode(field("code_verifier"))},
		{"incorrect-pkce-code-verifier-rejected", badCode(field("code_verifier", strings.Repeat("v", 43)))},
		{"par-plain-pkce-rejected", refused("invalid_request", "code_challenge_method", "plain")},
		{"par-without-duplicate-parameters", func(t *testing.T, p *party) { p.flow().whole(t) }},
		{"par-test-array-as-audience-fails", func(t *testing.T, p *party) { badAudience([]string{p.issuer})(t, p) }},
		{"par-test-par-endpoint-url-as-audience-fails", func(t *testing.T, p *party) {
			badAudience(p.metadata["pushed_authorization_request_endpoint"])(t, p)
		}},
		{"par-test-token-endpoint-url-as-audience-fails", func(t *testing.T, p *party) { badAudience(p.metadata["token_endpoint"])(t, p) }},
	})
}

// dpopModules and assertionModules are what the suite runs for parties with
// proofs, and with assertions, alone.
func dpopModules() map[string]bool {
	return among(fapi, "check-dpop-proof-nbf-exp", "ensure-dpopproof-with-iat-10seconds-before-succeeds", "ensure-dpopproof-with-iat-10seconds-after-succeeds", "ensure-mismatched-dpop-jkt-fails",
		"ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt", "ensure-token-endpoint-fails-with-mismatched-dpop-jkt", "ensure-dpopproof-at-par-endpoint-binding-success",
		"ensure-dpop-auth-code-binding-success", "dpop-negative-tests")
}

func assertionModules() map[string]bool {
	return among(fapi, "ensure-signed-client-assertion-with-RS256-fails", "ensure-client-assertion-in-token-endpoint", "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
		"ensure-client-assertion-with-wrong-aud-fails", "ensure-client-assertion-with-no-sub-fails", "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
		"par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails", "par-test-array-as-audience-fails", "par-test-par-endpoint-url-as-audience-fails", "par-test-token-endpoint-url-as-audience-fails")
}

func named(prefix string, all []module) []module {
	for i := range all {
		all[i].name = prefix + all[i].name
	}
	return all
}

func among(prefix string, names ...string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		all[prefix+n] = true
	}
	return all
}

// happy is both clients' flow, with what the suite varies, and a token that is
// worth nothing in an address or in other hands.
func happy(t *testing.T, p *party) {
	g := p.flow().whole(t)
	at := p.endpoint("userinfo") + "?access_token=" + url.QueryEscape(g.access)
	r, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := p.do(t, p.http, r); a.status < 400 || a.status >= 500 {
		t.Errorf("a token in the address: %d", a.status)
	}
	for _, accept := range []string{"application/json; charset=UTF-8", "application/json, */*"} {
		if a := p.resource(t, g.access, func(a *ask) { a.head.Set("Accept", accept) }); a.status != http.StatusOK {
			t.Errorf("%s: %d", accept, a.status)
		}
	}
	if a := p.resource(t, g.access, unheld, func(a *ask) { a.head.Set("Authorization", "Bearer "+g.access) }); a.status != http.StatusUnauthorized {
		t.Errorf("a token in other hands: %d", a.status)
	}
	second := p.other.flow().set("redirect_uri", p.other.redirect+"?dummy1=lorem&dummy2=ipsum", "nonce", strings.Repeat("n", 43))
	if p.bound == dpop {
		second.set("dpop_jkt", p.other.jkt(t))
	}
	if again := second.whole(t); again.id["sub"] == g.id["sub"] {
		t.Error("two parties know the person by one name")
	}
}

func declined(t *testing.T, p *party) {
	f := p.flow()
	sealed, err := f.me.Ask(f.address(t))
	if err != nil {
		t.Fatal(err)
	}
	at, err := f.me.Decide("/request/decline", url.Values{"r": {sealed}})
	if err != nil {
		t.Fatal(err)
	}
	if words := f.answered(t, at); words["error"] != "access_denied" || words["code"] != "" {
		t.Errorf("%v", words)
	}
}

// claimsParameter asks for every claim that there is, and for some that there
// are not, in several forms.
func claimsParameter(t *testing.T, p *party) {
	g := p.flow().set("claims", `{"id_token":{"auth_time":null,"acr":{"essential":false},"age_over_18":{"essential":true},"pony":null},
		"userinfo":{"age_over_18":null,"age_over_14":{},"sub":{"essential":true},"favourite_pony":{"essential":true,"values":["a","b"]}}}`).whole(t)
	if g.id["age_over_18"] != true || g.id["auth_time"] == nil {
		t.Errorf("the ID token: %v", g.id)
	}
	if a := p.resource(t, g.access); a.json["age_over_18"] != true || a.json["age_over_14"] != true {
		t.Errorf("UserInfo: %s", a.body)
	}
}

// cases: the name of a scheme has none (RFC 9110 §11.1).
func cases(t *testing.T, p *party) {
	g := p.flow().whole(t)
	scheme := map[string]string{dpop: "DPoP", cert: "Bearer"}[p.bound]
	for _, s := range []string{strings.ToLower(scheme), strings.ToUpper(scheme)} {
		if a := p.resource(t, g.access, func(a *ask) { a.head.Set("Authorization", s+" "+g.access) }); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", s, a.status, a.body)
		}
	}
}

// proving is a whole flow whose proofs are changed, at the token endpoint and at UserInfo.
func (f *flow) proving(t *testing.T, token, resource []change) {
	t.Helper()
	g := f.tokens(t, f.redeem(t, f.code(t, append([]change{bind}, token...)...), token...))
	f.about(t, g, f.resource(t, g.access, resource...))
}

func madeAt(off int64) func(*testing.T, *party) {
	return func(t *testing.T, p *party) {
		made := func(a *ask) { a.proof["iat"] = p.now().Unix() + off }
		p.flow().proving(t, []change{made}, []change{made})
	}
}

// heldBy proves another key than the party's.
func heldBy(t *testing.T) change {
	k := ecKey(t)
	return func(a *ask) { a.holder = k }
}

// beside: what the browser brings beside a pushed request does not count.
func beside(name, value string) func(*testing.T, *party) {
	return func(t *testing.T, p *party) {
		f := p.flow()
		f.beside.Set(name, value)
		f.whole(t)
	}
}

// refused is a pushed request that is refused where it is pushed.
func refused(code string, pairs ...string) func(*testing.T, *party) {
	return func(t *testing.T, p *party) {
		p.flow().set(pairs...).push(t).no(t, http.StatusBadRequest, code)
	}
}

// inTheAddress is a request that nobody pushed: refused, signed or not.
func inTheAddress(t *testing.T, p *party) {
	f := p.flow()
	if page, told := f.turned(t, f.metadata["authorization_endpoint"].(string)+"?"+f.params.Encode()); page != "" || told != "invalid_request" {
		t.Errorf("page %q, told %q", page, told)
	}
}

// unheldToken brings a good code without anything that its token could be bound to.
func unheldToken(t *testing.T, p *party) {
	f := p.flow()
	code := f.code(t)
	status, want := http.StatusBadRequest, map[string]string{dpop: "invalid_dpop_proof", cert: "invalid_request"}[p.bound]
	if p.auth == cert && p.bound == cert {
		status, want = http.StatusUnauthorized, "invalid_client"
	}
	held := unheld
	if p.auth == cert && p.bound == dpop { // its certificate is how it proves itself
		held = func(a *ask) { a.edit = func(r *http.Request) { r.Header.Del("DPoP") } }
	}
	f.redeem(t, code, held).no(t, status, want)
	f.tokens(t, f.redeem(t, code)) // which was not used up
}

func badAssertion(c change) func(*testing.T, *party) {
	return func(t *testing.T, p *party) {
		f := p.flow()
		f.redeem(t, f.code(t), c).no(t, http.StatusUnauthorized, "invalid_client")
	}
}

func badCode(c change) func(*testing.T, *party) {
	return func(t *testing.T, p *party) {
		f := p.flow()
		f.redeem(t, f.code(t), c).no(t, http.StatusBadRequest, "invalid_grant")
	}
}

func badAudience(aud any) func(*testing.T, *party) {
	return func(t *testing.T, p *party) {
		p.flow().push(t, claim("aud", aud)).no(t, http.StatusUnauthorized, "invalid_client")
	}
}

// unknown: the person reads that there is no such request, and nobody is told.
func (f *flow) unknown(t *testing.T, address string) {
	t.Helper()
	if page, _ := f.turned(t, address); page != "request_uri_unknown" {
		t.Errorf("page %q", page)
	}
}
