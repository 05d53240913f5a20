package jose

import (
	"netid/internal/fault"
	"netid/internal/suite"
)

// OwnKey checks the signature with the key that the token itself brings (`jwk`)
// and no other word in its header names a key beside it: whose key that is
// stands nowhere, and that its maker holds it is all that is proven.
func (t *Token) OwnKey() (claims Object, key suite.PublicKey, err error) {
	const op = "jose.OwnKey"
	for _, other := range []string{"kid", "x5c", "x5u", "jku", "x5t", "x5t#S256"} {
		if t.header.Has(other) {
			return nil, key, fault.Newf(op, fault.Unauthenticated, "signature_invalid", "%s names a key beside jwk", other)
		}
	}
	o, err := ParseObject(t.header["jwk"], maxFetched)
	if err != nil {
		return nil, key, fault.Wrap(op, fault.Unauthenticated, "signature_invalid", err)
	}
	k, err := parseKey(o)
	if err != nil {
		return nil, key, fault.Wrap(op, fault.Unauthenticated, "signature_invalid", err)
	}
	claims, err = t.verify(k.PublicKey)
	return claims, k.PublicKey, fault.At(op, err)
}

// Head is a member of the token's header; false when it is absent or no string.
func (t *Token) Head(name string) (string, bool) { return t.header.Text(name) }
