package client

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// whose is the issuer that a credential must be of: the one that the reader names, or
// else the one at whose address the kind is. A root may certify others than the issuer of a
// kind, parties that ask wallets for one, and their word must not pass for it.
func (e Expect) whose(said, kind string) (string, error) {
	if e.Issuer != "" {
		if said != e.Issuer && (said != "" || e.Keys != nil) {
			return "", refuseCredential("another issuer")
		}
		return e.Issuer, nil
	}
	home := cmp.Or(origin(kind), e.issuers[kind])
	if home == "" || said != "" && origin(said) != home {
		return "", refuseCredential("the kind is not this issuer's")
	}
	return cmp.Or(said, home), nil
}

// origin is scheme and host of an address, "" where it has none.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// certified gives the key of the certificate that the header brings first
// (`x5c`), if one of the roots vouches for it, over the others, and it is for this
// issuer. A root is the reader's own: one in the chain is refused (HAIP 1.0 §6.1.1).
func certified(a algorithm, header, issuer string, roots []byte, now time.Time) (key *ecdsa.PublicKey, authorities []string, err error) {
	if a.name != "ES256" {
		return nil, nil, fmt.Errorf("%w: certificates are of ES256 alone", ErrKey)
	}
	h, err := decodeObject(header)
	if err != nil {
		return nil, nil, refuseCredential("header")
	}
	var texts []string
	if err := json.Unmarshal(h["x5c"], &texts); err != nil || len(texts) == 0 || len(texts) > maxCertificates {
		return nil, nil, fmt.Errorf("%w: no certificates, or too many", ErrKey)
	}
	var own *x509.Certificate
	way := x509.NewCertPool()
	for i, text := range texts {
		der, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: certificate", ErrKey)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil || string(c.RawSubject) == string(c.RawIssuer) {
			return nil, nil, fmt.Errorf("%w: not a certificate, or one that vouches for itself", ErrKey)
		}
		if i == 0 {
			own = c
		} else {
			way.AddCert(c)
		}
	}
	if own.IsCA || own.KeyUsage != 0 && own.KeyUsage&x509.KeyUsageDigitalSignature == 0 || !names(own, issuer) {
		return nil, nil, fmt.Errorf("%w: not for the signatures of this issuer", ErrKey)
	}
	pool := x509.NewCertPool()
	for block, rest := pem.Decode(roots); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: root", ErrKey)
		}
		pool.AddCert(c)
	}
	chains, err := own.Verify(x509.VerifyOptions{Roots: pool, Intermediates: way, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil || len(chains[0]) < 2 {
		return nil, nil, fmt.Errorf("%w: no root vouches for the certificate", ErrKey)
	}
	key, ok := own.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve.Params().Name != a.curve {
		return nil, nil, fmt.Errorf("%w: a certificate for a key of another kind", ErrKey)
	}
	for _, c := range chains[0] {
		if len(c.AuthorityKeyId) > 0 {
			authorities = append(authorities, string(c.AuthorityKeyId))
		}
	}
	return key, authorities, nil
}

// names reports whether a certificate is for an issuer: its URI, or the host of
// its https URI. Where the credential names none, the certificate's subject is it.
func names(c *x509.Certificate, issuer string) bool {
	for _, u := range c.URIs {
		if u.String() == issuer {
			return true
		}
	}
	u, err := url.Parse(issuer)
	if err != nil || issuer != "" && (u.Scheme != "https" || u.Host == "") {
		return false
	}
	for _, name := range c.DNSNames {
		if strings.EqualFold(name, u.Host) {
			return true
		}
	}
	return issuer == ""
}
