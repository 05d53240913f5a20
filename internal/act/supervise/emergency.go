package supervise

import (
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Emergency is processing before a notice, to save life, health or property (Art. 11; PIPL
// Art. 18). Of people it has a count.
type Emergency struct {
	Reference string    `json:"reference"`
	Citation  string    `json:"citation"`
	By        string    `json:"by"`
	Approver  string    `json:"approver"`
	Affected  int       `json:"affected"`
	Began     time.Time `json:"began"`
	Ended     time.Time `json:"ended,omitzero"`
	Told      time.Time `json:"told,omitzero"`
	Entries   []Entry   `json:"entries"`
}

func (e Emergency) law() law.Emergency {
	return law.Emergency{Citation: e.Citation, Approver: e.Approver, Began: e.Began, Ended: e.Ended, Told: e.Told}
}

// Urgency is where it stands.
func (e Emergency) Urgency(now time.Time) law.Urgency { return e.law().At(now) }

// Need is what is known when an emergency begins.
type Need struct {
	By       string    `json:"by"`
	Approver string    `json:"approver"` // the person in charge
	Citation string    `json:"citation"`
	What     string    `json:"what"`
	Affected int       `json:"affected"`
	Began    time.Time `json:"began"`
}

// Begin writes an emergency down and gives its reference.
func (a *Act) Begin(ctx context.Context, n Need) (ref string, err error) {
	const op = "supervise.Begin"
	for _, s := range []string{n.What, n.Citation} {
		if err := words(op, n.By, s); err != nil {
			return "", err
		}
	}
	if err := words(op, n.Approver, n.What); err != nil {
		return "", err
	}
	now := a.now()
	e := Emergency{Reference: word(), Citation: n.Citation, By: n.By, Approver: n.Approver, Affected: n.Affected, Began: n.Began.UTC().Truncate(time.Second), Entries: []Entry{{By: n.By, At: now, What: n.What}}}
	switch {
	case n.By == n.Approver:
		return "", fault.New(op, fault.Forbidden, "approver_same")
	case n.Affected < 0 || e.Began.After(now) || e.law().At(now) == law.NoEmergency:
		return "", fault.New(op, fault.Invalid, "emergency_invalid")
	}
	kept, err := a.Dossiers.Keep(emergencies, e.Reference, 0, e)
	if err != nil {
		return "", fault.At(op, err)
	}
	return e.Reference, fault.At(op, a.tell(ctx, "emergency began "+e.Began.Format(time.RFC3339), kept))
}

// End says that it is over: from now on the clock of the notice runs.
func (a *Act) End(ctx context.Context, ref string, s Step) error {
	const op = "supervise.End"
	return a.emergency(ctx, op, ref, s, "ended", func(e *Emergency) error {
		if !e.Ended.IsZero() {
			return fault.New(op, fault.Conflict, "supervision_done")
		}
		e.Ended = a.now()
		return nil
	})
}

// Tell says that the people concerned were told. One that comes late is kept, and stays late.
func (a *Act) Tell(ctx context.Context, ref string, s Step) error {
	const op = "supervise.Tell"
	return a.emergency(ctx, op, ref, s, "told", func(e *Emergency) error {
		switch {
		case e.Ended.IsZero():
			return fault.New(op, fault.Conflict, "emergency_lasts")
		case !e.Told.IsZero():
			return fault.New(op, fault.Conflict, "supervision_done")
		}
		e.Told = a.now()
		return nil
	})
}

func (a *Act) emergency(ctx context.Context, op, ref string, s Step, what string, change func(*Emergency) error) error {
	if err := s.check(op); err != nil {
		return err
	}
	return fault.At(op, again(func() error {
		var e Emergency
		version, err := a.Dossiers.Read(ctx, emergencies, ref, &e)
		if err != nil {
			return unknown(op, err)
		}
		if err := change(&e); err != nil {
			return err
		}
		e.Entries = append(e.Entries, Entry{s.By, a.now(), s.What, s.Number, s.Digest})
		kept, err := a.Dossiers.Keep(emergencies, ref, version, e)
		if err != nil {
			return err
		}
		return a.tell(ctx, "emergency "+what, kept)
	}))
}

// Emergencies are all of them, the newest first.
func (a *Act) Emergencies(ctx context.Context) ([]Emergency, error) {
	all, err := every[Emergency](ctx, a, emergencies)
	slices.SortStableFunc(all, func(x, y Emergency) int { return y.Began.Compare(x.Began) })
	return all, fault.At("supervise.Emergencies", err)
}

// PartyDuty is what Art. 8 asks of a party after it got plain text, and how it stands: its
// purpose, how long it keeps, requests to erase. Numbers, and nobody.
type PartyDuty struct {
	Party    identity.PartyID       `json:"party"`
	Name     identity.Text          `json:"name"`
	Purpose  identity.Text          `json:"purpose"`
	Standing identity.PartyStanding `json:"standing"`
	Items    []string               `json:"items"` // of plain text, that have a basis
	KeepDays int                    `json:"keep_days"`
	Gone     identity.Date          `json:"gone_by,omitzero"` // by when it deletes all of it, where it may ask no more
	Asked    Asked                  `json:"erasures"`
}

// PartyDuties are those of all parties that may ask for plain text, or were left unanswered.
func (a *Act) PartyDuties(ctx context.Context) ([]PartyDuty, error) {
	const op = "supervise.PartyDuties"
	parties, err := a.Parties.Parties(ctx)
	asked := map[identity.PartyID]Asked{}
	if err == nil && a.Erasures != nil {
		asked, err = a.Erasures(ctx)
	}
	all := []PartyDuty{}
	for _, p := range parties {
		n := asked[p.ID]
		if len(p.Bases) == 0 && n == (Asked{}) {
			continue
		}
		d := PartyDuty{Party: p.ID, Name: p.Name, Purpose: p.Purpose.Text, Standing: p.Standing, Items: []string{}, KeepDays: p.KeepDays, Asked: n}
		for item := range p.Bases {
			d.Items = append(d.Items, item)
		}
		slices.Sort(d.Items)
		if since, over := a.over(p); over && len(p.Bases) > 0 {
			d.Gone = law.KeptUntil(identity.Today(since), p.KeepDays)
		}
		all = append(all, d)
	}
	return all, fault.At(op, err)
}
