package shell_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"netid/internal/web/shell"
)

// handedOver reads the form of the page: where it goes and what it carries.
func handedOver(t *testing.T, action string, fields url.Values) (a *http.Response, to string, got url.Values, page string) {
	t.Helper()
	s := shell.New(shell.Config{Issuer: "https://netid.example"})
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/authorize/answer?a=sealed", nil)
	r.Header.Set("Accept-Language", "en")
	s.Handover(w, r, action, fields)
	page = w.Body.String()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	got = url.Values{}
	for n := range root.Descendants() {
		at := map[string]string{}
		for _, x := range n.Attr {
			at[x.Key] = x.Val
		}
		_, ours := at["data-handover"]
		if n.Data == "form" && ours {
			to = at["action"]
			if at["method"] != "post" {
				t.Errorf("method %q", at["method"])
			}
			for in := range n.Descendants() {
				var name, value string
				for _, x := range in.Attr {
					switch x.Key {
					case "name":
						name = x.Val
					case "value":
						value = x.Val
					}
				}
				if in.Data == "input" {
					got.Add(name, value)
				}
			}
		}
	}
	return w.Result(), to, got, page
}

// The page's form goes where it says and nowhere else, carries what it was
// given, and nothing in it becomes part of the page (E05).
func TestHandover(t *testing.T) {
	fields := url.Values{"code": {`a"><script>alert(1)</script>`}, "state": {"<&'\" ok"}, "iss": {"https://netid.example"}}
	a, to, got, page := handedOver(t, "https://shop.example/cb?own=1&x=%22", fields)
	if a.StatusCode != http.StatusOK || to != "https://shop.example/cb?own=1&x=%22" || got.Encode() != fields.Encode() {
		t.Errorf("%d to %q with %v", a.StatusCode, to, got)
	}
	if strings.Contains(page, "<script>alert") || !strings.Contains(page, "/assets/handover.js") || !strings.Contains(page, "shop.example") {
		t.Error(page)
	}
	policy := a.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "form-action 'self' https://shop.example;") || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%v", a.Header)
	}
}

func TestHandoverToNoAddress(t *testing.T) {
	for _, action := range []string{"https://[::1", "javascript:alert(1)"} {
		_, to, _, page := handedOver(t, action, url.Values{"code": {"c"}})
		if to == action || strings.Contains(page, action) {
			t.Errorf("%s: %s", action, page)
		}
	}
}
