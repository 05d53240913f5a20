package identity

import (
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
)

// ErasureToken goes to a party: a person asks it to delete what it keeps about them.
const ErasureToken DeliveryKind = "erasure"

// ErasureTerm is how long a party has to answer, and ErasureHeard how long its
// answer is heard: a late one is an answer too.
const (
	ErasureTerm  = 15 * 24 * time.Hour
	ErasureHeard = 45 * 24 * time.Hour
)

// ErasureAsk is what the request that a party holds carries, sealed: the record
// of the citizen's wish, and whose it is. Nothing is stored that leads from one to the other.
type ErasureAsk struct {
	Record EventID  `json:"i"`
	Person PersonID `json:"o"`
	Party  PartyID  `json:"p"`
}

// ErasureNotice is what a party is told, before it is signed.
type ErasureNotice struct {
	Subject Subject   `json:"sub"`
	Request string    `json:"request"` // an ErasureAsk, sealed: what its answer must show
	Due     time.Time `json:"due"`
}

// Complaint is why a citizen reports a party: one of a closed list, so that no
// report can say who made it.
type Complaint string

// Complaints are those that there are.
func Complaints() []Complaint {
	return []Complaint{"plaintext", "forced", "worse", "onward", "impostor"}
}

// ParseComplaint accepts those.
func ParseComplaint(s string) (Complaint, error) {
	if c := Complaint(s); slices.Contains(Complaints(), c) {
		return c, nil
	}
	return "", fault.New("identity.ParseComplaint", fault.Invalid, "complaint_unknown")
}

// Erasure is what became of a person's wish that a party deletes what it keeps.
type Erasure struct {
	Record     string // of the wish
	Asked, Due time.Time
	Answered   time.Time // zero: not yet
	Done       bool
	Ground     string // the law on which the party does not delete
}

// Overdue reports whether the party has missed its term.
func (e Erasure) Overdue(now time.Time) bool { return e.Answered.IsZero() && !now.Before(e.Due) }

// After is what is known of it after one more of the person's events at that
// party. An answer to an older wish says nothing of the newest.
func (e *Erasure) After(ev Event) *Erasure {
	switch {
	case ev.Kind == ErasureAsked && ev.Until != nil:
		return &Erasure{Record: ev.ID, Asked: ev.Time, Due: *ev.Until}
	case ev.Kind == ErasureAnswered && e != nil:
		record, said, _ := strings.Cut(ev.Detail, "/")
		if record != e.Record {
			return e
		}
		next := *e
		said, ground, _ := strings.Cut(said, "/")
		next.Answered, next.Done, next.Ground = ev.Time, said == ErasureDone, ground
		return &next
	}
	return e
}

// What a party may answer.
const (
	ErasureDone    = "done"
	ErasureRefused = "refused"
)
