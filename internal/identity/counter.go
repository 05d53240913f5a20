package identity

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"netid/internal/fault"
)

// CounterID names a place at which a clerk helps people to enrol, as the operator
// calls it: "hangzhou-2-07". It stands in records, so it names no person.
type CounterID string

// ParseCounterID takes 2 to 24 small letters, digits and hyphens, none of these at an end.
func ParseCounterID(s string) (CounterID, error) {
	good := len(s) >= 2 && len(s) <= 24 && s[0] != '-' && s[len(s)-1] != '-'
	for _, r := range s {
		good = good && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-')
	}
	if !good || strings.Contains(s, "--") {
		return "", fault.New("identity.ParseCounterID", fault.Invalid, "counter_invalid")
	}
	return CounterID(s), nil
}

// Slip is a word by which an enrolment under way is found again: shown on a
// screen for a clerk to type, or printed for the person to type at home. 74 random bits
// in the characters of a net number, with its check character. It prints nothing.
type Slip struct{ digits string }

func (Slip) String() string             { return "slip" }
func (Slip) Format(f fmt.State, _ rune) { io.WriteString(f, "slip") }
func (Slip) LogValue() slog.Value       { return slog.StringValue("slip") }

// Digits are the characters, for deriving the handle alone.
func (s Slip) Digits() string { return s.digits }

// Grouped is the slip in groups of four, for eyes.
func (s Slip) Grouped() string { return grouped(s.digits) }

// NewSlip draws one.
func NewSlip() Slip { return Slip{string(drawn())} }

// ParseSlip reads one as it is typed.
func ParseSlip(text string) (Slip, error) {
	text, good := typed(text)
	if !good {
		return Slip{}, fault.New("identity.ParseSlip", fault.Invalid, "slip_invalid")
	}
	return Slip{text}, nil
}
