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
		d.Challenge, d.ChallengeBy, d.Seed = c, a.Now().Add(challengeLife), nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// seedSize is what an exchange is drawn from, in bytes (document.SeedSize).
const seedSize = 72

// Exchange gives what a reader carries to a chip that has no signature to give:
// the second question, after the first was answered by the files alone. It takes
// the challenge's place and is asked for once.
func (a *Act) Exchange(ctx context.Context, h identity.Handle, evidence []byte) ([]byte, error) {
	const op = "enrol.Exchange"
	seed := a.Cover.Random(seedSize)
	var kind identity.DocumentKind
	if err := a.step(ctx, op, h, func(d *draft) error {
		if err := a.asked(op, d); err != nil {
			return err
		}
		if d.Challenge == nil {
			return fault.New(op, fault.Gone, "challenge_expired")
		}
		d.Challenge, d.Seed, d.ChallengeBy, kind = nil, seed, a.Now().Add(challengeLife), d.Kind
		return nil
	}); err != nil {
		return nil, err
	}
	x, err := a.Desk.Begin(ctx, kind, evidence, seed)
	return x, fault.At(op, err)
}

// asked refuses a chip's files that nobody may look at now: the holder has not
// agreed, or was asked nothing that still stands.
func (a *Act) asked(op string, d *draft) error {
	if err := d.expects(StepCard); err != nil {
		return err
	}
	if err := a.Law.Informed(a.notified(d, "enrolment")).Err(op); err != nil {
		return err
	}
	if err := a.Law.Separately("document", d.Consents).Err(op); err != nil {
		return err
	}
	if d.Challenge == nil && d.Seed == nil || !a.Now().Before(d.ChallengeBy) {
		return fault.New(op, fault.Gone, "challenge_expired")
	}
	return nil
}

// Present reads the document from its evidence. What its chip was asked is spent
// before the evidence is looked at, so that no answer can be tried twice.
func (a *Act) Present(ctx context.Context, h identity.Handle, evidence []byte) error {
	return a.present(ctx, "enrol.Present", h, evidence, func(*draft) {})
}

// present is it, with what else the draft gets to know by it.
func (a *Act) present(ctx context.Context, op string, h identity.Handle, evidence []byte, mark func(*draft)) error {
	var was draft
	if err := a.step(ctx, op, h, func(d *draft) error {
		if err := a.asked(op, d); err != nil {
			return err
		}
		was = *d
		d.Challenge, d.Seed = nil, nil
		return nil
	}); err != nil {
		return err
	}
	kind, owner := was.Kind, was.Owner
	read, question := a.Desk.Read, was.Challenge
	if was.Seed != nil {
		read, question = a.Desk.Finish, was.Seed
	}
	doc, handle, err := read(ctx, kind, evidence, question)
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
		d.Photo = a.Desk.Photo(kind, evidence)
		mark(d)
		return nil
	})
}

func (a *Act) notified(d *draft, id string) law.Notified {
	n, _ := law.NoticeByID(id)
	return law.Notified{Notice: n, Consents: d.Consents}
}
