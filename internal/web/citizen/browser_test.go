package citizen_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"netid/internal/web/shell"
)

// browser is a citizen's browser as far as the pages need one: cookies, forms,
// a device key. It does not follow redirects by itself.
type browser struct {
	t      testing.TB
	world  *world
	server *httptest.Server
	cookie map[string]string
	locale string
	key    *ecdsa.PrivateKey
}

type answer struct {
	*http.Response
	body string
	root *html.Node
}

func newBrowser(t testing.TB, w *world) *browser {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, world: w, server: w.serve(t), cookie: map[string]string{}, locale: "en", key: key}
}

// signIn gives the browser the session of the world's person and this key.
func (b *browser) signIn() *browser {
	cookie, err := b.world.box.Seal(b.world.session())
	if err != nil {
		b.t.Fatal(err)
	}
	b.cookie[shell.CookieSession] = cookie
	b.world.device = b.jwk()
	return b
}

// bind makes it the browser that started the world's request.
func (b *browser) bind() *browser {
	b.cookie[shell.CookieBrowser] = b.world.browser.Text()
	return b
}

func (b *browser) jwk() []byte {
	point, err := b.key.PublicKey.Bytes()
	if err != nil {
		b.t.Fatal(err)
	}
	j, _ := json.Marshal(map[string]string{"kty": "EC", "crv": "P-256", "x": base64.RawURLEncoding.EncodeToString(point[1:33]),
		"y": base64.RawURLEncoding.EncodeToString(point[33:])})
	return j
}

func (b *browser) sign(text string) string {
	d := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, b.key, d[:])
	if err != nil {
		b.t.Fatal(err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return base64.RawURLEncoding.EncodeToString(sig)
}

func (b *browser) get(path string) answer { return b.do(http.MethodGet, path, nil, nil) }

func (b *browser) post(path string, fields ...string) answer {
	f := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, f, nil)
}

func (b *browser) do(method, path string, form url.Values, header http.Header) answer {
	b.t.Helper()
	req, err := http.NewRequest(method, b.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", b.locale)
	req.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for k, v := range header {
		req.Header[k] = v
	}
	for name, value := range b.cookie {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	r, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range r.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookie, c.Name)
		} else {
			b.cookie[c.Name] = c.Value
		}
	}
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{r, string(body), root}
}

// data is the value of the first element that carries the attribute.
func (a answer) data(name string) string {
	for n := range a.root.Descendants() {
		for _, at := range n.Attr {
			if at.Key == name {
				return at.Val
			}
		}
	}
	return ""
}

// lines are the texts of all elements that carry data-line, in order.
func (a answer) lines() []string {
	var lines []string
	for n := range a.root.Descendants() {
		for _, at := range n.Attr {
			if at.Key == "data-line" {
				lines = append(lines, text(n))
			}
		}
	}
	return lines
}

func text(n *html.Node) string {
	var s strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			s.WriteString(d.Data)
		}
	}
	return s.String()
}

// expect fails unless the answer has this status and, with a code, shows that
// reason in words.
func (a answer) expect(t testing.TB, status int, code string) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d\n%s", a.Request.Method, a.Request.URL.Path, a.StatusCode, status, a.body)
	}
	if got := a.data("data-error"); got != code {
		t.Fatalf("%s %s: reason %q, want %q\n%s", a.Request.Method, a.Request.URL.Path, got, code, a.body)
	}
	return a
}

// leads fails unless the answer sends the browser to the path.
func (a answer) leads(t testing.TB, path string) answer {
	t.Helper()
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != path {
		t.Fatalf("%s %s: %d to %q, want 303 to %q\n%s", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.Header.Get("Location"), path, a.body)
	}
	return a
}
