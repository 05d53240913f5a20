package terminal

import (
	"bytes"
	"io"

	"netid/internal/fault"
)

// Exchange is chip authentication by somebody who is not here: a server's
// ephemeral key, and one command under the keys that follow from it. Who carries
// it has none of those keys, and so cannot make the answer.
type Exchange struct {
	Cipher  string // the last arcs of id-CA-ECDH: "2.2" is AES-128
	KeyID   []byte // nil: the chip has one key
	Public  []byte // an uncompressed point
	Command []byte
}

// mostAnswer is more than a chip says to that command, in bytes.
const mostAnswer = 64

// Carry opens a chip as Read does, takes the exchange to it, and gives what it
// answered, whatever that is: who sent the exchange judges it.
func Carry(card Card, key Key, e Exchange, random io.Reader) ([]byte, error) {
	const op = "terminal.Carry"
	if key.secret == nil {
		return nil, fault.Newf(op, fault.Internal, "", "no key")
	}
	with, err := e.with()
	if err != nil {
		return nil, err
	}
	s := &session{card: card}
	offer, err := s.enter(key, random)
	if err != nil {
		return nil, err
	}
	b, err := s.read(dg14())
	if err != nil {
		return nil, err
	}
	if _, err := stated(offer, b); err != nil {
		return nil, err
	}
	if err := s.handOver(with, e.Public); err != nil {
		return nil, err
	}
	answer, err := card.Transmit(e.Command)
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, reasonSilent, err)
	}
	if len(answer) > mostAnswer {
		return nil, malformed("an answer of %d bytes", len(answer))
	}
	return answer, nil
}

// with is how the chip is told. The command must be the one that reads the first 8
// bytes of data group 14: its head is in the clear and under its MAC, so whoever
// wrote it gets nothing else by it, a photo least of all.
func (e Exchange) with() (authentic, error) {
	k := map[string]kind{"2.1": tripleDES, "2.2": aes128, "2.3": aes192, "2.4": aes256}
	with, known := k[e.Cipher]
	if !known || e.KeyID != nil && len(e.KeyID) != 1 || len(e.Public) < 3 || len(e.Public) > 129 || e.Public[0] != 4 ||
		len(e.Command) != 19 || !bytes.HasPrefix(e.Command, []byte{0x0C, 0xB0, 0x8E, 0, 13, 0x97, 1, 8, 0x8E, 8}) || e.Command[18] != 0 {
		return authentic{}, fault.New("terminal.with", fault.Invalid, "reader_request_invalid")
	}
	return authentic{id: append(oid(3, 2), int(with)+1), kind: with, ref: e.KeyID}, nil
}
