package law

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// Home is where important data and personal information are stored (Art. 12; PIPL
// Art. 36): ISO 3166-1, the mainland.
const Home = "CN"

// RegionCode reports whether s has the form of a region: two capital letters.
func RegionCode(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

// Stores reports whether a service may keep its store where its operator declares
// that it is. A program cannot see where a disk stands: the declaration is the
// operator's word, and one that says elsewhere, or nothing, starts nothing. Fails with
// Forbidden "region_foreign".
func Stores(region string) error {
	if region != Home {
		return fault.Newf("law.Stores", fault.Forbidden, "region_foreign", "region %q is not %s (Art. 12)", region, Home)
	}
	return nil
}

// Assessment is that of the security of an export (Art. 12; PIPL Arts 38, 40).
type Assessment struct {
	Record string // its number
	By     string // the authority that passed it
	To     string // where to: a region
	Until  identity.Date
}

// Exports reports whether data may go to a region on a day. Whatever leaves asks Leaves,
// which asks here.
func Exports(a Assessment, to string, on identity.Date) bool {
	return worded(a.By) && a.Record != "" && to != "" && a.To == to && on.Valid() && a.Until.Valid() && !a.Until.Before(on)
}
