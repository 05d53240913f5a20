package terminal

import (
	"bytes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/asn1"
	"io"
	"math/big"

	"netid/internal/fault"
)

// Data objects of PACE (9303-11 §4.4.4.2).
const (
	tagDynamic   = 0x7C
	tagNonce     = 0x80
	tagMapMine   = 0x81
	tagMapTheirs = 0x82
	tagKeyMine   = 0x83
	tagKeyTheirs = 0x84
	tagProof     = 0x85
	tagProven    = 0x86
	tagPublic    = 0x7F49 // over which a token is computed
)

// pace is Password Authenticated Connection Establishment with generic mapping
// (9303-11 §4.4): who listens learns nothing to guess the printed data by.
func (s *session) pace(with spoken, key Key, random io.Reader) error {
	if err := s.announce(with, key); err != nil {
		return err
	}
	nonce, err := s.nonce(with, key)
	if err != nil {
		return err
	}
	c := with.curve
	mine, theirs, err := s.exchange(c, random, tagMapMine, tagMapTheirs)
	if err != nil {
		return err
	}
	// G' = s·G + H (9303-11 §4.4.3.3.1)
	mapped := c.add(c.times(nonce, c.base()), c.times(mine, theirs))
	if mapped == nil {
		return malformed("a mapping to nothing")
	}
	c.gx, c.gy = mapped.x, mapped.y
	mine, theirs, err = s.exchange(c, random, tagKeyMine, tagKeyTheirs)
	if err != nil {
		return err
	}
	shared, err := c.shared(mine, theirs)
	if err != nil {
		return err
	}
	if err := s.proves(with, shared, c.encode(c.times(mine, c.base())), c.encode(theirs)); err != nil {
		return err
	}
	s.agreed(with.kind, shared, make([]byte, with.kind.block()))
	return nil
}

// announce chooses the protocol and the printed data: MSE:Set AT.
func (s *session) announce(with spoken, key Key) error {
	id, err := mechanism(with.id)
	if err != nil {
		return err
	}
	data := append(id, object(0x83, []byte{key.from})...)
	if with.ambiguous {
		data = append(data, object(0x84, []byte{byte(with.parameter)})...)
	}
	_, status, err := s.transmit(command{ins: 0x22, p1: 0xC1, p2: 0xA4, data: data})
	if err != nil {
		return err
	}
	if status&0xFFF0 == statusTriesBit { // a warning: it was tried in vain before
		status = statusOK
	}
	return expect("MSE:Set AT", status)
}

// mechanism is a protocol's name as a data object.
func mechanism(id asn1.ObjectIdentifier) ([]byte, error) {
	b, err := asn1.Marshal(id)
	if err != nil {
		return nil, fault.Wrap("terminal.mechanism", fault.Internal, "", err)
	}
	b[0] = 0x80 // in place of OBJECT IDENTIFIER's own
	return b, nil
}

// step is one GENERAL AUTHENTICATE: the object that goes, the object that comes.
func (s *session) step(last bool, mine []byte, want int) ([]byte, error) {
	c := command{cla: 0x10, ins: 0x86, data: object(tagDynamic, mine), le: short}
	if last {
		c.cla = 0
	}
	b, status, err := s.transmit(c)
	if err != nil {
		return nil, err
	}
	if last && refusedKey(status) {
		return nil, fault.Newf("terminal.pace", fault.Invalid, reasonKey, "%04x", status)
	}
	if err := expect("GENERAL AUTHENTICATE", status); err != nil {
		return nil, err
	}
	inner, err := only(b, tagDynamic)
	if err != nil {
		return nil, err
	}
	tag, value, _, err := cut(inner) // more may follow the last: names of the authorities of extended access
	if err == nil && tag != want {
		err = malformed("object %x where %x should be", tag, want)
	}
	return value, err
}

// nonce fetches the chip's and decrypts it with the printed data.
func (s *session) nonce(with spoken, key Key) (*big.Int, error) {
	z, err := s.step(false, nil, tagNonce)
	if err != nil {
		return nil, err
	}
	if len(z) < 16 || len(z) > 32 || len(z)%with.kind.block() != 0 {
		return nil, malformed("a nonce of %d bytes", len(z))
	}
	block, err := with.kind.cipher(with.kind.derive(key.secret, forNonce))
	if err != nil {
		return nil, err
	}
	b := make([]byte, len(z))
	cipher.NewCBCDecrypter(block, make([]byte, block.BlockSize())).CryptBlocks(b, z)
	return new(big.Int).SetBytes(b), nil
}

// exchange gives the chip a fresh public key and takes its own. A chip that
// gives ours back is a mirror (9303-11 §4.4.1).
func (s *session) exchange(c curve, random io.Reader, give, take int) (mine *big.Int, theirs *point, err error) {
	if mine, err = c.key(random); err != nil {
		return nil, nil, err
	}
	public := c.encode(c.times(mine, c.base()))
	b, err := s.step(false, object(give, public), take)
	if err != nil {
		return nil, nil, err
	}
	if theirs, err = c.decode(b); err != nil {
		return nil, nil, err
	}
	if bytes.Equal(b, public) {
		return nil, nil, malformed("our own key came back")
	}
	return mine, theirs, nil
}

// proves exchanges the tokens: each side's MAC over the other's key.
func (s *session) proves(with spoken, shared, mine, theirs []byte) error {
	token := func(public []byte) ([]byte, error) {
		id, err := asn1.Marshal(with.id)
		if err != nil {
			return nil, fault.Wrap("terminal.proves", fault.Internal, "", err)
		}
		message := object(tagPublic, id, object(0x86, public))
		if with.kind == tripleDES { // CMAC pads by itself
			message = padded(message, with.kind.block())
		}
		return with.kind.mac(with.kind.derive(shared, forMAC), message)
	}
	proof, err := token(theirs)
	if err != nil {
		return err
	}
	want, err := token(mine)
	if err != nil {
		return err
	}
	got, err := s.step(true, object(tagProof, proof), tagProven)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(got, want) != 1 {
		return malformed("the chip's own token")
	}
	return nil
}
