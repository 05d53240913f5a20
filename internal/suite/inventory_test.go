package suite_test

import (
	"strings"
	"testing"

	"netid/internal/suite"
)

// names of a profile's list, exceptions apart.
func listed(p suite.Profile) (own, exceptions string) {
	for _, a := range suite.Inventory(p) {
		if a.Exception == "" {
			own += a.Name + ": " + a.Use + "\n"
		} else {
			exceptions += a.Name + ": " + a.Use + "\n"
		}
	}
	return own, exceptions
}

func TestInventoryOfEachProfile(t *testing.T) {
	for _, p := range []suite.Profile{suite.International, suite.Guomi, suite.Dual} {
		for _, a := range suite.Inventory(p) {
			if a.Name == "" || a.Standard == "" || a.Use == "" || a.Bits < 128 {
				t.Errorf("%s: incomplete: %+v", p, a)
			}
		}
		_, exceptions := listed(p)
		for _, want := range []string{"Argon2id", "X25519", "TLS", "RSA", "hardware module"} {
			if !strings.Contains(exceptions, want) {
				t.Errorf("%s: %s is no exception", p, want)
			}
		}
	}
	own, _ := listed(suite.International)
	for _, want := range []string{"ES256", "Ed25519", "SHA-256", "HMAC-SHA-256", "HKDF-SHA-256", "AES-256-GCM"} {
		if !strings.Contains(own, want) {
			t.Errorf("international has no %s:\n%s", want, own)
		}
	}
	if strings.Contains(own, "SM") {
		t.Errorf("international lists SM:\n%s", own)
	}
	for _, p := range []suite.Profile{suite.Guomi, suite.Dual} {
		own, exceptions := listed(p)
		for _, want := range []string{"SM2", "SM3", "HMAC-SM3", "HKDF over SM3", "SM4-GCM"} {
			if !strings.Contains(own, want+":") && !strings.Contains(own, want+" with") {
				t.Errorf("%s has no %s:\n%s", p, want, own)
			}
		}
		for _, foreign := range []string{"ES256", "Ed25519:", "SHA-256", "AES", "RSA"} {
			if strings.Contains(own, foreign) {
				t.Errorf("%s: %s is not named as an exception", p, foreign)
			}
		}
		for _, want := range []string{"did not ask", "device keys", "tree", "pseudonyms", "Ed25519", "passcodes", "backups", "listener"} {
			if !strings.Contains(exceptions, want) {
				t.Errorf("%s: nothing says the exception of %s", p, want)
			}
		}
		if strings.Contains(own, "second time") != p.Twice() {
			t.Errorf("%s: signed twice?", p)
		}
	}
}
