package law

import (
	"strings"
	"time"

	"netid/internal/identity"
)

// Incident is what the law wants of a security incident (Art. 12; PIPL Art. 57;
// Network Data Security Management Regulations Arts 10, 11). The console that keeps
// incidents is not in this version: what is decided here waits for it.
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

// IncidentNotice is what the people concerned and the authorities are told (PIPL Art. 57).
type IncidentNotice struct {
	Kinds    identity.Text // which kinds of personal information
	Cause    identity.Text
	Harm     identity.Text // that it may do
	Measures identity.Text // what the service did
	Yourself identity.Text // what one can do to lessen it
	Contact  string
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
