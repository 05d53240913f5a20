package identity

import (
	"fmt"
	"time"
)

// Epoch is the single-use epoch of a store. What travels sealed (requests,
// codes, answers, accesses, challenges, sessions) is sealed under it, so that
// raising it makes all of that dead at once.
type Epoch struct {
	Number uint64    // for people: 1, then one more at each restore
	Nonce  []byte    // 16 random bytes: the same copy restored twice never has the same epoch twice
	Since  time.Time // when it was raised; zero in a store that never was
	Copied bool      // the store is a copy: it may not be served before its epoch is raised
}

// Label is the label of a box that seals for this use in this epoch alone.
func (e Epoch) Label(use string) string { return fmt.Sprintf("%s/%x", use, e.Nonce) }

type (
	// RaiseEpoch begins another single-use epoch and forgets every enrolment
	// that was under way. Guard: From ("epoch_raised").
	RaiseEpoch struct {
		From  uint64
		Nonce []byte
		At    time.Time
	}
	// SweepErased removes what an older copy of the store still has of persons
	// who are erased, as ErasePerson would have. Their keys are gone, so the
	// rows are named one by one. Entries from the day HoldFrom on stay sealed for
	// the officers' quorum; nobody can open them to see of which class they are, so
	// for the longest term. Guard: the owners have exactly Events entries that go
	// ("events_moved").
	SweepErased struct {
		Persons      []PersonID
		IdentityRows [][]byte
		Indexes      [][]byte
		Certificates []CertificateID
		LinkOwners   [][]byte
		Chains       [][]byte
		EventOwners  [][]byte
		HoldFrom     int32
		Events       uint64
	}
)

func (RaiseEpoch) verb()  {}
func (SweepErased) verb() {}
