package assist

import (
	"bytes"
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Month is what is left to the officers of one person, month and class: a row, and the
// shares of the key that opens it. Every byte of it is sealed to officers.
type Month struct {
	Month  string `json:"month"`
	Class  string `json:"class"`
	Index  []byte `json:"index"`
	Body   []byte `json:"body"`
	Packet []byte `json:"packet"`
}

// SealedIdentity is a person's identity as the store has it, under a key that the
// officers' month holds a copy of, beneath a seal that Under takes off. Neither is of use
// without the other, and both without the officers' keys are of none.
type SealedIdentity struct {
	Row   []byte `json:"row"`
	Body  []byte `json:"body"`
	Under []byte `json:"under"`
}

// Release is what one opening hands to the officers' machine.
type Release struct {
	Request  Request         `json:"request"`
	Needed   int             `json:"needed"` // officers who open together
	Months   []Month         `json:"months"`
	Identity *SealedIdentity `json:"identity,omitempty"`
}

// Entry is one row of the ledger, as sealed as it lies there.
type Entry struct {
	ID    []byte              `json:"id"`
	Day   int32               `json:"day"`
	Leaf  [32]byte            `json:"leaf"`
	Body  []byte              `json:"body"`
	State identity.EntryState `json:"state"`
}

// Row is the entry as package ledger opens it.
func (e Entry) Row() identity.EntryRow {
	return identity.EntryRow{EntryKey: identity.EntryKey{ID: e.ID, Day: e.Day}, Leaf: e.Leaf, Body: e.Body, State: e.State}
}

// Release opens a request: once, within a quarter of an hour of the second approval (N03),
// as it stands when the opening begins. Who is named by a pseudonym is found now, which
// takes the longer the more people there are; their number is kept in the same commit.
// The public event and the state that forbids a second time are one commit, and what is
// handed out was read before it and leaves after it: where the ledger stops, nothing
// leaves (N06). Fails with Forbidden "approval_required", Gone "assistance_over", Conflict
// "assistance_opened", NotFound "assistance_nothing" and TooMany "assistance_busy", of which
// none leaves an event or changes the request.
func (a *Act) Release(ctx context.Context, ref string) (out Release, err error) {
	const op = "assist.Release"
	var one opening
	err = a.change(ctx, op, ref, func(r *Request) (err error) {
		if err := may(op, *r, one.at(a.now())); err != nil {
			return err
		}
		if err := a.find(ctx, r, &one); err != nil {
			return err
		}
		if err := gives(op, *r); err != nil {
			return err
		}
		if out, err = a.gather(ctx, *r); err != nil {
			return err
		}
		id := identity.NewEventID(a.now()).String()
		r.Opened, r.Event = a.now(), id
		out.Request = r.shown()
		return nil
	}, func(r Request, kept identity.KeepDossier) error {
		verbs := []identity.Verb{kept}
		if a.Page != nil {
			page, err := a.Page("assistance", ref)
			if err != nil {
				return err
			}
			verbs = append(verbs, page)
		}
		_, err := a.Book.RecordPublic(ctx, identity.Event{ID: r.Event, Kind: identity.Assisted, Time: r.Opened, Detail: said(r), Grounds: []identity.Ground{}}, verbs...)
		return err
	})
	if err != nil {
		return Release{}, err
	}
	return out, nil
}

// said is what the public learns: the kind of help, who asked and on which law. That
// nothing in it is about the person is why it may be public.
func said(r Request) string { return string(r.Help) + "; " + r.Authority + "; " + r.Citation }

// may says whether an opening that began at a moment may go on.
func may(op string, r Request, began time.Time) error {
	switch l := r.law(); {
	case !r.Opened.IsZero():
		return fault.New(op, fault.Conflict, "assistance_opened")
	case l.Second.Name == "":
		return fault.New(op, fault.Forbidden, "approval_required")
	case !l.Opens(began):
		return fault.New(op, fault.Gone, "assistance_over")
	}
	return nil
}

// gives says whether there is somebody, and whether law gives the help about them.
func gives(op string, r Request) error {
	switch {
	case r.Number == "":
		return fault.New(op, fault.NotFound, "assistance_nothing")
	case !r.law().Gives():
		return fault.New(op, fault.Forbidden, "approval_required")
	}
	return nil
}

// gather reads what a release has, all of it sealed.
func (a *Act) gather(ctx context.Context, r Request) (out Release, err error) {
	_, out.Needed = a.Quorum.Officers()
	if r.Help == law.AuthenticationLog {
		for m := identity.MonthAt(r.From); m <= identity.MonthAt(r.To); m++ {
			for _, c := range identity.Classes() {
				if err := a.month(ctx, r.Number, identity.Period{Month: m, Class: c}, &out); err != nil {
					return Release{}, err
				}
			}
		}
	} else if err := a.identity(ctx, r.Number, &out); err != nil {
		return Release{}, err
	}
	if len(out.Months) == 0 {
		return Release{}, fault.New("assist.gather", fault.NotFound, "assistance_nothing")
	}
	return out, nil
}

// month adds a period's row, where there is one and its key still lives.
func (a *Act) month(ctx context.Context, n identity.Number, p identity.Period, out *Release) error {
	index := a.Index(n, p)
	body, err := a.Store.Escrow(ctx, index)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	var packet []byte
	if err == nil {
		packet, err = a.Quorum.Packet(p)
	}
	if fault.Is(err, fault.Gone) || fault.Is(err, fault.NotFound) {
		return nil // its date came: nobody opens it any more
	}
	if err != nil {
		return err
	}
	out.Months = append(out.Months, Month{p.Month.String(), p.Class.String(), index, body, packet})
	return nil
}

// identity adds the sealed identity and the newest month that holds a copy of its key.
func (a *Act) identity(ctx context.Context, n identity.Number, out *Release) error {
	sealed, err := a.Persons.Sealed(ctx, n)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		return fault.Wrap("assist.identity", fault.NotFound, "assistance_nothing", err) // erased: nobody knows any more who it was
	}
	if err != nil {
		return err
	}
	now := a.now()
	for m := identity.MonthAt(now); m >= law.OldestHeld(now) && len(out.Months) == 0; m-- {
		if err := a.month(ctx, n, identity.Period{Month: m, Class: identity.Proofs}, out); err != nil {
			return err
		}
	}
	out.Identity = &sealed
	return nil
}

// Rows hands out the log's rows, once, in the days of the request alone, to who learned
// from an opened month where they lie. They are sealed.
func (a *Act) Rows(ctx context.Context, ref string, owner []byte) (rows []Entry, err error) {
	const op = "assist.Rows"
	err = a.change(ctx, op, ref, func(r *Request) error {
		switch {
		case r.Opened.IsZero() || r.Help != law.AuthenticationLog:
			return fault.New(op, fault.Forbidden, "approval_required")
		case !r.Rows.IsZero():
			return fault.New(op, fault.Conflict, "assistance_opened")
		case !r.law().Opens(a.now()):
			return fault.New(op, fault.Gone, "assistance_over")
		}
		all, err := a.Store.EntriesOf(ctx, owner)
		if err != nil {
			return err
		}
		first, last := identity.DayOf(r.From), identity.DayOf(r.To)
		rows = []Entry{}
		for _, e := range all {
			if e.Day >= first && e.Day <= last && (e.State == identity.EntrySealed || e.State.Holds()) {
				rows = append(rows, Entry{bytes.Clone(e.ID), e.Day, e.Leaf, bytes.Clone(e.Body), e.State})
			}
		}
		r.Rows = a.now()
		return nil
	}, func(_ Request, kept identity.KeepDossier) error { return a.Store.Jot(ctx, kept) })
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// Told is an assistance as its person reads of it.
type Told struct {
	Time      time.Time
	Help      law.Help
	Authority string
	Citation  string
	Event     string  // of the public ledger, where anybody finds it
	Late      *Secret // the law that kept it back, where one did
}

// Told are the assistances about a number that its person may know of by now, the newest
// first (N09): at once, or when the law that kept it back lets go.
func (a *Act) Told(ctx context.Context, n identity.Number) (all []Told, err error) {
	list, err := a.list(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if n != "" && r.Number == n && !r.Opened.IsZero() && !r.hidden(a.now()) {
			all = append(all, Told{r.Opened, r.Help, r.Authority, r.Citation, r.Event, r.Secret})
		}
	}
	slices.SortStableFunc(all, func(x, y Told) int { return y.Time.Compare(x.Time) })
	return all, nil
}
