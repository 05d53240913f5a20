package incident

import (
	"context"
	"strings"
	"unicode/utf8"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Step is what somebody did about an incident, and wrote down.
type Step struct {
	By       string              `json:"by"`
	What     string              `json:"what"`
	Affected *int                `json:"affected,omitempty"` // a note's: the count as it is known now
	Notice   *law.IncidentNotice `json:"notice,omitempty"`   // what people were told
	Spared   bool                `json:"spared,omitempty"`   // nobody need be told, and What says why
	Second   string              `json:"second,omitempty"`   // who closes it too
}

// Note adds an entry, and a new count of people where there is one.
func (a *Act) Note(ctx context.Context, ref string, s Step) error {
	return a.step(ctx, "incident.Note", ref, s, "", func(i *Incident) error {
		if s.Affected != nil && *s.Affected < 0 {
			return fault.New("incident.Note", fault.Invalid, "incident_invalid")
		}
		if s.Affected != nil {
			i.Affected = *s.Affected
		}
		return nil
	})
}

// Report says that the authorities have the document now.
func (a *Act) Report(ctx context.Context, ref string, s Step) error {
	return a.step(ctx, "incident.Report", ref, s, identity.IncidentReported, func(i *Incident) error {
		if !i.Reported.IsZero() {
			return fault.New("incident.Report", fault.Conflict, "incident_step_done")
		}
		i.Reported = a.now()
		return nil
	})
}

// Remove says that the danger is over.
func (a *Act) Remove(ctx context.Context, ref string, s Step) error {
	return a.step(ctx, "incident.Remove", ref, s, "", func(i *Incident) error {
		if !i.Removed.IsZero() {
			return fault.New("incident.Remove", fault.Conflict, "incident_step_done")
		}
		i.Removed = a.now()
		return nil
	})
}

// Tell says that the people concerned were told, by a notice that has every item of
// PIPL Art. 57, or why they need not be.
func (a *Act) Tell(ctx context.Context, ref string, s Step) error {
	const op = "incident.Tell"
	return a.step(ctx, op, ref, s, "", func(i *Incident) error {
		return a.tell(op, i, s)
	})
}

func (a *Act) tell(op string, i *Incident, s Step) error {
	switch {
	case !i.Told.IsZero():
		return fault.New(op, fault.Conflict, "incident_step_done")
	case s.Spared == (s.Notice != nil):
		return fault.New(op, fault.Invalid, "incident_notice_invalid")
	case s.Spared:
		i.Spared = s.What
		return nil
	}
	if wrong := s.Notice.Lint(); len(wrong) > 0 || long(*s.Notice) {
		return fault.Newf(op, fault.Invalid, "incident_notice_invalid", "%v", wrong)
	}
	i.Told, i.Notice, i.Spared = a.now(), s.Notice, "" // who was spared and told after all was told
	return nil
}

// long reports whether a text of the notice is longer than one record holds with the rest.
func long(n law.IncidentNotice) bool {
	for _, t := range []identity.Text{n.Kinds, n.Cause, n.Harm, n.Measures, n.Yourself, {ZH: n.Contact}} {
		if utf8.RuneCountInString(t.ZH) > maxNotice || utf8.RuneCountInString(t.EN) > maxNotice {
			return true
		}
	}
	return false
}

// Examine is the review afterwards, by somebody else than who opened it.
func (a *Act) Examine(ctx context.Context, ref string, s Step) error {
	return a.step(ctx, "incident.Examine", ref, s, "", func(i *Incident) error {
		if s.By == i.Opener {
			return fault.New("incident.Examine", fault.Forbidden, "reviewer_same")
		}
		if i.Review != nil {
			return fault.New("incident.Examine", fault.Conflict, "incident_step_done")
		}
		i.Review = &Entry{s.By, a.now(), s.What}
		return nil
	})
}

// Close ends it, by two, when the law needs nothing more.
func (a *Act) Close(ctx context.Context, ref string, s Step) error {
	const op = "incident.Close"
	if err := a.unstopped(ctx, op, ref); err != nil { // a stop that comes meanwhile changes the incident too
		return err
	}
	return a.step(ctx, op, ref, s, identity.IncidentClosed, func(i *Incident) error {
		c := law.Closing{Opener: i.Opener, By: s.By, Second: s.Second}
		if i.Review != nil {
			c.Reviewer, c.Review = i.Review.By, i.Review.What
		}
		if err := law.Refusal(op, i.law().Closes(c)); err != nil {
			return err
		}
		if err := words(op, s.Second, s.What); err != nil {
			return err
		}
		i.Closed, i.Closers = a.now(), []string{s.By, s.Second}
		return nil
	})
}

// step changes an incident that is not closed and writes down who did it; where another
// changed it in between it does all of that again, with what is then true.
func (a *Act) step(ctx context.Context, op, ref string, s Step, kind identity.EventKind, change func(*Incident) error) (err error) {
	return a.stepWith(ctx, op, ref, s, kind, func(i *Incident) (did, error) { return did{}, change(i) })
}

// did is what a step does besides: verbs of its commit, and a word before what the event says.
type did struct {
	say   string
	verbs []identity.Verb
}

func (a *Act) stepWith(ctx context.Context, op, ref string, s Step, kind identity.EventKind, change func(*Incident) (did, error)) (err error) {
	if err := words(op, s.By, s.What); err != nil {
		return err
	}
	for range tries {
		if err = a.once(ctx, op, ref, s, kind, change); !fault.Because(err, "dossier_moved") {
			break
		}
	}
	return fault.At(op, err)
}

func (a *Act) once(ctx context.Context, op, ref string, s Step, kind identity.EventKind, change func(*Incident) (did, error)) error {
	i, version, err := a.read(ctx, ref)
	switch {
	case err != nil:
		return err
	case !i.Closed.IsZero():
		return fault.New(op, fault.Conflict, "incident_closed")
	case kind != identity.IncidentReported && kind != identity.IncidentClosed && len(i.Entries) >= maxEntries-2: // the report and the end always have room
		return fault.New(op, fault.Conflict, "incident_full")
	}
	besides, err := change(&i)
	if err != nil {
		return err
	}
	i.Entries = append(i.Entries, Entry{s.By, a.now(), s.What})
	kept, err := a.Dossiers.Keep(incidents, ref, version, i)
	if err != nil {
		return err
	}
	if kind == "" {
		notes := []identity.Note{kept}
		for _, v := range besides.verbs {
			if n, is := v.(identity.Note); is {
				notes = append(notes, n)
			}
		}
		return a.Store.Jot(ctx, notes...)
	}
	event := i.event(kind)
	event.Detail = strings.TrimSpace(besides.say + " " + event.Detail)
	_, err = a.Book.RecordPublic(ctx, event, append(besides.verbs, kept)...)
	return err
}
