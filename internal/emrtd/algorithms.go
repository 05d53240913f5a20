package emrtd

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"errors"
	"hash"
)

// The one list of what a document signer may use: SHA-256, SHA-384, SHA-512;
// RSA of 2048 bits and more with PKCS#1 v1.5 or PSS; ECDSA on P-256 and P-384.
// SHA-1 and shorter RSA, which 9303-12 once allowed, are refused.
const (
	oidSHA256 = "2.16.840.1.101.3.4.2.1"
	oidSHA384 = "2.16.840.1.101.3.4.2.2"
	oidSHA512 = "2.16.840.1.101.3.4.2.3"

	oidRSA       = "1.2.840.113549.1.1.1" // the digest is the signer's own (RFC 5754 §3.2)
	oidRSASHA256 = "1.2.840.113549.1.1.11"
	oidRSASHA384 = "1.2.840.113549.1.1.12"
	oidRSASHA512 = "1.2.840.113549.1.1.13"
	oidPSS       = "1.2.840.113549.1.1.10"
	oidMGF1      = "1.2.840.113549.1.1.8"

	oidECDSASHA256 = "1.2.840.10045.4.3.2"
	oidECDSASHA384 = "1.2.840.10045.4.3.3"
	oidECDSASHA512 = "1.2.840.10045.4.3.4"

	leastRSA = 2048 // bits
	mostRSA  = 8192
)

var errAlgorithm = errors.New("an algorithm that is not on the list")

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

// verifySignature checks a signature whose algorithm the signer states. The
// key decides what is possible, and the digest inside the algorithm must be
// the signer's own.
func verifySignature(key any, stated asn1.RawValue, h crypto.Hash, message, signature []byte) error {
	name, params, err := algorithm(stated)
	if err != nil {
		return err
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		if err := strongRSA(key); err != nil {
			return err
		}
		if name == oidPSS {
			salt, err := pssSalt(params, h)
			if err != nil {
				return err
			}
			return rsa.VerifyPSS(key, h, digest(h, message), signature, &rsa.PSSOptions{SaltLength: salt, Hash: h})
		}
		if !absentOrNull(params) || name != oidRSA && name != map[crypto.Hash]string{crypto.SHA256: oidRSASHA256, crypto.SHA384: oidRSASHA384, crypto.SHA512: oidRSASHA512}[h] {
			return errAlgorithm
		}
		return rsa.VerifyPKCS1v15(key, h, digest(h, message), signature)
	case *ecdsa.PublicKey:
		if !goodCurve(key) || len(params) > 0 || name != map[crypto.Hash]string{crypto.SHA256: oidECDSASHA256, crypto.SHA384: oidECDSASHA384, crypto.SHA512: oidECDSASHA512}[h] {
			return errAlgorithm
		}
		if !ecdsa.VerifyASN1(key, digest(h, message), signature) {
			return errors.New("the ECDSA signature does not verify")
		}
		return nil
	}
	return errAlgorithm
}

func strongRSA(key *rsa.PublicKey) error {
	if n := key.N.BitLen(); n < leastRSA || n > mostRSA || key.E < 3 || key.E&1 == 0 {
		return errors.New("an RSA key that is too short, too long or has an even exponent")
	}
	return nil
}

func goodCurve(key *ecdsa.PublicKey) bool {
	return key.Curve == elliptic.P256() || key.Curve == elliptic.P384()
}

// pssSalt reads RSASSA-PSS-params (RFC 4055 §3.1): this hash, MGF1 with the
// same hash, a stated salt of at most the hash's length, trailer 1.
func pssSalt(params []byte, h crypto.Hash) (int, error) {
	outer := fields{rest: params}
	f := outer.sequence()
	hashField := f.tagged(0)
	stated, err := digestOf(hashField.element())
	if err != nil || stated != h {
		return 0, errAlgorithm
	}
	mgfField := f.tagged(1)
	mgf, inner, err := algorithm(mgfField.element())
	if err != nil || mgf != oidMGF1 {
		return 0, errAlgorithm
	}
	in := fields{rest: inner}
	if masked, err := digestOf(in.element()); err != nil || masked != h || in.end() != nil {
		return 0, errAlgorithm
	}
	saltField := f.tagged(2)
	salt := saltField.int()
	if f.next(asn1.ClassContextSpecific, 3) {
		trailer := f.tagged(3)
		if trailer.int() != 1 || trailer.end() != nil {
			return 0, errAlgorithm
		}
	}
	if err := errors.Join(outer.end(), f.end(), hashField.end(), mgfField.end(), saltField.end()); err != nil {
		return 0, err
	}
	if salt < 1 || salt > h.Size() { // 0 means "any" to crypto/rsa
		return 0, errAlgorithm
	}
	return salt, nil
}

// algorithm reads an AlgorithmIdentifier and leaves its parameters as they are.
func algorithm(v asn1.RawValue) (name string, params []byte, err error) {
	outer := fields{rest: v.FullBytes}
	f := outer.sequence()
	name = f.oid()
	if f.err == nil && len(f.rest) > 0 {
		params = f.element().FullBytes
	}
	return name, params, errors.Join(outer.end(), f.end())
}

func absentOrNull(params []byte) bool {
	return len(params) == 0 || bytes.Equal(params, asn1.NullBytes)
}
