package client

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/emmansun/gmsm/sm2"
)

// SM2 has no registered name in JOSE: these are netid's own (RFC 7515 §4.1.1
// and RFC 7517 §6.2.1.1 ask of private names that they cannot collide).
const (
	AlgSM2   = "urn:netid:alg:SM2"
	CurveSM2 = "urn:netid:crv:SM2"
)

// sm2ID is the identifier that every signature covers, as GB/T 35276 has it
// where nobody agreed on another.
const sm2ID = "1234567812345678"

// algorithm is one kind of key and how its signatures are checked.
type algorithm struct {
	name, curve string // `alg`, and `crv` of its keys
	point       func(uncompressed []byte) (*ecdsa.PublicKey, error)
	verify      func(key *ecdsa.PublicKey, message, signature []byte) error
}

func sm2P256() algorithm { return algorithm{AlgSM2, CurveSM2, sm2.NewPublicKey, verifySM2} }

// verifySM2 takes r||s, 64 bytes, over SM3(ZA || message) (GB/T 32918.2).
func verifySM2(key *ecdsa.PublicKey, message, signature []byte) error {
	if len(signature) != 64 {
		return fmt.Errorf("%w: length", ErrSignature)
	}
	digest, err := sm2.CalculateSM2Hash(key, message, []byte(sm2ID))
	if err != nil {
		return fmt.Errorf("%w: %v", ErrSignature, err)
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !sm2.Verify(key, digest, r, s) {
		return ErrSignature
	}
	return nil
}

// header reads a protected header and gives the key id in it, "" if there is
// none. One that names another algorithm or type ("" among the types takes one
// without), or asks for an extension (RFC 7515 §4.1.11), is refused; whatever
// key it may carry itself is not looked at.
func (a algorithm) header(encoded string, types ...string) (kid string, err error) {
	h, err := decodeObject(encoded)
	if err != nil {
		return "", errors.New("header")
	}
	if alg, err := h.text("alg"); err != nil || alg != a.name {
		return "", errors.New("alg")
	}
	if _, ok := h["crit"]; ok {
		return "", errors.New("crit")
	}
	typ, err := h.text("typ")
	if err != nil || !slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(t, typ) }) {
		return "", errors.New("typ")
	}
	if kid, err = h.text("kid"); err != nil {
		return "", errors.New("kid")
	}
	return kid, nil
}
