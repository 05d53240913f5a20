package issue

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Freeze stops every use of the person's number at once: one tap, no question.
// It ends every session at a party, for good. Freezing what is frozen is no error.
func (a *Act) Freeze(ctx context.Context, s identity.Session) error {
	return a.move(ctx, "issue.Freeze", s, identity.Frozen, nil)
}

// Thaw ends a freeze. What a guardian froze, only a guardian ends until the
// fourteenth birthday. It is the risky direction, so it asks for the passcode.
func (a *Act) Thaw(ctx context.Context, s identity.Session, passcode string) error {
	return a.move(ctx, "issue.Thaw", s, identity.Thawed, func(o identity.Opened) error {
		if o.Standing.Has(identity.FrozenByGuardian) {
			regime, err := a.Vault.Regime(ctx, o, identity.Today(a.Now()))
			if err != nil {
				return err
			}
			if regime == identity.Child {
				return fault.New("issue.Thaw", fault.Forbidden, "guardian_froze")
			}
		}
		return a.Vault.Passcode(ctx, o, s.Certificate, passcode)
	})
}

// MoveFor freezes or thaws a child's number for a guardian; by names the guardian in
// the child's records, with are the guards of theirs.
func (a *Act) MoveFor(ctx context.Context, child identity.Opened, kind identity.EventKind, to identity.Standing, by string, with ...identity.Verb) error {
	return a.commit(ctx, "issue.MoveFor", child, to, identity.Event{Kind: kind, Detail: by}, with...)
}

func (a *Act) move(ctx context.Context, op string, s identity.Session, kind identity.EventKind, ask func(identity.Opened) error) error {
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	to := o.Standing.With(identity.FrozenByOwner)
	if kind == identity.Thawed {
		to = o.Standing.Without(identity.FrozenByOwner | identity.FrozenByGuardian)
	}
	if o.Standing == to {
		return nil
	}
	if ask != nil {
		if err := ask(o); err != nil {
			return fault.At(op, err)
		}
	}
	return a.commit(ctx, op, o, to, identity.Event{Kind: kind})
}

func (a *Act) commit(ctx context.Context, op string, o identity.Opened, to identity.Standing, e identity.Event, with ...identity.Verb) error {
	verdict := a.Law.Freezes(true)
	if err := verdict.Err(op); err != nil {
		return err
	}
	e.Grounds = []identity.Ground{verdict.Ground()}
	verbs := append([]identity.Verb{identity.SetStanding{ID: o.ID, From: o.Standing, To: to, CertOwner: a.Vault.CertOwner(o)}}, with...)
	if e.Kind == identity.Frozen {
		// Whoever freezes is asked again by everybody, also after the thaw, and every session is over.
		ends, err := a.Parting.Close(ctx, o)
		if err != nil {
			return fault.At(op, err)
		}
		verbs = append(append(verbs, identity.EndConsents{Owner: a.Vault.LinkOwner(o)}), ends...)
	}
	_, err := a.Book.Record(ctx, o, e, verbs...)
	if err == nil && e.Kind == identity.Frozen {
		a.Parting.Nudge()
	}
	return fault.At(op, err)
}
