package suite

import (
	"encoding/json"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Cover offers the package's functions as methods, for acts that declare the
// few they need, and seals rows under a handle that only the caller keeps:
// whoever holds the store and every key of the service still cannot read them.
type Cover struct {
	Suite identity.Suite // of what is sealed under handles, and of digests that are stored
}

// ID is the name under which a handle's row is stored: its digest.
func (c Cover) ID(h identity.Handle) []byte {
	d := c.Digest([]byte("netid/handle/id/v1"), h[:])
	return d[:]
}

// Seal seals v under the handle itself.
func (c Cover) Seal(h identity.Handle, v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fault.Wrap("suite.Cover.Seal", fault.Internal, "internal", err)
	}
	return Seal(c.under(h), b, c.ID(h)), nil
}

// Open undoes Seal into v. Fails with Invalid "sealed_invalid".
func (c Cover) Open(h identity.Handle, sealed []byte, v any) error {
	b, err := Open(c.under(h), sealed, c.ID(h))
	if err != nil {
		return err
	}
	return fault.Wrap("suite.Cover.Open", fault.Invalid, "sealed_invalid", json.Unmarshal(b, v))
}

func (c Cover) under(h identity.Handle) identity.Secret {
	return Derive(identity.NewSecret(c.Suite, h), "netid/handle/seal/v1")
}

func (Cover) Random(n int) []byte                        { return Random(n) }
func (Cover) Equal(a, b []byte) bool                     { return Equal(a, b) }
func (c Cover) Digest(parts ...[]byte) [32]byte          { return DigestIn(c.Suite, parts...) }
func (Cover) VerifyES256(jwk, message, sig []byte) error { return VerifyES256(jwk, message, sig) }

// PasskeyOf is the package's function of that name.
func (Cover) PasskeyOf(jwk []byte, origin string) ([]byte, error) { return PasskeyOf(jwk, origin) }

// ParseDeviceKey is the package's function of that name.
func (Cover) ParseDeviceKey(jwk []byte) ([]byte, [32]byte, error) { return ParseDeviceKey(jwk) }
