package client

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"math/big"
)

const maxKey = 4 << 10 // bytes of one JWK

// parseKey reads the one kind of key that is accepted: a public JWK of P-256
// (RFC 7517, RFC 7518 §6.2.1), its point on the curve, nothing private in it.
func parseKey(jwk []byte) (*ecdsa.PublicKey, error) {
	if len(jwk) > maxKey {
		return nil, fmt.Errorf("%w: too long", ErrKey)
	}
	o, err := parseObject(jwk)
	if err != nil {
		return nil, fmt.Errorf("%w: not one JSON object", ErrKey)
	}
	return o.key()
}

func (o object) key() (*ecdsa.PublicKey, error) {
	if _, private := o["d"]; private {
		return nil, fmt.Errorf("%w: it is private", ErrKey)
	}
	for name, want := range map[string]string{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig"} {
		got, err := o.text(name)
		optional := name == "alg" || name == "use"
		if err != nil || got != want && (got != "" || !optional) {
			return nil, fmt.Errorf("%w: not a public P-256 key for signatures", ErrKey)
		}
	}
	point := []byte{4}
	for _, name := range []string{"x", "y"} {
		s, _ := o.text(name)
		b, err := decode64(s)
		if err != nil || len(b) != 32 {
			return nil, fmt.Errorf("%w: coordinate %s", ErrKey, name)
		}
		point = append(point, b...)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("%w: not a point of the curve", ErrKey)
	}
	return key, nil
}

// verifyES256 takes r||s, 64 bytes, and nothing else (RFC 7518 §3.4).
func verifyES256(key *ecdsa.PublicKey, message, signature []byte) error {
	if len(signature) != 64 {
		return fmt.Errorf("%w: length", ErrSignature)
	}
	digest := sha256.Sum256(message)
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(key, digest[:], r, s) {
		return ErrSignature
	}
	return nil
}
