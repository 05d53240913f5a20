package suite

import (
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"netid/internal/fault"
)

// SM2DER writes an SM2 signature, r||s, as GB/T 35276 has it: a DER SEQUENCE
// of the two integers. It is for what programs of others read; our own formats
// have r||s.
func SM2DER(sig []byte) ([]byte, error) {
	const op = "suite.SM2DER"
	if len(sig) != es256Size {
		return nil, fault.Newf(op, fault.Invalid, "signature_invalid", "%d bytes", len(sig))
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(sig[:coordinate]))
		b.AddASN1BigInt(new(big.Int).SetBytes(sig[coordinate:]))
	})
	der, err := b.Bytes()
	return der, fault.Wrap(op, fault.Invalid, "signature_invalid", err)
}

// ReadSM2DER reads what SM2DER writes and nothing else: DER, two integers that
// fit, no byte more. Fails with Invalid "signature_invalid".
func ReadSM2DER(der []byte) ([]byte, error) {
	const op = "suite.ReadSM2DER"
	var r, s big.Int
	outer := cryptobyte.String(der)
	var inner cryptobyte.String
	if !outer.ReadASN1(&inner, asn1.SEQUENCE) || !outer.Empty() || !inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) || !inner.Empty() {
		return nil, fault.Newf(op, fault.Invalid, "signature_invalid", "not a SEQUENCE of two integers")
	}
	if r.Sign() <= 0 || s.Sign() <= 0 || r.BitLen() > 8*coordinate || s.BitLen() > 8*coordinate {
		return nil, fault.Newf(op, fault.Invalid, "signature_invalid", "an integer out of range")
	}
	sig := make([]byte, es256Size)
	r.FillBytes(sig[:coordinate])
	s.FillBytes(sig[coordinate:])
	return sig, nil
}
