package refusals_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/test/visitor"
)

// otherSites: a page elsewhere has the citizen's browser send forms here.
func (w *world) otherSites(t *testing.T) {
	who := w.member(t, "trial-5-card")
	w.unchanged(t, func() {
		for _, path := range []string{"/certificate/freeze", "/erase", "/signout", "/enrol", "/enrol/notice", "/enrol/cancel", "/enrol/challenge", "/enrol/exchange", "/request/approve",
			"/request/decline", "/platforms/withdraw", "/language", "/signin", "/sandbox/drawer/adult-card"} {
			for _, headers := range []map[string]string{
				{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
				{"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}, {"Origin": strings.Replace(w.URL, "localhost", "127.0.0.1", 1)},
				{"Origin": w.URL + ".evil.example"}, {"Origin": strings.Replace(w.URL, "http:", "https:", 1) + "1"}} {
				r, err := who.Request(http.MethodPost, path, strings.NewReader("confirm=erase&kind=passport&passcode="+who.Passcode))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				for name, value := range headers {
					r.Header.Set(name, value)
				}
				a, err := who.Send(r)
				if err != nil || a.Status != http.StatusForbidden || a.Reason() != "cross_site" {
					t.Errorf("%s with %v: %d %q %v", path, headers, a.Status, a.Reason(), err)
				}
			}
		}
		r, err := who.Request(http.MethodGet, "/data/export", nil) // a link elsewhere
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if a, err := who.Send(r); err != nil || a.Status == http.StatusOK {
			t.Errorf("a link elsewhere makes the citizen export: %v", err)
		}
	})
	if err := who.SignIn(); err != nil {
		t.Error(err)
	}
}

// addresses: hosts that are not ours, ways back that lead elsewhere, and line
// ends where a header could begin.
func (w *world) addresses(t *testing.T) {
	who := w.member(t, "crowd-5-card")
	for _, path := range []string{"/.well-known/openid-configuration", "/", "/enrol", "/help", "/signin", w.shop.Authorize(nil)[len(w.URL):]} {
		b := w.browser()
		for _, header := range []string{"Host", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Original-URL", "X-Rewrite-Url"} {
			r, err := b.Request(http.MethodGet, path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if header == "Host" {
				r.Host = "evil.example"
			} else {
				r.Header.Set(header, "evil.example")
			}
			a, err := b.Send(r)
			if err != nil || strings.Contains(a.Body+fmt.Sprint(a.Header), "evil.example") || a.Status >= 400 {
				t.Errorf("%s with a false %s: %v", path, header, err)
			}
		}
	}
	for _, next := range []string{"//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)",
		"/x\r\nX-Injected: 1", "/..//evil.example", "///evil.example", "/%0d%0aX-Injected:1\n", " //evil.example", "http:evil.example", "evil.example"} {
		b := who.Again()
		form, err := b.Knock()
		if err != nil {
			t.Fatal(err)
		}
		form.Set("next", next)
		signed, err := b.Post("/signin", form)
		if err != nil {
			t.Fatal(err)
		}
		spoken, err := b.Post("/language", url.Values{"locale": {"en"}, "next": {next}})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []*visitor.Answer{signed, spoken} {
			to := a.Leads()
			if a.Status != http.StatusSeeOther || to != "/" || a.Header.Get("X-Injected") != "" {
				t.Errorf("next=%q: %d leads to %q", next, a.Status, to)
			}
		}
		for _, path := range []string{"/enrol?next=" + url.QueryEscape(next), "/signin?next=" + url.QueryEscape(next)} {
			b := w.browser()
			a, err := b.Get(path)
			if err != nil {
				t.Fatal(err)
			}
			if c := b.Cookie("__Host-netid-return"); c != "" && c != "/" || strings.Contains(a.Body, "evil.example\" name=") || strings.Contains(a.Body, `name="next" value="`+next) {
				t.Errorf("%s: remembers %q", path, c)
			}
		}
	}
	for _, path := range []string{"/enrol/../admin/parties", "//evil.example/%2f..", "/%2e%2e/keyring/master", "/assets/../netid.db", "/assets/%2e%2e%2fnetid.db", "/records/..%2f..%2fdata", "/notices/..%2f", "/no-such-page%0d%0aX-Injected:1"} {
		a, err := w.browser().Get(path)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status == http.StatusOK || a.Header.Get("X-Injected") != "" || strings.HasPrefix(a.Leads(), "//") || strings.Contains(a.Leads(), "evil.example") && !strings.HasPrefix(a.Leads(), "/") {
			t.Errorf("%s: %d leads to %q", path, a.Status, a.Leads())
		}
	}
}

// sizes: more than anybody means. What is refused is not read to its end.
func (w *world) sizes(t *testing.T) {
	who := w.member(t, "trial-6-card")
	const form = "application/x-www-form-urlencoded"
	w.unchanged(t, func() {
		for _, c := range []struct{ path, kind, headers string }{
			{"/enrol/card", form, ""}, {"/signin", form, ""}, {"/token", form, ""}, {"/authorize", form, ""}, {"/language", "application/json", ""}, {"/userinfo", form, ""},
			{"/admin/parties", "application/json", "Authorization: Bearer sandbox\r\n"}, {"/admin/parties", "application/json", ""},
			{"/sandbox/drawer/adult-card", "application/json", ""}, {"/enrol/challenge", "application/json", ""}, {"/enrol/exchange", form, ""}, {"/no-such-page", form, ""}} {
			for _, chunked := range []bool{false, true} {
				status, sent := w.flood(t, c.path, c.kind, c.headers, chunked)
				if status < 400 && c.path != "/language" || status >= 500 || sent > 32<<20 {
					t.Errorf("1 GB to %s (chunked %v): status %d after %d MB", c.path, chunked, status, sent>>20)
				}
			}
		}
		many := func(n int, sep string) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, "%s%x=", sep, i)
			}
			return b.String()[1:]
		}
		for name, body := range map[string]string{"100000 fields": many(100_000, "&"), "20000 fields": many(20_000, "&"), "100000 times one field": strings.Repeat("a&", 100_000),
			"100000 separators": strings.Repeat("&", 100_000), "a broken escape": "kind=%zz", "semicolons": many(2000, ";")} {
			for _, path := range []string{"/enrol", "/certificate/thaw", "/token", "/authorize"} {
				r, err := who.Request(http.MethodPost, path, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", form)
				began := time.Now()
				a, err := who.Send(r)
				if err != nil || a.Status < 400 || a.Status >= 500 || time.Since(began) > 3*time.Second {
					t.Errorf("%s to %s: %v %v after %v", name, path, a, err, time.Since(began))
				}
			}
		}
		for name, header := range map[string]string{"one header of 1 MB": "X: " + strings.Repeat("x", 1<<20) + "\r\n", "50000 headers": strings.Repeat("X: y\r\n", 50_000),
			"a cookie of 64 KB": "Cookie: __Host-netid-session=" + strings.Repeat("x", 64<<10) + "\r\n"} {
			if status := w.raw(t, "GET / HTTP/1.1\r\nHost: x\r\n"+header+"\r\n"); status != 431 && status != 0 {
				t.Errorf("%s: status %d", name, status)
			}
		}
		for name, text := range map[string]string{"two lengths": "POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
			"a length and chunks": "POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
			"a space in a header": "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "two hosts": "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "no host": "GET / HTTP/1.1\r\n\r\n",
			"a very long address": "GET /" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\nHost: x\r\n\r\n"} {
			if status := w.raw(t, text); status < 400 && status != 0 || status >= 500 && status != 501 {
				t.Errorf("%s: status %d", name, status)
			}
		}
	})
}

// flood sends up to 1 GB until the server answers or hangs up.
func (w *world) flood(t *testing.T, path, kind, headers string, chunked bool) (status int, sent int64) {
	t.Helper()
	conn := w.dial(t)
	defer conn.Close()
	length := "Content-Length: 1073741824\r\n"
	if chunked {
		length = "Transfer-Encoding: chunked\r\n"
	}
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n%s%s\r\n", path, kind, headers, length)
	answered := make(chan int, 1)
	go func() {
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			answered <- 0
			return
		}
		r.Body.Close()
		answered <- r.StatusCode
	}()
	block := []byte("a=" + strings.Repeat("x", 64<<10-2))
	if chunked {
		block = fmt.Appendf(nil, "%x\r\n%s\r\n", len(block), block)
	}
	for sent < 1<<30 {
		select {
		case status = <-answered:
			return status, sent
		default:
		}
		n, err := conn.Write(block)
		if sent += int64(n); err != nil {
			break
		}
	}
	select {
	case status = <-answered:
	case <-time.After(5 * time.Second):
	}
	return status, sent
}

func (w *world) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

// raw sends bytes and gives the status that they are answered with, 0 for none.
func (w *world) raw(t *testing.T, text string) int {
	t.Helper()
	conn := w.dial(t)
	defer conn.Close()
	go io.WriteString(conn, text)
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	return r.StatusCode
}

// races: what is good once is good once, however many bring it at the same time.
func (w *world) races(t *testing.T) {
	const together = 64
	who := w.member(t, "crowd-6-card")
	side := func(do func() bool) (good int) {
		var all sync.WaitGroup
		var n atomic.Int64
		start := make(chan struct{})
		for range together {
			all.Go(func() {
				<-start
				if do() {
					n.Add(1)
				}
			})
		}
		close(start)
		all.Wait()
		return int(n.Load())
	}
	for _, p := range []*visitor.Party{w.shop, w.bank} {
		to, err := who.Approve(p.Authorize(nil))
		if err != nil {
			t.Fatal(err)
		}
		code := to.Query().Get("code")
		var odd atomic.Int64
		good := side(func() bool {
			got, err := p.Redeem(code, nil)
			if err != nil || got.Status != http.StatusOK && (got.Status != 400 || got.Description != "code_used") {
				odd.Add(1)
			}
			return err == nil && got.Status == http.StatusOK
		})
		if good != 1 || odd.Load() != 0 {
			t.Errorf("%d of %d redeemed one code at %s, %d got something else", good, together, p.ID, odd.Load())
		}
	}
	form, err := who.Knock()
	if err != nil {
		t.Fatal(err)
	}
	if good := side(func() bool {
		b := w.browser()
		defer b.Close()
		a, err := b.Post("/signin", form)
		return err == nil && a.Status == http.StatusSeeOther && b.Cookie("__Host-netid-session") != ""
	}); good != 1 {
		t.Errorf("%d of %d signed in with one answer", good, together)
	}
	card := w.at(t, "trial-6-card", "card")
	evidence, err := card.Evidence()
	if err != nil {
		t.Fatal(err)
	}
	if good := side(func() bool {
		a, err := card.Post("/enrol/card", url.Values{"evidence": {evidence}})
		return err == nil && a.Status == http.StatusSeeOther
	}); good != 1 {
		t.Errorf("%d of %d showed one card's answer", good, together)
	}
}
