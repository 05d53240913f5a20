package sandbox

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"time"

	software "netid/internal/emrtd/chip"
	"netid/internal/suite"
)

// issuer is a passport authority: a country signing CA and one document
// signer under it (9303-12 §3), both P-256.
type issuer struct {
	root, signer *x509.Certificate
	key          *ecdsa.PrivateKey
}

func newIssuer(name string, now time.Time) (*issuer, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	signerKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	from := now.UTC().AddDate(-12, 0, 0) // so that a document of ten years that is over was signed by it, too
	subject := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"CN"}, Organization: []string{"netid sandbox"}, CommonName: cn}
	}
	root, err := certify(&x509.Certificate{SerialNumber: big.NewInt(1), Subject: subject(name), NotBefore: from, NotAfter: now.AddDate(25, 0, 0),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}, nil, rootKey.Public(), rootKey)
	if err != nil {
		return nil, err
	}
	signer, err := certify(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: subject(strings.Replace(name, "CSCA", "DOCUMENT SIGNER", 1)),
		NotBefore: from, NotAfter: now.AddDate(20, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature}, root, signerKey.Public(), rootKey)
	return &issuer{root, signer, signerKey}, err
}

func certify(c, parent *x509.Certificate, key crypto.PublicKey, by crypto.Signer) (*x509.Certificate, error) {
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key, by)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func (i *issuer) roots() []*x509.Certificate { return []*x509.Certificate{i.root} }

// passport personalises a chip.
func (i *issuer) passport(zone string, photo []byte, f flavor) (*chip, error) {
	var key crypto.Signer
	var err error
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); f == rsaChip {
		key, err = rsa.GenerateKey(rand.Reader, 1024) // the least that 9303-12 allows a chip, and quick to make
	}
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	c := &chip{DG1: dg1(zone), DG15: dg15(public)}
	pictured := []byte("there is no photo of somebody who is not there")
	if photo != nil {
		c.DG2 = dg2(photo)
		pictured = c.DG2
	}
	switch f {
	case cloned: // of a chip that was made without a key: of one with a key, the missing answer would show
		c.DG15 = nil
	case agreed, copied:
		c.DG15, c.Scalar = nil, suite.Random(32)
		if c.DG14, err = framed(14, software.Infos(nil, agreement(c.Scalar))); err != nil {
			return nil, err
		}
	}
	if c.SOD, err = i.sod(c.DG1, pictured, c.DG14, c.DG15); err != nil {
		return nil, err
	}
	switch f {
	case agreed:
		return c, nil
	case cloned, copied: // who copies a chip gets its files, not its key
		if f == copied {
			c.Scalar = suite.Random(32)
		}
		return c, nil
	case altered:
		c.DG1 = dg1(strings.Replace(zone, "SANDBOX<<", "SANDBOX<<FALSE<", 1)[:44] + zone[44:])
	}
	c.Key, err = x509.MarshalPKCS8PrivateKey(key)
	return c, err
}
