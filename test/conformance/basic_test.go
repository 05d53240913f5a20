package conformance_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func basicModules() []module {
	return []module{
		{"oidcc-server", func(t *testing.T, p *party) { p.flow().whole(t) }},
		{"oidcc-response-type-missing", func(t *testing.T, p *party) {
			f := p.flow().set("response_type", "")
			if page, told := f.turned(t, f.address(t)); page != "" || told != "invalid_request" {
				t.Errorf("page %q, told %q", page, told)
			}
		}},
		{"oidcc-idtoken-signature", nil},
		{"oidcc-idtoken-unsigned", unsignedIDToken},
		{"oidcc-userinfo-get", func(t *testing.T, p *party) { p.flow().whole(t) }},
		{"oidcc-userinfo-post-header", func(t *testing.T, p *party) {
			f := p.flow()
			g := f.tokens(t, f.redeem(t, f.code(t)))
			f.about(t, g, p.resource(t, g.access, func(a *ask) { a.method = http.MethodPost }))
		}},
		{"oidcc-userinfo-post-body", tokenInTheBody},
		{"oidcc-ensure-request-without-nonce-succeeds-for-code-flow", asks("nonce", "")},
		{"oidcc-scope-profile", scope("openid profile")},
		{"oidcc-scope-email", scope("openid email")},
		{"oidcc-scope-address", scope("openid address")},
		{"oidcc-scope-phone", scope("openid phone")},
		{"oidcc-scope-all", scope("openid address email phone profile")},
		{"oidcc-alternate-happy-flow", func(t *testing.T, p *party) {
			f := p.flow().set("scope", "profile email openid")
			at, last := f.address(t), "client_id="+f.id
			f.about(t, f.tokens(t, f.redeem(t, f.approved(t, strings.Replace(at, last+"&", "", 1)+"&"+last))), f.resource(t, f.whole(t).access))
		}},
		{"oidcc-display-page", asks("display", "page")},
		{"oidcc-display-popup", asks("display", "popup")},
		{"oidcc-prompt-login", again("prompt", "login")},
		{"oidcc-prompt-none-not-logged-in", func(t *testing.T, p *party) {
			f := p.flow().set("prompt", "none")
			f.me = p.me.Again()
			f.me.Through(&http.Transport{TLSClientConfig: p.tls})
			if words := f.unasked(t); words["error"] != "login_required" || words["code"] != "" {
				t.Errorf("told %v", words)
			}
		}},
		{"oidcc-prompt-none-logged-in", rests("prompt", "none")},
		{"oidcc-max-age-1", again("max_age", "1")},
		{"oidcc-max-age-10000", rests("max_age", "10000")},
		{"oidcc-ensure-request-with-unknown-parameter-succeeds", asks("extra", "foobar")},
		{"oidcc-id-token-hint", rests("prompt", "none", "id_token_hint", "")},
		{"oidcc-login-hint", asks("login_hint", "buffy@netid.example")},
		{"oidcc-ui-locales", asks("ui_locales", "se")},
		{"oidcc-claims-locales", asks("claims_locales", "se")},
		{"oidcc-ensure-request-with-acr-values-succeeds", acrValues},
		{"oidcc-codereuse", func(t *testing.T, p *party) { p.flow().reused(t, false) }},
		{"oidcc-codereuse-30seconds", func(t *testing.T, p *party) { p.flow().reused(t, true) }},
		{"oidcc-ensure-registered-redirect-uri", func(t *testing.T, p *party) {
			f := p.flow().set("redirect_uri", p.redirect+"/more")
			if page, _ := f.turned(t, f.address(t)); page != "redirect_uri_unregistered" {
				t.Errorf("page %q", page)
			}
		}},
		{"oidcc-ensure-post-request-succeeds", postedRequest},
		{"oidcc-server-client-secret-post", func(t *testing.T, p *party) {
			f := p.flow()
			f.tokens(t, f.redeem(t, f.code(t), silent, field("client_id", p.id), field("client_secret", p.secret)))
		}},
		{"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", func(t *testing.T, p *party) {
			f := p.flow().set("request_uri", "https://127.0.0.1:9/request.jwt")
			if page, told := f.turned(t, f.address(t)); page != "" || told != "request_uri_not_supported" || p.metadata["request_uri_parameter_supported"] != false {
				t.Errorf("page %q, told %q", page, told)
			}
		}},
		{"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", func(t *testing.T, p *party) {
			f := p.flow()
			f.alg = "none"
			f.set("request", f.request(t))
			if page, told := f.turned(t, f.address(t)); page != "" || told != "request_not_supported" || strings.Contains(p.list("request_object_signing_alg_values_supported"), "none") {
				t.Errorf("page %q, told %q", page, told)
			}
		}},
		{"oidcc-claims-essential", asks("claims", `{"userinfo":{"name":{"essential":true}}}`)},
		{"oidcc-ensure-request-object-with-redirect-uri", twoAddresses},
		{"oidcc-refresh-token", nil},
		{"oidcc-ensure-request-with-valid-pkce-succeeds", func(t *testing.T, p *party) { p.flow().whole(t) }},
	}
}

// asks is a good flow whose request has one parameter more, or less.
func asks(name, value string) func(*testing.T, *party) {
	return func(t *testing.T, p *party) { p.flow().set(name, value).whole(t) }
}

// scope gets the result, whatever it asks for: none of it is given by a scope.
func scope(all string) func(*testing.T, *party) {
	return func(t *testing.T, p *party) {
		f := p.flow().set("scope", all)
		a := f.redeem(t, f.code(t))
		g := f.tokens(t, a)
		info := f.resource(t, g.access)
		if f.about(t, g, info); a.text("scope") != "openid" || len(info.json) != 1 {
			t.Errorf("scope %q, UserInfo %s", a.text("scope"), info.body)
		}
	}
}

// list is a list of the metadata's, in one line.
func (w *world) list(name string) string {
	b, _ := json.Marshal(w.metadata[name])
	return string(b)
}

// unsignedIDToken: the suite skips where "none" is not offered; here nobody
// can register for it either.
func unsignedIDToken(t *testing.T, p *party) {
	if strings.Contains(p.list("id_token_signing_alg_values_supported"), "none") {
		t.Error("offered")
	}
	r, err := http.NewRequest(http.MethodPost, p.issuer+"/admin/parties", strings.NewReader(`{"id":"unsigned","name":"Unsigned","redirect_uris":["https://127.0.0.1:9/"],"id_token_signed_response_alg":"none"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer sandbox")
	if a := p.do(t, p.bare, r); a.status != http.StatusBadRequest || a.text("error") != "id_token_alg_unknown" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// tokenInTheBody is not required; the suite notes it.
func tokenInTheBody(t *testing.T, p *party) {
	f := p.flow()
	g := f.whole(t)
	a := p.resource(t, g.access, func(a *ask) {
		a.method, a.head = http.MethodPost, http.Header{}
		a.form.Set("access_token", g.access)
	})
	if a.status != http.StatusUnauthorized {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// again asks twice. The second time the person must sign in anew, whatever
// session the browser has.
func again(name, value string) func(*testing.T, *party) {
	return func(t *testing.T, p *party) {
		const authTime = `{"id_token":{"auth_time":{"essential":true}}}`
		me := p.me.Again()
		me.Through(&http.Transport{TLSClientConfig: p.tls})
		if err := me.SignIn(); err != nil {
			t.Fatal(err)
		}
		f := p.flow().set("claims", authTime)
		f.me = me
		first := f.whole(t)
		p.after(t, func(t *testing.T) {
			f := p.flow().set("claims", authTime, name, value)
			f.me = me
			second := f.signedIn(t)
			one, _ := first.id["auth_time"].(float64)
			two, _ := second.id["auth_time"].(float64)
			if one == 0 || two <= one || first.id["sub"] != second.id["sub"] {
				t.Errorf("auth_time %v, then %v", one, two)
			}
		})
	}
}

// rests is a second flow of somebody who consented for longer in the first: it is
// answered without a page, with the same person and the same auth_time. An
// id_token_hint is the first ID token.
func rests(pairs ...string) func(*testing.T, *party) {
	return func(t *testing.T, p *party) {
		const authTime = `{"id_token":{"auth_time":{"essential":true}}}`
		me := p.me.Again()
		me.Through(&http.Transport{TLSClientConfig: p.tls})
		if err := me.SignIn(); err != nil {
			t.Fatal(err)
		}
		me.Remember = true
		t.Cleanup(func() { // other modules are of people who are asked each time
			if a, err := me.Post("/platforms/ask", url.Values{"party": {p.id}}); err != nil || a.Status != http.StatusSeeOther {
				t.Errorf("%+v %v", a, err)
			}
		})
		f := p.flow().set("claims", authTime)
		f.me = me
		a := f.redeem(t, f.code(t))
		first := f.tokens(t, a)
		f = p.flow().set("claims", authTime).set(pairs...)
		if slices.Contains(pairs, "id_token_hint") {
			f.set("id_token_hint", a.text("id_token"))
		}
		f.me = me
		second := f.tokens(t, f.redeem(t, f.unasked(t)["code"]))
		one, _ := first.id["auth_time"].(float64)
		two, _ := second.id["auth_time"].(float64)
		if one == 0 || two != one || first.id["sub"] != second.id["sub"] || first.id["receipt"] == second.id["receipt"] {
			t.Errorf("%v, then %v", first.id, second.id)
		}
	}
}

// unasked is the answer to a request that nobody sees a page of.
func (f *flow) unasked(t *testing.T) map[string]string {
	t.Helper()
	address := f.address(t)
	for range 4 {
		a, err := f.me.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		if address = a.Leads(); address == "" {
			t.Fatalf("a page: %s", a.Reason())
		}
		if at, err := url.Parse(address); err == nil && strings.HasPrefix(address, f.params.Get("redirect_uri")) {
			return f.answered(t, at)
		}
	}
	t.Fatal("no end")
	return nil
}

// signedIn is a flow whose page is shown to nobody who did not sign in for it.
func (f *flow) signedIn(t *testing.T) given {
	t.Helper()
	sealed, err := f.me.Ask(f.address(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.me.Consent(sealed); err == nil {
		t.Error("nobody had to sign in again")
	}
	if err := f.me.SignIn(); err != nil {
		t.Fatal(err)
	}
	return f.tokens(t, f.redeem(t, f.decided(t, sealed)))
}

func acrValues(t *testing.T, p *party) {
	offered := p.metadata["acr_values_supported"].([]any)
	var all []string
	for _, v := range offered {
		all = append(all, v.(string))
	}
	g := p.flow().set("acr_values", strings.Join(all, " ")).whole(t)
	if acr, _ := g.id["acr"].(string); !strings.Contains(strings.Join(all, " ")+" ", acr+" ") || acr == "" {
		t.Errorf("acr %q", acr)
	}
}

// reused brings a code a second time: refused, and what the first gave is dead.
func (f *flow) reused(t *testing.T, later bool) {
	t.Helper()
	code := f.code(t)
	g := f.tokens(t, f.redeem(t, code))
	again := func(t *testing.T) {
		if a := f.resource(t, g.access); a.status != http.StatusOK {
			t.Errorf("the token was dead before: %d", a.status)
		}
		f.redeem(t, code).no(t, http.StatusBadRequest, "invalid_grant")
		if a := f.resource(t, g.access); a.status != http.StatusUnauthorized {
			t.Errorf("the first token lives: %d", a.status)
		}
	}
	if later {
		f.after(t, again)
		return
	}
	again(t)
}

// postedRequest comes from a page of the party's, so from another site.
func postedRequest(t *testing.T, p *party) {
	f := p.flow()
	r, err := f.me.Request(http.MethodPost, "/authorize", strings.NewReader(f.params.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://127.0.0.1:9")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	a, err := f.me.Send(r)
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(a.Leads())
	if err != nil || to.Path != "/request" {
		t.Fatalf("%d leads to %q", a.Status, a.Leads())
	}
	f.tokens(t, f.redeem(t, f.decided(t, to.Query().Get("r"))))
}

// twoAddresses: the suite's request object is unsigned, which nobody here may
// send; of a signed one the address inside counts.
func twoAddresses(t *testing.T, p *party) {
	signs := p.register(t, variant{auth: key})
	f := signs.flow()
	q := url.Values{"client_id": {f.id}, "request": {f.request(t)}, "redirect_uri": {"https://127.0.0.1:9/elsewhere"}, "scope": {"openid"}, "response_type": {"code"}}
	f.tokens(t, f.redeem(t, f.approved(t, f.metadata["authorization_endpoint"].(string)+"?"+q.Encode())))
}
