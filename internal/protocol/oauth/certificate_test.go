package oauth_test

import (
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
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
)

type issued struct {
	x   *x509.Certificate
	key *ecdsa.PrivateKey
}

func issueTo(t testing.TB, parent *issued, name string, change func(*x509.Certificate)) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: noon.Add(-time.Hour), NotAfter: noon.Add(time.Hour), BasicConstraintsValid: true,
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name + ".example"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if change != nil {
		change(x)
	}
	by := &issued{x, key}
	if parent != nil {
		by = parent
	}
	der, err := x509.CreateCertificate(rand.Reader, x, by.x, &key.PublicKey, by.key)
	if err != nil {
		t.Fatal(err)
	}
	if x, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return &issued{x, key}
}

func (i *issued) header() string { return ":" + base64.StdEncoding.EncodeToString(i.x.Raw) + ":" }

func (i *issued) jwk(t testing.TB) string {
	t.Helper()
	c, err := suite.ParseCertificate(i.x.Raw)
	if err != nil {
		t.Fatal(err)
	}
	k, ok := c.Key()
	if !ok {
		t.Fatal("no key")
	}
	return string(k.JWK())
}

// withCertificates adds parties that come with certificates, behind a proxy at
// 192.0.2.1, and gives the root that is trusted.
func withCertificates(t testing.TB, d *desk) (root, own *issued) {
	t.Helper()
	root = issueTo(t, nil, "root", func(x *x509.Certificate) {
		x.IsCA, x.KeyUsage, x.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	})
	own = issueTo(t, nil, "own", nil)
	roots, err := suite.ParseRoots(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.x.Raw}))
	if err != nil {
		t.Fatal(err)
	}
	d.Certificates = &oauth.Certificates{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, Roots: roots}
	d.MTLS = "https://mtls.id.example"
	set := `{"keys":[` + strings.TrimSuffix(own.jwk(t), "}") + `,"kid":"a","x5c":["AAAA"]}]}`
	for _, p := range []identity.Party{
		{ID: "bank", Auth: identity.AuthTLS, Certificate: identity.CertificateName{Kind: "dns", Name: "bank.example"}},
		{ID: "dn", Auth: identity.AuthTLS, Certificate: identity.CertificateName{Kind: "dn", Name: "CN=bank"}, CertBound: true},
		{ID: "none", Auth: identity.AuthTLS},
		{ID: "own", Auth: identity.AuthSelf, JWKS: []byte(set), CertBound: true},
		{ID: "mixed", Auth: identity.AuthKey, JWKS: d.register.known["robot"].JWKS, CertBound: true},
	} {
		p.Standing = identity.PartyActive
		d.register.known[p.ID] = p
	}
	return root, own
}

func TestCertificatesOfParties(t *testing.T) {
	d := open(t)
	root, own := withCertificates(t, d)
	bank := issueTo(t, root, "bank", nil)
	stranger := issueTo(t, nil, "bank", nil) // says the same of itself
	other := issueTo(t, root, "other", nil)
	for name, c := range map[string]struct {
		party string
		from  string
		heads []string
		way   []string
		ok    bool
	}{
		"by its name": {"bank", "192.0.2.1:999", []string{bank.header()}, nil, true},
		"by its name, the proxy over IPv6 mapping": {"bank", "[::ffff:192.0.2.1]:999", []string{bank.header()}, nil, true},
		"by its distinguished name":                {"dn", "192.0.2.1:999", []string{bank.header()}, nil, true},
		"by its key":                               {"own", "192.0.2.1:999", []string{own.header()}, nil, true},
		"with the root on the way":                 {"bank", "192.0.2.1:999", []string{bank.header()}, []string{root.header()}, true},
		"C24 from elsewhere":                       {"bank", "192.0.2.2:999", []string{bank.header()}, nil, false},
		"C24 from elsewhere, by key":               {"own", "203.0.113.9:999", []string{own.header()}, nil, false},
		"from nowhere":                             {"bank", "@", []string{bank.header()}, nil, false},
		"of another name":                          {"bank", "192.0.2.1:999", []string{other.header()}, nil, false},
		"of a stranger who says so":                {"bank", "192.0.2.1:999", []string{stranger.header()}, nil, false},
		"of another name, distinguished":           {"dn", "192.0.2.1:999", []string{other.header()}, nil, false},
		"of another key":                           {"own", "192.0.2.1:999", []string{stranger.header()}, nil, false},
		"by key, though the root vouches":          {"own", "192.0.2.1:999", []string{other.header()}, nil, false},
		"a party with no name registered":          {"none", "192.0.2.1:999", []string{bank.header()}, nil, false},
		"a party with a secret":                    {"shop", "192.0.2.1:999", []string{bank.header()}, nil, false},
		"a party that signs":                       {"robot", "192.0.2.1:999", []string{bank.header()}, nil, false},
		"none":                                     {"bank", "192.0.2.1:999", nil, nil, false},
		"two":                                      {"bank", "192.0.2.1:999", []string{bank.header(), bank.header()}, nil, false},
		"two in one":                               {"bank", "192.0.2.1:999", []string{bank.header() + ", " + bank.header()}, nil, false},
		"with a parameter":                         {"bank", "192.0.2.1:999", []string{bank.header() + ";a=1"}, nil, false},
		"not in colons":                            {"bank", "192.0.2.1:999", []string{strings.Trim(bank.header(), ":")}, nil, false},
		"PEM":                                      {"bank", "192.0.2.1:999", []string{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bank.x.Raw}))}, nil, false},
		"five on the way":                          {"bank", "192.0.2.1:999", []string{bank.header()}, []string{strings.Repeat(root.header()+", ", 4) + root.header()}, false},
		"a way without one":                        {"bank", "192.0.2.1:999", nil, []string{root.header()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/token", nil)
			r.RemoteAddr = c.from
			r.Header["Client-Cert"], r.Header["Client-Cert-Chain"] = c.heads, c.way
			for _, h := range []string{"X-Client-Cert", "X-Ssl-Client-Cert", "X-Forwarded-Client-Cert"} { // C24: no other name counts
				r.Header.Set(h, bank.header())
			}
			p, no, _ := d.Authenticate(r, oauth.Form{"client_id": c.party})
			if (no == nil) != c.ok || no != nil && no.Code != "invalid_client" || c.ok && string(p.ID) != c.party {
				t.Fatalf("%q %+v", p.ID, no)
			}
		})
	}
}

// The handshake with this server itself; then the header is nobody's.
func TestCertificatesInTheHandshake(t *testing.T) {
	d := open(t)
	root, _ := withCertificates(t, d)
	bank := issueTo(t, root, "bank", nil)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, no, _ := d.Prove(r, oauth.Form{"client_id": r.URL.Query().Get("party")})
		if no != nil {
			no.Write(w)
			return
		}
		fmt.Fprint(w, who.X5T)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	defer server.Close()
	ask := func(party string, certificate *issued, header string) (int, string) {
		client := server.Client()
		conf := client.Transport.(*http.Transport).TLSClientConfig
		conf.Certificates = nil
		if certificate != nil {
			conf.Certificates = []tls.Certificate{{Certificate: [][]byte{certificate.x.Raw}, PrivateKey: certificate.key}}
		}
		client.Transport.(*http.Transport).DisableKeepAlives = true
		req, err := http.NewRequest(http.MethodPost, server.URL+"/token?party="+party, nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			req.Header.Set("Client-Cert", header)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b := make([]byte, 64)
		n, _ := res.Body.Read(b)
		return res.StatusCode, string(b[:n])
	}
	c, err := suite.ParseCertificate(bank.x.Raw)
	if err != nil {
		t.Fatal(err)
	}
	if status, x5t := ask("dn", bank, ""); status != 200 || x5t != c.Thumbprint() {
		t.Errorf("bound: %d %q", status, x5t)
	}
	if status, x5t := ask("bank", bank, ""); status != 200 || x5t != "" {
		t.Errorf("not registered for it: %d %q", status, x5t)
	}
	if status, _ := ask("bank", nil, bank.header()); status != 401 {
		t.Errorf("C24: %d", status)
	}
	if status, _ := ask("bank", nil, ""); status != 401 {
		t.Errorf("no certificate: %d", status)
	}
}

// A party may sign assertions and have its tokens bound to a certificate.
func TestAssertionWithACertificate(t *testing.T) {
	d := open(t)
	root, _ := withCertificates(t, d)
	whoever := issueTo(t, root, "whatever", nil)
	come := func(jti, header string) (oauth.Proved, *oauth.Refusal) {
		r := httptest.NewRequest(http.MethodPost, "/token", nil)
		r.RemoteAddr = "192.0.2.1:1"
		if header != "" {
			r.Header.Set("Client-Cert", header)
		}
		who, no, _ := d.Prove(r, byKey(forge(t, d.robot, head, claims(map[string]any{"iss": "mixed", "sub": "mixed", "jti": jti}))))
		return d.act(who, no)
	}
	if who, no := come("1", whoever.header()); no != nil || who.X5T == "" || who.Constrained() != nil {
		t.Errorf("%+v %+v", who, no)
	}
	if who, no := come("2", ""); no != nil || who.X5T != "" || who.Constrained() == nil {
		t.Errorf("without: %+v %+v", who, no)
	}
	if _, no := come("3", ":AAAA:"); no == nil || no.Code != "invalid_request" {
		t.Errorf("malformed: %+v", no)
	}
	if len(d.Methods()) != 6 || len(open(t).Methods()) != 4 {
		t.Errorf("%v", d.Methods())
	}
	var k struct{ Kty string }
	if json.Unmarshal([]byte(whoever.jwk(t)), &k) != nil || k.Kty != "EC" {
		t.Error(k)
	}
}

func FuzzChain(f *testing.F) {
	f.Add(issueTo(f, nil, "a", nil).header(), "")
	f.Add(":AAAA:", ":AAAA:, :AAAA:")
	f.Fuzz(func(t *testing.T, own, way string) {
		chain, err := oauth.ParseChain(append([]string{own}, strings.Split(way, ",")...))
		if err == nil && len(chain) != 1+len(strings.Split(way, ",")) || err != nil && chain != nil {
			t.Fatalf("%d certificates: %v", len(chain), err)
		}
	})
}
