package assist

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Examine is the review of an opening, once, by somebody who neither asked nor approved.
// One that comes late is kept, and the alarm stays.
func (a *Act) Examine(ctx context.Context, ref string, by Hand, what string) error {
	const op = "assist.Examine"
	if !readable(by.Name, maxName) || !readable(what, maxText) {
		return fault.New(op, fault.Invalid, "assistance_text_invalid")
	}
	return a.change(ctx, op, ref, func(r *Request) error {
		switch {
		case r.Opened.IsZero():
			return fault.New(op, fault.Conflict, "assistance_unopened")
		case r.Review != nil:
			return fault.New(op, fault.Conflict, "assistance_reviewed")
		case !r.law().Reviews(by):
			return fault.New(op, fault.Forbidden, "reviewer_same")
		}
		r.Review = &Review{by.Name, by.Person, a.now(), what}
		return nil
	}, func(r Request, kept identity.KeepDossier) error {
		_, err := a.Book.RecordPublic(ctx, identity.Event{Kind: identity.AssistReviewed, Detail: said(r) + "; opened " + r.Opened.Format(time.RFC3339), Grounds: []identity.Ground{}}, kept)
		return err
	})
}

// Overdue are the openings that nobody reviewed in time, by their references.
func (a *Act) Overdue(ctx context.Context) (refs []string, err error) {
	all, err := a.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.overdue(a.now()) {
			refs = append(refs, r.Reference)
		}
	}
	return refs, nil
}

// Sweep puts each opening that nobody reviewed in time before the auditors, once.
func (a *Act) Sweep(ctx context.Context) error {
	const op = "assist.Sweep"
	refs, err := a.Overdue(ctx)
	for _, ref := range refs {
		if err == nil && a.Page != nil {
			err = a.alarm(ctx, ref)
		}
	}
	return fault.At(op, err)
}

func (a *Act) alarm(ctx context.Context, ref string) error {
	r, version, err := a.read(ctx, ref)
	if err != nil || !r.Alarmed.IsZero() {
		return err
	}
	r.Alarmed = a.now()
	kept, err := a.Dossiers.Keep(requests, ref, version, r)
	if err != nil {
		return err
	}
	page, err := a.Page("assistance-unreviewed", ref)
	if err != nil {
		return err
	}
	note, alone := page.(identity.Note)
	if !alone {
		return fault.Newf("assist.alarm", fault.Internal, "internal", "an alert that does not stand alone")
	}
	err = a.Store.Jot(ctx, kept, note)
	if fault.Because(err, "dossier_moved") { // reviewed, or said by another node, in between
		err = nil
	}
	return err
}

func (r Request) overdue(now time.Time) bool {
	due := law.ReviewDue(r.Opened)
	return !r.Opened.IsZero() && (r.Review == nil && now.After(due) || r.Review != nil && r.Review.At.After(due))
}
