package identity

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// StandingConsent is what lets one party have the result again, for one purpose,
// without a page: given once, signed, from one device, and over when any of
// it is not as it was. Sealed in the row of the person's link to the party.
type StandingConsent struct {
	ID          EventID       `json:"i"` // of the record in which it was given
	Party       PartyID       `json:"p"`
	Certificate CertificateID `json:"c"` // of the device that signed
	Epoch       uint64        `json:"e"` // of the person
	Generation  uint64        `json:"g"` // of the link
	Terms       []byte        `json:"t"` // digest of what the party then was: see Party.Terms
	Given       time.Time     `json:"a"`
	Until       time.Time     `json:"u"`
	No          bool          `json:"n,omitempty"` // a standing no instead: the citizen is not to be asked, and nothing is answered
	By          PersonID      `json:"b,omitzero"`  // the guardian who agreed for a child: then no device's, and never without the child
}

// Quiet is how refusals of one party end its asking: after so many within a time
// the citizen is asked no more by it until that time is over.
type Quiet struct {
	After int
	For   time.Duration
}

// Quiets are two: whoever waits an hour after three noes and begins again has
// two more, and then waits for the week.
func Quiets() []Quiet { return []Quiet{{3, time.Hour}, {5, 7 * 24 * time.Hour}} }

// Until is when it is over, of n refusals since the first; zero while it has not begun.
func (q Quiet) Until(n int, since time.Time) time.Time {
	if n < q.After {
		return time.Time{}
	}
	return since.Add(q.For)
}

// Refuses reports whether it is a no that lasts as of now. It is about whom it
// names and nothing else: a platform with a new purpose, or another device of the
// person's, does not ask all the same.
func (c StandingConsent) Refuses(now time.Time) bool { return c.No && now.Before(c.Until) }

// Holds reports whether it answers for this device of this person towards these
// terms, as of now. That it still stands there, the commit guards.
func (c StandingConsent) Holds(device CertificateID, epoch uint64, terms []byte, now time.Time) bool {
	return !c.No && c.By == PersonID{} && c.Certificate == device && c.Epoch == epoch && bytes.Equal(c.Terms, terms) && now.Before(c.Until) && !now.Before(c.Given)
}

// HoldsBy reports whether a guardian agreed for the child towards these terms, as of now.
func (c StandingConsent) HoldsBy(generation uint64, terms []byte, now time.Time) bool {
	return !c.No && c.By != PersonID{} && c.Generation == generation && bytes.Equal(c.Terms, terms) && now.Before(c.Until) && !now.Before(c.Given)
}

// Lasting is the name of the statement's item by which the citizen consents for
// longer, or "" where that cannot be offered.
func (a CodeAsk) Lasting() string {
	if a.Remember < 1 {
		return ""
	}
	return "standing_" + strconv.Itoa(a.Remember)
}

// Terms are what a citizen consents to for longer than one request: who asks,
// under which name and domain, why, and as whom they are then known there.
func (p Party) Terms() []byte {
	b, _ := json.Marshal([]any{p.ID, p.Name, p.Domain, p.Purpose, p.Sector}) // strings always marshal
	return b
}

type (
	// KeepConsent puts a standing consent into the person's link to a party, in the
	// place of any other. Guards: the link has this generation ("link_changed"), and,
	// if it is Alone, nothing stands there ("consent_there").
	KeepConsent struct {
		Index, Owner []byte
		Generation   uint64
		Alone        bool
		Until        time.Time // after it the sweeper takes it; what counts is sealed
		Body         []byte
	}
	// GuardConsent fails ("consent_over") unless exactly this one stands there.
	GuardConsent struct{ Index, Body []byte }
	// EndConsent takes it away. Guard: exactly this one stands there ("consent_over").
	EndConsent struct{ Index, Body []byte }
	// EndConsents takes away all of a person's.
	EndConsents struct{ Owner []byte }
)

func (KeepConsent) verb()  {}
func (GuardConsent) verb() {}
func (EndConsent) verb()   {}
func (EndConsents) verb()  {}
func (Count) verb()        {}
