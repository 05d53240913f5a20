package identity

import (
	"strings"

	"netid/internal/fault"
)

const (
	creditLetters = "0123456789ABCDEFGHJKLMNPQRTUWXY" // GB 32100-2015: without I, O, S, V, Z
	creditModulus = 31
)

// CheckOrganisation refuses what is no unified social credit code
// (统一社会信用代码): 18 characters, the last of which checks the others
// (GB 32100-2015). Reason "organisation_invalid".
func CheckOrganisation(code string) error {
	bad := fault.New("identity.CheckOrganisation", fault.Invalid, "organisation_invalid")
	if len(code) != 18 {
		return bad
	}
	sum, weight := 0, 1
	for _, c := range code[:17] {
		n := strings.IndexRune(creditLetters, c)
		if n < 0 {
			return bad
		}
		sum, weight = sum+n*weight, weight*3%creditModulus
	}
	if code[17] != creditLetters[(creditModulus-sum%creditModulus)%creditModulus] {
		return bad
	}
	return nil
}
