package incident

import (
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Glass is one use of power by one person alone.
type Glass struct {
	Reference string    `json:"reference"`
	By        string    `json:"by"`
	Why       string    `json:"why"`
	At        time.Time `json:"at"`
	Review    *Entry    `json:"review,omitempty"`
}

func (g Glass) law() law.BreakGlass {
	b := law.BreakGlass{By: g.By, Why: g.Why, At: g.At}
	if g.Review != nil {
		b.Reviewer, b.Reviewed = g.Review.By, g.Review.At
	}
	return b
}

// Alarm is what nobody did in time.
type Alarm struct {
	Reference string `json:"reference"`
	What      string `json:"what"` // "report" of an incident (24 h), "review" of a break-glass (72 h)
}

// Break writes down that somebody used power alone, and why; it gives the reference.
func (a *Act) Break(ctx context.Context, by, why string) (ref string, err error) {
	const op = "incident.Break"
	if err := words(op, by, why); err != nil {
		return "", err
	}
	g := Glass{Reference: word(), By: by, Why: why, At: a.now()}
	kept, err := a.Dossiers.Keep(glasses, g.Reference, 0, g)
	if err != nil {
		return "", fault.At(op, err)
	}
	paged, err := a.Pager.Page("glass-used", g.Reference)
	if err != nil {
		return "", fault.At(op, err)
	}
	_, err = a.Book.RecordPublic(ctx, g.event(identity.GlassBroken), kept, paged)
	return g.Reference, fault.At(op, err)
}

// Inspect is the review of such a use, once, by another person. One that comes late is
// kept, and the law's alarm stays.
func (a *Act) Inspect(ctx context.Context, ref, by, what string) error {
	const op = "incident.Inspect"
	if err := words(op, by, what); err != nil {
		return err
	}
	var g Glass
	version, err := a.Dossiers.Read(ctx, glasses, ref, &g)
	switch {
	case fault.Is(err, fault.NotFound):
		return fault.New(op, fault.NotFound, "incident_unknown")
	case err != nil:
		return fault.At(op, err)
	case g.Review != nil:
		return fault.New(op, fault.Conflict, "incident_step_done")
	case by == g.By:
		return fault.New(op, fault.Forbidden, "reviewer_same")
	}
	g.Review = &Entry{by, a.now(), what}
	kept, err := a.Dossiers.Keep(glasses, ref, version, g)
	if err != nil {
		return fault.At(op, err)
	}
	_, err = a.Book.RecordPublic(ctx, g.event(identity.GlassReviewed), kept)
	return fault.At(op, err)
}

func (g Glass) event(kind identity.EventKind) identity.Event {
	return identity.Event{Kind: kind, Detail: "used " + g.At.Format(time.RFC3339), Grounds: []identity.Ground{}}
}

// Glasses are all uses, the newest first.
func (a *Act) Glasses(ctx context.Context) (all []Glass, err error) {
	err = a.Dossiers.List(ctx, glasses, func(_ string, _ uint64, open func(any) error) error {
		var g Glass
		err := open(&g)
		all = append(all, g)
		return err
	})
	slices.SortStableFunc(all, func(x, y Glass) int { return y.At.Compare(x.At) })
	return all, fault.At("incident.Glasses", err)
}

// Alarms are the reports and reviews that are overdue.
func (a *Act) Alarms(ctx context.Context) (all []Alarm, err error) {
	is, err := a.List(ctx)
	if err != nil {
		return nil, err
	}
	now := a.now()
	for _, i := range is {
		if i.Closed.IsZero() && slices.Contains(i.law().Open(now), "report overdue") {
			all = append(all, Alarm{i.Reference, "report"})
		}
	}
	gs, err := a.Glasses(ctx)
	for _, g := range gs {
		if g.law().Alarms(now) {
			all = append(all, Alarm{g.Reference, "review"})
		}
	}
	return all, err
}
