package shell_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/": "/", "/records": "/records", "/request?r=a%2Fb&x=//y": "/request?r=a%2Fb&x=//y", "/a#b": "/a#b",
		"": "/", "records": "/", "//evil": "/", "///evil": "/", "/\\evil": "/", "\\/evil": "/", "https://evil": "/", "https:evil": "/", "javascript:x": "/",
		"/\tevil": "/", "/\n/evil": "/", "/ /evil": "/", "/..//evil": "/", "/.//evil": "/", "/a//b": "/", "/a/../b": "/", "/%2e%2e//evil": "/",
		"/%5cevil": "/", "/\x7f": "/", "/é": "/", "/" + strings.Repeat("a", 20_000): "/", "/%zz": "/",
	} {
		if got := shell.LocalPath(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/records", "//evil", "/\\evil", "/\t/evil", "/..//evil", "/request?r=%2f%2fevil"} {
		f.Add(s)
	}
	base, _ := url.Parse("https://netid.example/enrol")
	f.Fuzz(func(t *testing.T, s string) {
		p := shell.LocalPath(s)
		u, err := base.Parse(p)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\r\n\t") {
			t.Fatalf("%q leads to %q", s, p)
		}
	})
}

func TestLocale(t *testing.T) {
	for header, want := range map[string]string{
		"": "zh-CN", "en": "en", "en-GB,en;q=0.9": "en", "zh": "zh-CN", "zh-TW,en;q=0.8": "zh-CN", "en;q=0.5,zh;q=0.9": "zh-CN", "fr,de": "zh-CN",
		"fr,en;q=0.3": "en", "EN-us": "en", "en;q=0": "zh-CN", "en;q=x": "zh-CN", ",,;;=": "zh-CN", strings.Repeat("fr,", 5000) + "en": "zh-CN",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", header)
		if got := shell.Locale(r); got != want {
			t.Errorf("%.40q: %s, want %s", header, got, want)
		}
		for cookie, chosen := range map[string]string{"en": "en", "zh-CN": "zh-CN", "<x>": want} {
			r := r.Clone(t.Context())
			r.AddCookie(&http.Cookie{Name: shell.CookieLocale, Value: cookie})
			if got := shell.Locale(r); got != chosen {
				t.Errorf("%.40q with cookie %s: %s", header, cookie, got)
			}
		}
	}
}

func TestOrigin(t *testing.T) {
	for in, want := range map[string]string{
		"https://shop.example/cb": "https://shop.example", "http://127.0.0.1:7081/cb?x=1": "http://127.0.0.1:7081", "http://[::1]:80/cb": "http:",
		"javascript:x": "", "https://a;b/": "https:", "https://a b/": "", "": "", "//x": "",
	} {
		if got := shell.Origin(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// serve answers with one handler under "/x".
func serve(c shell.Config, h shell.Handler) http.Handler {
	s := shell.New(c)
	mux := http.NewServeMux()
	s.Handle(mux, "GET /x", h)
	s.Handle(mux, "POST /x", h)
	s.Assets(mux)
	return s.Fallback(mux)
}

func answer(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestKindsToStatus(t *testing.T) {
	for kind, want := range map[fault.Kind]int{fault.Invalid: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404,
		fault.Conflict: 409, fault.Gone: 410, fault.TooMany: 429, fault.Unavailable: 503, fault.Internal: 500} {
		h := serve(shell.Config{}, func(*shell.Visit) error { return fault.Newf("x", kind, "made_up", "the detail") })
		r := httptest.NewRequest("GET", "/x", nil)
		r.Header.Set("Accept-Language", "en")
		a := answer(h, r)
		page := body(t, a)
		if a.StatusCode != want || a.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%v: %d, want %d", kind, a.StatusCode, want)
		}
		if strings.Contains(page, "the detail") || !strings.Contains(page, `data-page="error"`) || strings.Contains(page, ">made_up<") {
			t.Errorf("%v: %s", kind, page)
		}
		if id := a.Header.Get("X-Request-Id"); (want >= 500) != strings.Contains(page, id) {
			t.Errorf("%v: the request's id", kind)
		}
	}
}

func TestTheLawSpeaksForItself(t *testing.T) {
	reasons := map[string]identity.Text{"guardian_needed": {ZH: "需要监护人。", EN: "A guardian <b>must</b> agree."}}
	h := serve(shell.Config{Reasons: reasons}, func(*shell.Visit) error { return fault.New("x", fault.Forbidden, "guardian_needed") })
	for locale, want := range map[string]string{"zh-CN": "需要监护人。", "en": "A guardian &lt;b&gt;must&lt;/b&gt; agree."} {
		r := httptest.NewRequest("GET", "/x", nil)
		r.Header.Set("Accept-Language", locale)
		if page := body(t, answer(h, r)); !strings.Contains(page, want) || !strings.Contains(page, `data-error="guardian_needed"`) {
			t.Error(page)
		}
	}
}

func TestScriptsAreAnsweredInJSON(t *testing.T) {
	h := serve(shell.Config{}, func(*shell.Visit) error { return fault.New("x", fault.Gone, "challenge_expired") })
	r := httptest.NewRequest("GET", "/x", nil)
	r.Header.Set("Accept", "application/json")
	a := answer(h, r)
	if a.StatusCode != 410 || a.Header.Get("Content-Type") != "application/json" || !strings.Contains(body(t, a), `"error":"challenge_expired"`) {
		t.Error(a)
	}
}

func TestADefectIsAnAnswer(t *testing.T) {
	h := serve(shell.Config{}, func(*shell.Visit) error { panic("the detail") })
	a := answer(h, httptest.NewRequest("GET", "/x", nil))
	if page := body(t, a); a.StatusCode != 500 || strings.Contains(page, "the detail") || !strings.Contains(page, `data-error="internal"`) {
		t.Error(a.StatusCode, page)
	}
}

func TestForms(t *testing.T) {
	ran := false
	h := serve(shell.Config{}, func(v *shell.Visit) error { ran = true; return v.Go("/" + v.Form("to")) })
	many := url.Values{}
	for i := range 100 {
		many.Set(strings.Repeat("a", i+1), "x")
	}
	for name, c := range map[string]struct {
		kind, body string
		status     int
		code       string
	}{
		"good":      {"application/x-www-form-urlencoded", "to=x", 303, ""},
		"charset":   {"application/x-www-form-urlencoded; charset=utf-8", "to=x", 303, ""},
		"large":     {"application/x-www-form-urlencoded", "to=" + strings.Repeat("x", 300<<10), 413, "form_invalid"},
		"many":      {"application/x-www-form-urlencoded", many.Encode(), 400, "form_invalid"},
		"multipart": {"multipart/form-data; boundary=x", "--x--", 400, "form_invalid"},
		"plain":     {"text/plain", "to=x", 400, "form_invalid"},
		"broken":    {"application/x-www-form-urlencoded", "to=%zz", 400, "form_invalid"},
	} {
		ran = false
		r := httptest.NewRequest("POST", "/x", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		a := answer(h, r)
		if a.StatusCode != c.status || c.code != "" && !strings.Contains(body(t, a), `data-error="`+c.code+`"`) || ran != (c.status == 303) {
			t.Errorf("%s: %d, ran %v", name, a.StatusCode, ran)
		}
	}
}

func TestOtherSites(t *testing.T) {
	h := serve(shell.Config{Issuer: "https://netid.example"}, func(v *shell.Visit) error { return v.Go("/") })
	for name, c := range map[string]struct {
		header http.Header
		status int
	}{
		"ours":              {http.Header{"Sec-Fetch-Site": {"same-origin"}}, 303},
		"typed":             {http.Header{"Sec-Fetch-Site": {"none"}}, 303},
		"no browser":        {http.Header{}, 303},
		"our origin":        {http.Header{"Origin": {"https://netid.example"}}, 303},
		"cross":             {http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"neighbour":         {http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
		"other origin":      {http.Header{"Origin": {"https://evil.example"}}, 403},
		"null":              {http.Header{"Origin": {"null"}}, 403},
		"cross, our origin": {http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://netid.example.evil"}}, 403},
	} {
		r := httptest.NewRequest("POST", "/x", nil)
		r.Header = c.header
		if a := answer(h, r); a.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", name, a.StatusCode, c.status)
		}
	}
}

func TestHTTPSSpeaksOfItself(t *testing.T) {
	for issuer, want := range map[string]string{"https://netid.example": "max-age=31536000; includeSubDomains", "http://localhost:7080": ""} {
		h := serve(shell.Config{Issuer: issuer}, func(v *shell.Visit) error { return v.Go("/") })
		if got := answer(h, httptest.NewRequest("GET", "/x", nil)).Header.Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: %q", issuer, got)
		}
	}
}

func TestFallback(t *testing.T) {
	h := serve(shell.Config{}, func(v *shell.Visit) error { return v.Go("/") })
	for _, c := range []struct {
		method, path, accept string
		status               int
		code                 string
	}{
		{"GET", "/nowhere", "text/html", 404, "page_unknown"},
		{"PUT", "/x", "text/html", 405, "method_unknown"},
		{"GET", "/assets/none.js", "text/html", 404, ""},
		{"GET", "/assets/..%2fshell.go", "text/html", 404, ""},
		{"GET", "/nowhere", "application/json", 404, ""},
		{"GET", "/y/../x", "text/html", 307, ""},
		{"GET", "//x", "text/html", 307, ""},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Header.Set("Accept", c.accept)
		a := answer(h, r)
		if page := body(t, a); a.StatusCode != c.status || c.code != "" && !strings.Contains(page, `data-error="`+c.code+`"`) {
			t.Errorf("%s %s: %d\n%s", c.method, c.path, a.StatusCode, page)
		}
		if a.Header.Get("Cache-Control") != "no-store" && !strings.HasPrefix(c.path, "/assets/") {
			t.Errorf("%s %s may be stored: %v", c.method, c.path, a.Header)
		}
		if c.status == 405 && a.Header.Get("Allow") == "" {
			t.Error("405 without Allow")
		}
	}
}

func TestAssets(t *testing.T) {
	h := serve(shell.Config{}, nil)
	a := answer(h, httptest.NewRequest("GET", "/assets/netid.css", nil))
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/css; charset=utf-8" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error(a.Status, a.Header)
	}
	if n := len(body(t, a)); n > 40_000 {
		t.Errorf("the stylesheet has %d bytes", n)
	}
	r := httptest.NewRequest("GET", "/assets/netid.css", nil)
	r.Header.Set("If-None-Match", a.Header.Get("ETag"))
	if a := answer(h, r); a.StatusCode != 304 {
		t.Error(a.Status)
	}
}

func TestPageForOtherDoors(t *testing.T) {
	s := shell.New(shell.Config{})
	w := httptest.NewRecorder()
	s.Page(w, httptest.NewRequest("GET", "/authorize?redirect_uri=https://evil", nil), 400, "redirect_uri_unregistered")
	if page := w.Body.String(); w.Code != 400 || !strings.Contains(page, `data-error="redirect_uri_unregistered"`) || w.Header().Get("Location") != "" {
		t.Error(w.Code, page)
	}
}

func TestRecoverable(t *testing.T) {
	for err, want := range map[error]bool{fault.New("x", fault.Invalid, "a"): true, fault.New("x", fault.Gone, "a"): false, errors.New("x"): false,
		fault.New("x", fault.TooMany, "a"): true, fault.New("x", fault.NotFound, "a"): false} {
		if shell.Recoverable(err) != want {
			t.Errorf("%v", err)
		}
	}
}

// The module that checks what netid says is taken by the pages of others; nothing else is.
func TestModuleForOthers(t *testing.T) {
	h := serve(shell.Config{}, nil)
	for path, origin := range map[string]string{"/assets/netid-verify.mjs": "*", "/assets/problem.js": ""} {
		a := answer(h, httptest.NewRequest("GET", path, nil))
		if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || a.Header.Get("Access-Control-Allow-Origin") != origin || (a.Header.Get("Cross-Origin-Resource-Policy") == "cross-origin") != (origin == "*") {
			t.Error(path, a.Status, a.Header)
		}
	}
}
