package suite_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/suite"
)

// issued is a certificate with its key, made by parent (nil: by itself).
type issued struct {
	x   *x509.Certificate
	key *ecdsa.PrivateKey
}

var springtime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func issueTo(t testing.TB, parent *issued, change func(*x509.Certificate)) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: springtime.Add(-time.Hour), NotAfter: springtime.Add(time.Hour), BasicConstraintsValid: true,
		Subject: pkix.Name{Country: []string{"CN"}, Organization: []string{"Shop, Ltd"}, CommonName: "party"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
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

func authority(x *x509.Certificate) {
	x.IsCA, x.KeyUsage, x.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	x.Subject.CommonName = "root"
}

func (i *issued) read(t testing.TB) suite.Certificate {
	t.Helper()
	c, err := suite.ParseCertificate(i.x.Raw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCertificateChains(t *testing.T) {
	root := issueTo(t, nil, authority)
	middle := issueTo(t, root, func(x *x509.Certificate) { authority(x); x.Subject.CommonName = "middle" })
	direct := issueTo(t, root, nil)
	below := issueTo(t, middle, nil)
	roots, err := suite.ParseRoots(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.x.Raw}))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		roots suite.Roots
		leaf  *issued
		way   []suite.Certificate
		at    time.Time
		ok    bool
	}{
		"direct":                  {roots, direct, nil, springtime, true},
		"over one between":        {roots, below, []suite.Certificate{middle.read(t)}, springtime, true},
		"the one between missing": {roots, below, nil, springtime, false},
		"five between":            {roots, below, []suite.Certificate{middle.read(t), middle.read(t), middle.read(t), middle.read(t), middle.read(t)}, springtime, false},
		"by itself":               {roots, issueTo(t, nil, nil), nil, springtime, false},
		"not yet":                 {roots, direct, nil, springtime.Add(-2 * time.Hour), false},
		"over":                    {roots, direct, nil, springtime.Add(2 * time.Hour), false},
		"of a server": {roots, issueTo(t, root, func(x *x509.Certificate) { x.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), nil, springtime,
			false},
		"without roots":                    {suite.Roots{}, direct, nil, springtime, false},
		"signed by one that may not":       {roots, issueTo(t, direct, nil), []suite.Certificate{direct.read(t)}, springtime, false},
		"by a root of the same name":       {roots, issueTo(t, issueTo(t, nil, authority), nil), nil, springtime, false},
		"a stranger's root as one between": {roots, issueTo(t, issueTo(t, nil, authority), nil), []suite.Certificate{issueTo(t, nil, authority).read(t)}, springtime, false},
	} {
		err := c.roots.Verify(c.leaf.read(t), c.way, c.at)
		if (err == nil) != c.ok || err != nil && !fault.Because(err, "certificate_untrusted") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		if _, err := suite.ParseRoots([]byte(text)); !fault.Because(err, "certificate_invalid") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCertificateNames(t *testing.T) {
	c := issueTo(t, nil, func(x *x509.Certificate) {
		u, _ := url.Parse("spiffe://party.example/a")
		x.DNSNames, x.URIs, x.IPAddresses, x.EmailAddresses = []string{"party.example", "*.party.example"}, []*url.URL{u}, []net.IP{{203, 0, 113, 7}}, []string{"ops@party.example"}
	}).read(t)
	if got := c.Subject(); got != `CN=party,O=Shop\, Ltd,C=CN` {
		t.Errorf("%s", got)
	}
	if nobody := issueTo(t, nil, func(x *x509.Certificate) { x.Subject = pkix.Name{} }).read(t); nobody.Subject() != "" {
		t.Errorf("%q", nobody.Subject())
	}
	for _, c2 := range []struct {
		kind, name string
		ok         bool
	}{
		{"dns", "party.example", true}, {"dns", "PARTY.example", true}, {"dns", "a.party.example", false}, {"dns", "example", false}, {"dns", "", false},
		{"uri", "spiffe://party.example/a", true}, {"uri", "spiffe://party.example/b", false},
		{"ip", "203.0.113.7", true}, {"ip", "::ffff:203.0.113.7", true}, {"ip", "203.0.113.8", false}, {"ip", "203.0.113.007", false},
		{"email", "ops@party.example", true}, {"email", "Ops@party.example", false},
		{"cn", "party", false},
	} {
		if c.Named(c2.kind, c2.name) != c2.ok {
			t.Errorf("%s %s", c2.kind, c2.name)
		}
	}
	if len(c.Thumbprint()) != 43 {
		t.Error(c.Thumbprint())
	}
}

func TestCertificateKeys(t *testing.T) {
	i := issueTo(t, nil, nil)
	k, ok := i.read(t).Key()
	if !ok || k.Alg() != "ES256" {
		t.Fatalf("%v %q", ok, k.Alg())
	}
	if _, err := suite.ParseCertificate(make([]byte, 17<<10)); !fault.Because(err, "certificate_invalid") {
		t.Error(err)
	}
}

// What signs tokens has a chain that ends at the reader's root and does not bring
// it; it is for signatures, and no authority.
func TestVerifySigner(t *testing.T) {
	root := issueTo(t, nil, authority)
	middle := issueTo(t, root, func(x *x509.Certificate) { authority(x); x.Subject.CommonName = "middle" })
	leaf := issueTo(t, middle, nil)
	trusting := func(i *issued) suite.Roots {
		r, err := suite.ParseRoots(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.x.Raw}))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	roots := trusting(root)
	between := []suite.Certificate{middle.read(t)}
	if err := roots.VerifySigner(leaf.read(t), between, springtime); err != nil {
		t.Fatal(err)
	}
	own := issueTo(t, nil, nil)
	for name, err := range map[string]error{
		"brings the root": roots.VerifySigner(leaf.read(t), append(between, root.read(t)), springtime),
		"lacks a link":    roots.VerifySigner(leaf.read(t), nil, springtime),
		"is the root":     roots.VerifySigner(root.read(t), nil, springtime),
		"is an authority": roots.VerifySigner(issueTo(t, root, func(x *x509.Certificate) {
			authority(x)
			x.Subject.CommonName, x.KeyUsage = "netid", x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature
		}).read(t), nil, springtime),
		"vouches for itself":      trusting(own).VerifySigner(own.read(t), nil, springtime),
		"is a root of the reader": trusting(leaf).VerifySigner(leaf.read(t), between, springtime),
		"is not for signatures":   roots.VerifySigner(issueTo(t, middle, func(x *x509.Certificate) { x.KeyUsage = x509.KeyUsageKeyAgreement }).read(t), between, springtime),
		"is early":                roots.VerifySigner(leaf.read(t), between, springtime.AddDate(-20, 0, 0)),
		"is late":                 roots.VerifySigner(leaf.read(t), between, springtime.AddDate(99, 0, 0)),
		"has no roots":            suite.Roots{}.VerifySigner(leaf.read(t), between, springtime),
	} {
		if !fault.Because(err, "certificate_untrusted") {
			t.Errorf("what %s: %v", name, err)
		}
	}
}

func FuzzCertificate(f *testing.F) {
	f.Add(issueTo(f, nil, nil).x.Raw)
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := suite.ParseCertificate(der)
		if err != nil {
			return
		}
		c.Key()
		c.Subject()
		c.Named("dns", "x")
		c.Thumbprint()
		if (suite.Roots{}).Verify(c, nil, springtime) == nil {
			t.Fatal("trusted by nobody")
		}
	})
}
