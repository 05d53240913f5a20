package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/test/visitor"
)

// selfSigned writes a certificate of 127.0.0.1 and its key, and gives it.
func selfSigned(t *testing.T) (pair tls.Certificate, certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), Subject: pkix.Name{CommonName: "party"},
		DNSNames: []string{"netid.example"}, IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, x, x, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	for path, b := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, certificate, key
}

// The listener for certificates asks and does not insist, hands the certificate
// on, and has no page behind it.
func TestListenerForCertificates(t *testing.T) {
	pair, certificate, key := selfSigned(t)
	c := config{TLS: tlsFiles{certificate, key}, MTLS: mtlsEntry{URL: "https://mtls.netid.example", Listen: "127.0.0.1:0"}}
	l, err := c.listenMTLS()
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: forMachines(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) > 0 {
			io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
		}
	}))}
	go server.Serve(l)
	defer server.Close()
	roots := x509.NewCertPool()
	if b, err := os.ReadFile(certificate); err != nil || !roots.AppendCertsFromPEM(b) {
		t.Fatal(err)
	}
	ask := func(path string, with ...tls.Certificate) (int, string) {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "netid.example", Certificates: with}}}
		res, err := client.Get("https://" + l.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(b)
	}
	if status, who := ask("/token", pair); status != 200 || who != "party" {
		t.Errorf("with a certificate: %d %q", status, who)
	}
	if status, who := ask("/token"); status != 200 || who != "" {
		t.Errorf("without one: %d %q", status, who)
	}
	for _, page := range []string{"/", "/authorize", "/enrol", "/admin/parties", "/token/", "/.well-known/openid-configuration"} {
		if status, _ := ask(page, pair); status != 404 {
			t.Errorf("%s: %d", page, status)
		}
	}
}

func TestMTLSEntries(t *testing.T) {
	_, certificate, _ := selfSigned(t)
	for name, c := range map[string]struct {
		entry  mtlsEntry
		served bool
		ok     bool
	}{
		"none":                        {mtlsEntry{}, false, true},
		"a listener":                  {mtlsEntry{URL: "https://mtls.id.example", Listen: ":8444"}, true, true},
		"a listener without tls":      {mtlsEntry{URL: "https://mtls.id.example", Listen: ":8444"}, false, false},
		"a proxy":                     {mtlsEntry{URL: "https://mtls.id.example:8443", Proxies: []string{"127.0.0.1", "fd00::/64"}}, false, true},
		"both":                        {mtlsEntry{URL: "https://mtls.id.example", Listen: ":8444", Proxies: []string{"127.0.0.1"}}, true, false},
		"neither":                     {mtlsEntry{URL: "https://mtls.id.example"}, true, false},
		"without a url":               {mtlsEntry{Proxies: []string{"127.0.0.1"}}, true, false},
		"http":                        {mtlsEntry{URL: "http://mtls.id.example", Proxies: []string{"127.0.0.1"}}, true, false},
		"with a path":                 {mtlsEntry{URL: "https://mtls.id.example/", Proxies: []string{"127.0.0.1"}}, true, false},
		"everybody a proxy":           {mtlsEntry{URL: "https://mtls.id.example", Proxies: []string{"0.0.0.0/0"}}, true, false},
		"everybody a proxy, over six": {mtlsEntry{URL: "https://mtls.id.example", Proxies: []string{"::/0"}}, true, false},
		"a name for a proxy":          {mtlsEntry{URL: "https://mtls.id.example", Proxies: []string{"proxy.example"}}, true, false},
	} {
		if err := c.entry.check(c.served); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	for entry, want := range map[*mtlsEntry]map[identity.PartyAuth]bool{
		{}:                         {identity.AuthSelf: false, identity.AuthTLS: false},
		{URL: "https://m.example"}: {identity.AuthSelf: true, identity.AuthTLS: false},
		{URL: "https://m.example", ClientCA: certificate}: {identity.AuthSelf: true, identity.AuthTLS: true},
	} {
		m, err := entry.open()
		if err != nil {
			t.Fatal(err)
		}
		for method, ok := range want {
			if err := m.offers(method); (err == nil) != ok || err != nil && !fault.Because(err, "auth_method_not_served") {
				t.Errorf("%+v %s: %v", entry, method, err)
			}
		}
	}
	if _, err := (mtlsEntry{URL: "https://m.example", ClientCA: filepath.Join(t.TempDir(), "none")}).open(); err == nil {
		t.Error("roots that are not there")
	}
}

// What the metadata says of certificates is what the settings are.
func TestMetadataOfCertificates(t *testing.T) {
	h := built(t, true)
	said := func() map[string]any {
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), "GET", "/.well-known/openid-configuration", nil))
		var m map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := said()
	if m["mtls_endpoint_aliases"] != nil || m["tls_client_certificate_bound_access_tokens"] != nil || strings.Contains(strings.Join(list(m["token_endpoint_auth_methods_supported"]), " "), "tls") {
		t.Errorf("without: %v", m)
	}
	h.MTLS = mtls{URL: "https://mtls.netid.example"}
	if err := h.furnish(h.acts(vaultOf(h.ring, h.store, h.shelf, h.Now), nil)); err != nil {
		t.Fatal(err)
	}
	m = said()
	aliases, _ := m["mtls_endpoint_aliases"].(map[string]any)
	if aliases["token_endpoint"] != "https://mtls.netid.example/token" || m["tls_client_certificate_bound_access_tokens"] != true {
		t.Errorf("with: %v", m)
	}
	if got := strings.Join(list(m["token_endpoint_auth_methods_supported"]), " "); !strings.HasSuffix(got, "none self_signed_tls_client_auth") {
		t.Errorf("methods: %s", got)
	}
}

func list(v any) (all []string) {
	for _, x := range v.([]any) {
		all = append(all, x.(string))
	}
	return all
}

// A party whose certificate is its only proof, from the handshake to UserInfo:
// at the listener of its own what it holds counts, and anywhere else it does not.
func TestPartyWithACertificate(t *testing.T) {
	_, certificate, key := selfSigned(t)
	conf := config{Listen: "127.0.0.1:0", TLS: tlsFiles{certificate, key}, MTLS: mtlsEntry{Listen: "127.0.0.1:0"}}
	front, err := conf.listen()
	must(t, err)
	side, err := conf.listenMTLS()
	must(t, err)
	named := func(l net.Listener) string { return fmt.Sprint("https://netid.example:", l.Addr().(*net.TCPAddr).Port) }
	f := newFlow(t, suite.International, func(s *settings) { s.Issuer, s.MTLS = named(front), mtls{URL: named(side)} })
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- serveAll(ctx, f.house.Log, listening{front, f.house.server}, listening{side, forMachines(f.house.server)})
	}()
	defer func() {
		stop()
		must(t, <-served)
	}()

	roots := x509.NewCertPool()
	if b, err := os.ReadFile(certificate); err != nil || !roots.AppendCertsFromPEM(b) {
		t.Fatal(err)
	}
	showing := func(pairs ...tls.Certificate) *http.Transport {
		return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: pairs}, DisableKeepAlives: true,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, strings.Replace(address, "netid.example", "127.0.0.1", 1))
			}}
	}
	pair, _, _ := selfSigned(t)
	stranger, _, _ := selfSigned(t)
	point, err := pair.PrivateKey.(*ecdsa.PrivateKey).PublicKey.Bytes()
	must(t, err)
	b64 := base64.RawURLEncoding.EncodeToString
	const callback = "https://vault.example/callback"
	_, _, err = f.house.admit.Keep(t.Context(), admit.Application{ID: "vault", Name: "Vault", RedirectURIs: []string{callback}, Details: []string{identity.DetailVenue}, Sandbox: true,
		JWKS:  fmt.Appendf(nil, `{"keys":[{"kty":"EC","crv":"P-256","x":%q,"y":%q}]}`, b64(point[1:33]), b64(point[33:])),
		Proof: admit.Proof{Method: string(identity.AuthSelf), FAPI: true, CertBound: true}})
	must(t, err)

	vault := &visitor.Party{ID: "vault", Redirect: callback, Browser: visitor.New(named(side))}
	call := func(at string, as http.RoundTripper, form url.Values, access string) (int, map[string]any) {
		t.Helper()
		b := visitor.New(at)
		b.Through(as)
		path, method := "/userinfo", http.MethodGet
		if form != nil {
			path, method = "/par", http.MethodPost
			if form.Has("code") {
				path = "/token"
			}
			if form.Has("ask") {
				path = "/scan"
			}
		}
		r, err := b.Request(method, path, strings.NewReader(form.Encode()))
		must(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if access != "" {
			r.Header.Set("Authorization", "Bearer "+access)
		}
		a, err := b.Send(r)
		must(t, err)
		var m map[string]any
		must(t, json.Unmarshal([]byte(a.Body), &m))
		return a.Status, m
	}
	asked, err := url.Parse(vault.Authorize(nil))
	must(t, err)
	own := showing(pair)
	status, m := call(named(side), own, asked.Query(), "")
	if status != http.StatusCreated {
		t.Fatal(status, m)
	}
	uri, _ := m["request_uri"].(string)
	for who, way := range map[string]*http.Transport{"nobody's": showing(), "a stranger's": showing(stranger)} {
		if status, m := call(named(side), way, asked.Query(), ""); status != http.StatusUnauthorized || m["error"] != "invalid_client" {
			t.Errorf("with %s certificate: %d %v", who, status, m)
		}
	}
	if status, m := call(named(front), own, asked.Query(), ""); status != http.StatusUnauthorized {
		t.Errorf("where nobody is asked for one: %d %v", status, m)
	}

	f.person.Through(showing())
	to, err := f.person.Approve(named(front) + "/authorize?" + url.Values{"client_id": {"vault"}, "request_uri": {uri}}.Encode())
	must(t, err)
	form := url.Values{"grant_type": {"authorization_code"}, "code": {to.Query().Get("code")}, "redirect_uri": {callback}, "code_verifier": {visitor.Verifier}, "client_id": {"vault"}}
	if status, m := call(named(side), showing(stranger), form, ""); status != http.StatusUnauthorized {
		t.Errorf("a stranger redeems: %d %v", status, m)
	}
	status, m = call(named(side), own, form, "")
	access, _ := m["access_token"].(string)
	if status != http.StatusOK || m["token_type"] != "Bearer" || access == "" {
		t.Fatal(status, m)
	}
	if status, m := call(named(side), own, nil, access); status != http.StatusOK || m["sub"] == nil {
		t.Errorf("UserInfo: %d %v", status, m)
	}
	for who, way := range map[string]*http.Transport{"nobody": showing(), "a stranger": showing(stranger)} {
		if status, m := call(named(side), way, nil, access); status != http.StatusUnauthorized || m["sub"] != nil {
			t.Errorf("%s has the token: %d %v", who, status, m)
		}
	}
	if status, _ := call(named(front), own, nil, access); status != http.StatusUnauthorized {
		t.Errorf("where no certificate is asked for: %d", status)
	}
	// A gate that asks about a code proves itself in the same way: the refusal of a code that is none comes after that.
	scan := url.Values{"client_id": {"vault"}, "code": {"AAAQEAYEAUDAOCAJBIFQYDIOB4"}, "ask": {"age_over_18"}, "nonce": {"n"}}
	if status, m := call(named(side), own, scan, ""); status != http.StatusBadRequest || m["error"] != "invalid_grant" {
		t.Errorf("/scan: %d %v", status, m)
	}
	for who, way := range map[string]*http.Transport{"nobody's": showing(), "a stranger's": showing(stranger)} {
		if status, m := call(named(side), way, scan, ""); status != http.StatusUnauthorized || m["error"] != "invalid_client" {
			t.Errorf("/scan with %s certificate: %d %v", who, status, m)
		}
	}
	if status, m := call(named(front), own, scan, ""); status != http.StatusUnauthorized {
		t.Errorf("/scan where nobody is asked for one: %d %v", status, m)
	}
	speak(t, roots, front, side)
}

// speak holds listeners to TLS 1.2 and 1.3 (RFC 9325 §3.1.1, FAPI 2.0 §5.2.1).
func speak(t *testing.T, roots *x509.CertPool, all ...net.Listener) {
	t.Helper()
	for _, l := range all {
		for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
			c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "netid.example", MinVersion: version, MaxVersion: version})
			if (err == nil) != want {
				t.Errorf("%s: %v", tls.VersionName(version), err)
			}
			if err == nil {
				c.Close()
			}
		}
	}
}
