package store

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"

	"netid/internal/fault"
	"netid/internal/ledger"
	"netid/internal/suite"
)

// Altered is a row that is not as this store wrote it. It goes to the operator's
// log, and the row to nobody.
type Altered struct {
	Table string
	Row   string // its key: hexadecimal, or a number or word where the key is one
}

func (a *Altered) Error() string {
	return "table " + a.Table + ", row " + a.Row + ": " + a.Reason()
}

// Reason is what is the matter with the row.
func (a *Altered) Reason() string { return "the row was altered: its code does not fit" }

// altered takes the fault that a row was altered for what it is, whatever it passed through.
func altered(err error) (*Altered, bool) {
	var a *Altered
	return a, errors.As(err, &a)
}

func refuseAltered(op string, a *Altered) error {
	return fault.Wrap(op, fault.Internal, "row_altered", a)
}

// code is the keyed hash of a row: over the name of its table, then its key and whatever
// else of it no seal binds to the row, in the order of the table's columns, each
// behind its form and length. NULL is nil; an empty blob is the same as no bytes.
func (s *Store) code(table string, columns ...any) []byte { return code(s.keeper, table, columns...) }

func code(by *ledger.Keeper, table string, columns ...any) []byte {
	var room [256]byte
	b := append(room[:0], 't', byte(len(table)))
	b = append(b, table...)
	for _, c := range columns {
		switch c := c.(type) {
		case nil:
			b = append(b, '0')
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 'n'), uint64(c))
		case string:
			b = append(binary.BigEndian.AppendUint32(append(b, 's'), uint32(len(c))), c...)
		case []byte:
			b = append(binary.BigEndian.AppendUint32(append(b, 'b'), uint32(len(c))), c...)
		}
	}
	return by.Code(b)
}

// optional is a column that may be NULL.
func optional(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// vouched fails with Altered unless got is the code of the row. The first column is its key.
func (s *Store) vouched(got []byte, table string, columns ...any) error {
	if suite.Equal(got, s.code(table, columns...)) {
		return nil
	}
	return &Altered{Table: table, Row: named(columns[:1])}
}

// named is the key of a row in words.
func named(key []any) (name string) {
	for i, k := range key {
		if i > 0 {
			name += " "
		}
		switch k := k.(type) {
		case []byte:
			name += hex.EncodeToString(k)
		case int64:
			name += strconv.FormatInt(k, 10)
		case string:
			name += k
		}
	}
	return name
}
