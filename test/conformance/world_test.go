package conformance_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// world is one sandbox behind a TLS ingress with two names: one for everybody,
// one that asks parties for a certificate and hands it on (RFC 9440).
type world struct {
	*sandboxtest.Sandbox
	issuer, side string
	tls          *tls.Config // trusts both
	me           *visitor.Citizen
	clock        string // the file that says how far the server's clock is ahead
	ahead        time.Duration
	parties      int
	watch        *party // tells the time there
	rsa          *rsa.PrivateKey
	metadata     map[string]any
	waiting      []waiting
}

func open(t *testing.T) *world {
	t.Helper()
	front, side := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	side.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	var to *url.URL
	for s, shows := range map[*httptest.Server]bool{front: false, side: true} {
		s.Config.Handler = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
			r.Out.Header.Del("Client-Cert")
			if shows && len(r.In.TLS.PeerCertificates) > 0 {
				r.Out.Header.Set("Client-Cert", ":"+base64.StdEncoding.EncodeToString(r.In.TLS.PeerCertificates[0].Raw)+":")
			}
		}}
		s.StartTLS()
		t.Cleanup(s.Close)
	}
	w := &world{issuer: front.URL, side: side.URL, clock: filepath.Join(t.TempDir(), "clock"), tls: front.Client().Transport.(*http.Transport).TLSClientConfig}
	w.tls.RootCAs.AddCert(side.Certificate())
	w.Sandbox = sandboxtest.Start(t, "--issuer", w.issuer, "--mtls", w.side, "--mtls-proxy", "127.0.0.1", "--mtls-proxy", "::1", "--clock", w.clock)
	var err error
	if to, err = url.Parse(w.At()); err == nil {
		w.me, err = visitor.NewCitizen(w.issuer, "adult-card", "10095000001")
	}
	if err != nil {
		t.Fatal(err)
	}
	w.me.Through(&http.Transport{TLSClientConfig: w.tls})
	if err := w.me.Enrol(); err != nil {
		t.Fatal(err)
	}
	if err := w.me.SignIn(); err != nil {
		t.Fatal(err)
	}
	a, err := w.me.Get("/.well-known/openid-configuration")
	if err == nil {
		err = json.Unmarshal([]byte(a.Body), &w.metadata)
	}
	if err == nil {
		w.rsa, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.watch = w.register(t, variant{auth: key})
	return w
}

// now is the server's clock, as far as it was moved.
func (w *world) now() time.Time { return time.Now().Add(w.ahead) }

// after has the rest of a module done when the clock was moved.
func (w *world) after(t *testing.T, then func(*testing.T)) {
	_, name, _ := strings.Cut(t.Name(), "/")
	w.waiting = append(w.waiting, waiting{name + "/later", then})
}

// later moves the server's clock, and goes on when two assertions running that are
// made then are good there: a clock that stepped is wrong until the server looked
// again, and it may step in the middle of the first.
func (w *world) later(t *testing.T) {
	t.Helper()
	w.ahead += wait
	next := w.clock + ".next" // renamed: the server never reads half of it
	err := os.WriteFile(next, []byte(w.ahead.String()), 0o600)
	if err == nil {
		err = os.Rename(next, w.clock)
	}
	if err != nil {
		t.Fatal(err)
	}
	moved := func() bool {
		return w.watch.post(t, "introspection", url.Values{"token": {"none"}}).status == http.StatusOK
	}
	good := 0
	for range 1000 {
		if !moved() {
			good = 0
			time.Sleep(20 * time.Millisecond)
		} else if good++; good == 2 {
			return
		}
	}
	t.Fatal("the server's clock does not move")
}
