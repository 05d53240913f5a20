package identity

import (
	"strings"

	"netid/internal/fault"
)

// Number is the net number (网号, Art. 2): 16 characters, 15 random and one
// check character, over digits and letters without look-alikes. It is drawn
// at random, never derived from identity data, and never shown to a party.
type Number string

// alphabet has 31 characters, a prime, so that the weighted sum modulo 31
// finds every single wrong character and every swap of two neighbours.
const alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

const numberLength = 16

// NewNumber draws a net number.
func NewNumber() Number { return Number(drawn()) }

func drawn() []byte {
	b := make([]byte, 0, numberLength)
	for len(b) < numberLength-1 {
		for _, r := range random(32) {
			if r < 248 && len(b) < numberLength-1 { // 248 = 8·31: no modulo bias
				b = append(b, alphabet[r%31])
			}
		}
	}
	return append(b, check(string(b)))
}

// ParseNumber accepts upper or lower case, with or without spaces and hyphens.
func ParseNumber(s string) (Number, error) {
	s, good := typed(s)
	if !good {
		return "", fault.New("identity.ParseNumber", fault.Invalid, "net_number_invalid")
	}
	return Number(s), nil
}

func typed(s string) (_ string, good bool) {
	s = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(s))
	return s, len(s) == numberLength && strings.Trim(s, alphabet) == "" && check(s[:numberLength-1]) == s[numberLength-1]
}

func check(s string) byte {
	sum := 0
	for i := range len(s) {
		sum += (i + 1) * strings.IndexByte(alphabet, s[i])
	}
	return alphabet[sum%31]
}

// Grouped is the number in groups of four, for its owner's eyes.
func (n Number) Grouped() string { return grouped(string(n)) }

func grouped(s string) string {
	var g []string
	for ; s != ""; s = s[min(4, len(s)):] {
		g = append(g, s[:min(4, len(s))])
	}
	return strings.Join(g, " ")
}

// Masked shows the last four characters only.
func (n Number) Masked() string {
	if len(n) < 4 {
		return ""
	}
	return "•••• •••• •••• " + string(n[len(n)-4:])
}
