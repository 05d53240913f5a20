package emrtd

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"math/big"
)

// answers verifies a chip's answer to the challenge (9303-11 §6.1.2): ISO/IEC
// 9796-2 scheme 1 with RSA, plain r||s with ECDSA on P-256.
func answers(key any, challenge, signature []byte) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return answersRSA(key, challenge, signature)
	case *ecdsa.PublicKey:
		return answersECDSA(key, challenge, signature)
	}
	return errAlgorithm
}

// leastChip is the shortest RSA key of a chip that is taken, in bits: 9303-12
// asks for no more, and the passports in citizens' hands were made to it. The
// key answers fresh challenges only, so what SHA-1's collisions break
// (signing one thing, showing another) does not arise: a forger has no say in
// the challenge and no signer but the chip.
const leastChip = 1024

// answersRSA opens a signature with partial message recovery: the
// representative is 6A, the chip's own part M1, a hash of M1 and the
// challenge, and a trailer that names the hash. Every byte of it is given, so
// nothing is left to put garbage in.
func answersRSA(key *rsa.PublicKey, challenge, signature []byte) error {
	size := key.N.BitLen()
	if size < leastChip || size > mostRSA || size%8 != 0 || key.E < 3 || key.E&1 == 0 {
		return errAlgorithm
	}
	s := new(big.Int).SetBytes(signature)
	if len(signature) != size/8 || s.Sign() == 0 || s.Cmp(key.N) >= 0 {
		return errors.New("the signature has not the key's size")
	}
	j := s.Exp(s, big.NewInt(int64(key.E)), key.N)
	if low(j)&0xF != 0xC { // ISO/IEC 9796-2: a signer may give the smaller of s and n-s
		j.Sub(key.N, j)
	}
	m := j.FillBytes(make([]byte, size/8))
	hash, length, trailer := trailerHash(m)
	if hash == nil || m[0] != 0x6A || len(m) <= 1+length+trailer {
		return errors.New("the representative's frame")
	}
	m1, stated := m[1:len(m)-length-trailer], m[len(m)-length-trailer:len(m)-trailer]
	if !bytes.Equal(hash(append(bytes.Clone(m1), challenge...)), stated) {
		return errors.New("the answer is to another challenge")
	}
	return nil
}

func low(n *big.Int) byte {
	b := n.Bytes()
	if len(b) == 0 {
		return 0
	}
	return b[len(b)-1]
}

// trailerHash is the hash that a trailer names (ISO/IEC 9796-2, ISO/IEC
// 10118-3), with the lengths of both.
func trailerHash(m []byte) (sum func([]byte) []byte, length, trailer int) {
	if m[len(m)-1] == 0xBC { // the implicit trailer: SHA-1, as 9303-11 §6.1.2.1 says for it
		return func(b []byte) []byte { h := sha1.Sum(b); return h[:] }, sha1.Size, 1
	}
	if m[len(m)-1] != 0xCC {
		return nil, 0, 0
	}
	switch m[len(m)-2] {
	case 0x34:
		return func(b []byte) []byte { h := sha256.Sum256(b); return h[:] }, sha256.Size, 2
	case 0x36:
		return func(b []byte) []byte { h := sha512.Sum384(b); return h[:] }, sha512.Size384, 2
	case 0x35:
		return func(b []byte) []byte { h := sha512.Sum512(b); return h[:] }, sha512.Size, 2
	}
	return nil, 0, 0
}

// answersECDSA verifies plain r||s of 64 bytes over SHA-256 of the challenge
// (9303-11 §6.1.2.3, TR-03111 §5.2.1): one form, so no second one that would
// also verify.
func answersECDSA(key *ecdsa.PublicKey, challenge, signature []byte) error {
	if key.Curve != elliptic.P256() || len(signature) != 64 {
		return errAlgorithm
	}
	h := sha256.Sum256(challenge)
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(key, h[:], r, s) { // refuses 0 and anything not below the order
		return errors.New("the answer does not verify")
	}
	return nil
}
