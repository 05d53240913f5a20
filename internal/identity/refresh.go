package identity

import (
	"strconv"
	"time"

	"netid/internal/fault"
)

// Offline is for how many days a party that registered it may be answered
// again without the citizen, where the citizen agrees to that (OpenID Connect
// Core §11, offline_access). Zero: not at all.
type Offline int

// Offlines are the terms that there are. The longest is a standing consent's.
func Offlines() []Offline { return []Offline{7, 30, 90} }

// OfflineLife is the longest of them.
const OfflineLife = 90 * 24 * time.Hour

// ParseOffline accepts those, and zero.
func ParseOffline(days int) (Offline, error) {
	for _, o := range append(Offlines(), 0) {
		if int(o) == days {
			return o, nil
		}
	}
	return 0, fault.New("identity.ParseOffline", fault.Invalid, "offline_term_unknown")
}

// Item is its name among what a citizen gives or keeps.
func (o Offline) Item() string { return "offline_" + strconv.Itoa(int(o)) }

// Ends is when a term that begins at an instant is over.
func (o Offline) Ends(from time.Time) time.Time { return from.AddDate(0, 0, int(o)) }

// Guard is a verb that may stand alone too, where nothing is recorded.
type Guard interface {
	Verb
	Note
}

type (
	// GuardVerification changes nothing; it fails ("verification_over") when all
	// that came of a verification is dead.
	GuardVerification struct{ ID []byte }
	// TurnRefresh takes one turn of the refresh tokens that came of a
	// verification, of which each is good once. Guard: it is the one after the last
	// that was taken ("refresh_reused").
	TurnRefresh struct {
		ID    []byte
		Turn  uint64 // from 1
		Until time.Time
	}
)

func (GuardVerification) verb() {}
func (GuardVerification) note() {}
func (TurnRefresh) verb()       {}
func (TurnRefresh) note()       {}
func (GuardPerson) note()       {}
func (GuardCertificate) note()  {}
func (GuardLink) note()         {}
func (GuardParty) note()        {}
