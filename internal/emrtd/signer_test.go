package emrtd_test

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
	"time"

	"netid/internal/fault"
)

// TestSigners is the chain of K01: who may sign a passport.
func TestSigners(t *testing.T) {
	good := func() (root, ds *x509.Certificate) { return rootTemplate(), signerTemplate() }
	for _, c := range []struct {
		name string
		do   func(root, ds *x509.Certificate)
		ok   bool
	}{
		{"as it should be", func(_, _ *x509.Certificate) {}, true},
		{"country in lower case", func(_, ds *x509.Certificate) { ds.Subject.Country = []string{"cn"} }, true},
		{"signer over", func(_, ds *x509.Certificate) { ds.NotAfter = testNow.Add(-time.Second) }, false},
		{"signer not yet", func(_, ds *x509.Certificate) { ds.NotBefore = testNow.Add(time.Second) }, false},
		{"root over", func(root, _ *x509.Certificate) { root.NotAfter = testNow.Add(-time.Second) }, false},
		{"root not yet", func(root, _ *x509.Certificate) { root.NotBefore = testNow.Add(time.Second) }, false},
		{"root is no CA", func(root, _ *x509.Certificate) { root.IsCA = false }, false},
		{"root without basic constraints", func(root, _ *x509.Certificate) { root.IsCA, root.BasicConstraintsValid = false, false }, false},
		{"root may not sign certificates", func(root, _ *x509.Certificate) { root.KeyUsage = x509.KeyUsageCRLSign }, false},
		{"signer is a CA", func(_, ds *x509.Certificate) { ds.IsCA, ds.BasicConstraintsValid = true, true }, false},
		{"signer may not sign", func(_, ds *x509.Certificate) { ds.KeyUsage = x509.KeyUsageKeyEncipherment }, false},
		{"signer without key usage", func(_, ds *x509.Certificate) { ds.KeyUsage = 0 }, false},
		{"signer of web servers", func(_, ds *x509.Certificate) { ds.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }, false},
		{"signer of master lists", func(_, ds *x509.Certificate) {
			ds.UnknownExtKeyUsage = append(ds.UnknownExtKeyUsage, oid(2, 23, 136, 1, 1, 3))
		}, false},
		{"signer of another country", func(_, ds *x509.Certificate) { ds.Subject.Country = []string{"UT"} }, false},
		{"signer of two countries", func(_, ds *x509.Certificate) { ds.Subject.Country = []string{"CN", "UT"} }, false},
		{"root of another country", func(root, _ *x509.Certificate) { root.Subject.Country = []string{"UT"} }, false},
		{"a critical extension nobody knows", func(_, ds *x509.Certificate) {
			ds.ExtraExtensions = append(ds.ExtraExtensions, critical())
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, ds := good()
			c.do(root, ds)
			b := newBooklet(t, kinds()[3])
			b.state = newState(t, root, ds, nil, b.state.key)
			_, err := read(t, b.state.root, b.evidence(t), clock)
			if c.ok && err != nil || !c.ok && !fault.Because(err, "document_signature_invalid") {
				t.Fatal(err)
			}
		})
	}
	b := newBooklet(t, kinds()[3])
	other := newState(t, rootTemplate(), signerTemplate(), nil, ecKey(t, elliptic.P256()))
	if _, err := read(t, other.root, b.evidence(t), clock); !fault.Because(err, "document_signature_invalid") {
		t.Errorf("a root of the same name with another key: %v", err)
	}
	self := b
	self.state.signer = certificate(t, signerTemplate(), signerTemplate(), self.state.key.Public(), self.state.key)
	if _, err := read(t, b.state.root, self.evidence(t), clock); !fault.Because(err, "document_signature_invalid") {
		t.Errorf("a signer that signed itself: %v", err)
	}
	if _, err := read(t, self.state.signer, self.evidence(t), clock); !fault.Because(err, "document_signature_invalid") {
		t.Errorf("a signer as its own root: %v", err)
	}
}

func TestWeakKeysAreRefused(t *testing.T) {
	k := kinds()[0]
	k.key = func(t testing.TB) crypto.Signer { return rsaKey(t, 1024) }
	b := newBooklet(t, k)
	if _, err := read(t, b.state.root, b.evidence(t), clock); !fault.Because(err, "document_signature_invalid") {
		t.Errorf("a signer of 1024 bits: %v", err)
	}
	root := rsaKey(t, 1024)
	b = newBooklet(t, kinds()[3])
	b.state = newState(t, rootTemplate(), signerTemplate(), root, b.state.key)
	if _, err := read(t, b.state.root, b.evidence(t), clock); !fault.Because(err, "document_signature_invalid") {
		t.Errorf("a root of 1024 bits: %v", err)
	}
	k = kinds()[0]
	b = newBooklet(t, k)
	sha1 := k
	sha1.hash, sha1.opts = crypto.SHA1, crypto.SHA1
	sha1.alg = func(t testing.TB) []byte { return rsaAlgorithm(t, 5) }
	b.forgery.kind = sha1
	if _, err := read(t, b.state.root, b.evidence(t), clock); !fault.Because(err, "document_signature_invalid") {
		t.Errorf("SHA-1: %v", err)
	}
	p224 := kinds()[3]
	p224.key = func(t testing.TB) crypto.Signer { return ecKey(t, elliptic.P224()) }
	b = newBooklet(t, p224)
	if _, err := read(t, b.state.root, b.evidence(t), clock); !fault.Because(err, "document_signature_invalid") {
		t.Errorf("P-224: %v", err)
	}
}

func critical() pkix.Extension {
	return pkix.Extension{Id: oid(1, 2, 3, 4, 5), Critical: true, Value: []byte{5, 0}}
}
