package oidc_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// Whatever address a request names, nothing is fetched from it (A13, C05): the
// one that it names listens, and hears nobody.
func TestNothingIsFetchedForARequest(t *testing.T) {
	var heard atomic.Int32
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	defer canary.Close()
	if r, err := http.Get(canary.URL); err != nil || heard.Swap(0) != 1 {
		t.Fatal("the canary does not hear", err)
	} else {
		r.Body.Close()
	}
	s := serve(t)
	for _, at := range []string{canary.URL + "/x", strings.Replace(canary.URL, "127.0.0.1", "localhost", 1), "https://169.254.169.254/latest/meta-data", "file:///etc/passwd", "gopher://127.0.0.1:1/"} {
		for _, path := range []string{"/authorize", "/par"} {
			for _, name := range []string{"request_uri", "in request_uri", "in request", "header jku", "header x5u", "registration", "sector_identifier_uri"} {
				q := &request{method: map[string]string{"/authorize": "GET", "/par": "POST"}[path], path: path, params: url.Values{}, head: http.Header{}}
				s.good(q)
				s.as(q, "robot")
				where, inside := strings.CutPrefix(name, "in ")
				part, header := strings.CutPrefix(name, "header ")
				switch {
				case inside:
					s.signed(q, "robot")
					q.object[where] = at
				case header:
					s.signed(q, "robot")
					q.header[part], q.forged = at, true
				default:
					q.params.Set(name, at)
				}
				if q.claims["jti"] = name + at; path == "/authorize" {
					q.claims = nil
					q.params.Set("client_id", "robot")
				}
				w := httptest.NewRecorder()
				s.mux.ServeHTTP(w, s.request(t, q))
				refused := w.Code == http.StatusBadRequest || strings.Contains(w.Header().Get("Location"), "error=")
				if ignored := name == "sector_identifier_uri" || name == "registration" && path == "/par"; !refused && !ignored {
					t.Errorf("%s %s = %s: %d %s %s", path, name, at, w.Code, w.Header().Get("Location"), w.Body)
				}
			}
		}
	}
	if n := heard.Load(); n != 0 {
		t.Errorf("%d requests to the addresses that were named", n)
	}
}
