package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"netid/internal/identity"
)

// A slip is read as people type it, and prints nothing by accident.
func TestSlip(t *testing.T) {
	s := identity.NewSlip()
	if again, err := identity.ParseSlip(strings.ToLower(s.Grouped())); err != nil || again != s {
		t.Error(s.Grouped(), err)
	}
	if text := fmt.Sprintf("%v %+v %q", s, s, s); strings.Contains(text, s.Digits()) {
		t.Error(text)
	}
	wrong := []byte(s.Digits())
	wrong[0] ^= 'A' ^ 'C'
	if _, err := identity.ParseSlip(string(wrong)); err == nil {
		t.Error("one character was mistyped and nobody said so")
	}
}

func FuzzParseCounterID(f *testing.F) {
	f.Add("hangzhou-2-07")
	f.Add("柜台")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := identity.ParseCounterID(s); err == nil && (string(id) != s || strings.ContainsAny(s, "/. \n")) {
			t.Errorf("%q", s)
		}
	})
}

func FuzzParseSlip(f *testing.F) {
	f.Add(identity.NewSlip().Grouped())
	f.Fuzz(func(t *testing.T, s string) {
		if slip, err := identity.ParseSlip(s); err == nil {
			if again, err := identity.ParseSlip(slip.Grouped()); err != nil || again != slip {
				t.Errorf("%q", s)
			}
		}
	})
}
