package sandbox

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"math/big"

	"netid/internal/connector/document"
)

// chip is a passport's: its files, and the key that never leaves a real one
// (PKCS #8; none in a copy).
type chip struct {
	SOD  []byte `json:"sod"`
	DG1  []byte `json:"dg1"`
	DG15 []byte `json:"dg15"`
	Key  []byte `json:"key,omitempty"`
}

// passport answers INTERNAL AUTHENTICATE and gives the files (9303-11 §6.1).
// The copy knows no answer; it gives what it has.
func passport(c card, challenge []byte) ([]byte, error) {
	e := document.Evidence{SOD: c.Chip.SOD, DG1: c.Chip.DG1}
	if c.Chip.Key != nil {
		signature, err := c.Chip.answer(challenge)
		if err != nil {
			return nil, err
		}
		e.DG15, e.Signature = c.Chip.DG15, signature
	}
	return json.Marshal(e)
}

func (c *chip) answer(challenge []byte) ([]byte, error) {
	key, err := x509.ParsePKCS8PrivateKey(c.Key)
	if err != nil {
		return nil, err
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return recoverable(key, challenge)
	case *ecdsa.PrivateKey:
		h := sha256.Sum256(challenge)
		r, s, err := ecdsa.Sign(rand.Reader, key, h[:])
		if err != nil {
			return nil, err
		}
		b := make([]byte, 64) // plain r||s (TR-03111 §5.2.1)
		r.FillBytes(b[:32])
		s.FillBytes(b[32:])
		return b, nil
	}
	return nil, errors.New("a key of no kind that chips have")
}

// recoverable signs by ISO/IEC 9796-2 scheme 1 with partial recovery: 6A, the
// chip's own random part, SHA-256 over it and the challenge, 34CC.
func recoverable(key *rsa.PrivateKey, challenge []byte) ([]byte, error) {
	size := key.Size()
	m := make([]byte, size)
	m[0] = 0x6A
	own := m[1 : size-sha256.Size-2]
	if _, err := rand.Read(own); err != nil {
		return nil, err
	}
	h := sha256.Sum256(append(append([]byte(nil), own...), challenge...))
	copy(m[size-sha256.Size-2:], h[:])
	m[size-2], m[size-1] = 0x34, 0xCC
	return new(big.Int).Exp(new(big.Int).SetBytes(m), key.D, key.N).FillBytes(make([]byte, size)), nil
}
