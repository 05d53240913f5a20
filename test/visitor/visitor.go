// Package visitor is a person's browser for tests that must do each step of a
// journey by itself: rightly, wrongly, twice, or while the server dies.
//
// It owns requests, cookies and a device key, and refuses to know anything of
// the server but its addresses, its forms and the data- attributes of its
// pages. Unlike the persona command it follows nothing, fills in nothing and
// keeps nothing on disk: a test says what is sent and sees what comes back.
//
// Invariant: it sends what it is told to send, and shows every answer to Watch.
package visitor

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

const longest = 4 << 20 // bytes of an answer

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	At     *url.URL // what was asked
}

// Data is the value of the first attribute of that name on the page: "data-next".
func (a *Answer) Data(name string) string {
	m := regexp.MustCompile(`[\s]` + regexp.QuoteMeta(name) + `="([^"]*)"`).FindStringSubmatch(a.Body)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// Reason is the stable reason of a page that refuses, or "".
func (a *Answer) Reason() string { return a.Data("data-error") }

// Leads is where the answer sends the browser, or "".
func (a *Answer) Leads() string { return a.Header.Get("Location") }

// Browser talks to one server. It may be used by several goroutines.
type Browser struct {
	URL    string
	Locale string                       // "en" where empty
	Watch  func(*http.Request, *Answer) // sees every answer

	client  *http.Client
	mu      sync.Mutex // guards cookies
	cookies map[string]string
}

// New opens a browser without cookies.
func New(server string) *Browser {
	return &Browser{URL: server, cookies: map[string]string{}, client: &http.Client{Timeout: 20 * time.Second,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 4},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Through takes another way to the server. What is no connection gets no deadline:
// each would start a goroutine, which a measured server would seem to have started.
func (b *Browser) Through(way http.RoundTripper) {
	b.client.Transport = way
	if _, connects := way.(*http.Transport); !connects {
		b.client.Timeout = 0
	}
}

// Copy is another browser with the same cookies.
func (b *Browser) Copy() *Browser {
	other := New(b.URL)
	other.Locale, other.Watch = b.Locale, b.Watch
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, value := range b.cookies {
		other.cookies[name] = value
	}
	return other
}

// Close lets the idle connections go.
func (b *Browser) Close() { b.client.CloseIdleConnections() }

// Cookie is the value of a cookie that the browser has, or "".
func (b *Browser) Cookie(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cookies[name]
}

// SetCookie gives the browser a cookie; "" takes it away.
func (b *Browser) SetCookie(name, value string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cookies[name] = value; value == "" {
		delete(b.cookies, name)
	}
}

// Get opens an address of the server, or an absolute one.
func (b *Browser) Get(path string) (*Answer, error) {
	r, err := b.Request(http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return b.Send(r)
}

// Post sends a form as the server's own page would.
func (b *Browser) Post(path string, form url.Values) (*Answer, error) {
	r, err := b.Request(http.MethodPost, path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.URL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Send(r)
}

// Call is what a page's script does: JSON out, JSON back.
func (b *Browser) Call(method, path, body string) (*Answer, error) {
	r, err := b.Request(method, path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Origin", b.URL)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return b.Send(r)
}

// Request makes a request that Send sends with the browser's cookies.
func (b *Browser) Request(method, path string, body io.Reader) (*http.Request, error) {
	if strings.HasPrefix(path, "/") {
		path = b.URL + path
	}
	r, err := http.NewRequest(method, path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "en")
	if b.Locale != "" {
		r.Header.Set("Accept-Language", b.Locale)
	}
	return r, nil
}

// Send sends a request, takes the cookies of its answer and follows nothing.
func (b *Browser) Send(r *http.Request) (*Answer, error) {
	b.mu.Lock()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	b.mu.Unlock()
	resp, err := b.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, longest))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	for _, c := range resp.Cookies() {
		if c.MaxAge < 0 {
			c.Value = ""
		}
		b.SetCookie(c.Name, c.Value)
	}
	a := &Answer{Status: resp.StatusCode, Header: resp.Header, Body: string(body), At: r.URL}
	if b.Watch != nil {
		b.Watch(r, a)
	}
	return a, nil
}
