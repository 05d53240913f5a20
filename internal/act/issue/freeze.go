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

// Thaw ends a freeze. It is the risky direction, so it asks for the passcode.
func (a *Act) Thaw(ctx context.Context, s identity.Session, passcode string) error {
	return a.move(ctx, "issue.Thaw", s, identity.Thawed, func(o identity.Opened) error {
		return a.Vault.Passcode(ctx, o, s.Certificate, passcode)
	})
}

func (a *Act) move(ctx context.Context, op string, s identity.Session, kind identity.EventKind, ask func(identity.Opened) error) error {
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	to := o.Standing.With(identity.FrozenByOwner)
	if kind == identity.Thawed {
		to = o.Standing.Without(identity.FrozenByOwner)
	}
	if o.Standing == to {
		return nil
	}
	verdict := a.Law.Freezes(true)
	if err := verdict.Err(op); err != nil {
		return err
	}
	if ask != nil {
		if err := ask(o); err != nil {
			return fault.At(op, err)
		}
	}
	verbs := []identity.Verb{identity.SetStanding{ID: o.ID, From: o.Standing, To: to}}
	if kind == identity.Frozen {
		// Whoever freezes is asked again by everybody, also after the thaw, and every session is over.
		ends, err := a.Parting.Close(ctx, o)
		if err != nil {
			return fault.At(op, err)
		}
		verbs = append(append(verbs, identity.EndConsents{Owner: a.Vault.LinkOwner(o)}), ends...)
	}
	_, err = a.Book.Record(ctx, o, identity.Event{Kind: kind, Grounds: []identity.Ground{verdict.Ground()}}, verbs...)
	if err == nil && kind == identity.Frozen {
		a.Parting.Nudge()
	}
	return fault.At(op, err)
}
