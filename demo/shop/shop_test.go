package shop_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"netid/demo/shop"
)

// customer is a browser in the shop.
type customer struct {
	t *testing.T
	*http.Client
	op       *provider
	url      string
	language string
}

func enter(t *testing.T, op *provider) *customer {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	handler = shop.New(shop.Config{Issuer: op.URL, ClientID: "demo-shop", ClientSecret: "the secret/", BaseURL: server.URL})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &customer{t: t, Client: &http.Client{Jar: jar}, op: op, url: server.URL, language: "en"}
}

type seen struct {
	status int
	path   string
	body   string
	head   http.Header
}

func (c *customer) do(method, path string, form url.Values) seen {
	c.t.Helper()
	at := path
	if strings.HasPrefix(path, "/") {
		at = c.url + path
	}
	r, err := http.NewRequest(method, at, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", c.language)
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return seen{resp.StatusCode, resp.Request.URL.Path, string(b), resp.Header}
}

func (c *customer) get(path string) seen  { c.t.Helper(); return c.do("GET", path, nil) }
func (c *customer) post(path string) seen { c.t.Helper(); return c.do("POST", path, nil) }

func (s seen) must(t *testing.T, status int, path string, texts ...string) {
	t.Helper()
	if s.status != status || s.path != path {
		t.Fatalf("%d %s, not %d %s\n%s", s.status, s.path, status, path, s.body)
	}
	for _, text := range texts {
		if !strings.Contains(s.body, text) {
			t.Fatalf("no %q in\n%s", text, s.body)
		}
	}
}

func TestSignIn(t *testing.T) {
	op := startProvider(t)
	c := enter(t, op)
	c.get("/").must(t, 200, "/", `action="/signin"`, `href="/other"`, `action="/buy"`, `action="/counter"`, "demonstration")
	c.post("/signin").must(t, 200, "/account", `data-way="netid"`, `data-claim="sub"`, ">pairwise-1<", `data-claim="acr"`, `data-claim="receipt"`, "Your pseudonym")
	if op.asked.Get("scope") != "openid" || op.asked.Has("claims") || op.asked.Get("state") == "" || op.asked.Get("nonce") == "" || op.asked.Get("ui_locales") != "en" {
		t.Fatalf("asked %v", op.asked)
	}
	if account := c.get("/account"); strings.Contains(account.body, "age_over_18") {
		t.Fatal("an age that nobody told")
	}
	c.post("/signout").must(t, 200, "/")
	c.get("/account").must(t, 200, "/", `action="/signin"`)
}

// The page shows every claim that arrives, also one that nobody asked for.
func TestNothingLearnedIsHidden(t *testing.T) {
	op := startProvider(t)
	op.claims["favourite_<b>"] = map[string]any{"deep": "<script>"}
	enter(t, op).post("/signin").must(t, 200, "/account", "favourite_&lt;b&gt;", "The shop did not ask for this", `\u003cscript\u003e`)
}

func TestWine(t *testing.T) {
	for name, c := range map[string]struct {
		over any
		want string
	}{"over 18": {true, "allowed"}, "under 18": {false, "refused"}, "kept back": {nil, "not-told"}, "no boolean": {"true?", "not-told"}} {
		t.Run(name, func(t *testing.T) {
			op := startProvider(t)
			op.claims["age_over_18"] = c.over
			enter(t, op).post("/buy").must(t, 200, "/wine", `data-result="`+c.want+`"`, `data-claim="sub"`)
			if got := op.asked.Get("claims"); got != `{"id_token":{"age_over_18":null}}` {
				t.Fatalf("asked %s", got)
			}
		})
	}
}

func TestANoIsFriendly(t *testing.T) {
	op := startProvider(t)
	op.error = "access_denied"
	c := enter(t, op)
	c.post("/buy").must(t, 200, "/callback", `data-result="declined"`, `href="/other"`, `action="/signin"`)
	c.get("/account").must(t, 200, "/")
	op.error = "server_error"
	c.post("/signin").must(t, 502, "/callback", `data-error="answer"`, `href="/other"`)
}

// Answers that are not what was asked for sign nobody in.
func TestAnswersThatAreRefused(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	evil := "https://evil.example"
	empty := ""
	for name, bend := range map[string]func(*provider){
		"another nonce":         func(p *provider) { p.claims["nonce"] = "x" },
		"no nonce":              func(p *provider) { p.claims["nonce"] = nil },
		"another audience":      func(p *provider) { p.claims["aud"] = "rival" },
		"another issuer":        func(p *provider) { p.claims["iss"] = evil },
		"too old":               func(p *provider) { p.claims["exp"] = time.Now().Add(-time.Hour).Unix() },
		"another key":           func(p *provider) { p.sign = jose.JSONWebKey{Key: other, KeyID: "k"} },
		"a shared secret":       func(p *provider) { p.alg, p.sign = jose.HS256, bytes.Repeat([]byte("k"), 32) },
		"iss of another (A25)":  func(p *provider) { p.iss = &evil },
		"iss empty (A25)":       func(p *provider) { p.iss = &empty },
		"no, by another issuer": func(p *provider) { p.iss, p.error = &evil, "access_denied" },
	} {
		t.Run(name, func(t *testing.T) {
			op := startProvider(t)
			bend(op)
			c := enter(t, op)
			c.post("/signin").must(t, 502, "/callback", `data-error="answer"`)
			c.get("/account").must(t, 200, "/")
			if op.iss != nil && op.trades != 0 {
				t.Fatal("the code was sent although the answer names another issuer")
			}
		})
	}
}

func TestAnAnswerIsForOneBrowserOnce(t *testing.T) {
	op := startProvider(t)
	c := enter(t, op)
	c.get("/callback?code=the-code&state=invented&iss="+url.QueryEscape(op.URL)).must(t, 400, "/callback", `data-error="stale"`)
	c.get("/callback?code=the-code&iss="+url.QueryEscape(op.URL)).must(t, 400, "/callback", `data-error="stale"`)
	c.post("/signin").must(t, 200, "/account")
	back := "/callback?code=the-code&state=" + op.asked.Get("state") + "&iss=" + url.QueryEscape(op.URL)
	c.get(back).must(t, 400, "/callback", `data-error="stale"`)

	c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	c.post("/signin") // stops with the answer in hand
	back = "/callback?code=the-code&state=" + op.asked.Get("state") + "&iss=" + url.QueryEscape(op.URL)
	thief := enter(t, op)
	thief.url = c.url
	thief.get(back).must(t, 400, "/callback", `data-error="stale"`)
	c.CheckRedirect = nil
	c.get(back).must(t, 200, "/account")
}

func TestTheShopOpensBeforeItsProvider(t *testing.T) {
	op := startProvider(t)
	op.down = true
	c := enter(t, op)
	c.get("/").must(t, 200, "/")
	c.post("/signin").must(t, 503, "/signin", `data-error="away"`, `href="/other"`)
	op.down = false
	c.post("/signin").must(t, 200, "/account")
}

// The session has another name once the customer is signed in.
func TestNoFixedSession(t *testing.T) {
	op := startProvider(t)
	c := enter(t, op)
	c.post("/signin").must(t, 200, "/account")
	u, err := url.Parse(c.url)
	if err != nil {
		t.Fatal(err)
	}
	before := c.Jar.Cookies(u)[0].Value
	c.post("/signin").must(t, 200, "/account")
	after := c.Jar.Cookies(u)[0].Value
	if before == after {
		t.Fatal("the session kept its name")
	}
	c.Jar.SetCookies(u, []*http.Cookie{{Name: "shop", Value: before, Path: "/"}})
	c.get("/account").must(t, 200, "/")
}

func TestCookiesAndHeaders(t *testing.T) {
	h := shop.New(shop.Config{Issuer: "https://id.example", ClientID: "demo-shop", ClientSecret: "x", BaseURL: "https://shop.example"})
	r := httptest.NewRequest("POST", "/counter", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Header().Get("Set-Cookie"); !strings.HasPrefix(got, "__Host-shop=") || !strings.Contains(got, "Secure") || !strings.Contains(got, "HttpOnly") || !strings.Contains(got, "SameSite=Lax") {
		t.Fatalf("cookie %q", got)
	}
	for _, path := range []string{"/", "/other", "/nowhere", "/assets/shop.css", "/callback"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if got := w.Header().Get("Content-Security-Policy"); got != "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://id.example" {
			t.Fatalf("%s: %q", path, got)
		}
		if strings.Contains(w.Body.String(), "<script") || strings.Contains(w.Body.String(), "style=") || strings.Contains(w.Body.String(), "//") && strings.Contains(w.Body.String(), `src="http`) {
			t.Fatalf("%s: what the policy would stop", path)
		}
	}
	for _, path := range []string{"/assets/", "/assets/..%2fshop.go", "/assets/words.go"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 404 {
			t.Fatalf("%s: %d", path, w.Code)
		}
	}
}

// A form on another site signs nobody in or out.
func TestFormsOfOthers(t *testing.T) {
	h := shop.New(shop.Config{Issuer: "https://id.example", BaseURL: "https://shop.example"})
	for _, path := range []string{"/signin", "/buy", "/other", "/other/code", "/counter", "/signout", "/language"} {
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			r := httptest.NewRequest("POST", path, nil)
			r.Header.Set(name, value)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s with %s: %d", path, name, w.Code)
			}
		}
	}
}

func TestTheOtherWay(t *testing.T) {
	c := enter(t, startProvider(t))
	c.get("/other/code").must(t, 200, "/other")
	for _, bad := range []string{"", "x", "a@", "Name <a@example.com>", strings.Repeat("a", 300) + "@example.com", "<script>@"} {
		c.do("POST", "/other", url.Values{"mail": {bad}}).must(t, 422, "/other", `data-error="mail_invalid"`, `aria-invalid="true"`)
	}
	s := c.do("POST", "/other", url.Values{"mail": {"a@example.com"}})
	s.must(t, 200, "/other/code", "a@example.com")
	_, rest, _ := strings.Cut(s.body, "data-code>")
	code := rest[:6]
	c.do("POST", "/other/code", url.Values{"code": {"x"}}).must(t, 422, "/other/code", `data-error="code_wrong"`)
	c.do("POST", "/other/code", url.Values{"code": {" " + code}}).must(t, 200, "/account", `data-way="mail"`, "a@example.com")
	c.post("/counter").must(t, 200, "/wine", `data-result="counter"`)

	c.do("POST", "/other", url.Values{"mail": {"a@example.com"}})
	for range 5 {
		c.do("POST", "/other/code", url.Values{"code": {"x"}})
	}
	c.do("POST", "/other/code", url.Values{"code": {"x"}}).must(t, 200, "/other")
}

func TestLanguages(t *testing.T) {
	c := enter(t, startProvider(t))
	for header, want := range map[string]string{"": "zh-CN", "zh": "zh-CN", "en-GB": "en", "fr": "zh-CN", "fr,en;q=0.5": "en", "en;q=0.3,zh-Hans;q=0.8": "zh-CN", "zh;q=0.3, en;q=0.8": "en", ";q=x,,": "zh-CN"} {
		c.language = header
		c.get("/").must(t, 200, "/", `<html lang="`+want+`">`)
	}
	c.language = "en"
	c.do("POST", "/language", url.Values{"locale": {"zh-CN"}, "next": {"/other"}}).must(t, 200, "/other", `lang="zh-CN">`, "电子邮箱")
	for _, evil := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "/nowhere", ""} {
		c.do("POST", "/language", url.Values{"locale": {"en"}, "next": {evil}}).must(t, 200, "/", `<html lang="en">`)
	}
}

// Every page can be written in both languages, whatever it has to say.
func TestEveryPageInBothLanguages(t *testing.T) {
	for _, lang := range []string{"zh-CN", "en"} {
		op := startProvider(t)
		c := enter(t, op)
		c.language = lang
		op.claims["auth_time"], op.claims["age_over_18"] = 1, true
		for _, s := range []seen{c.get("/"), c.get("/other"), c.get("/nowhere"), c.get("/callback"), c.post("/signin"), c.get("/"), c.post("/buy"), c.post("/counter")} {
			if !strings.Contains(s.body, `<html lang="`+lang+`">`) || !strings.Contains(s.body, "</html>") || strings.Contains(s.body, "no word") {
				t.Fatalf("%s: %s", s.path, s.body)
			}
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	op := startProvider(t)
	c := enter(t, op)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				c.get("/")
				c.post("/counter")
				c.get("/wine")
			}
		})
	}
	all.Wait()
}
