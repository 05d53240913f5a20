package enrol

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// challengeLife is how long a chip has to answer.
const challengeLife = 2 * time.Minute

// Challenge gives 8 fresh bytes for the chip or the card to answer. The
// newest replaces any older one, and reading a document uses it up.
func (a *Act) Challenge(ctx context.Context, h identity.Handle) ([]byte, error) {
	c := a.Cover.Random(8)
	err := a.step(ctx, "enrol.Challenge", h, func(d *draft) error {
		if err := d.expects(StepCard); err != nil {
			return err
		}
		d.Challenge, d.ChallengeBy = c, a.Now().Add(challengeLife)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Present reads the document from its evidence. The challenge is spent before
// the evidence is looked at, so that no answer can be tried twice.
func (a *Act) Present(ctx context.Context, h identity.Handle, evidence []byte) error {
	const op = "enrol.Present"
	var challenge []byte
	var kind identity.DocumentKind
	var owner identity.PersonID
	if err := a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(StepCard); err != nil {
			return err
		}
		if err := a.Law.Informed(a.notified(d, "enrolment")).Err(op); err != nil {
			return err
		}
		if err := a.Law.Separately("document", d.Consents).Err(op); err != nil {
			return err
		}
		if d.Challenge == nil || !a.Now().Before(d.ChallengeBy) {
			return fault.New(op, fault.Gone, "challenge_expired")
		}
		challenge, kind, owner = d.Challenge, d.Kind, d.Owner
		d.Challenge = nil
		return nil
	}); err != nil {
		return err
	}
	doc, handle, err := a.Desk.Read(ctx, kind, evidence, challenge)
	if err != nil {
		return fault.At(op, err)
	}
	var before *identity.Document
	if owner != (identity.PersonID{}) {
		if err := a.theirs(ctx, owner, handle); err != nil {
			return fault.At(op, err)
		}
		if before, err = a.before(ctx, owner, kind); err != nil {
			return fault.At(op, err)
		}
	}
	if err := a.mayApply(ctx, op, doc, handle); err != nil {
		return err
	}
	return a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(StepCard); err != nil {
			return err
		}
		d.Document, d.Handle, d.Before, d.Minor = &doc, handle, before, minor(doc, a.today())
		return nil
	})
}

func (a *Act) notified(d *draft, id string) law.Notified {
	n, _ := law.NoticeByID(id)
	return law.Notified{Notice: n, Consents: d.Consents}
}

// Face takes the device's own word about the face step.
func (a *Act) Face(ctx context.Context, h identity.Handle, assertion string) error {
	const op = "enrol.Face"
	return a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(StepFace); err != nil {
			return err
		}
		if err := a.Law.Separately("face", d.Consents).Err(op); err != nil {
			return err
		}
		if err := a.Faces.Check(assertion); err != nil {
			return err
		}
		d.Face = "match"
		return nil
	})
}

// Twin chooses the way without a face, of equal rank: the telephone to be
// confirmed must be the one that the register already holds for the person.
func (a *Act) Twin(ctx context.Context, h identity.Handle) error {
	return a.step(ctx, "enrol.Twin", h, func(d *draft) error {
		if err := d.expects(StepFaceConsent, StepFace); err != nil {
			return err
		}
		d.Face = "twin"
		return nil
	})
}
