package suite

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"math/big"

	"netid/internal/fault"
)

const es256Size = 2 * coordinate

// VerifyES256 checks a device's signature over message: ECDSA on P-256 with
// SHA-256, r and s as 32 bytes each (RFC 7518 §3.4), nothing else: no DER, no
// short form. As the standard has it, s and n-s are both good, so a signature
// is never an identifier. Fails with Invalid "device_key_invalid" or
// "signature_invalid".
func VerifyES256(jwk, message, sig []byte) error {
	const op = "suite.VerifyES256"
	_, public, err := readDeviceKey(jwk)
	if err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, verifyES256(public, message, sig))
}

func verifyES256(public *ecdsa.PublicKey, message, sig []byte) error {
	const op = "suite.verifyES256"
	if len(sig) != es256Size {
		return fault.Newf(op, fault.Invalid, "signature_invalid", "%d bytes", len(sig))
	}
	digest := sha256.Sum256(message)
	r, s := new(big.Int).SetBytes(sig[:coordinate]), new(big.Int).SetBytes(sig[coordinate:])
	if !ecdsa.Verify(public, digest[:], r, s) { // refuses r and s outside 1..n-1
		return fault.New(op, fault.Invalid, "signature_invalid")
	}
	return nil
}
