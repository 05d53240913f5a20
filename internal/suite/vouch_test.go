package suite_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func scalar(t testing.TB, n byte) (suite.Signer, suite.PublicKey) {
	t.Helper()
	s, err := suite.NewES256(identity.NewSecret(identity.ES256, [32]byte{31: n}))
	if err != nil {
		t.Fatal(err)
	}
	k, err := suite.ParsePublicKey(s.PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	return s, k
}

func rootAndLeaf(t testing.TB) (root, leaf suite.Certificate) {
	t.Helper()
	by, _ := scalar(t, 1)
	_, of := scalar(t, 2)
	root, err := suite.SelfSigned(by, suite.Claim{Name: "netid root 1", Organization: "id.example", URI: "https://id.example", From: springtime, To: springtime.AddDate(20, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err = root.Vouch(by, of, suite.Claim{Name: "netid attestation", Organization: "id.example", Host: "id.example", URI: "https://id.example", From: springtime, To: springtime.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return root, leaf
}

// What was pinned outside must come out again, whatever release makes it: a root
// of the same key with other bytes would be a stranger to everybody.
func TestCertificatesArePinned(t *testing.T) {
	root, leaf := rootAndLeaf(t)
	if got := root.Thumbprint() + " " + leaf.Thumbprint(); got != "fJdAzL1H8WoZL-IE-YFjO4InLpu0Sv52MXTUXnc1XE4 S7_x9fbjTt5WCMbBUNVjZhdizWa2p2yaRiYw3HIrwRg" {
		t.Error(got)
	}
	again, other := rootAndLeaf(t)
	if !bytes.Equal(root.DER(), again.DER()) || !bytes.Equal(leaf.DER(), other.DER()) {
		t.Error("made twice, and not the same")
	}
}

func TestVouching(t *testing.T) {
	root, leaf := rootAndLeaf(t)
	roots, err := suite.ParseRoots(root.PEM())
	if err != nil {
		t.Fatal(err)
	}
	if err := roots.VerifySigner(leaf, nil, springtime); err != nil {
		t.Error(err)
	}
	if err := roots.VerifySigner(root, nil, springtime); !fault.Because(err, "certificate_untrusted") {
		t.Error("the root signs a token:", err)
	}
	if from, to := leaf.Term(); !from.Equal(springtime) || !to.Equal(springtime.AddDate(1, 0, 0)) {
		t.Error(from, to)
	}
	if !leaf.Named("dns", "id.example") || !leaf.Named("uri", "https://id.example") || root.Named("dns", "id.example") {
		t.Error("names")
	}
	for der, authority := range map[string]bool{string(root.DER()): true, string(leaf.DER()): false} {
		x, err := x509.ParseCertificate([]byte(der))
		if err != nil || x.IsCA != authority || !x.BasicConstraintsValid || x.SerialNumber.Sign() <= 0 || len(x.SerialNumber.Bytes()) != 16 {
			t.Error(x, err)
		}
		if want := map[bool]x509.KeyUsage{true: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, false: x509.KeyUsageDigitalSignature}[authority]; x.KeyUsage != want {
			t.Error(x.KeyUsage)
		}
	}

	// One root after another: who has the former follows, who has neither does not.
	first, second := firstOf(scalar(t, 1)), firstOf(scalar(t, 3))
	_, secondKey := scalar(t, 3)
	_, of := scalar(t, 2)
	says := suite.Claim{Name: "netid root 3", From: springtime, To: springtime.AddDate(20, 0, 0)}
	next, err := suite.SelfSigned(second, says)
	if err != nil {
		t.Fatal(err)
	}
	cross, err := root.Cross(first, secondKey, says)
	if err != nil {
		t.Fatal(err)
	}
	below, err := next.Vouch(second, of, suite.Claim{Name: "leaf", Host: "127.0.0.1", From: springtime, To: springtime.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if !below.Named("ip", "127.0.0.1") {
		t.Error("an address is no name")
	}
	if err := roots.VerifySigner(below, []suite.Certificate{cross}, springtime); err != nil {
		t.Error(err)
	}
	if err := roots.VerifySigner(below, nil, springtime); err == nil {
		t.Error("a root that nobody vouched for")
	}
	if roots, err := suite.ParseRoots(next.PEM()); err != nil || roots.VerifySigner(below, []suite.Certificate{cross}, springtime) != nil {
		t.Error("the new root alone")
	}

	for name, c := range map[string]struct {
		by suite.Signer
		of suite.PublicKey
	}{
		"an Ed25519 authority": {suite.NewEdDSA(identity.NewSecret(identity.ES256, [32]byte{1})), of},
		"no key":               {first, suite.PublicKey{}},
		"an SM2 key":           {first, sm2Key(t)},
	} {
		if _, err := root.Vouch(c.by, c.of, says); !fault.Because(err, "certificate_key") {
			t.Errorf("%s: %v", name, err)
		}
	}
	long := suite.Claim{Name: strings.Repeat("网", 40), Organization: strings.Repeat("x", 70), From: springtime, To: springtime.AddDate(1, 0, 0)}
	c, err := root.Vouch(first, of, long)
	if err != nil || c.Subject() != "CN="+strings.Repeat("网", 21)+",O="+strings.Repeat("x", 64) {
		t.Error(c.Subject(), err)
	}
}

func firstOf(s suite.Signer, _ suite.PublicKey) suite.Signer { return s }

func sm2Key(t testing.TB) suite.PublicKey {
	t.Helper()
	secret, err := suite.NewSM2Secret()
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.NewSM2(secret)
	if err != nil {
		t.Fatal(err)
	}
	k, err := suite.ParsePublicKey(s.PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func request(t testing.TB, curve elliptic.Curve) (der []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "somebody else"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestCertificateRequests(t *testing.T) {
	der := request(t, elliptic.P256())
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
	a, err := suite.ParseRequest(der)
	b, err2 := suite.ParseRequest(text)
	if err != nil || err2 != nil || a.Thumbprint() != b.Thumbprint() || a.Thumbprint() == "" {
		t.Error(a.Thumbprint(), err, err2)
	}
	forged := bytes.Clone(der)
	forged[len(forged)-1] ^= 1
	for name, text := range map[string][]byte{
		"nothing": nil, "text": []byte("x"), "a signature that is not the key's": forged, "P-384": request(t, elliptic.P384()),
		"PEM of a key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), "17 KB": bytes.Repeat([]byte(" "), 17<<10),
	} {
		if _, err := suite.ParseRequest(text); !fault.Because(err, "certificate_request_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzCertificateRequest: what is read is one key, whose certificate can be made.
func FuzzCertificateRequest(f *testing.F) {
	f.Add(request(f, elliptic.P256()))
	f.Add([]byte("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"))
	by, _ := scalar(f, 1)
	root, _ := rootAndLeaf(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		key, err := suite.ParseRequest(b)
		if err != nil {
			return
		}
		c, err := root.Vouch(by, key, suite.Claim{Name: "x", From: springtime, To: springtime.Add(time.Hour)})
		if got, ok := c.Key(); err != nil || !ok || got.Thumbprint() != key.Thumbprint() {
			t.Fatal(err)
		}
	})
}
