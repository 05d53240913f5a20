package law

import "time"

// Article 11 knows two exceptions from telling first: what law keeps secret, and
// emergencies. Lawful assistance uses the first, where a law says so; nothing uses the
// second. What an exception must hold, before it can be one, is decided here.

// secretAtMost is the longest that one decision hides anything. The article sets no
// term; an exception without an end would be the rule (our reading).
const secretAtMost = 365 * 24 * time.Hour

// Secrecy is a decision that a citizen is not told of something for a time.
type Secrecy struct {
	Citation string // the law that keeps it secret
	Approver string // who decided, by name
	Second   string // who decided with them (Art. 14: nobody alone)
	Given    time.Time
	Until    time.Time
}

// Fits reports whether a decision that is still to be approved could hide anything: it
// cites a law and has an end within the longest term.
func (s Secrecy) Fits(now time.Time) bool {
	return worded(s.Citation) && s.Until.After(now) && !s.Until.After(now.Add(secretAtMost))
}

// Hides reports whether something may be kept from a citizen at now. Without
// citation, two approvers and an end it hides nothing; after its end the citizen sees it.
func (s Secrecy) Hides(now time.Time) bool {
	whole := worded(s.Citation) && worded(s.Approver) && worded(s.Second) && s.Approver != s.Second
	timed := !s.Given.IsZero() && s.Until.After(s.Given) && !s.Until.After(s.Given.Add(secretAtMost))
	return whole && timed && !now.Before(s.Given) && now.Before(s.Until)
}

// tellWithin is "promptly" after an emergency (Art. 11), in our reading.
const tellWithin = 72 * time.Hour

// Emergency is processing before a notice to save life, health or property (Art. 11; PIPL Art. 18).
type Emergency struct {
	Citation string
	Approver string
	Began    time.Time
	Ended    time.Time // zero: it lasts
	Told     time.Time // when the citizen was told; zero: not yet
}

// Urgency is where an emergency stands.
type Urgency string

const (
	NoEmergency Urgency = "none"    // without citation, approver or beginning there is none: the citizen is told first
	Goes        Urgency = "lasting" // it goes on
	ToTell      Urgency = "to-tell" // over; the clock of the notice runs
	Overdue     Urgency = "overdue" // nobody told them in time: an alarm
	Told        Urgency = "told"
)

// TellDue is the last moment for the notice; zero while the emergency lasts.
func (e Emergency) TellDue() time.Time {
	if e.Ended.IsZero() {
		return time.Time{}
	}
	return e.Ended.Add(tellWithin)
}

// At says where it stands at now. The notice that came late stays overdue: telling
// does not mend the term.
func (e Emergency) At(now time.Time) Urgency {
	switch {
	case !worded(e.Citation) || !worded(e.Approver) || e.Began.IsZero() || !e.Ended.IsZero() && e.Ended.Before(e.Began):
		return NoEmergency
	case e.Ended.IsZero() || now.Before(e.Ended):
		return Goes
	case !e.Told.IsZero() && !e.Told.After(e.TellDue()):
		return Told
	case !e.Told.IsZero() || now.After(e.TellDue()):
		return Overdue
	}
	return ToTell
}
