package client

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"math/big"
)

const maxKey = 4 << 10 // bytes of one JWK

// parseKey reads a device's key, of the one kind that is accepted: a public JWK
// of P-256 (RFC 7517, RFC 7518 §6.2.1), its point on the curve, nothing private
// in it. It gives the other members too.
func parseKey(jwk []byte) (object, *ecdsa.PublicKey, error) {
	if len(jwk) > maxKey {
		return nil, nil, fmt.Errorf("%w: too long", ErrKey)
	}
	o, err := parseObject(jwk)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: not one JSON object", ErrKey)
	}
	key, err := o.key(es256())
	return o, key, err
}

// key reads a public key of the algorithm and of no other.
func (o object) key(a algorithm) (*ecdsa.PublicKey, error) {
	if _, private := o["d"]; private {
		return nil, fmt.Errorf("%w: it is private", ErrKey)
	}
	for name, want := range map[string]string{"kty": "EC", "crv": a.curve, "alg": a.name, "use": "sig"} {
		got, err := o.text(name)
		optional := name == "alg" || name == "use"
		if err != nil || got != want && (got != "" || !optional) {
			return nil, fmt.Errorf("%w: not a public %s key for signatures", ErrKey, a.curve)
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
	key, err := a.point(point)
	if err != nil {
		return nil, fmt.Errorf("%w: not a point of the curve", ErrKey)
	}
	return key, nil
}

// es256 is what every party and every device is served with.
func es256() algorithm {
	return algorithm{"ES256", "P-256", func(point []byte) (*ecdsa.PublicKey, error) {
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	}, verifyES256}
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
