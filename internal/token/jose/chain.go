package jose

import (
	"encoding/base64"
	"encoding/json"

	"netid/internal/fault"
	"netid/internal/suite"
)

// Chains gives the certificates of a signing key by its id, DER, its own first
// and the root left out (RFC 7515 §4.1.6, HAIP 1.0 §6.1.1).
type Chains func(kid string) [][]byte

// NewChainedCoder is NewCoder for tokens that carry their key's chain. A key
// that has none, or one whose first certificate is for another key, signs nothing.
func NewChainedCoder(alg string, signers func() []Signer, typ string, chains Chains) (*Coder, error) {
	c, err := NewCoder(alg, signers, typ)
	if err != nil {
		return c, err
	}
	c.chains = chains
	c.last.Store(nil) // the header that NewCoder tried has no chain
	_, _, err = c.current()
	return c, fault.At("jose.NewChainedCoder", err)
}

// check holds the key's own certificate, first in its chain, against the key.
func (c *Coder) check(s Signer, chain [][]byte) error {
	const op = "jose.chain"
	if c.chains == nil {
		return nil
	}
	if len(chain) == 0 {
		return fault.Newf(op, fault.Internal, "", "no certificate for the key %s", s.KeyID())
	}
	own, err := suite.ParseCertificate(chain[0])
	if err != nil {
		return fault.Wrap(op, fault.Internal, "", err)
	}
	if k, ok := own.Key(); !ok || k.Thumbprint() != s.KeyID() {
		return fault.Newf(op, fault.Internal, "", "the certificate is for another key than %s", s.KeyID())
	}
	return nil
}

// Chain reads the certificates that the token brings (`x5c`), its key's own
// first. They prove nothing until a root vouches for them. Reason
// "certificate_invalid", also where there are none.
func (t *Token) Chain() (own suite.Certificate, between []suite.Certificate, err error) {
	const op = "jose.Chain"
	var all []string
	if err := json.Unmarshal(t.header["x5c"], &all); err != nil || len(all) == 0 {
		return own, nil, fault.Newf(op, fault.Invalid, "certificate_invalid", "no certificates")
	}
	for i, text := range all {
		der, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return own, nil, fault.Wrap(op, fault.Invalid, "certificate_invalid", err)
		}
		c, err := suite.ParseCertificate(der)
		if err != nil {
			return own, nil, fault.At(op, err)
		}
		if i == 0 {
			own = c
		} else {
			between = append(between, c)
		}
	}
	return own, between, nil
}

// VerifyWith checks the signature with one key, which whoever reads the token
// has from elsewhere. Reason "signature_invalid".
func (t *Token) VerifyWith(k suite.PublicKey) (Object, error) { return t.verify(k) }
