package suite

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/netip"
	"strings"
	"time"

	"netid/internal/fault"
)

const (
	maxCertificate = 16 << 10 // bytes, DER
	maxBetween     = 4        // certificates between a party's and a root
)

// Certificate is an X.509 certificate (RFC 5280) that somebody presented. That
// they hold its key is the business of whoever took it from them.
type Certificate struct{ x *x509.Certificate }

// ParseCertificate reads one. Reason "certificate_invalid".
func ParseCertificate(der []byte) (Certificate, error) {
	const op = "suite.ParseCertificate"
	if len(der) > maxCertificate {
		return Certificate{}, fault.Newf(op, fault.Invalid, "certificate_invalid", "%d bytes", len(der))
	}
	x, err := x509.ParseCertificate(der)
	return Certificate{x}, fault.Wrap(op, fault.Invalid, "certificate_invalid", err)
}

// Thumbprint is x5t#S256 (RFC 8705 §3.1): base64url of the SHA-256 of its DER.
func (c Certificate) Thumbprint() string {
	t := sha256.Sum256(c.x.Raw)
	return base64.RawURLEncoding.EncodeToString(t[:])
}

// Key is the certificate's, if it is of a kind that ParsePublicKey reads.
func (c Certificate) Key() (PublicKey, bool) {
	var k PublicKey
	err := badKey("of a kind that is not read")
	switch key := c.x.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if point, e := key.Bytes(); e == nil && key.Curve == elliptic.P256() {
			if ec, ok := ecOf(curveP256, point); ok {
				k, err = ParsePublicKey(ec.canonical())
			}
		}
	case ed25519.PublicKey:
		k, err = ed25519Of(key)
	case *rsa.PublicKey:
		k, err = rsaOf(key.N, big.NewInt(int64(key.E)))
	}
	return k, err == nil
}

// Subject is the distinguished name as RFC 4514 writes it: what stands last in
// the certificate comes first, parted by commas without spaces.
func (c Certificate) Subject() string {
	var name pkix.RDNSequence
	if rest, err := asn1.Unmarshal(c.x.RawSubject, &name); err != nil || len(rest) > 0 || len(name) == 0 {
		return ""
	}
	return name.String()
}

// Named reports whether the certificate has the alternative name, exactly: a
// pattern in a certificate stands for no name but itself.
func (c Certificate) Named(kind, name string) bool {
	if name == "" {
		return false
	}
	switch kind {
	case "dns":
		for _, s := range c.x.DNSNames {
			if strings.EqualFold(s, name) {
				return true
			}
		}
	case "uri":
		for _, u := range c.x.URIs {
			if u.String() == name {
				return true
			}
		}
	case "ip":
		want, err := netip.ParseAddr(name)
		for _, b := range c.x.IPAddresses {
			if got, ok := netip.AddrFromSlice(b); err == nil && ok && got.Unmap() == want.Unmap() {
				return true
			}
		}
	case "email":
		for _, s := range c.x.EmailAddresses {
			if s == name {
				return true
			}
		}
	}
	return false
}

// Roots are certification authorities that are trusted for one purpose.
type Roots struct{ pool *x509.CertPool }

// ParseRoots reads PEM, one certificate at least.
func ParseRoots(text []byte) (Roots, error) {
	const op = "suite.ParseRoots"
	r := Roots{x509.NewCertPool()}
	n := 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return Roots{}, fault.Wrap(op, fault.Invalid, "certificate_invalid", err)
		}
		r.pool.AddCert(c)
		n++
	}
	if n == 0 {
		return Roots{}, fault.Newf(op, fault.Invalid, "certificate_invalid", "no certificate in it")
	}
	return r, nil
}

// Verify checks the certificate's chain to a root, at the moment, for the
// authentication of a client (RFC 5280 §6, §4.2.1.12). Without roots nothing is
// good. Reason "certificate_untrusted".
func (r Roots) Verify(c Certificate, between []Certificate, now time.Time) error {
	_, err := r.chains(c, between, now, x509.ExtKeyUsageClientAuth)
	return fault.At("suite.Roots.Verify", err)
}

// VerifySigner checks the chain of a certificate that came with what its key
// signed (`x5c`), for any purpose but certification: below a root, and not one
// itself; and no certificate on the way is its own issuer, since the anchor is
// what the reader has and never what the token brings (HAIP 1.0 §6.1.1).
// Reason "certificate_untrusted".
func (r Roots) VerifySigner(c Certificate, between []Certificate, now time.Time) error {
	const op = "suite.Roots.VerifySigner"
	for _, on := range append([]Certificate{c}, between...) {
		if bytes.Equal(on.x.RawSubject, on.x.RawIssuer) {
			return fault.Newf(op, fault.Unauthenticated, "certificate_untrusted", "it brings its own anchor")
		}
	}
	if c.x.IsCA || c.x.KeyUsage != 0 && c.x.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return fault.Newf(op, fault.Unauthenticated, "certificate_untrusted", "its key is not for signatures")
	}
	chains, err := r.chains(c, between, now, x509.ExtKeyUsageAny)
	if err == nil && len(chains[0]) < 2 { // listed as a root though another issued it
		err = fault.Newf(op, fault.Unauthenticated, "certificate_untrusted", "an anchor signs no token")
	}
	return fault.At(op, err)
}

func (r Roots) chains(c Certificate, between []Certificate, now time.Time, purpose x509.ExtKeyUsage) ([][]*x509.Certificate, error) {
	const op = "suite.Roots.chains"
	if r.pool == nil || len(between) > maxBetween {
		return nil, fault.Newf(op, fault.Unauthenticated, "certificate_untrusted", "no roots, or %d certificates on the way", len(between))
	}
	way := x509.NewCertPool()
	for _, b := range between {
		way.AddCert(b.x)
	}
	chains, err := c.x.Verify(x509.VerifyOptions{Roots: r.pool, Intermediates: way, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{purpose}})
	return chains, fault.Wrap(op, fault.Unauthenticated, "certificate_untrusted", err)
}
