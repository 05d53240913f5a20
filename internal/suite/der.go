package suite

import (
	"bytes"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"netid/internal/fault"
)

// GB/T 35276 writes an SM2 signature as SEQUENCE { r INTEGER, s INTEGER }: that
// is for what programs of others read. Our own formats have r||s, 32 bytes each,
// as JOSE has. One signature has one form of either sort, so that going there
// and back changes no byte.

// SM2DER gives GB/T 35276's form of r||s. Fails with Invalid
// "signature_invalid" when it is not 64 bytes, or r or s is not in 1..n-1.
func SM2DER(sig []byte) ([]byte, error) {
	const op = "suite.SM2DER"
	if len(sig) != es256Size {
		return nil, fault.Newf(op, fault.Invalid, "signature_invalid", "%d bytes", len(sig))
	}
	if !belowOrder(sig[:coordinate]) || !belowOrder(sig[coordinate:]) {
		return nil, fault.Newf(op, fault.Invalid, "signature_invalid", "r or s is not in 1..n-1")
	}
	b := cryptobyte.NewBuilder(make([]byte, 0, 2*coordinate+8))
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addInteger(b, sig[:coordinate])
		addInteger(b, sig[coordinate:])
	})
	der, err := b.Bytes()
	return der, fault.Wrap(op, fault.Internal, "internal", err)
}

// ReadSM2DER gives r||s of GB/T 35276's form, strictly DER (X.690 §10): shortest
// lengths and integers, both in 1..n-1, nothing behind. Fails with Invalid
// "signature_invalid".
func ReadSM2DER(der []byte) ([]byte, error) {
	const op = "suite.ReadSM2DER"
	outer := cryptobyte.String(der)
	var inner cryptobyte.String
	var r, s []byte // without the zero that keeps an integer positive
	if !outer.ReadASN1(&inner, asn1.SEQUENCE) || !outer.Empty() ||
		!inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) || !inner.Empty() || len(r) > coordinate || len(s) > coordinate {
		return nil, fault.Newf(op, fault.Invalid, "signature_invalid", "not two integers in DER")
	}
	sig := make([]byte, es256Size)
	copy(sig[coordinate-len(r):], r)
	copy(sig[es256Size-len(s):], s)
	if !belowOrder(sig[:coordinate]) || !belowOrder(sig[coordinate:]) {
		return nil, fault.Newf(op, fault.Invalid, "signature_invalid", "r or s is not in 1..n-1")
	}
	return sig, nil
}

// belowOrder reports whether 32 bytes are an integer in 1..n-1. A signature is
// no secret: it may take its time.
func belowOrder(b []byte) bool {
	var order, zero [coordinate]byte
	sm2.P256().Params().N.FillBytes(order[:])
	return !bytes.Equal(b, zero[:]) && bytes.Compare(b, order[:]) < 0
}

// addInteger adds a positive integer: without leading zeros, but for the one
// that keeps it from being negative.
func addInteger(b *cryptobyte.Builder, n []byte) {
	n = bytes.TrimLeft(n, "\x00")
	b.AddASN1(asn1.INTEGER, func(b *cryptobyte.Builder) {
		if n[0]&0x80 != 0 {
			b.AddUint8(0)
		}
		b.AddBytes(n)
	})
}
