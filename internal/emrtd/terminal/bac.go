package terminal

import (
	"bytes"
	"crypto/cipher"
	"crypto/subtle"
	"io"

	"netid/internal/fault"
)

// basic is Basic Access Control (9303-11 §4.3): both sides show that they know
// the printed data, and agree on 3DES keys.
func (s *session) basic(key Key, random io.Reader) error {
	const op = "terminal.basic"
	if key.from != fromMRZ { // a card access number opens no such chip
		return fault.New(op, fault.Invalid, reasonUnsupported)
	}
	theirs, status, err := s.transmit(command{ins: 0x84, le: 8})
	if err != nil {
		return err
	}
	if err := expect("GET CHALLENGE", status); err != nil {
		return err
	}
	if len(theirs) != 8 {
		return malformed("a challenge of %d bytes", len(theirs))
	}
	mine := make([]byte, 8+16) // RND.IFD, K.IFD
	if _, err := io.ReadFull(random, mine); err != nil {
		return fault.Wrap(op, fault.Internal, "", err)
	}
	keys := session{kind: tripleDES, enc: tripleDES.derive(key.secret[:16], forEncryption), mac: tripleDES.derive(key.secret[:16], forMAC)}
	token, err := keys.sealed(append(append(bytes.Clone(mine[:8]), theirs...), mine[8:]...))
	if err != nil {
		return err
	}
	answer, status, err := s.transmit(command{ins: 0x82, data: token, le: len(token)})
	if err != nil {
		return err
	}
	if refusedKey(status) {
		return fault.Newf(op, fault.Invalid, reasonKey, "%04x", status)
	}
	if err := expect("EXTERNAL AUTHENTICATE", status); err != nil {
		return err
	}
	r, err := keys.opened(answer)
	if err != nil {
		return err
	}
	if !bytes.Equal(r[:8], theirs) || !bytes.Equal(r[8:16], mine[:8]) {
		return malformed("an answer to another challenge")
	}
	seed := make([]byte, 16)
	subtle.XORBytes(seed, mine[8:], r[16:])
	s.agreed(tripleDES, seed, append(bytes.Clone(theirs[4:]), mine[4:8]...))
	return nil
}

// sealed and opened are the 32 bytes of each side, encrypted, with a MAC behind.
func (s *session) sealed(b []byte) ([]byte, error) {
	e, err := s.cbc(cipher.NewCBCEncrypter, b)
	if err != nil {
		return nil, err
	}
	m, err := s.kind.mac(s.mac, padded(e, s.kind.block()))
	return append(e, m...), err
}

func (s *session) opened(b []byte) ([]byte, error) {
	if len(b) != 40 {
		return nil, malformed("an authentication of %d bytes", len(b))
	}
	m, err := s.kind.mac(s.mac, padded(b[:32], s.kind.block()))
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(m, b[32:]) != 1 {
		return nil, malformed("the chip's own authentication")
	}
	return s.cbc(cipher.NewCBCDecrypter, b[:32])
}
