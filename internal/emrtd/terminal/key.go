package terminal

import (
	"crypto/sha1"
	"strings"

	"netid/internal/fault"
)

// Key is what is printed on a document and opens its chip: who knows it holds
// the document, or once did (9303-11 §4.3.2, §4.4.4.1). It prints nothing.
type Key struct {
	secret []byte // as it goes into a derivation
	from   byte   // PACE's name for where it stands
}

const (
	fromMRZ = 1
	fromCAN = 2
)

func (Key) String() string   { return "(printed)" }
func (Key) GoString() string { return "(printed)" }

// MRZ is the key of the machine readable zone: the document's number, the
// birth date and the last day of validity (YYMMDD), each with its check digit.
func MRZ(number, birth, expires string) (Key, error) {
	number = strings.ToUpper(strings.TrimSpace(number))
	if len(number) < 1 || len(number) > 9 || !made(number, digits+letters) || !date(birth) || !date(expires) {
		return Key{}, fault.New("terminal.MRZ", fault.Invalid, "chip_key_invalid")
	}
	number += strings.Repeat("<", 9-len(number))
	var b []byte
	for _, field := range []string{number, birth, expires} {
		b = append(append(b, field...), check(field))
	}
	h := sha1.Sum(b)
	return Key{h[:], fromMRZ}, nil
}

// CAN is the card access number: six digits on the front of some documents.
// It opens chips that speak PACE, and no others.
func CAN(number string) (Key, error) {
	if number = strings.TrimSpace(number); len(number) != 6 || !made(number, digits) {
		return Key{}, fault.New("terminal.CAN", fault.Invalid, "chip_key_invalid")
	}
	return Key{[]byte(number), fromCAN}, nil
}

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func made(s, of string) bool { return strings.Trim(s, of) == "" }

func date(s string) bool { return len(s) == 6 && made(s, digits) }

// check is the check digit 7-3-1 of a field (9303-3 §4.9).
func check(field string) byte {
	n, weights := 0, [3]int{7, 3, 1}
	for i, c := range []byte(field) {
		v := 0
		switch {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c >= 'A' && c <= 'Z':
			v = int(c-'A') + 10
		}
		n += v * weights[i%3]
	}
	return byte('0' + n%10)
}
