package emrtd

import (
	"crypto/rsa"
	"encoding/asn1"
	"errors"
)

const oidEC = "1.2.840.10045.2.1"

// parseKey reads a SubjectPublicKeyInfo: *rsa.PublicKey or ecKey. How long an
// RSA key must be is its user's to say.
func parseKey(der []byte) (any, error) {
	outer := fields{rest: der}
	f := outer.sequence()
	name, params, err := algorithm(f.element())
	if err != nil {
		return nil, err
	}
	bits := f.bits()
	if err := errors.Join(outer.end(), f.end()); err != nil {
		return nil, err
	}
	switch name {
	case oidRSA:
		if !absentOrNull(params) {
			return nil, errAlgorithm
		}
		return parseRSA(bits)
	case oidEC:
		c, err := parameters(params)
		if err != nil {
			return nil, err
		}
		public, err := c.point(bits)
		return ecKey{c, public}, err
	}
	return nil, errAlgorithm
}

func parseRSA(der []byte) (*rsa.PublicKey, error) {
	outer := fields{rest: der}
	f := outer.sequence()
	n, e := f.big(), f.int()
	if err := errors.Join(outer.end(), f.end()); err != nil {
		return nil, err
	}
	if n.Sign() <= 0 || n.Bit(0) == 0 || n.BitLen() > mostRSA || e < 3 || e&1 == 0 {
		return nil, errors.New("an RSA key that cannot be one")
	}
	return &rsa.PublicKey{N: n, E: e}, nil
}

// bits takes a BIT STRING of whole bytes.
func (f *fields) bits() []byte {
	b := f.take(asn1.ClassUniversal, asn1.TagBitString, false)
	if f.err == nil && (len(b) == 0 || b[0] != 0) {
		f.err = errDER
	}
	if f.err != nil {
		return nil
	}
	return b[1:]
}
