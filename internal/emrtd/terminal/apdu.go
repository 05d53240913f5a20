package terminal

import "netid/internal/fault"

// Words of a chip (ISO/IEC 7816-4 §5.6).
const (
	statusOK       = 0x9000
	statusNoFile   = 0x6A82
	statusFailed   = 0x6300 // an authentication that failed; 63Cx also says how many tries are left
	statusTriesBit = 0x63C0
)

// Why a chip was not read, in the words that may leave.
const (
	reasonKey         = "chip_key_wrong"   // the printed data do not open this chip
	reasonSilent      = "chip_silent"      // it left the field, or the reader gave up
	reasonMalformed   = "chip_malformed"   // it answers otherwise than 9303 says
	reasonUnsupported = "chip_unsupported" // it wants something that is not here
	reasonWeakened    = "chip_weakened"    // it, or somebody between, hides that it can do better
)

// short and extended are the most that an answer may hold, in bytes (Le).
const (
	short    = 256
	extended = 65536
)

// command is an APDU of ISO/IEC 7816-4 §5.1. le 0: no answer is expected.
type command struct {
	cla, ins, p1, p2 byte
	data             []byte
	le               int
}

func (c command) bytes() []byte {
	b := []byte{c.cla, c.ins, c.p1, c.p2}
	if len(c.data) > 255 || c.le > short {
		if len(c.data) > 0 {
			b = append(append(b, 0, byte(len(c.data)>>8), byte(len(c.data))), c.data...)
		} else {
			b = append(b, 0)
		}
		if c.le > 0 {
			b = append(b, byte(c.le>>8), byte(c.le))
		}
		return b
	}
	if len(c.data) > 0 {
		b = append(append(b, byte(len(c.data))), c.data...)
	}
	if c.le > 0 {
		b = append(b, byte(c.le))
	}
	return b
}

// parseAnswer splits an answer into its data and its status word.
func parseAnswer(b []byte) (data []byte, status int, err error) {
	if len(b) < 2 || len(b) > extended+2 {
		return nil, 0, malformed("an answer of %d bytes", len(b))
	}
	n := len(b) - 2
	return b[:n], int(b[n])<<8 | int(b[n+1]), nil
}

// malformed never quotes what the chip said: it is personal.
func malformed(format string, args ...any) error {
	return fault.Newf("terminal", fault.Invalid, reasonMalformed, format, args...)
}

// expect turns an unwanted status into a refusal.
func expect(what string, status int) error {
	if status != statusOK {
		return malformed("%s: %04x", what, status)
	}
	return nil
}

// refusedKey reports whether a status says that the wrong data were proven:
// 6300 and 63Cx by the books (9303-11 §4.3.4.2, §4.4.4.2); 6982 and 6988 are
// what chips in the field say for it too.
func refusedKey(status int) bool {
	return status == statusFailed || status&0xFFF0 == statusTriesBit || status == 0x6982 || status == 0x6988
}
