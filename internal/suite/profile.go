package suite

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// Profile says which suites a service uses where (Art. 13). A data directory
// has one for its whole life.
type Profile string

const (
	International Profile = "international" // es256 everywhere
	Guomi         Profile = "guomi"         // sm at rest, between our own parts, and for parties that ask
	Dual          Profile = "dual"          // as guomi, with receipts signed twice
)

// ParseProfile reads a profile's name. Fails with Invalid "profile_unknown".
func ParseProfile(name string) (Profile, error) {
	switch p := Profile(name); p {
	case International, Guomi, Dual:
		return p, nil
	}
	return "", fault.Newf("suite.ParseProfile", fault.Invalid, "profile_unknown", "%q is not international, guomi or dual", name)
}

// Suite is what keys at rest and between our own parts belong to.
func (p Profile) Suite() identity.Suite {
	if p.SM() {
		return identity.SM
	}
	return identity.ES256
}

// SM reports whether the suite sm is in use.
func (p Profile) SM() bool { return p == Guomi || p == Dual }

// Twice reports whether receipts are signed by both suites.
func (p Profile) Twice() bool { return p == Dual }
