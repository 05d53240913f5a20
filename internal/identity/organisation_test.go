package identity_test

import (
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Two codes that are in use, and each of their
// characters changed to every other.
func TestCheckOrganisation(t *testing.T) {
	const letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for _, code := range []string{"91350100M000100Y43", "9144030071526726XG"} {
		if err := identity.CheckOrganisation(code); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		for i := range code {
			for _, c := range letters {
				if other := code[:i] + string(c) + code[i+1:]; other != code && !fault.Because(identity.CheckOrganisation(other), "organisation_invalid") {
					t.Errorf("%s passes", other)
				}
			}
		}
	}
	for _, bad := range []string{"", "91350100M000100Y4", "91350100M000100Y433", strings.ToLower("91350100M000100Y43"), "91350100I000100Y43", "9135010统000100Y43"} {
		if err := identity.CheckOrganisation(bad); !fault.Because(err, "organisation_invalid") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
