package client

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// NewReader is a Reader by its files: the private key of its requests (PEM, PKCS #8
// or SEC 1, P-256); the certificate that was made for it, with those above it
// and without the root; the roots whose credentials count; and the registration
// statement, "" without. Fails with ErrKey.
func NewReader(key, chain, roots []byte, statement string) (Reader, error) {
	private, err := parsePrivate(key)
	if err != nil {
		return Reader{}, err
	}
	r := Reader{Sign: NewSign(private), Roots: roots, Statement: statement}
	for block, rest := pem.Decode(chain); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil || string(c.RawSubject) == string(c.RawIssuer) {
			return Reader{}, fmt.Errorf("%w: not a certificate, or a root in the chain", ErrKey)
		}
		if r.Chain == nil && !private.PublicKey.Equal(c.PublicKey) {
			return Reader{}, fmt.Errorf("%w: the first certificate is for another key", ErrKey)
		}
		r.Chain = append(r.Chain, block.Bytes)
	}
	if r.Chain == nil || !x509.NewCertPool().AppendCertsFromPEM(roots) {
		return Reader{}, fmt.Errorf("%w: no certificate, or no root", ErrKey)
	}
	return r, nil
}

func parsePrivate(text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%w: no PEM", ErrKey)
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		var read any
		read, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		key, _ = read.(*ecdsa.PrivateKey)
	}
	if err != nil || key == nil || key.Curve.Params().Name != es256().curve {
		return nil, fmt.Errorf("%w: not a private key of P-256", ErrKey)
	}
	return key, nil
}
