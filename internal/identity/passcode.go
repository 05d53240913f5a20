package identity

import (
	"fmt"
	"io"
	"log/slog"

	"netid/internal/fault"
)

// Passcode is the citizen's 8-digit code (口令). It prints nothing.
type Passcode struct{ digits string }

func (Passcode) String() string             { return "passcode" }
func (Passcode) Format(f fmt.State, _ rune) { io.WriteString(f, "passcode") }
func (Passcode) LogValue() slog.Value       { return slog.StringValue("passcode") }

// Digits are the eight digits, for the verifier alone.
func (p Passcode) Digits() string { return p.digits }

// ParsePasscode reads eight digits as typed at sign-in.
func ParsePasscode(s string) (Passcode, error) {
	if len(s) != 8 {
		return Passcode{}, fault.New("identity.ParsePasscode", fault.Invalid, "passcode_format")
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return Passcode{}, fault.New("identity.ParsePasscode", fault.Invalid, "passcode_format")
		}
	}
	return Passcode{s}, nil
}

// ChoosePasscode is ParsePasscode and refuses what others would guess first:
// one digit repeated, a run up or down (also through 9-0), a repeated half or
// pair, the person's own birthday, and any plausible date as a birthday written
// the common ways.
func ChoosePasscode(s string, birth Date) (Passcode, error) {
	p, err := ParsePasscode(s)
	if err != nil {
		return p, err
	}
	weak := func(why string) (Passcode, error) {
		return Passcode{}, fault.New("identity.ChoosePasscode", fault.Invalid, why)
	}
	same, up, down := true, true, true
	for i := 1; i < 8; i++ {
		step := (int(s[i]) - int(s[i-1]) + 10) % 10
		same, up, down = same && step == 0, up && step == 1, down && step == 9
	}
	if same {
		return weak("passcode_repeated")
	}
	if up || down {
		return weak("passcode_run")
	}
	y, m, d := fmt.Sprintf("%04d", birth.Year), fmt.Sprintf("%02d", birth.Month), fmt.Sprintf("%02d", birth.Day)
	for _, b := range []string{y + m + d, d + m + y, m + d + y} {
		if s == b {
			return weak("passcode_birthday")
		}
	}
	if day, err := ParseDate(s); err == nil && day.Year >= 1900 && day.Year < 2100 {
		return weak("passcode_birthday")
	}
	if s[:4] == s[4:] || s[:2] == s[2:4] && s[2:4] == s[4:6] && s[4:6] == s[6:] {
		return weak("passcode_repeated")
	}
	return p, nil
}
