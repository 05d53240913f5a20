package egress_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/connector/egress"
	"netid/internal/fault"
)

// publisher is a server over TLS for keys.example, whatever address it is
// looked for at; it counts who comes.
type publisher struct {
	*httptest.Server
	came, resolved atomic.Int64
	dialled        []string
}

func publish(t *testing.T, h http.HandlerFunc) *publisher {
	t.Helper()
	p := &publisher{}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.came.Add(1)
		h(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// guard resolves as told, one answer after the other, and reaches the
// publisher whatever it dials.
func (p *publisher) guard(answers ...string) *egress.Guard {
	return egress.Rigged(func(context.Context, string) ([]netip.Addr, error) {
		n := int(p.resolved.Add(1)) - 1
		var all []netip.Addr
		for s := range strings.FieldsSeq(answers[min(n, len(answers)-1)]) {
			all = append(all, netip.MustParseAddr(s))
		}
		return all, nil
	}, func(ctx context.Context, network, address string) (net.Conn, error) {
		p.dialled = append(p.dialled, address)
		u, err := url.Parse(p.URL)
		if err != nil {
			return nil, err
		}
		return (&net.Dialer{}).DialContext(ctx, network, u.Host)
	}, p.Client())
}

const keys = "https://example.com/jwks" // the name in the certificate of a test's server

func TestGet(t *testing.T) {
	p := publish(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" || r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
			t.Errorf("it says too much: %v", r.Header)
		}
		w.Header().Set("Cache-Control", "public, max-age=90")
		w.Write([]byte(`{"keys":[]}`))
	})
	body, keep, err := p.guard("93.184.215.14").Get(context.Background(), keys)
	if err != nil || string(body) != `{"keys":[]}` || keep != 90*time.Second {
		t.Fatalf("%s %v %v", body, keep, err)
	}
	if len(p.dialled) != 1 || p.dialled[0] != "93.184.215.14:443" {
		t.Errorf("dialled %v", p.dialled)
	}
}

// C18: what a name may stand for. What is refused is not dialled.
func TestC18AddressesInside(t *testing.T) {
	for _, inside := range []string{"127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16",
		"192.0.0.192", "198.18.0.1", "203.0.113.7", "224.0.0.1", "255.255.255.255", "::1", "::", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "fd00::1", "fd00:ec2::254", "fe80::1", "fec0::1",
		"ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "93.184.215.14 127.0.0.1", "93.184.215.14 fd00::1"} {
		p := publish(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{}")) })
		_, _, err := p.guard(inside).Get(context.Background(), keys)
		if !fault.Because(err, "address_refused") || p.came.Load() != 0 || len(p.dialled) != 0 {
			t.Errorf("%s: %v, dialled %v", inside, err, p.dialled)
		}
	}
	for _, outside := range []string{"8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "100.128.0.1", "172.32.0.1"} {
		if !egress.Public(netip.MustParseAddr(outside)) {
			t.Errorf("%s is refused", outside)
		}
	}
}

// C18: the second answer of a name that rebinds is never asked for within a
// fetch, and looked at in the next.
func TestC18Rebinding(t *testing.T) {
	p := publish(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{}")) })
	g := p.guard("93.184.215.14", "127.0.0.1")
	if _, _, err := g.Get(context.Background(), keys); err != nil || p.resolved.Load() != 1 || p.dialled[0] != "93.184.215.14:443" {
		t.Fatalf("%v, resolved %d times, dialled %v", err, p.resolved.Load(), p.dialled)
	}
	if _, _, err := g.Get(context.Background(), keys); !fault.Because(err, "address_refused") || len(p.dialled) != 1 {
		t.Fatalf("%v, dialled %v", err, p.dialled)
	}
}

func TestC18Forms(t *testing.T) {
	for address, ok := range map[string]bool{
		keys: true, "https://keys.example.com:443/a?b=c": true, "https://keys.example.com:8443/": true, "https://xn--fiqs8s.example/": true, "HTTPS://KEYS.example.com/": true,
		"http://keys.example.com/": false, "https://127.0.0.1/": false, "https://[::1]/": false, "https://0.0.0.0/": false, "https://0x7f.1/": false,
		"https://2130706433/": false, "https://017700000001/": false, "https://169.254.169.254/latest": false, "https://[::ffff:127.0.0.1]/": false, "https://8.8.8.8/": false,
		"https://localhost/": false, "http://localhost/": false, "https://keys/": false, "https://keys.example.com./": false, "https://keys.example.com:22/": false,
		"https://keys.example.com:6379/": false, "https://keys.example.com:/": false, "https://user@keys.example.com/": false, "https://a:b@keys.example.com/": false,
		"https://keys.example.com/#x": false, `https://keys.example.com\@127.0.0.1/`: false, "file:///etc/passwd": false, "gopher://keys.example.com/": false,
		"https:keys.example.com": false, "//keys.example.com/": false, "": false, "https://": false, "https:///x": false, "https://a..example/": false,
		"https://127.0.0.1.1/": false, "https://keys.example.1/": false, "https://" + strings.Repeat("a.", 140) + "example/": false, "https://k.example/" + strings.Repeat("x", 2048): false,
	} {
		if err := egress.New(false).Check(address); (err == nil) != ok || err != nil && !fault.Because(err, "address_refused") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestC18Answers(t *testing.T) {
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer canary.Close()
	for name, h := range map[string]http.HandlerFunc{
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, canary.URL, http.StatusFound) },
		"a permanent one": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, canary.URL, http.StatusPermanentRedirect)
		},
		"nothing there":    http.NotFound,
		"another success":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"more than 64 KB":  func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 64<<10+1)) },
		"a gzip bomb":      bomb,
		"never-ending":     drip(make([]byte, 1024), 0),
		"a byte at a time": drip([]byte{' '}, 20*time.Millisecond),
		"headers for ever": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 32<<10)) },
		"no answer":        func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			p := publish(t, h)
			g := p.guard("93.184.215.14")
			g.Hurry()
			if body, _, err := g.Get(context.Background(), keys); !fault.Because(err, "address_unreachable") || len(body) > 64<<10+1 {
				t.Errorf("%d bytes: %v", len(body), err)
			}
		})
	}
}

func bomb(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(make([]byte, 1<<20))
	z.Close()
	w.Header().Set("Content-Encoding", "gzip")
	w.Write(b.Bytes())
}

func drip(piece []byte, pause time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(piece); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(pause)
		}
	}
}

// C18: a certificate that nobody vouches for, or of another name.
func TestC18Certificates(t *testing.T) {
	p := publish(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{}")) })
	if _, _, err := p.guard("93.184.215.14").Get(context.Background(), "https://keys.example.org/"); !fault.Because(err, "address_unreachable") || p.came.Load() != 0 {
		t.Errorf("of another name: %v", err)
	}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, p.Listener.Addr().String())
	}
	g := egress.Rigged(func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("93.184.215.14")}, nil
	}, dial, nil)
	if _, _, err := g.Get(context.Background(), keys); !fault.Because(err, "address_unreachable") || p.came.Load() != 0 {
		t.Errorf("of an unknown authority: %v", err)
	}
}

// Loopback is open where it was opened, and nothing else of the inside is.
func TestLoopback(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{}")) }))
	defer s.Close()
	if _, _, err := egress.New(true).Get(context.Background(), s.URL); err != nil {
		t.Error(err)
	}
	if _, _, err := egress.New(false).Get(context.Background(), s.URL); !fault.Because(err, "address_refused") {
		t.Error(err)
	}
	for _, address := range []string{"http://10.0.0.1/", "http://keys.example.com/", "http://192.168.0.1/", "ftp://127.0.0.1/"} {
		if err := egress.New(true).Check(address); err == nil {
			t.Errorf("%s passes", address)
		}
	}
}

func TestKeep(t *testing.T) {
	for header, want := range map[string]time.Duration{"": 24 * time.Hour, "public": 24 * time.Hour, "max-age=60": time.Minute, "Max-Age=60, public": time.Minute, `max-age="60"`: time.Minute,
		"max-age=0": 0, "no-store": 0, "max-age=60, no-cache": 0, "max-age=x": 0, "max-age=-1": 0, "max-age=99999999999": 0, "max-age=999999": 24 * time.Hour, "max-age=60, max-age=30": 30 * time.Second} {
		if got := egress.Keep(header); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{keys, "https://[::1]/", "https://a@b.example/", "http://localhost:1/", `https://a.example\@b/`, "https://a.example:443:22/"} {
		f.Add(s)
	}
	g := egress.New(false)
	f.Fuzz(func(t *testing.T, address string) {
		if g.Check(address) != nil {
			return
		}
		r, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			return
		}
		if _, err := netip.ParseAddr(r.URL.Hostname()); err == nil || r.URL.Scheme != "https" || r.URL.Port() != "" && r.URL.Port() != "443" && r.URL.Port() != "8443" {
			t.Fatalf("%q would be asked at %q", address, r.URL.Host)
		}
	})
}

// A knock carries the headers and nothing else, to where a document might be
// fetched from and nowhere else; a redirect is an answer like any.
func TestKnock(t *testing.T) {
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer canary.Close()
	p := publish(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.Header.Get("Content-Length") != "" && r.Header.Get("Content-Length") != "0" || r.ContentLength != 0 || err != nil || len(body) > 0 || r.Header.Get("Topic") != "a" || r.Header.Get("Content-Type") != "" {
			t.Errorf("%s, %d bytes, %v", r.Method, r.ContentLength, r.Header)
		}
		http.Redirect(w, r, canary.URL, http.StatusTemporaryRedirect)
	})
	status, err := p.guard("93.184.215.14").Knock(t.Context(), keys, http.Header{"Topic": {"a"}})
	if err != nil || status != http.StatusTemporaryRedirect || p.came.Load() != 1 {
		t.Error(status, err)
	}
	for _, inside := range []string{"127.0.0.1", "10.1.2.3", "169.254.169.254", "::1"} {
		if _, err := p.guard(inside).Knock(t.Context(), keys, http.Header{}); !fault.Because(err, "address_refused") || p.came.Load() != 1 {
			t.Errorf("%s: %v", inside, err)
		}
	}
	if _, err := p.guard("93.184.215.14").Knock(t.Context(), "http://keys.example.com/", http.Header{}); !fault.Because(err, "address_refused") || p.came.Load() != 1 {
		t.Error(err)
	}
}
