package oidc_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"netid/internal/identity"
	"netid/internal/suite"
)

func get(s *service, target, raw string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", target, nil)
	r.URL.RawQuery = raw
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	return w
}

func goodQuery(s *service) url.Values {
	q := &request{path: "/authorize", params: url.Values{}, head: http.Header{}}
	s.good(q)
	return q.params
}

// A party that was removed has no address: whoever has its host now is told nothing.
func TestARemovedPartyIsGoneBackToByNobody(t *testing.T) {
	s := serve(t)
	q := goodQuery(s)
	if w := get(s, "/authorize", q.Encode()); w.Header().Get("Location") == "" {
		t.Fatal(w.Code, w.Body)
	}
	p := s.acts.parties["shop"]
	p.Standing = identity.PartyRemoved
	s.acts.parties["shop"] = p
	for name, value := range map[string]string{"state": "s", "scope": "none", "prompt": "none"} {
		q.Set(name, value)
		if w := get(s, "/authorize", q.Encode()); w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
			t.Error(name, w.Code, w.Body, w.Header())
		}
	}
	if p.PostLogout = []string{"https://shop.example/bye"}; p.Leaves("https://shop.example/bye") {
		t.Error("a log-out leads back to it")
	}
	if p.Standing = identity.PartySuspended; !p.Leaves("https://shop.example/bye") || !p.Allows("https://shop.example/cb?own=1") {
		t.Error("who was stopped is not told so")
	}
}

// A03: redirect URIs are compared as strings, and what is only near goes nowhere.
func TestNearMissesOfTheRedirectURI(t *testing.T) {
	s := serve(t)
	for _, near := range []string{
		"https://shop.example/cb/", "https://shop.example/cb?", "https://shop.example/cb?x=1", "https://shop.example/cb#", "https://shop.example/cb#f",
		"https://shop.example/CB", "https://SHOP.example/cb", "HTTPS://shop.example/cb", "https://shop.example//cb", "https://shop.example/./cb",
		"https://shop.example/a/../cb", "https://shop.example/%63b", "https://shop.example/%2e%2e/cb", "https://shop.example:443/cb", "https://shop.example:8443/cb",
		"http://shop.example/cb", "//shop.example/cb", "/cb", "https:shop.example/cb", "https:/shop.example/cb", "https://shop.example./cb",
		"https://ѕhop.example/cb", "https://shop.example@evil.example/cb", "https://shop.example\\@evil.example/cb", "https://user@shop.example/cb",
		"https://evil.shop.example/cb", "https://shop.example.evil.example/cb", "https://shop.exampleevil/cb", " https://shop.example/cb",
		"https://shop.example/cb ", "https://shop.example/c\tb", "https://shop.example/cb\x00", "https://shop.example/cb\r\nX: y", "https://shop.example/cb%0d%0a",
		"https://rival.example/cb", "javascript:alert(1)", "data:text/html,x", "https://shop.example/cb?own=2", "https://shop.example/cb?own=1&x=1",
	} {
		t.Run(fmt.Sprintf("%q", near), func(t *testing.T) {
			q := goodQuery(s)
			q.Set("redirect_uri", near)
			w := get(s, "/authorize", q.Encode())
			if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" || !strings.HasSuffix(w.Body.String(), "redirect_uri_unregistered") {
				t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
			}
		})
	}
}

// A07: no route sends anybody to an address that came with the request.
func TestNoOpenRedirect(t *testing.T) {
	s := serve(t)
	for _, path := range []string{"/authorize", "/authorize/answer", "/token", "/userinfo", "/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		for _, name := range []string{"a", "next", "return_to", "redirect", "redirect_uri", "target", "rd", "post_logout_redirect_uri", "RelayState", "r", "url"} {
			for _, to := range []string{"//evil.example", "https:evil.example", "/\\evil.example", "https://evil.example", "https://shop.example.evil.example/cb"} {
				if w := get(s, path, url.Values{name: {to}}.Encode()); w.Header().Get("Location") != "" {
					t.Errorf("%s?%s=%s goes to %s", path, name, to, w.Header().Get("Location"))
				}
			}
		}
	}
}

// What the door lets in must fit all the way out again: sealed to the citizen,
// inside the code, and inside the answer that carries the code.
func TestWhatIsCarriedFits(t *testing.T) {
	box := suite.NewBox(suite.NewSecret(identity.ES256), "test")
	seal := func(v any) string {
		t.Helper()
		s, err := box.Seal(v)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	marks := []identity.Mark{{Mark: identity.Over14, IDToken: true, UserInfo: true}, {Mark: identity.Over18, IDToken: true, UserInfo: true}, {Mark: identity.Over60, IDToken: true, UserInfo: true}}
	for _, c := range []struct{ redirect, state, nonce int }{{300, 2048, 512}, {24, 2048, 512}, {640, 2048, 16}, {1300, 64, 16}, {980, 512, 270}, {24, 1, 512}} {
		s := serve(t)
		uri := "https://shop.example/" + strings.Repeat("c", c.redirect-21)
		p := s.acts.parties["shop"]
		p.RedirectURIs = []string{uri}
		s.acts.parties["shop"] = p
		q := goodQuery(s)
		q.Set("redirect_uri", uri)
		q.Set("state", strings.Repeat("s", c.state))
		q.Set("nonce", strings.Repeat("n", c.nonce))
		if w := get(s, "/authorize", q.Encode()); !strings.HasPrefix(w.Header().Get("Location"), "/request") {
			t.Fatalf("%+v: refused: %v", c, w.Header())
		}
		r := s.acts.request
		ask := identity.Ask{Transaction: strings.Repeat("0", 32), Party: r.Party, Redirect: r.Redirect, State: r.State, Nonce: r.Nonce, Challenge: r.Challenge,
			Mode: identity.ModeCertPwdFace, Marks: marks, AuthTime: true, Fresh: true, Browser: make([]byte, 16), Locale: "zh-CN", Time: start, Expires: start}
		if sealed := seal(ask); len("/request?r=")+len(sealed) > 8<<10 {
			t.Errorf("%+v: an address of %d", c, len(sealed))
		}
		ground := identity.Ground{Rule: "a10-registered-age-mark", Version: "2025-07-15", Articles: []int{8, 10}}
		code := seal(identity.Code{Ask: identity.CodeAsk{Transaction: ask.Transaction, Party: ask.Party, Redirect: ask.Redirect, Nonce: ask.Nonce,
			Challenge: ask.Challenge, Mode: ask.Mode, Marks: marks, AuthTime: true, Time: start}, Device: s.signers[0].PublicJWK(), Locale: "zh-CN",
			Give: []string{"age_over_14", "age_over_18", "age_over_60"}, Mode: ask.Mode, Signature: make([]byte, 64), Digest: make([]byte, 32),
			Grounds: []identity.Ground{ground, ground}, Time: start, Expires: start})
		answer := seal(identity.Answer{Redirect: ask.Redirect, State: ask.State, Code: code, Expires: start})
		t.Logf("%+v: code %d, answer %d characters", c, len(code), len(answer))
	}
}

// What would not fit is said before the citizen is asked.
func TestWhatWouldNotFit(t *testing.T) {
	for _, c := range []struct{ redirect, state, nonce int }{{1334, 10, 10}, {700, 2048, 16}, {400, 2048, 512}} {
		s := serve(t)
		uri := "https://shop.example/cb?" + strings.Repeat("c", c.redirect-24)
		p := s.acts.parties["shop"]
		p.RedirectURIs = []string{uri}
		s.acts.parties["shop"] = p
		q := goodQuery(s)
		q.Set("redirect_uri", uri)
		q.Set("state", strings.Repeat("s", c.state))
		q.Set("nonce", strings.Repeat("n", c.nonce))
		if w := get(s, "/authorize", q.Encode()); !strings.Contains(w.Header().Get("Location"), "error=invalid_request") || s.acts.request != nil {
			t.Errorf("%+v: %v", c, w.Header())
		}
	}
}

// One door's patterns must not collide with another's, not even with a catch-all.
func TestRoutesStandBesideOthers(t *testing.T) {
	s := serve(t)
	s.mux.Handle("GET /", http.NotFoundHandler())
	if w := get(s, "/userinfo", ""); w.Code != http.StatusUnauthorized {
		t.Fatal(w.Code)
	}
}

func FuzzAuthorize(f *testing.F) {
	s := serve(f)
	f.Add(goodQuery(s).Encode(), "https://shop.example/cb", "s")
	f.Add("client_id=shop&redirect_uri=%2F%2Fevil", "//evil", "\r\n")
	f.Add("client_id=shop&client_id=rival", "https://shop.example/cb?own=1", "状")
	f.Add("claims=%7B%7D&prompt=none&max_age=0", "https://shop.example/cb", strings.Repeat("s", 3000))
	f.Fuzz(func(t *testing.T, raw, redirect, state string) {
		q := goodQuery(s)
		q.Set("redirect_uri", redirect)
		q.Set("state", state)
		for _, query := range []string{raw, q.Encode(), q.Encode() + "&" + raw} {
			w := get(s, "/authorize", query)
			location := w.Header().Get("Location")
			switch {
			case w.Code == http.StatusSeeOther && strings.HasPrefix(location, "/request?r="):
			case w.Code == http.StatusSeeOther && (strings.HasPrefix(location, "https://shop.example/cb?error=") || strings.HasPrefix(location, "https://shop.example/cb?own=1&error=") ||
				strings.HasPrefix(location, "https://rival.example/cb?error=") || strings.HasPrefix(location, "http://localhost:3000/cb?error=")):
				u, err := url.Parse(location)
				if err != nil || u.Query().Get("iss") != issuer {
					t.Fatalf("%q: %q", query, location)
				}
			case w.Code >= 400 && location == "":
			default:
				t.Fatalf("%q: %d to %q", query, w.Code, location)
			}
		}
	})
}

func FuzzClaims(f *testing.F) {
	s := serve(f)
	for _, c := range []string{`{"id_token":{"age_over_18":null}}`, `{"userinfo":{"name":{"essential":true}}}`, `{"id_token":{"acr":{"values":["urn:netid:acr:cert",1,null,{}]}}}`, `{"id_token":{"sub":{"value":"x"}}}`, `[`, `{"id_token":{"a":{},"A":{}}}`} {
		f.Add(c)
	}
	known := map[identity.Mode]bool{identity.ModeCert: true, identity.ModeCertPwd: true, identity.ModeCertFace: true, identity.ModeCertPwdFace: true}
	f.Fuzz(func(t *testing.T, claims string) {
		s.acts.request = nil
		q := goodQuery(s)
		q.Set("claims", claims)
		w := get(s, "/authorize", q.Encode())
		if readable := utf8.ValidString(claims) && len(claims) < 4<<10; readable && w.Code != http.StatusSeeOther || !readable && s.acts.request != nil {
			t.Fatalf("%q: %d", claims, w.Code)
		}
		r := s.acts.request
		if r == nil {
			return
		}
		seen := map[identity.AgeMark]bool{}
		for _, m := range r.Marks {
			if seen[m.Mark] || m.Mark.Years() == 0 || !m.IDToken && !m.UserInfo {
				t.Fatalf("%q: marks %v", claims, r.Marks)
			}
			seen[m.Mark] = true
		}
		for _, m := range r.Modes {
			if !known[m] {
				t.Fatalf("%q: mode %q", claims, m)
			}
		}
	})
}

func FuzzToken(f *testing.F) {
	s := serve(f)
	f.Add("grant_type=authorization_code&code=x&client_id=app", "application/x-www-form-urlencoded", "")
	f.Add("grant_type=authorization_code&code=x", "application/x-www-form-urlencoded", "Basic c2hvcDpzZWNyZXQ=")
	f.Add("client_assertion=a.b.c&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&grant_type=authorization_code", "application/x-www-form-urlencoded; charset=x", "")
	f.Add("a=%zz", "text/plain", "Basic ===")
	f.Fuzz(func(t *testing.T, body, kind, authorization string) {
		r := httptest.NewRequest("POST", "/token", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		s.mux.ServeHTTP(w, r)
		if w.Code < 400 || w.Code >= 500 || w.Header().Get("Cache-Control") != "no-store" || !strings.Contains(w.Body.String(), `"error"`) {
			t.Fatalf("%q: %d %s", body, w.Code, w.Body)
		}
	})
}

func BenchmarkAuthorize(b *testing.B) {
	s := serve(b)
	raw := goodQuery(s).Encode()
	b.ReportAllocs()
	for b.Loop() {
		if w := get(s, "/authorize", raw); w.Code != http.StatusSeeOther {
			b.Fatal(w.Code)
		}
	}
}

func BenchmarkToken(b *testing.B) {
	s := serve(b)
	b.ReportAllocs()
	for b.Loop() {
		s.acts.used = false
		q := &request{method: "POST", path: "/token", params: url.Values{}, head: http.Header{}}
		s.good(q)
		s.as(q, "shop")
		r := httptest.NewRequest("POST", "/token", strings.NewReader(q.params.Encode()))
		r.Header = q.head
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.mux.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}

// An address that a party gave up since it pushed gets neither an answer nor an error.
func TestPushedAddressIsGivenUp(t *testing.T) {
	s := serve(t)
	q := &request{method: "POST", path: "/par", params: url.Values{}, head: http.Header{}}
	s.good(q)
	s.as(q, "shop")
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, s.request(t, q))
	var told struct {
		URI string `json:"request_uri"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil || w.Code != http.StatusCreated {
		t.Fatal(w.Code, w.Body, err)
	}
	p := s.acts.parties["shop"]
	p.RedirectURIs = []string{"https://shop.example/new"}
	s.acts.parties["shop"] = p
	w = httptest.NewRecorder()
	s.mux.ServeHTTP(w, httptest.NewRequest("GET", "/authorize?"+url.Values{"client_id": {"shop"}, "request_uri": {told.URI}}.Encode(), nil))
	if w.Code != http.StatusBadRequest || w.Body.String() != "page redirect_uri_unregistered" || w.Header().Get("Location") != "" {
		t.Error(w.Code, w.Body, w.Header())
	}
}
