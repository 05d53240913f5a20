package identity_test

import (
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
)

const pseudonym = "7-MNEMvzq5xdTEPd6ss8XncpOL3X8Vfy29N4pluWgPo"

func TestAPseudonymIsWrittenInOneWay(t *testing.T) {
	if s, err := identity.ParseSubject(pseudonym); err != nil || string(s) != pseudonym {
		t.Error(s, err)
	}
	for what, bad := range map[string]string{"nothing": "", "short": pseudonym[:42], "long": pseudonym + "A", "padded": pseudonym + "=", "a list": pseudonym + "," + pseudonym,
		"a wildcard": pseudonym[:42] + "*", "not base64url": strings.Replace(pseudonym, "-", "+", 1), "a space": " " + pseudonym[1:], "a line more": pseudonym + "\n", "a line within": pseudonym[:20] + "\n" + pseudonym[20:],
		"bits beyond the bytes": pseudonym[:42] + "p"} {
		if s, err := identity.ParseSubject(bad); s != "" || !fault.Is(err, fault.Invalid) || !fault.Because(err, "pseudonym_invalid") {
			t.Errorf("%s: %q %v", what, s, err)
		}
	}
}

func FuzzParseSubject(f *testing.F) {
	f.Add(pseudonym)
	f.Add(pseudonym[:42] + "p")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := identity.ParseSubject(s)
		if err == nil && (string(got) != s || len(s) != 43 || strings.ContainsAny(s, "\r\n= ")) {
			t.Fatalf("%q", s)
		}
	})
}
