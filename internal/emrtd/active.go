package emrtd

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"hash"
	"math/big"
)

var errWrongAnswer = errors.New("the answer is to another challenge, or of another key")

// answers verifies a chip's answer to the challenge (9303-11 §6.1.2): ISO/IEC
// 9796-2 scheme 1 with RSA, plain r||s with ECDSA, over the hash that is named for it.
func answers(key any, named crypto.Hash, challenge, signature []byte) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return answersRSA(key, challenge, signature)
	case ecKey:
		return answersECDSA(key, named, challenge, signature)
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
	sum, length, trailer := trailerHash(m)
	if sum == nil || m[0] != 0x6A || len(m) <= 1+length+trailer {
		return errors.New("the representative's frame")
	}
	m1, stated := m[1:len(m)-length-trailer], m[len(m)-length-trailer:len(m)-trailer]
	h := sum()
	h.Write(m1)
	h.Write(challenge)
	if !bytes.Equal(h.Sum(nil), stated) {
		return errWrongAnswer
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
// 10118-3), with the lengths of both: BC is SHA-1, as 9303-11 §6.1.2.1 says
// for it; CC follows the number of the hash.
func trailerHash(m []byte) (sum func() hash.Hash, length, trailer int) {
	if m[len(m)-1] == 0xBC {
		return sha1.New, sha1.Size, 1
	}
	if m[len(m)-1] != 0xCC {
		return nil, 0, 0
	}
	sum = map[byte]func() hash.Hash{0x33: sha1.New, 0x34: sha256.New, 0x35: sha512.New, 0x36: sha512.New384, 0x38: sha256.New224}[m[len(m)-2]]
	if sum == nil {
		return nil, 0, 0
	}
	return sum, sum().Size(), 2
}

// answersECDSA verifies plain r||s over a hash of the challenge (9303-11
// §6.1.2.3, TR-03111 §5.2.1): one form, so no second one that would also
// verify. DG14 names the hash; without it there is the one of the key's size.
func answersECDSA(key ecKey, named crypto.Hash, challenge, signature []byte) error {
	size := key.curve.size()
	if key.sm2() || len(signature) != 2*size {
		return errAlgorithm
	}
	h := named
	if h == 0 {
		h = map[int]crypto.Hash{32: crypto.SHA256, 48: crypto.SHA384, 64: crypto.SHA512}[size]
	}
	r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
	if !ecdsa.Verify(key.public, digest(h, challenge), r, s) { // refuses 0 and anything not below the order
		return errWrongAnswer
	}
	return nil
}
