package chip

import (
	"encoding/binary"
	"io"
)

// Controls of a virtual reader, of one byte; whatever is longer is a command
// (vsmartcard, vpcd).
const (
	powerOff = 0
	powerOn  = 1
	reset    = 2
	askATR   = 4
)

// Lay puts the chip into the field of a virtual reader, which speaks through
// rw: a length of two bytes, then a control or a command. It ends with the
// connection. Each answer is one write, so that no part of it waits for the
// other side to acknowledge the first.
func (c *Chip) Lay(rw io.ReadWriter) error {
	for {
		b, err := message(rw)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		answer, speaks := c.controlled(b)
		if !speaks {
			continue
		}
		if _, err := rw.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return err
		}
	}
}

func message(r io.Reader) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(r, b)
	return b, err
}

func (c *Chip) controlled(b []byte) (answer []byte, speaks bool) {
	if len(b) == 1 {
		switch b[0] {
		case powerOff, powerOn, reset:
			c.Reset()
		case askATR:
			return ATR(), true
		}
		return nil, false
	}
	answer, _ = c.Transmit(b) // it has no failures of its own
	return answer, true
}
