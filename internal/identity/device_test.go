package identity_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"netid/internal/fault"
	"netid/internal/identity"
)

func TestRecoveryCode(t *testing.T) {
	c := identity.NewRecoveryCode()
	for _, typed := range []string{c.Grouped(), strings.ToLower(c.Digits()), strings.ReplaceAll(c.Grouped(), " ", "-")} {
		if got, err := identity.ParseRecoveryCode(typed); err != nil || got != c {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", c.Digits()[1:], c.Digits() + "2", "0" + c.Digits()[1:]} {
		if _, err := identity.ParseRecoveryCode(bad); !fault.Because(err, "recovery_code_invalid") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A name that is taken is seen as it is, stays what it is when it is read again, and
// fits the row.
func FuzzDeviceName(f *testing.F) {
	for _, s := range []string{"", " 客厅的平板 ", "Tablet", "a\u202eb", "\x00", "\xff", "1234567890123456789", "a\u3000b", "\u200d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := identity.ParseDeviceName(s)
		if err != nil {
			return
		}
		if again, err := identity.ParseDeviceName(string(n)); err != nil || again != n {
			t.Fatalf("%q is %q when it is read again: %v", n, again, err)
		}
		if len(n) > 18 || !utf8.ValidString(string(n)) || strings.IndexFunc(string(n), unicode.IsControl) >= 0 {
			t.Fatalf("%q", n)
		}
	})
}

// What is typed is one code or none, and what it reads as is itself.
func FuzzRecoveryCode(f *testing.F) {
	f.Add(identity.NewRecoveryCode().Grouped())
	f.Add("ZPPJ SPY5 JC9B KSZ3")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := identity.ParseRecoveryCode(s)
		if err != nil {
			return
		}
		if again, err := identity.ParseRecoveryCode(c.Grouped()); err != nil || again != c {
			t.Fatalf("%q", s)
		}
	})
}
