package emrtd

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"time"
)

// Anchors are the country signing CAs that are trusted. They do not change.
type Anchors struct{ roots []*x509.Certificate }

// Trust gives the anchors of this moment.
type Trust func() (*Anchors, error)

// NewAnchors reads certificates in DER.
func NewAnchors(certificates ...[]byte) (*Anchors, error) {
	a := &Anchors{}
	for _, der := range certificates {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		a.roots = append(a.roots, c)
	}
	return a, nil
}

// Always is a Trust that does not change.
func (a *Anchors) Always() (*Anchors, error) { return a, nil }

// Certificates are the anchors in DER.
func (a *Anchors) Certificates() (all [][]byte) {
	for _, c := range a.roots {
		all = append(all, c.Raw)
	}
	return all
}

// trusted follows a document signer to one of the configured roots: one step,
// for a country signing CA signs its document signers itself (9303-12 §3).
// Roots and link certificates are both configured, so a link is a root here.
func (a *Anchors) trusted(c *x509.Certificate, country string, now time.Time) error {
	if err := goodSigner(c, country, now); err != nil {
		return unsigned(err)
	}
	for _, root := range a.roots {
		if bytes.Equal(root.RawSubject, c.RawIssuer) && goodRoot(root, now) && keyFits(root, c) && c.CheckSignatureFrom(root) == nil {
			return nil
		}
	}
	return unsigned(errors.New("no configured root signed the document signer"))
}

// goodSigner holds a document signer's certificate to the profile of 9303-12
// table 6: version 3, no CA, key usage digitalSignature, no extended usage,
// valid now, from the country that the document names.
func goodSigner(c *x509.Certificate, country string, now time.Time) error {
	switch {
	case c.Version != 3 || c.IsCA:
		return errors.New("the document signer is no end certificate")
	case c.KeyUsage&x509.KeyUsageDigitalSignature == 0 || c.KeyUsage&x509.KeyUsageCertSign != 0:
		return errors.New("the document signer's key usage")
	case len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0: // such a key signs master lists, not documents
		return errors.New("the document signer's extended key usage")
	case len(c.UnhandledCriticalExtensions) > 0:
		return errors.New("a critical extension that is not understood")
	case now.Before(c.NotBefore) || now.After(c.NotAfter):
		return errors.New("the document signer is not valid now")
	case !from(c.Issuer.Country, country) || !from(c.Subject.Country, country):
		return errors.New("the document signer is another country's")
	}
	return goodCertificate(c)
}

// goodRoot: basicConstraints, keyCertSign, valid now (9303-12 table 6).
func goodRoot(c *x509.Certificate, now time.Time) bool {
	return c.BasicConstraintsValid && c.IsCA && c.KeyUsage&x509.KeyUsageCertSign != 0 && len(c.UnhandledCriticalExtensions) == 0 &&
		!now.Before(c.NotBefore) && !now.After(c.NotAfter) && goodCertificate(c) == nil
}

// goodCertificate refuses weak keys, and signatures that are not on the list.
func goodCertificate(c *x509.Certificate) error {
	switch c.SignatureAlgorithm {
	case x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA, x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512:
	default:
		return errAlgorithm
	}
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return strongRSA(key)
	case *ecdsa.PublicKey:
		if goodCurve(key) {
			return nil
		}
	}
	return errAlgorithm
}

// keyFits compares key identifiers where both certificates state one.
func keyFits(root, c *x509.Certificate) bool {
	return len(root.SubjectKeyId) == 0 || len(c.AuthorityKeyId) == 0 || bytes.Equal(root.SubjectKeyId, c.AuthorityKeyId)
}

// from: the C of a distinguished name is of two letters, in either case (9303-12 §7.1.1.1).
func from(countries []string, country string) bool {
	return len(countries) == 1 && slices.ContainsFunc(countries, func(c string) bool { return strings.EqualFold(c, country) })
}
