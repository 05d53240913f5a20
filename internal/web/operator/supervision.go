package operator

import (
	"context"
	"encoding/json"
	"time"

	"netid/internal/act/staff"
	"netid/internal/act/supervise"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Duties are what supervision asks for: records, and counts of people.
type Duties interface {
	All(context.Context) (supervise.All, error)
}

// duties is the page of them.
type duties struct {
	supervise.All
	Locale string
	now    time.Time
}

// Stage is where a duty stands today.
func (p duties) Stage(r supervise.Record) law.Stage { return r.Stage(identity.Today(p.now)) }

// Basis is the law of a duty, in its reader's language.
func (p duties) Basis(r supervise.Record) string { return r.Duty.Basis().In(p.Locale) }

// Last is what was done last.
func (p duties) Last(r supervise.Record) supervise.Entry {
	if len(r.Entries) == 0 {
		return supervise.Entry{}
	}
	return r.Entries[len(r.Entries)-1]
}

// Urgency is where an emergency stands now.
func (p duties) Urgency(e supervise.Emergency) law.Urgency { return e.Urgency(p.now) }

// Over reports whether a ticket was never used and is good no more.
func (p duties) Over(t supervise.Ticket) bool { return t.Used.IsZero() && !p.now.Before(t.Until) }

func (d *Door) supervision(v *shell.Visit, m staff.Member) error {
	all, err := d.Duties.All(v.Context())
	if err != nil {
		return err
	}
	return v.Show(d.pages, "operator-supervision", d.page(m, duties{all, v.Locale, d.Now()}))
}

// ticket proposes one for a matter of a minor: who asks acts, and the person in charge is
// another (Regulations on the protection of minors online, Art. 36).
func (d *Door) ticket(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/supervision")
	body, err := json.Marshal(supervise.Wish{Do: v.Form("do"), Why: v.Form("why")})
	if err != nil {
		return fault.Wrap("operator.ticket", fault.Internal, "internal", err)
	}
	return d.sign(v, m, law.OpenMinor, v.Form("about"), body)
}

// letOut proposes to put an assessment on record, by which something goes abroad (Art. 12).
func (d *Door) letOut(v *shell.Visit, m staff.Member) error {
	const op = "operator.letOut"
	v.Back("/operator/supervision")
	until, err := identity.ParseDate(v.Form("until"))
	if err != nil {
		return fault.Wrap(op, fault.Invalid, "export_invalid", err)
	}
	body, err := json.Marshal(supervise.Passage{Record: v.Form("record"), Office: v.Form("office"), Until: until, What: v.Form("what")})
	if err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	return d.sign(v, m, law.LetOut, v.Form("region"), body)
}
