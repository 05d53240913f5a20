package deliver

import (
	"bytes"
	"encoding/binary"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// letter is a delivery in plain, for as long as an attempt lasts.
type letter struct {
	ID      identity.DeliveryID // the row's own: a body moved to another row does not open
	Kind    identity.DeliveryKind
	At      time.Time // when it is of no use any more; once dead, the hour of the end
	Reason  string    // of the last failure
	Address string
	Text    string
}

func (l letter) why(otherwise string) string {
	if l.Reason != "" {
		return l.Reason
	}
	return otherwise
}

// A letter in bytes: the format's number, the id, At in microseconds, then four
// texts, each behind its length in two bytes, and zeros up to a whole number of
// units. So the length of a row says next to nothing about what is in it.
const (
	format   = 1
	unit     = 1024
	maxUnits = 4
	fixed    = 1 + 16 + 8
)

func (l letter) bytes() ([]byte, error) {
	b := append([]byte{format}, l.ID[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(l.At.UnixMicro()))
	for _, s := range []string{string(l.Kind), l.Reason, l.Address, l.Text} {
		if len(s) > unit*maxUnits {
			return nil, tooLong(len(s))
		}
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	full := (len(b) + unit - 1) / unit * unit
	if full > unit*maxUnits {
		return nil, tooLong(len(b))
	}
	return append(b, make([]byte, full-len(b))...), nil
}

func tooLong(n int) error {
	return fault.Newf("deliver.bytes", fault.Internal, "internal", "a letter of %d bytes or more", n)
}

// parse undoes bytes. There is one form of each letter: anything else is refused.
func parse(b []byte) (letter, error) {
	const op = "deliver.parse"
	if len(b) == 0 || len(b)%unit != 0 || len(b) > unit*maxUnits || b[0] != format {
		return letter{}, fault.Newf(op, fault.Invalid, "sealed_invalid", "%d bytes", len(b))
	}
	l := letter{ID: identity.DeliveryID(b[1:17]), At: time.UnixMicro(int64(binary.BigEndian.Uint64(b[17:fixed]))).UTC()}
	rest := b[fixed:]
	var texts [4]string
	for i := range texts {
		if len(rest) < 2 || int(binary.BigEndian.Uint16(rest)) > len(rest)-2 {
			return letter{}, fault.Newf(op, fault.Invalid, "sealed_invalid", "a length beyond the end")
		}
		n := int(binary.BigEndian.Uint16(rest))
		texts[i], rest = string(rest[2:2+n]), rest[2+n:]
	}
	if len(rest) >= unit || len(bytes.Trim(rest, "\x00")) > 0 {
		return letter{}, fault.Newf(op, fault.Invalid, "sealed_invalid", "something behind the end")
	}
	l.Kind, l.Reason, l.Address, l.Text = identity.DeliveryKind(texts[0]), texts[1], texts[2], texts[3]
	return l, nil
}

func (a *Act) seal(l letter) ([]byte, error) {
	b, err := l.bytes()
	if err != nil {
		return nil, err
	}
	s, err := a.Box.Seal(b)
	return []byte(s), fault.At("deliver.seal", err)
}

// open fails with Invalid "sealed_invalid" for a body that is not this row's.
func (a *Act) open(row identity.DeliveryRow) (letter, error) {
	var b []byte
	if err := a.Box.Open(string(row.Body), &b); err != nil {
		return letter{}, fault.At("deliver.open", err)
	}
	l, err := parse(b)
	if err == nil && l.ID != row.ID {
		err = fault.Newf("deliver.open", fault.Invalid, "sealed_invalid", "the body of another row")
	}
	return l, err
}
