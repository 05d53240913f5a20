package suite

import (
	"time"

	"netid/internal/identity"
)

// Version is one live version of a service's key. Turn is how many rotations
// of its use came before it.
type Version struct {
	Turn int
	Key  identity.Secret
}

// Handover is one change of a signer that outsiders pin, and what became of the
// former one since.
type Handover struct {
	Record      string    // what both signed; its form is known to whoever checks by the pinned key
	Retired     time.Time // when the former one was; zero while it is live
	Compromised bool      // somebody else may have the former one
}

// Versions gives the live versions of a key, at each call as they are then. The
// first makes what is made now; each opens and checks what it made.
type Versions func() []Version

// Only is a key that has one version.
func Only(key identity.Secret) Versions {
	one := []Version{{Key: key}}
	return func() []Version { return one }
}

// Live is all of them; none when the key was never set.
func (v Versions) Live() []Version {
	if v == nil {
		return nil
	}
	return v()
}

// Now is the version that makes. Without any it is the zero key, under which
// nothing opens; whoever seals under versions that others configured asks
// whether it was set.
func (v Versions) Now() Version {
	if all := v.Live(); len(all) > 0 {
		return all[0]
	}
	return Version{}
}

// Of is the live version of a turn; false when there is none.
func (v Versions) Of(turn int) (Version, bool) {
	for _, one := range v.Live() {
		if one.Turn == turn {
			return one, true
		}
	}
	return Version{}, false
}
