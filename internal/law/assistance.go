package law

import (
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

// Assistance is one request by an authority. The act that answers it is not in
// this version; the officers' quorum (ADR 0017) is what it will open by.
type Assistance struct {
	Number    identity.Number // or the number that a certificate carries
	Help      Help
	Citation  string // the law that obliges the service
	Authority string // who asks
	First     string // the two who approved it
	Second    string
}

// Gives reports whether an answer may be given: one of the two, to a named
// authority, on a cited law, by two different people.
func (a Assistance) Gives() bool {
	_, err := ParseHelp(string(a.Help))
	return err == nil && a.Number != "" && worded(a.Citation) && worded(a.Authority) && worded(a.First) && worded(a.Second) && a.First != a.Second
}

// reviewWithin is how soon somebody else reviews what one alone broke open (Art. 14; our reading).
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
