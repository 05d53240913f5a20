package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
)

// NewDevice is a device's key pair (P-256): the public one as a JWK, the private
// one as 32 bytes, big-endian.
func NewDevice() (public []byte, private [32]byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, private, err
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, private, err
	}
	b, err := key.Bytes()
	if err != nil {
		return nil, private, err
	}
	b64 := base64.RawURLEncoding.EncodeToString
	return []byte(`{"kty":"EC","crv":"P-256","x":"` + b64(point[1:33]) + `","y":"` + b64(point[33:]) + `"}`), [32]byte(b), nil
}
