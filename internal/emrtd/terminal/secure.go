package terminal

import (
	"bytes"
	"crypto/cipher"
	"crypto/subtle"

	"netid/internal/fault"
)

// Data objects of secure messaging (9303-11 §9.8.4).
const (
	tagCryptogram = 0x87
	tagLe         = 0x97
	tagStatus     = 0x99
	tagMAC        = 0x8E
)

// session is a conversation with a chip, in the clear until keys are agreed.
type session struct {
	card Card
	safe bool // what follows is in use
	kind kind
	enc  []byte
	mac  []byte
	ssc  []byte // send sequence counter, one block
}

// agreed starts secure messaging under fresh keys (9303-11 §9.8.6.3 for the counter).
func (s *session) agreed(k kind, shared, ssc []byte) {
	s.safe, s.kind = true, k
	s.enc, s.mac, s.ssc = k.derive(shared, forEncryption), k.derive(shared, forMAC), ssc
}

// transmit sends one command, protected once keys are agreed.
func (s *session) transmit(c command) (data []byte, status int, err error) {
	if s.safe {
		if c, err = s.protect(c); err != nil {
			return nil, 0, err
		}
	}
	b, err := s.card.Transmit(c.bytes())
	if err != nil {
		return nil, 0, fault.Wrap("terminal.transmit", fault.Unavailable, reasonSilent, err)
	}
	if data, status, err = parseAnswer(b); err != nil || !s.safe {
		return data, status, err
	}
	return s.unprotect(data)
}

// protect wraps a command: the data encrypted, the head authenticated with
// everything else (9303-11 §9.8.6.1).
func (s *session) protect(c command) (command, error) {
	s.count()
	c.cla |= 0x0C
	n := s.kind.block()
	message := padded([]byte{c.cla, c.ins, c.p1, c.p2}, n)
	var body []byte
	if len(c.data) > 0 {
		e, err := s.cbc(cipher.NewCBCEncrypter, padded(c.data, n))
		if err != nil {
			return c, err
		}
		body = object(tagCryptogram, []byte{1}, e)
	}
	if c.le > short {
		body = append(body, object(tagLe, []byte{byte(c.le >> 8), byte(c.le)})...)
	} else if c.le > 0 {
		body = append(body, object(tagLe, []byte{byte(c.le)})...)
	}
	m, err := s.kind.mac(s.mac, padded(append(append(bytes.Clone(s.ssc), message...), body...), n))
	if err != nil {
		return c, err
	}
	c.data = append(body, object(tagMAC, m)...)
	if c.le = max(c.le, short); c.le > short { // there is always an answer: its status is authenticated
		c.le = extended
	}
	return c, nil
}

// unprotect checks an answer before it reads it (9303-11 §9.8.6.2). The status
// is the authenticated one; the one behind it may be anybody's. A chip that gave
// the session up (9303-11 §9.8.7) has no authentication.
func (s *session) unprotect(b []byte) (data []byte, status int, err error) {
	s.count()
	var cryptogram, stated, mac []byte
	rest, signed := b, 0
	for step := 0; len(rest) > 0; {
		tag, value, after, err := cut(rest)
		if err != nil {
			return nil, 0, err
		}
		switch {
		case tag == tagCryptogram && step == 0:
			cryptogram, step = value, 1
		case tag == tagStatus && step < 2:
			stated, step = value, 2
		case tag == tagMAC && step == 2:
			mac, step, signed = value, 3, len(b)-len(rest)
		default:
			return nil, 0, malformed("an object %x out of place", tag)
		}
		rest = after
	}
	m, err := s.kind.mac(s.mac, padded(append(bytes.Clone(s.ssc), b[:signed]...), s.kind.block()))
	if err != nil {
		return nil, 0, err
	}
	if len(stated) != 2 || subtle.ConstantTimeCompare(m, mac) != 1 {
		return nil, 0, malformed("the authentication of an answer")
	}
	if cryptogram != nil {
		if data, err = s.open(cryptogram); err != nil {
			return nil, 0, err
		}
	}
	return data, int(stated[0])<<8 | int(stated[1]), nil
}

func (s *session) open(cryptogram []byte) ([]byte, error) {
	n := s.kind.block()
	if len(cryptogram) < 1+n || cryptogram[0] != 1 || (len(cryptogram)-1)%n != 0 {
		return nil, malformed("a cryptogram")
	}
	b, err := s.cbc(cipher.NewCBCDecrypter, cryptogram[1:])
	if err != nil {
		return nil, err
	}
	return unpadded(b, n)
}

// cbc runs over whole blocks. The first vector is zero with 3DES and the
// encrypted counter with AES (9303-11 §9.8.6.1).
func (s *session) cbc(mode func(cipher.Block, []byte) cipher.BlockMode, b []byte) ([]byte, error) {
	c, err := s.kind.cipher(s.enc)
	if err != nil {
		return nil, err
	}
	iv := make([]byte, c.BlockSize())
	if s.kind != tripleDES {
		c.Encrypt(iv, s.ssc)
	}
	out := make([]byte, len(b))
	mode(c, iv).CryptBlocks(out, b)
	return out, nil
}

func (s *session) count() {
	for i := len(s.ssc) - 1; i >= 0; i-- {
		if s.ssc[i]++; s.ssc[i] != 0 {
			return
		}
	}
}
