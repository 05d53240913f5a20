package emrtd

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"errors"

	"github.com/emmansun/gmsm/sm2"
)

// The one list of what a document signer, a country signing CA and a master
// list signer may sign with: RSA of 2048 bits and more with PKCS#1 v1.5 or
// PSS, ECDSA and SM2 on the curves of curve.go.
const (
	oidRSA       = "1.2.840.113549.1.1.1" // the digest is the signer's own (RFC 5754 §3.2)
	oidRSASHA256 = "1.2.840.113549.1.1.11"
	oidRSASHA384 = "1.2.840.113549.1.1.12"
	oidRSASHA512 = "1.2.840.113549.1.1.13"
	oidPSS       = "1.2.840.113549.1.1.10"
	oidMGF1      = "1.2.840.113549.1.1.8"

	oidECDSASHA256 = "1.2.840.10045.4.3.2"
	oidECDSASHA384 = "1.2.840.10045.4.3.3"
	oidECDSASHA512 = "1.2.840.10045.4.3.4"

	oidSM2SM3  = "1.2.156.10197.1.501"   // GM/T 0006: SM2 with SM3
	oidSM2Sign = "1.2.156.10197.1.301.1" // GM/T 0010: SM2, the digest is the signer's own

	sm2ID = "1234567812345678" // GB/T 35276's default identifier
)

var errAlgorithm = errors.New("an algorithm that is not on the list")

// verifySignature checks a signature whose algorithm the signer states. The
// key decides what is possible. own is the digest that a SignerInfo names, and
// the algorithm's must be the same; 0 in certificates and revocation lists,
// whose algorithm alone names it.
func verifySignature(key any, stated asn1.RawValue, own crypto.Hash, message, signature []byte) error {
	name, params, err := algorithm(stated)
	if err != nil {
		return err
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		return verifyRSA(key, name, params, own, message, signature)
	case ecKey:
		h, known := map[string]crypto.Hash{oidECDSASHA256: crypto.SHA256, oidECDSASHA384: crypto.SHA384, oidECDSASHA512: crypto.SHA512,
			oidSM2SM3: hashSM3, oidSM2Sign: own}[name]
		if !known || h == 0 || own != 0 && own != h || key.sm2() != (h == hashSM3) {
			return errAlgorithm
		}
		if key.sm2() {
			if !absentOrNull(params) {
				return errAlgorithm
			}
			if !sm2.VerifyASN1WithSM2(key.public, []byte(sm2ID), message, signature) {
				return errors.New("the SM2 signature does not verify")
			}
			return nil
		}
		if len(params) > 0 {
			return errAlgorithm
		}
		if !ecdsa.VerifyASN1(key.public, digest(h, message), signature) {
			return errors.New("the ECDSA signature does not verify")
		}
		return nil
	}
	return errAlgorithm
}

func verifyRSA(key *rsa.PublicKey, name string, params []byte, own crypto.Hash, message, signature []byte) error {
	if err := strongRSA(key); err != nil {
		return err
	}
	if name == oidPSS {
		h, salt, err := pssParameters(params)
		if err != nil {
			return err
		}
		if own != 0 && own != h {
			return errAlgorithm
		}
		return rsa.VerifyPSS(key, h, digest(h, message), signature, &rsa.PSSOptions{SaltLength: salt, Hash: h})
	}
	h, known := map[string]crypto.Hash{oidRSA: own, oidRSASHA256: crypto.SHA256, oidRSASHA384: crypto.SHA384, oidRSASHA512: crypto.SHA512}[name]
	if !known || h == 0 || h == hashSM3 || own != 0 && own != h || !absentOrNull(params) {
		return errAlgorithm
	}
	return rsa.VerifyPKCS1v15(key, h, digest(h, message), signature)
}

const (
	leastRSA = 2048 // bits
	mostRSA  = 8192
)

func strongRSA(key *rsa.PublicKey) error {
	if n := key.N.BitLen(); n < leastRSA || n > mostRSA || key.E < 3 || key.E&1 == 0 {
		return errors.New("an RSA key that is too short, too long or has an even exponent")
	}
	return nil
}

// pssParameters reads RSASSA-PSS-params (RFC 4055 §3.1): a hash, MGF1 with the
// same hash, a stated salt of at most the hash's length, trailer 1.
func pssParameters(params []byte) (h crypto.Hash, salt int, err error) {
	outer := fields{rest: params}
	f := outer.sequence()
	hashField := f.tagged(0)
	if h, err = digestOf(hashField.element()); err != nil || h == hashSM3 {
		return 0, 0, errAlgorithm
	}
	mgfField := f.tagged(1)
	mgf, inner, err := algorithm(mgfField.element())
	if err != nil || mgf != oidMGF1 {
		return 0, 0, errAlgorithm
	}
	in := fields{rest: inner}
	if masked, err := digestOf(in.element()); err != nil || masked != h || in.end() != nil {
		return 0, 0, errAlgorithm
	}
	saltField := f.tagged(2)
	salt = saltField.int()
	if f.next(asn1.ClassContextSpecific, 3) {
		trailer := f.tagged(3)
		if trailer.int() != 1 || trailer.end() != nil {
			return 0, 0, errAlgorithm
		}
	}
	if err := errors.Join(outer.end(), f.end(), hashField.end(), mgfField.end(), saltField.end()); err != nil {
		return 0, 0, err
	}
	if salt < 1 || salt > h.Size() { // 0 means "any" to crypto/rsa
		return 0, 0, errAlgorithm
	}
	return h, salt, nil
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
