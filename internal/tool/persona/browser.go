package persona

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	maxPage   = 2 << 20 // bytes of a page or an answer
	maxHops   = 10
	userAgent = "netid-persona/1"
)

// browser walks the pages of one origin. What leaves that origin is an
// address that it hands back and never calls.
type browser struct {
	origin *url.URL
	locale string
	client *http.Client
}

func newBrowser(server, locale string) (*browser, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is no server's address; it looks like http://localhost:7080", server)
	}
	if locale == "" {
		locale = "en"
	}
	return &browser{&url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}, locale, &http.Client{
		Jar:           newJar(),
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// step is where a browser is after it followed redirects: on a page of the
// origin, or about to leave it.
type step struct {
	page  *page
	leave string // the address outside, not called; what would be posted there stands in its query
}

// visit opens an address of the origin as a person would who follows a link.
func (b *browser) visit(ctx context.Context, address string) (step, error) {
	u, err := b.origin.Parse(address)
	if err != nil {
		return step{}, fmt.Errorf("%q is no address: %w", address, err)
	}
	if !b.own(u) {
		return step{}, fmt.Errorf("%s is not at %s, the only server that a persona talks to", u.Redacted(), b.origin)
	}
	return b.follow(ctx, http.MethodGet, u, "")
}

// submit sends a form of a page.
func (b *browser) submit(ctx context.Context, f *form) (step, error) {
	if !b.own(f.action) {
		return step{}, fmt.Errorf("a form of %s sends to another origin", b.origin)
	}
	return b.follow(ctx, http.MethodPost, f.action, f.values.Encode())
}

func (b *browser) follow(ctx context.Context, method string, u *url.URL, body string) (step, error) {
	for range maxHops {
		r, err := b.navigate(ctx, method, u, body)
		if err != nil {
			return step{}, err
		}
		next := r.header.Get("Location")
		if r.status < 300 || r.status > 399 || next == "" {
			p, err := readPage(u, r.status, r.body)
			if err == nil && p.name == "handover" {
				return p.handed()
			}
			return step{page: p}, err
		}
		u, err = u.Parse(next)
		if err != nil {
			return step{}, fmt.Errorf("the server redirects to %q: %w", next, err)
		}
		if !b.own(u) {
			return step{leave: u.String()}, nil
		}
		if r.status != http.StatusTemporaryRedirect && r.status != http.StatusPermanentRedirect {
			method, body = http.MethodGet, "" // Fetch §4.4: 301, 302 and 303 after a POST
		}
	}
	return step{}, fmt.Errorf("%s redirects in a circle", b.origin)
}

func (b *browser) own(u *url.URL) bool {
	return u.Scheme == b.origin.Scheme && strings.EqualFold(u.Host, b.origin.Host) && u.User == nil
}

func (b *browser) navigate(ctx context.Context, method string, u *url.URL, body string) (*answer, error) {
	h := http.Header{"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"none"}}
	if method == http.MethodPost {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
		h.Set("Origin", b.origin.String())
		h.Set("Sec-Fetch-Site", "same-origin")
	}
	return b.do(ctx, method, u, h, body)
}

// call is what a page's script does: a same-origin fetch that answers JSON.
func (b *browser) call(ctx context.Context, method, path string, in, out any) error {
	h := http.Header{"Accept": {"application/json"}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"}, "Sec-Fetch-Site": {"same-origin"}}
	var body []byte
	if method == http.MethodPost {
		h.Set("Origin", b.origin.String())
	}
	if f, ok := in.(url.Values); ok {
		body = []byte(f.Encode())
		h.Set("Content-Type", "application/x-www-form-urlencoded")
	} else if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
		h.Set("Content-Type", "application/json")
	}
	r, err := b.do(ctx, method, b.origin.JoinPath(path), h, string(body))
	if err != nil {
		return err
	}
	if r.status != http.StatusOK {
		return &status{method + " " + path, r.status, strings.TrimSpace(string(r.body[:min(len(r.body), 200)]))}
	}
	if err := json.Unmarshal(r.body, out); err != nil {
		return fmt.Errorf("%s %s does not answer JSON: %w", method, path, err)
	}
	return nil
}

// status is an answer that is no success.
type status struct {
	what string
	code int
	text string
}

func (s *status) Error() string { return fmt.Sprintf("%s answers %d: %s", s.what, s.code, s.text) }

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (b *browser) do(ctx context.Context, method string, u *url.URL, h http.Header, body string) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	h.Set("User-Agent", userAgent)
	h.Set("Accept-Language", b.locale)
	req.Header = h
	r, err := b.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s does not answer (is the sandbox running? `netid sandbox` starts one): %w", b.origin, err)
	}
	defer r.Body.Close()
	var text bytes.Buffer
	if n, err := text.ReadFrom(io.LimitReader(r.Body, maxPage+1)); err != nil || n > maxPage {
		return nil, fmt.Errorf("%s: the answer is cut off or too long: %w", u.Path, err)
	}
	return &answer{r.StatusCode, r.Header, text.Bytes()}, nil
}
