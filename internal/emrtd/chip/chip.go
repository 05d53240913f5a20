// Package chip is the chip of an electronic travel document, made of software:
// it keeps files, opens to who knows what is printed on the document, speaks
// under secure messaging, and answers challenges with keys that it never gives.
//
// It owns the chip's half of ICAO Doc 9303-11, 8th edition, for the sandbox's
// people and for tests. It shares no code with the terminal: what both got
// wrong alike would look right to both. It refuses to know who made the files.
//
// Invariant: no file but EF.CardAccess leaves it before the printed data were
// proven, and then only under secure messaging. It is no secure element: its
// arithmetic takes a time that depends on its keys, which are synthetic.
//
// Decision and its limits: docs/adr/0035-reader.md.
package chip

import (
	"crypto"
	"io"
	"sync"
)

// Files of the eMRTD application, by name (9303-10 §3.11).
const (
	EFCardAccess = 0x011C
	EFCOM        = 0x011E
	EFSOD        = 0x011D
	EFDG1        = 0x0101
	EFDG2        = 0x0102
	EFDG14       = 0x010E
	EFDG15       = 0x010F
)

// PACE is an offer: generic mapping with this cipher over these standardized
// domain parameters (12, 13, 15 or 16).
type PACE struct {
	Cipher    Cipher
	Parameter int
}

// Agreement is a key for chip authentication, over domain parameters as PACE's.
type Agreement struct {
	Cipher    Cipher
	Parameter int
	Key       []byte // the secret scalar, of the order's length
}

// Content is what is put on a chip when it is made.
type Content struct {
	Files     map[int][]byte
	CAN       string        // "": none is printed
	Active    crypto.Signer // RSA, or ECDSA on P-256; nil: a copy, or a chip without
	PACE      []PACE        // none: Basic Access Control alone
	Agreement *Agreement
}

// Chip answers commands, one at a time.
type Chip struct {
	content Content
	random  io.Reader
	mu      sync.Mutex // guards state: a reader and its reset
	state
}

// state is what a chip forgets when it leaves the field.
type state struct {
	application bool
	current     int // the file that is selected
	challenge   []byte
	safe        *channel
	pace        *attempt
	agreeing    bool // chip authentication was announced
}

// New puts a chip into a document. random is the chip's own source.
func New(c Content, random io.Reader) *Chip { return &Chip{content: c, random: random} }

// ATR is what a contactless reader says of such a chip (PC/SC part 3, §3.1.3.2.3).
func ATR() []byte {
	return []byte{0x3B, 0x8E, 0x80, 0x01, 0x80, 0x31, 0x80, 0x66, 0xB0, 0x84, 0x0C, 0x01, 0x6E, 0x01, 0x83, 0x00, 0x90, 0x00, 0x1C}
}

// Reset is the chip out of the field and back.
func (c *Chip) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = state{}
}

// Transmit takes a command and gives data and status. It has no failures of
// its own: they are statuses.
func (c *Chip) Transmit(command []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := parse(command)
	if !r.ok {
		c.safe = nil
		return wrongLength.after(nil), nil
	}
	under := c.safe
	if under != nil {
		var ok bool
		if r.cla&0x0C != 0x0C { // a plain command ends the session (9303-11 §9.8.7)
			ok = false
		} else {
			r, ok = under.unwrap(r)
		}
		if !ok {
			c.safe = nil
			return badSM.after(nil), nil
		}
	}
	data, s := c.do(r)
	if under != nil {
		return under.wrap(data, s), nil // the keys that the command came under, also where it agreed on new ones
	}
	return s.after(data), nil
}

func (c *Chip) do(r request) ([]byte, status) {
	switch r.ins {
	case 0xA4:
		return nil, c.choose(r)
	case 0xB0:
		return c.read(r)
	case 0x84:
		return c.ask(r)
	case 0x82:
		return c.basic(r)
	case 0x22:
		return nil, c.announced(r)
	case 0x86:
		return c.general(r)
	case 0x88:
		return c.sign(r)
	}
	return nil, badIns
}

// choose is SELECT: the application by its name, a file by its.
func (c *Chip) choose(r request) status {
	if r.p1 == 4 {
		if string(r.data) != "\xA0\x00\x00\x02\x47\x10\x01" {
			return noFile
		}
		c.application, c.current = true, 0
		return done
	}
	if len(r.data) != 2 {
		return badData
	}
	name := int(r.data[0])<<8 | int(r.data[1])
	if name != EFCardAccess && !c.application {
		return noFile
	}
	if _, ok := c.file(name); !ok {
		return noFile
	}
	c.current = name
	return done
}

func (c *Chip) file(name int) ([]byte, bool) {
	if name == EFCardAccess {
		return Infos(c.content.PACE, nil), len(c.content.PACE) > 0
	}
	b, ok := c.content.Files[name]
	return b, ok
}

// read is READ BINARY of the file that is selected, or selects one by its short
// identifier (ISO/IEC 7816-4 §7.2.3; 9303-10 §3.11.1).
func (c *Chip) read(r request) ([]byte, status) {
	at := int(r.p1)<<8 | int(r.p2)
	if r.p1&0xE0 == 0x80 && c.application {
		c.current, at = 0x0100|int(r.p1&0x1F), int(r.p2)
	}
	b, ok := c.file(c.current)
	if !ok {
		return nil, notNow
	}
	if c.current != EFCardAccess && c.safe == nil {
		return nil, notSatisfied
	}
	if at > 0x7FFF || at >= len(b) {
		return nil, badOffset
	}
	return append([]byte(nil), b[at:min(len(b), at+r.le)]...), done
}
