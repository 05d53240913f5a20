package law

import (
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Help is what lawful assistance may give. The official explanation of the measures
// names these two and no other; there is no third value, and none is parsed.
type Help string

const (
	RealIdentity      Help = "real-identity"      // behind a number or a certificate
	AuthenticationLog Help = "authentication-log" // of that number
)

// ParseHelp reads what an authority asks. Anything else is Invalid
// "assistance_unknown".
func ParseHelp(s string) (Help, error) {
	switch h := Help(s); h {
	case RealIdentity, AuthenticationLog:
		return h, nil
	}
	return "", fault.New("law.ParseHelp", fault.Invalid, "assistance_unknown")
}

// Way is how an authority names the one person whom a request is about. There is no way
// by a name, a list, a place or a time: who searches has nobody yet.
type Way string

const (
	ByNumber   Way = "number"   // the net number, or the one that a certificate carries
	ByDocument Way = "document" // kind and number of a legal identity document

	ByPseudonym Way = "pseudonym" // the one pseudonym of one account at one party
)

// MayFind reports whether this help is given for a person found this way. Who brings a
// document already has the real identity; by it the log alone is given. A pseudonym stands
// for the number behind it, which no party ever has: who brings it has nobody's identity.
func MayFind(h Help, w Way) bool {
	switch w {
	case ByNumber, ByPseudonym:
		return h == RealIdentity || h == AuthenticationLog
	case ByDocument:
		return h == AuthenticationLog
	}
	return false
}

// InAuthenticationLog reports whether an event belongs to the authentication log of a
// number: that somebody authenticated, here or to a platform. What they were asked, agreed
// to, refused or changed is no part of it (the narrower reading of the explanation).
func InAuthenticationLog(kind identity.EventKind) bool {
	return slices.Contains([]identity.EventKind{identity.SignedIn, identity.Verified, identity.Refreshed}, kind)
}

// Our readings of what the explanation leaves open: the shortest that still serve.
const (
	openWithin = 15 * time.Minute   // after the second approval
	decidedIn  = 7 * 24 * time.Hour // a request that nobody decided is over
	boxAtMost  = 366                // days of the log that one request may ask
	civilDay   = 24 * time.Hour     // days are UTC's here, as the ledger's are
)

// BoxFits reports whether the days of a log are a request's: from the first to the last,
// both included, none to come, and at most a year of them.
func BoxFits(from, to, now time.Time) bool {
	whole := from.Equal(from.UTC().Truncate(civilDay)) && to.Equal(to.UTC().Truncate(civilDay))
	return whole && !from.IsZero() && !to.Before(from) && !to.After(now) && to.Sub(from) < boxAtMost*civilDay
}

// Hand is somebody who works for the operator, as a rule tells them from others: what
// they are called, and the keyed digest of what the personnel office calls them, "" where
// a name was all that was given. One of the two in common makes them one person.
type Hand struct {
	Name   string `json:"name"`
	Person string `json:"person,omitempty"`
}

// Is reports whether they are one person, as far as is known.
func (h Hand) Is(o Hand) bool {
	return h.Name == o.Name || h.Person != "" && h.Person == o.Person
}

// Assistance is one request by an authority, as the rule needs it. act/assist keeps them.
type Assistance struct {
	Number    identity.Number // or the number that a certificate carries
	Help      Help
	Citation  string // the law that obliges the service
	Authority string // who asks
	Requester Hand   // who wrote it down here
	First     Hand   // the two officers who approved it
	Second    Hand
	Asked     time.Time
	Approved  time.Time // by the second

	Walk time.Duration // that an opening, begun in time, took to find the person
}

// Approves says why an officer's yes does not count; "" where it does: the one who wrote
// the request down approves nothing of it, and nobody approves twice.
func (a Assistance) Approves(officer Hand, now time.Time) string {
	switch {
	case now.After(a.Asked.Add(decidedIn)):
		return "assistance_over"
	case !worded(officer.Name) || officer.Is(a.Requester):
		return "requester_approves"
	case officer.Is(a.First) || officer.Is(a.Second):
		return "approver_same"
	case worded(a.Second.Name):
		return "assistance_decided"
	}
	return ""
}

// Gives reports whether an answer may be given: one of the two, to a named
// authority, on a cited law, by two different people of whom neither asked.
func (a Assistance) Gives() bool {
	_, err := ParseHelp(string(a.Help))
	people := worded(a.Requester.Name) && worded(a.First.Name) && worded(a.Second.Name) && !a.First.Is(a.Second) && !a.First.Is(a.Requester) && !a.Second.Is(a.Requester)
	return err == nil && a.Number != "" && worded(a.Citation) && worded(a.Authority) && people
}

// Opens reports whether it may be opened at now: within a quarter of an hour of the
// second approval. What was approved long ago is asked again. How long the service itself
// took to find the person does not count: the more people are enrolled, the longer it is.
func (a Assistance) Opens(now time.Time) bool {
	return !a.Approved.IsZero() && !now.Before(a.Approved) && !now.After(a.Approved.Add(openWithin+a.Walk))
}

// ReviewDue is until when somebody else has looked at an opening.
func ReviewDue(opened time.Time) time.Time { return opened.Add(reviewWithin) }

// Reviews reports whether this person's review of an opening counts: nobody who asked
// for it or approved it.
func (a Assistance) Reviews(by Hand) bool {
	return worded(by.Name) && !by.Is(a.Requester) && !by.Is(a.First) && !by.Is(a.Second)
}

// reviewWithin is how soon somebody else reviews what one alone broke open, and what two
// opened for an authority (Art. 14; our reading).
const reviewWithin = 72 * time.Hour

// BreakGlass is a use of power by one person alone, in need.
type BreakGlass struct {
	By, Why  string
	At       time.Time
	Reviewer string
	Reviewed time.Time // zero: not yet
}

// Alarms reports whether somebody must look now: it has no reason, or nobody else
// reviewed it in time.
func (g BreakGlass) Alarms(now time.Time) bool {
	if !worded(g.By) || !worded(g.Why) || g.At.IsZero() {
		return true
	}
	due := g.At.Add(reviewWithin)
	reviewed := !g.Reviewed.IsZero() && !g.Reviewed.Before(g.At) && !g.Reviewed.After(due) && worded(g.Reviewer) && g.Reviewer != g.By
	return !reviewed && now.After(due)
}
