package emrtd

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"hash"

	"github.com/emmansun/gmsm/sm3"
)

// The hashes of document signers. SHA-1 and SHA-224, which 9303-12 once
// allowed, are refused. SM3 is China's (GB/T 32905); crypto.Hash has no number
// for it.
const (
	oidSHA256 = "2.16.840.1.101.3.4.2.1"
	oidSHA384 = "2.16.840.1.101.3.4.2.2"
	oidSHA512 = "2.16.840.1.101.3.4.2.3"
	oidSM3    = "1.2.156.10197.1.401"

	hashSM3 = crypto.Hash(1 << 16)
)

// digestOf reads the AlgorithmIdentifier of a hash: parameters absent or NULL.
func digestOf(v asn1.RawValue) (crypto.Hash, error) {
	name, params, err := algorithm(v)
	if err != nil {
		return 0, err
	}
	if !absentOrNull(params) {
		return 0, errAlgorithm
	}
	switch name {
	case oidSHA256:
		return crypto.SHA256, nil
	case oidSHA384:
		return crypto.SHA384, nil
	case oidSHA512:
		return crypto.SHA512, nil
	case oidSM3:
		return hashSM3, nil
	}
	return 0, errAlgorithm
}

// newHash is Hash.New without its registry, which panics.
func newHash(h crypto.Hash) hash.Hash {
	switch h {
	case crypto.SHA384:
		return sha512.New384()
	case crypto.SHA512:
		return sha512.New()
	case hashSM3:
		return sm3.New()
	}
	return sha256.New()
}

func digest(h crypto.Hash, parts ...[]byte) []byte {
	w := newHash(h)
	for _, p := range parts {
		w.Write(p)
	}
	return w.Sum(nil)
}
