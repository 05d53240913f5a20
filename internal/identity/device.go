package identity

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"netid/internal/fault"
)

// DeviceName is what a citizen calls a device of theirs: at most 18 letters
// or 6 Chinese characters (18 bytes), so that a certificate with any name fills the same row; "" is none.
type DeviceName string

// ParseDeviceName takes what was typed, without the spaces around it. Characters
// that are not seen or turn the line around are refused: a name is read in a list of devices.
func ParseDeviceName(s string) (DeviceName, error) {
	s = strings.TrimSpace(s)
	bad := !utf8.ValidString(s) || len(s) > 18
	for _, r := range s {
		bad = bad || r != ' ' && !unicode.IsGraphic(r) || unicode.Is(unicode.Bidi_Control, r) || r != ' ' && unicode.IsSpace(r)
	}
	if bad {
		return "", fault.New("identity.ParseDeviceName", fault.Invalid, "device_name_invalid")
	}
	return DeviceName(s), nil
}

// RecoveryCode is one of the codes that a citizen keeps on paper: 74 random bits
// in the characters of a net number, with its check character. It prints nothing.
type RecoveryCode struct{ digits string }

func (RecoveryCode) String() string             { return "recovery code" }
func (RecoveryCode) Format(f fmt.State, _ rune) { io.WriteString(f, "recovery code") }
func (RecoveryCode) LogValue() slog.Value       { return slog.StringValue("recovery code") }

// Digits are the characters, for the verifier alone.
func (c RecoveryCode) Digits() string { return c.digits }

// NewRecoveryCode draws one.
func NewRecoveryCode() RecoveryCode { return RecoveryCode{string(drawn())} }

// ParseRecoveryCode reads one as it is typed.
func ParseRecoveryCode(s string) (RecoveryCode, error) {
	s, good := typed(s)
	if !good {
		return RecoveryCode{}, fault.New("identity.ParseRecoveryCode", fault.Invalid, "recovery_code_invalid")
	}
	return RecoveryCode{s}, nil
}

// Grouped is the code in groups of four, for its owner's eyes.
func (c RecoveryCode) Grouped() string { return grouped(c.digits) }
