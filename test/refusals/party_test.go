package refusals_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"netid/test/visitor"
)

// parties: what a party asks wrongly. Until party and redirect URI belong
// together the answer is a page; after that it is the party's.
func (w *world) parties(t *testing.T) {
	b := w.browser()
	w.unchanged(t, func() {
		for _, c := range []struct {
			name   string
			change url.Values
			told   string // a page's reason, or the error that the party is told
		}{
			{"an unregistered redirect URI", url.Values{"redirect_uri": {"http://127.0.0.1:9/other"}}, "page redirect_uri_unregistered"},
			{"a longer redirect URI", url.Values{"redirect_uri": {w.shop.Redirect + "/more"}}, "page redirect_uri_unregistered"},
			{"a redirect URI with a query", url.Values{"redirect_uri": {w.shop.Redirect + "?x=1"}}, "page redirect_uri_unregistered"},
			{"a redirect URI in capitals", url.Values{"redirect_uri": {strings.ToUpper(w.shop.Redirect)}}, "page redirect_uri_unregistered"},
			{"another's redirect URI", url.Values{"redirect_uri": {w.bank.Redirect}}, "page redirect_uri_unregistered"},
			{"a redirect URI with a line end", url.Values{"redirect_uri": {w.shop.Redirect + "\r\nX-Injected: 1"}}, "page redirect_uri_unregistered"},
			{"no redirect URI", url.Values{"redirect_uri": nil}, "page redirect_uri_unregistered"},
			{"two redirect URIs", url.Values{"redirect_uri": {w.shop.Redirect, "http://127.0.0.1:9/other"}}, "page request_malformed"},
			{"an unknown party", url.Values{"client_id": {"nobody-here"}}, "page party_unknown"},
			{"no party", url.Values{"client_id": nil}, "page party_unknown"},
			{"not UTF-8", url.Values{"state": {"\xff\xfe"}}, "page request_malformed"},
			{"no PKCE", url.Values{"code_challenge": nil}, "invalid_request"},
			{"a plain challenge", url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
			{"a short challenge", url.Values{"code_challenge": {"abc"}}, "invalid_request"},
			{"the implicit flow", url.Values{"response_type": {"token"}}, "unsupported_response_type"},
			{"the hybrid flow", url.Values{"response_type": {"code id_token"}}, "unsupported_response_type"},
			{"an answer in the fragment", url.Values{"response_mode": {"fragment"}}, "invalid_request"},
			{"no openid", url.Values{"scope": {"profile"}}, "invalid_scope"},
			{"a request object", url.Values{"request": {"e30.e30."}}, "request_not_supported"},
			{"a request by reference", url.Values{"request_uri": {"http://127.0.0.1:9/x"}}, "request_uri_not_supported"},
			{"without asking the citizen", url.Values{"prompt": {"none"}, "acr_values": {"urn:netid:acr:cert-pwd"}}, "interaction_required"},
			{"a parameter twice", url.Values{"scope": {"openid", "openid"}}, "invalid_request"},
			{"a state with a line end", url.Values{"state": {"s\r\nX-Injected: 1"}}, "invalid_request"},
			{"a nonce that is too long", url.Values{"nonce": {strings.Repeat("n", 513)}}, "invalid_request"},
			{"the name", url.Values{"claims": {`{"id_token":{"verified_claims":{"verification":{"trust_framework":null},"claims":{"name":null}}}}`}}, "access_denied"},
			{"claims that are no JSON", url.Values{"claims": {`{"id_token":`}}, "invalid_request"},
		} {
			a, err := b.Get(w.shop.Authorize(c.change))
			if err != nil {
				t.Fatal(err)
			}
			if a.Header.Get("X-Injected") != "" {
				t.Errorf("%s: a header was injected", c.name)
			}
			if page, ok := strings.CutPrefix(c.told, "page "); ok {
				if a.Status != 400 || a.Reason() != page || a.Leads() != "" {
					t.Errorf("%s: %d %q, leads to %q", c.name, a.Status, a.Reason(), a.Leads())
				}
				continue
			}
			to, err := url.Parse(a.Leads())
			if err != nil || !strings.HasPrefix(a.Leads(), w.shop.Redirect+"?") || to.Query().Get("code") != "" {
				t.Errorf("%s: %d %q leads to %q", c.name, a.Status, a.Reason(), a.Leads())
				continue
			}
			if told := to.Query().Get("error"); !strings.Contains(c.told, told) || told == "" || to.Query().Get("iss") != w.URL {
				t.Errorf("%s: the party is told %q", c.name, to.RawQuery)
			}
		}
		a, err := b.Get(w.rival.Authorize(url.Values{"claims": {`{"id_token":{"age_over_18":null}}`}}))
		if err != nil || !strings.Contains(a.Leads(), "error=access_denied") || !strings.Contains(a.Leads(), "age_mark_not_registered") {
			t.Errorf("an age mark without a law: %q %v", a.Leads(), err)
		}
	})
}

// codes: what a party, or who plays one, brings to the token endpoint.
func (w *world) codes(t *testing.T) {
	who := w.member(t, "trial-4-card")
	fresh := func(p *visitor.Party) string {
		to, err := who.Approve(p.Authorize(nil))
		if err != nil {
			t.Fatal(err)
		}
		return to.Query().Get("code")
	}
	shops, banks := fresh(w.shop), fresh(w.bank)
	liar := *w.bank
	liar.Secret = strings.Repeat("x", 43)
	bare := *w.bank
	bare.Secret = ""
	w.unchanged(t, func() {
		for _, c := range []struct {
			name   string
			party  *visitor.Party
			code   string
			change url.Values
			status int
			told   string
		}{
			{"no code", w.shop, "", nil, 400, "invalid_request code is missing"},
			{"an invented code", w.shop, "abc", nil, 400, "invalid_grant code_invalid"},
			{"an altered code", w.shop, altered(shops), nil, 400, "invalid_grant code_invalid"},
			{"another's code", w.bank, shops, nil, 400, "invalid_grant other_party"},
			{"another's code, without a secret", w.shop, banks, nil, 400, "invalid_grant other_party"},
			{"another redirect URI", w.shop, shops, url.Values{"redirect_uri": {w.bank.Redirect}}, 400, "invalid_grant redirect_mismatch"},
			{"another verifier", w.shop, shops, url.Values{"code_verifier": {strings.Repeat("v", 43)}}, 400, "invalid_grant verifier_wrong"},
			{"no verifier", w.shop, shops, url.Values{"code_verifier": nil}, 400, "invalid_grant"},
			{"a code twice in one form", w.shop, shops, url.Values{"code": {shops, shops}}, 400, "invalid_request"},
			{"another grant", w.shop, shops, url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type"},
			{"no grant", w.shop, shops, url.Values{"grant_type": nil}, 400, "invalid_request"},
			{"a wrong secret", &liar, banks, nil, 401, "invalid_client"},
			{"no secret", &bare, banks, nil, 401, "invalid_client"},
			{"two ways of authentication", w.bank, banks, url.Values{"client_secret": {w.bank.Secret}}, 400, "invalid_request"},
			{"an assertion that is none", &bare, banks, url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {"eyJhbGciOiJub25lIn0.e30."}}, 401, "invalid_client"},
			{"somebody unknown", w.shop, shops, url.Values{"client_id": {"nobody-here"}}, 401, "invalid_client"},
		} {
			got, err := c.party.Redeem(c.code, c.change)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if told := got.Error + " " + got.Description; got.Status != c.status || !strings.HasPrefix(told, c.told) {
				t.Errorf("%s: %d %q, want %d %q", c.name, got.Status, told, c.status, c.told)
			}
		}
		for name, r := range map[string]struct {
			method, path, kind, body string
			status                   int
		}{
			"parameters in the address": {"POST", "/token?code=" + url.QueryEscape(shops), "application/x-www-form-urlencoded", "grant_type=authorization_code", 400},
			"GET":                       {"GET", "/token?grant_type=authorization_code", "", "", 405},
			"JSON":                      {"POST", "/token", "application/json", "{}", 415},
			"no kind":                   {"POST", "/token", "", "x=1", 415},
			"UserInfo without a token":  {"GET", "/userinfo", "", "", 401},
			"a token in the address":    {"GET", "/userinfo?access_token=abc", "", "", 400},
			"a token in the form":       {"POST", "/userinfo", "application/x-www-form-urlencoded", "access_token=abc", 401},
		} {
			req, err := w.browser().Request(r.method, r.path, strings.NewReader(r.body))
			if err != nil {
				t.Fatal(err)
			}
			if r.kind != "" {
				req.Header.Set("Content-Type", r.kind)
			}
			if a, err := w.browser().Send(req); err != nil || a.Status != r.status {
				t.Errorf("%s: %+v %v", name, a.Status, err)
			}
		}
	})
	got, err := w.shop.Redeem(shops, nil)
	if err != nil || got.Status != http.StatusOK {
		t.Fatalf("after all this the code is not good: %v %v", got.Answer, err)
	}
	if status := w.userinfo(t, got.Access); status != http.StatusOK {
		t.Fatalf("UserInfo: %d", status)
	}
	for name, token := range map[string]string{"altered": altered(got.Access), "the ID token": got.ID, "a code": banks} {
		if status := w.userinfo(t, token); status != http.StatusUnauthorized {
			t.Errorf("UserInfo with %s: %d", name, status)
		}
	}
	w.unchanged(t, func() {
		again, err := w.shop.Redeem(shops, nil)
		if err != nil || again.Status != 400 || again.Error != "invalid_grant" || again.Description != "code_used" {
			t.Errorf("a code used twice: %v %s", err, again.Body)
		}
		if status := w.userinfo(t, got.Access); status != http.StatusUnauthorized {
			t.Errorf("a code used twice, and its token still speaks: %d", status)
		}
	})
	// The citizen's form sent twice is one approval: one verification comes of it.
	sealed, err := who.Ask(w.bank.Authorize(nil))
	if err != nil {
		t.Fatal(err)
	}
	form := w.consent(t, who, sealed)
	good := 0
	for range 2 {
		to, err := who.Decide("/request/approve", form)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.bank.Redeem(to.Query().Get("code"), nil); err == nil && got.Status == http.StatusOK {
			good++
		}
	}
	if good != 1 {
		t.Errorf("one signed approval, sent twice, gave %d verifications", good)
	}
}

func (w *world) userinfo(t *testing.T, token string) int {
	t.Helper()
	b := w.browser()
	r, err := b.Request(http.MethodGet, "/userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	a, err := b.Send(r)
	if err != nil {
		t.Fatal(err)
	}
	return a.Status
}

// operator: the admission door.
func (w *world) operator(t *testing.T) {
	const good = `{"id":"refused-party","name":"Refused","redirect_uris":["http://127.0.0.1:9/refused"],"public":true}`
	w.unchanged(t, func() {
		for _, c := range []struct {
			name, token, kind, body string
			status                  int
			reason                  string
		}{
			{"no token", "", "application/json", good, 401, "operator_unproven"},
			{"a wrong token", "Bearer sandbox2", "application/json", good, 401, "operator_unproven"},
			{"an empty token", "Bearer ", "application/json", good, 401, "operator_unproven"},
			{"another scheme", "Basic sandbox", "application/json", good, 401, "operator_unproven"},
			{"an unknown member", "Bearer sandbox", "application/json", strings.Replace(good, "{", `{"standing":"active",`, 1), 400, "application_invalid"},
			{"a member of another spelling", "Bearer sandbox", "application/json", strings.Replace(good, "{", `{"Sandbox":false,`, 1), 400, "application_invalid"},
			{"a member twice", "Bearer sandbox", "application/json", strings.Replace(good, "{", `{"id":"refused-other",`, 1), 400, "application_invalid"},
			{"more after the end", "Bearer sandbox", "application/json", good + "{}", 400, "application_invalid"},
			{"no JSON", "Bearer sandbox", "application/json", "id=refused-party", 400, "application_invalid"},
			{"a form", "Bearer sandbox", "application/x-www-form-urlencoded", good, 400, "content_type_invalid"},
			{"a script as a redirect URI", "Bearer sandbox", "application/json", strings.Replace(good, "http://127.0.0.1:9/refused", "javascript:alert(1)", 1), 400, "redirect_uri_invalid"},
			{"a fragment in a redirect URI", "Bearer sandbox", "application/json", strings.Replace(good, "/refused\"", "/refused#x\"", 1), 400, "redirect_uri_invalid"},
			{"a redirect URI in the clear", "Bearer sandbox", "application/json", strings.Replace(good, "127.0.0.1:9", "shop.example", 1), 400, "redirect_uri_invalid"},
			{"an id that is none", "Bearer sandbox", "application/json", strings.Replace(good, "refused-party", "../etc", 1), 400, "party_id_invalid"},
			{"somebody who is there", "Bearer sandbox", "application/json", strings.Replace(good, "refused-party", "refusal-shop", 1), 409, "party_exists"},
			{"a name that hides", "Bearer sandbox", "application/json", strings.Replace(good, `"Refused"`, `"Refused\u202e"`, 1), 400, ""},
		} {
			b := w.browser()
			for _, method := range []string{http.MethodPost, http.MethodGet} {
				if method == http.MethodGet && c.status != 401 {
					continue
				}
				r, err := b.Request(method, "/admin/parties", strings.NewReader(c.body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", c.kind)
				if c.token != "" {
					r.Header.Set("Authorization", c.token)
				}
				a, err := b.Send(r)
				if err != nil || a.Status != c.status || !strings.Contains(a.Body, `"error":"`+c.reason) {
					t.Errorf("%s: %v %d %s", c.name, err, a.Status, a.Body)
				}
			}
		}
	})
}
