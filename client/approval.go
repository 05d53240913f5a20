package client

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
)

// CheckApproval checks, without asking anybody, that the holder of a device
// key approved a statement: the bytes are exactly a statement's words, and the
// signature (ES256: r||s, 64 bytes) over them verifies under the key (a P-256
// public JWK). It returns what was approved. One changed character fails.
func CheckApproval(statement, signature, deviceJWK []byte) (Statement, error) {
	s, err := ParseStatement(statement)
	if err != nil {
		return Statement{}, err
	}
	key, err := parseKey(deviceJWK)
	if err != nil {
		return Statement{}, err
	}
	if err := verifyES256(key, statement, signature); err != nil {
		return Statement{}, err
	}
	return s, nil
}

// publicJWK is the one kind of key that is accepted (RFC 7517, RFC 7518 §6.2.1).
type publicJWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
	D   string `json:"d"`
	Kid string `json:"kid"`
	Alg string `json:"alg"`
	Use string `json:"use"`
}

func parseKey(jwk []byte) (*ecdsa.PublicKey, error) {
	var j publicJWK
	if len(jwk) > 4<<10 {
		return nil, fmt.Errorf("%w: too long", ErrKey)
	}
	if err := strictJSON(jwk, &j, false); err != nil {
		return nil, fmt.Errorf("%w: not one JSON object", ErrKey)
	}
	return j.key()
}

// key builds the public key; the point must lie on P-256.
func (j publicJWK) key() (*ecdsa.PublicKey, error) {
	if j.Kty != "EC" || j.Crv != "P-256" || j.D != "" || j.Alg != "" && j.Alg != "ES256" {
		return nil, fmt.Errorf("%w: not a public P-256 key", ErrKey)
	}
	x, errX := base64.RawURLEncoding.Strict().DecodeString(j.X)
	y, errY := base64.RawURLEncoding.Strict().DecodeString(j.Y)
	if errX != nil || errY != nil || len(x) != 32 || len(y) != 32 {
		return nil, fmt.Errorf("%w: coordinates", ErrKey)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	if err != nil {
		return nil, fmt.Errorf("%w: not a point of the curve", ErrKey)
	}
	return key, nil
}

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
