package shell

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// workerOf is the worker of a service whose one page and one asset are these.
func workerOf(t *testing.T, page, style string) *httptest.ResponseRecorder {
	t.Helper()
	s, mux := New(Config{}), http.NewServeMux()
	files := fstest.MapFS{"pages/x.html": {Data: []byte(`{{define "title"}}x{{end}}{{define "main"}}` + page + `{{end}}`)}, "assets/x.css": {Data: []byte(style)}}
	s.Pages(files, "pages/*.html")
	s.Assets(mux, files)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/worker.js", nil))
	return w
}

// A browser looks for another worker by its bytes: whatever of a page is
// another changes them, and else nothing does.
func TestAnotherPageMakesAnotherWorker(t *testing.T) {
	one := workerOf(t, "a page", "p { color: red }")
	if one.Code != http.StatusOK || !strings.HasPrefix(one.Header().Get("Content-Type"), "text/javascript") || !strings.HasPrefix(one.Body.String(), `const BUILD = "`) {
		t.Fatal(one.Code, one.Header(), one.Body)
	}
	if one.Body.String() != workerOf(t, "a page", "p { color: red }").Body.String() {
		t.Error("the same pages make two workers")
	}
	for _, other := range []string{workerOf(t, "another page", "p { color: red }").Body.String(), workerOf(t, "a page", "p { color: blue }").Body.String()} {
		if other == one.Body.String() {
			t.Error("what the browser keeps would stay as it was")
		}
	}
}

// The worker asks without cookies, and so says the view itself; whoever has
// cookies has said it with them.
func TestTheViewIsTheCitizensOwn(t *testing.T) {
	s := New(Config{})
	for _, c := range []struct {
		path, cookie string
		large        bool
	}{{"/", "", false}, {"/?view=large", "", true}, {"/", CookieLarge + "=1", true}, {"/?view=large", CookieLocale + "=en", false}} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		if c.cookie != "" {
			r.Header.Set("Cookie", c.cookie)
		}
		if got := s.visit(httptest.NewRecorder(), r).large(); got != c.large {
			t.Errorf("%s with %q: larger %t", c.path, c.cookie, got)
		}
	}
}
