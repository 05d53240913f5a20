package law

import (
	"strings"
	"time"

	"netid/internal/identity"
)

// Incident is what the law wants of a security incident (Art. 12; PIPL Art. 57;
// Network Data Security Management Regulations Arts 10, 11). act/incident keeps them.
type Incident struct {
	Known    time.Time // when the service learned of it
	Reported time.Time // to the authorities; zero: not yet
	Removed  time.Time // the danger was removed; zero: not yet
	Told     time.Time // the people concerned were told; zero: not yet
	Spared   string    // why they need not be told: harm was averted effectively (PIPL Art. 57, second paragraph); empty: they must
}

// reportWithin is the term for a flaw that endangers national security or public
// interests (Regulations Art. 10). It is kept for every incident: the stricter reading.
const reportWithin = 24 * time.Hour

// ReportDue is the last moment for the report.
func (i Incident) ReportDue() time.Time { return i.Known.Add(reportWithin) }

// Open lists what an incident still needs at now, and marks with "overdue" the
// report whose term is over. An incident that nobody knows the beginning of is not
// closed by that.
func (i Incident) Open(now time.Time) (open []string) {
	if i.Known.IsZero() {
		open = append(open, "known")
	}
	switch {
	case i.Reported.IsZero() && now.After(i.ReportDue()), !i.Reported.IsZero() && i.Reported.After(i.ReportDue()):
		open = append(open, "report overdue")
	case i.Reported.IsZero():
		open = append(open, "report")
	}
	if i.Removed.IsZero() {
		open = append(open, "removed")
	}
	if i.Told.IsZero() && !worded(i.Spared) {
		open = append(open, "told")
	}
	return open
}

// drillEvery is how long after a drill the next is due. PIPL Art. 51(5) wants a plan for
// incidents that is carried out; once a year at least is the term of GB/T 35273-2020, 10.1.
const drillEvery = 365 * 24 * time.Hour

// DrillDue is the last moment for the next drill, after the last one or, where there was
// none, after the service began.
func DrillDue(last, began time.Time) time.Time {
	if last.IsZero() {
		last = began
	}
	return last.Add(drillEvery)
}

// Closing is who ends an incident, and what was learned of it.
type Closing struct {
	Opener   string // who opened it
	Reviewer string // who looked at it afterwards
	Review   string // what they found
	By       string // two who close it
	Second   string
}

// Closes says why an incident is not closed; "" where it is. A report that came late
// closes too, since nothing mends it: the record shows that it was late. The review is
// by somebody else than who opened it, and two close it (Art. 12; that nobody judges
// their own work is our reading).
func (i Incident) Closes(c Closing) string {
	switch {
	case i.Known.IsZero() || i.Reported.IsZero() || i.Removed.IsZero() || i.Told.IsZero() && !worded(i.Spared):
		return "incident_needs"
	case !worded(c.Review) || !worded(c.Reviewer):
		return "incident_unreviewed"
	case c.Reviewer == c.Opener || !worded(c.Opener):
		return "reviewer_same"
	case !worded(c.By) || !worded(c.Second) || c.By == c.Second:
		return "approver_same"
	}
	return ""
}

// IncidentNotice is what the people concerned and the authorities are told (PIPL Art. 57).
type IncidentNotice struct {
	Kinds    identity.Text `json:"kinds"` // which kinds of personal information
	Cause    identity.Text `json:"cause"`
	Harm     identity.Text `json:"harm"`     // that it may do
	Measures identity.Text `json:"measures"` // what the service did
	Yourself identity.Text `json:"yourself"` // what one can do to lessen it
	Contact  string        `json:"contact"`
}

// Lint says what PIPL Art. 57 misses in the notice, in either language.
func (n IncidentNotice) Lint() (wrong []string) {
	for _, item := range []struct {
		key  string
		text identity.Text
	}{{"kinds", n.Kinds}, {"cause", n.Cause}, {"harm", n.Harm}, {"measures", n.Measures}, {"yourself", n.Yourself}} {
		if !both(item.text) {
			wrong = append(wrong, item.key+" is missing")
		}
	}
	if strings.TrimSpace(n.Contact) == "" {
		wrong = append(wrong, "contact is missing")
	}
	return wrong
}

// StopScope is how much a stop of the operator holds still.
type StopScope string

const (
	// StopIssue: nobody gets a number, a certificate, another device or an
	// attestation. Who has a certificate goes on using it.
	StopIssue StopScope = "issuance"
	// StopUse: besides, no certificate is used: nobody signs in and nothing is
	// confirmed to a party. What it is for is a danger to those who have one.
	StopUse StopScope = "use"
)

// StopScopes are both of them.
func StopScopes() []StopScope { return []StopScope{StopIssue, StopUse} }

// Stops are the kinds of events that a scope holds still (Regulations Art. 9: measures
// at once against what endangers the data; that freezing, leaving and looking always go
// on is our reading of Arts 4 and 6).
func (s StopScope) Stops() []identity.EventKind {
	made := []identity.EventKind{identity.Enrolled, identity.Issued, identity.DeviceAdded, identity.Attested}
	switch s {
	case StopIssue:
		return made
	case StopUse:
		return append(made, identity.SignedIn, identity.Verified, identity.Refreshed, identity.StandingGiven)
	}
	return nil
}
