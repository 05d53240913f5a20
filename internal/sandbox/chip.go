package sandbox

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"

	"netid/internal/connector/document"
	software "netid/internal/emrtd/chip"
	"netid/internal/fault"
)

// chip is a passport's: its files, and the key that never leaves a real one
// (PKCS #8; none in a copy).
type chip struct {
	SOD  []byte `json:"sod"`
	DG1  []byte `json:"dg1"`
	DG2  []byte `json:"dg2,omitempty"` // a photo that the founder gave
	DG14 []byte `json:"dg14,omitempty"`
	DG15 []byte `json:"dg15"`
	Key  []byte `json:"key,omitempty"`

	Scalar []byte `json:"scalar,omitempty"` // of a chip that agrees on keys
}

// passport answers INTERNAL AUTHENTICATE and gives the files (9303-11 §6.1).
// The copy knows no answer; it gives what it has.
func passport(c card, challenge []byte) ([]byte, error) {
	e := document.Evidence{SOD: c.Chip.SOD, DG1: c.Chip.DG1, DG14: c.Chip.DG14}
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
	key, err := c.signer()
	if err != nil {
		return nil, err
	}
	return software.Sign(key, challenge, rand.Reader)
}

func (c *chip) signer() (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(c.Key)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("a key of no kind that chips have")
	}
	return signer, nil
}

// agreement is by AES-128 over P-256.
func agreement(scalar []byte) *software.Agreement {
	return &software.Agreement{Cipher: software.AES128, Parameter: 12, Key: scalar}
}

// Chip is a passport's as a reader meets it: command by command. NotFound
// "card_unknown" for what has no such chip.
func (p *Population) Chip(id string) (*software.Chip, error) {
	const op = "sandbox.Chip"
	c, known := p.card(id)
	if !known || c.Chip == nil {
		return nil, fault.New(op, fault.NotFound, "card_unknown")
	}
	content := software.Content{Files: map[int][]byte{software.EFSOD: c.Chip.SOD, software.EFDG1: c.Chip.DG1}}
	if c.Chip.DG2 != nil {
		content.Files[software.EFDG2] = c.Chip.DG2
	}
	if c.Chip.DG15 != nil {
		content.Files[software.EFDG15] = c.Chip.DG15
	}
	if c.Chip.DG14 != nil {
		content.Files[software.EFDG14], content.Agreement = c.Chip.DG14, agreement(c.Chip.Scalar)
	}
	if c.Chip.Key != nil { // a copy has none
		key, err := c.Chip.signer()
		if err != nil {
			return nil, fault.Wrap(op, fault.Internal, "", err)
		}
		content.Active = key
	}
	return software.New(content, rand.Reader), nil
}
