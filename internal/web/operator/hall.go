package operator

import (
	"context"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/staff"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// wait is one line of the first page: how many of something wait for who reads it, where,
// and by when the first is due.
type wait struct {
	Name string
	N    int
	At   string
	Due  time.Time
	Late bool
}

// add counts one more, and keeps the earliest term.
func (w *wait) add(due time.Time, late bool) {
	w.N++
	if !due.IsZero() && (w.Due.IsZero() || due.Before(w.Due)) {
		w.Due = due
	}
	w.Late = w.Late || late
}

// hallPage is what stands still now, and what waits for this person.
type hallPage struct {
	Stops []incident.Stop
	Waits []wait
}

// queue is a kind of thing that waits: for whom, where, and how to count it.
type queue struct {
	theirs bool
	wait
	count func(context.Context, *wait) error
}

// hallOf counts what waits for somebody: each line only for a role that does something
// about it. Nobody is named, and nothing is read beyond what the pages behind it show.
func (d *Door) hallOf(v *shell.Visit, m staff.Member) (page hallPage, err error) {
	may := func(a law.Action, move law.Move) bool { return law.MayStaff(m.Role, a, move) }
	if may(law.SeeIncidents, law.Look) {
		if page.Stops, err = d.Incidents.Stops(v.Context()); err != nil {
			return page, err
		}
	}
	for _, q := range []queue{
		{may(law.SeeProposals, law.Look), wait{Name: "proposals", At: "/operator/proposals"}, d.proposalsFor(v, m)},
		{may(law.ApproveParty, law.Propose), wait{Name: "parties", At: "/operator/review"}, d.partiesToRead},
		{may(law.SeeCases, law.Look), wait{Name: "claims", At: "/operator/cases"}, d.claimsToAnswer},
		{may(law.GrantExcept, law.Propose), wait{Name: "guardians", At: "/operator/exceptions"}, d.guardiansToHear},
		{may(law.WriteIncident, law.Look), wait{Name: "incidents", At: "/operator/incidents"}, d.incidentsOpen},
		{may(law.ReviewGlass, law.Propose), wait{Name: "glass", At: "/operator/incidents"}, d.glassToReview(m)},
		{may(law.ReviewAssist, law.Look), wait{Name: "openings", At: "/operator/assistance"}, d.openingsToReview},
		{may(law.SeeAlerts, law.Look), wait{Name: "alerts", At: "/operator/alerts"}, d.alertsToSee(m)},
	} {
		if !q.theirs {
			continue
		}
		if err := q.count(v.Context(), &q.wait); err != nil {
			return page, err
		}
		if q.N > 0 {
			page.Waits = append(page.Waits, q.wait)
		}
	}
	return page, nil
}

func (d *Door) proposalsFor(v *shell.Visit, m staff.Member) func(context.Context, *wait) error {
	return func(ctx context.Context, w *wait) error {
		all, err := d.Staff.Proposals(ctx)
		for _, p := range all {
			if d.decides(m, d.listed(v, p)) {
				w.add(p.Expires, false)
			}
		}
		return err
	}
}

// partiesToRead are those that nobody has proposed to let in yet: the others wait as
// proposals, for somebody else.
func (d *Door) partiesToRead(ctx context.Context, w *wait) error {
	proposals, err := d.Staff.Proposals(ctx)
	if err != nil {
		return err
	}
	asked := map[string]bool{}
	for _, p := range proposals {
		if p.State == staff.Open && d.Now().Before(p.Expires) && (p.Action == law.ApproveParty || p.Action == law.ReturnParty) {
			asked[p.Subject] = true
		}
	}
	all, err := d.Parties.Parties(ctx)
	for _, p := range all {
		if p.Waits() && !asked[string(p.ID)] {
			w.add(time.Time{}, false)
		}
	}
	return err
}

func (d *Door) claimsToAnswer(ctx context.Context, w *wait) error {
	all, err := d.Claims.Queue(ctx)
	for _, c := range all {
		if c.Answered.IsZero() {
			w.add(c.Due, c.Over(d.Now()))
		}
	}
	return err
}

func (d *Door) guardiansToHear(ctx context.Context, w *wait) error {
	all, err := d.Guardians.Queue(ctx)
	for _, g := range all {
		if g.Verdict == "" {
			w.add(g.Until, false)
		}
	}
	return err
}

// incidentsOpen are those that nobody closed. Its term is the report's, while none was
// handed in (Art. 12).
func (d *Door) incidentsOpen(ctx context.Context, w *wait) error {
	all, err := d.Incidents.List(ctx)
	for _, i := range all {
		switch {
		case !i.Closed.IsZero():
		case i.Reported.IsZero():
			w.add(i.Due(), d.Now().After(i.Due()))
		default:
			w.add(time.Time{}, false)
		}
	}
	return err
}

func (d *Door) glassToReview(m staff.Member) func(context.Context, *wait) error {
	return func(ctx context.Context, w *wait) error {
		all, err := d.Incidents.Glasses(ctx)
		if err != nil {
			return err
		}
		alarms, err := d.Incidents.Alarms(ctx)
		late := map[string]bool{}
		for _, a := range alarms {
			late[a.Reference] = true
		}
		for _, g := range all {
			if g.Review == nil && g.By != hand(m) { // nobody reviews what they did
				w.add(time.Time{}, late[g.Reference])
			}
		}
		return err
	}
}

func (d *Door) openingsToReview(ctx context.Context, w *wait) error {
	all, err := d.Assists.List(ctx)
	for _, r := range all {
		if a := d.asking(r); a.Reviewable {
			w.add(a.Due, a.Late)
		}
	}
	return err
}

func (d *Door) alertsToSee(m staff.Member) func(context.Context, *wait) error {
	return func(ctx context.Context, w *wait) error {
		all, err := d.Staff.Alerts(ctx, m)
		for _, a := range all {
			if a.Seen == "" {
				w.add(time.Time{}, false)
			}
		}
		return err
	}
}
