package enrol

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Guardians put an application before a minor's guardians, and say what they
// answered (Art. 4).
type Guardians interface {
	Ask(ctx context.Context, m identity.Matter) error
	Answered(ctx context.Context, ward identity.PersonHandle, key []byte) (identity.Agreed, error)
	GivenUp(ctx context.Context, ward identity.PersonHandle, key []byte) ([]identity.Note, error)
}

// givenUp are the notes by which a minor's guardians read that the application they were
// asked about is over. Whoever leaves is not held by what lies with others (Art. 4): where
// the register is silent, it ends before the guardians with its own time.
func (a *Act) givenUp(ctx context.Context, h identity.Handle, row identity.DraftRow) []identity.Note {
	var d draft
	if a.Cover.Open(h, row.Body, &d) != nil || d.Document == nil || d.Handle == "" || !minor(*d.Document, a.today()) {
		return nil
	}
	notes, err := a.Guardians.GivenUp(ctx, d.Handle, a.matter(h))
	if err != nil {
		return nil
	}
	return notes
}

// minor reports whether the document's holder needs a guardian on the day.
func minor(doc identity.Document, today identity.Date) bool {
	return identity.RegimeAt(doc.Birth, today) != identity.Adult
}

// mayApply asks articles 4 and 15 about the person who holds the document. A
// minor may go on if the register knows a guardian, whoever that is: whether the
// guardian is enrolled and agrees shows at the end.
func (a *Act) mayApply(ctx context.Context, op string, doc identity.Document, handle identity.PersonHandle) error {
	if err := a.Law.Holds(doc, a.today()).Err(op); err != nil {
		return err
	}
	regime, known := identity.RegimeAt(doc.Birth, a.today()), false
	if regime != identity.Adult {
		guardians, err := a.Register.Guardians(ctx, handle)
		if err != nil {
			return fault.At(op, err)
		}
		known = len(guardians) > 0
	}
	return a.Law.Applies(law.Applicant{Regime: regime, GuardianConsents: known, GuardianActs: known}).Err(op)
}

// AskGuardian puts a minor's application before the guardians. The page is the
// same whether or not one of them is enrolled; asking again changes nothing.
func (a *Act) AskGuardian(ctx context.Context, h identity.Handle) error {
	const op = "enrol.AskGuardian"
	d, row, err := a.load(ctx, h)
	if err != nil {
		return fault.At(op, err)
	}
	if err := d.expects(StepGuardian); err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, a.Guardians.Ask(ctx, identity.Matter{Kind: identity.MatterApply, Key: a.matter(h), Ward: d.Handle, Name: identity.MaskName(d.Document.Name),
		Regime: identity.RegimeAt(d.Document.Birth, a.today()), Document: d.Document.Kind, Until: row.Expires}))
}

// HearGuardian asks what they answered. Yes leads to the next step; it is used up
// by Confirm. "guardian_waits" while there is none, "guardian_refused" where one said no.
func (a *Act) HearGuardian(ctx context.Context, h identity.Handle) error {
	const op = "enrol.HearGuardian"
	return a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(StepGuardian); err != nil {
			return err
		}
		if _, err := a.Guardians.Answered(ctx, d.Handle, a.matter(h)); err != nil {
			return err
		}
		d.Guarded = true
		return nil
	})
}

// matter names the application where it waits. Without the handle it does not
// lead to the draft.
func (a *Act) matter(h identity.Handle) []byte {
	d := a.Cover.Digest([]byte("netid/guardian/apply/v1"), h[:])
	return d[:16]
}

// guardian reads again what was answered, for the commit that uses it up.
func (a *Act) guardian(ctx context.Context, h identity.Handle, d draft) (identity.Agreed, error) {
	if !minor(*d.Document, a.today()) {
		return identity.Agreed{}, nil
	}
	return a.Guardians.Answered(ctx, d.Handle, a.matter(h))
}
