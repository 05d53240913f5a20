package authorize

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Decline answers no. Signed in, the citizen finds it in their records;
// otherwise nobody is known and nothing is kept. The party cannot tell.
func (a *Act) Decline(ctx context.Context, s *identity.Session, sealed string, browser identity.Handle) (string, error) {
	const op = "authorize.Decline"
	ask, err := a.ask(op, sealed, browser)
	if err != nil {
		return "", err
	}
	if s != nil {
		err = a.declined(ctx, *s, ask, false)
	} else {
		err = a.take(ctx, ask)
	}
	if err != nil {
		return "", answered(op, err)
	}
	return a.answer(op, ask, identity.Answer{Error: "access_denied"})
}

// DeclineLasting is a no that lasts: for 90 days the party's requests are
// answered with it, and the citizen is not asked. The party cannot tell.
func (a *Act) DeclineLasting(ctx context.Context, s identity.Session, sealed string, browser identity.Handle) (string, error) {
	const op = "authorize.DeclineLasting"
	ask, err := a.ask(op, sealed, browser)
	if err != nil {
		return "", err
	}
	for range 8 {
		if err = a.declined(ctx, s, ask, true); !fault.Because(err, "link_changed") {
			break
		}
	}
	if err != nil {
		return "", answered(op, err)
	}
	return a.answer(op, ask, identity.Answer{Error: "access_denied"})
}

func (a *Act) declined(ctx context.Context, s identity.Session, ask identity.Ask, lasting bool, more ...identity.Verb) error {
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return err
	}
	p, err := a.Store.Party(ctx, ask.Party)
	if err != nil {
		return err
	}
	verbs := append(a.counted(o, p.ID), more...)
	if !lasting {
		return a.refuse(ctx, o, p, ask, identity.Event{}, verbs...)
	}
	until, keep, err := a.hush(ctx, o, p, ask)
	if err != nil {
		return err
	}
	return a.refuse(ctx, o, p, ask, identity.Event{Until: &until}, append(verbs, keep)...)
}

// refuse records that a request ended without an answer. How is the record's
// Detail, where it was not the citizen who said no, and Until where it lasts.
func (a *Act) refuse(ctx context.Context, o identity.Opened, p identity.Party, ask identity.Ask, how identity.Event, more ...identity.Verb) error {
	v := a.Law.Withdraws() // the same freedom before as after (Art. 4: voluntary)
	if err := v.Err("authorize.declined"); err != nil {
		return err
	}
	// The request's id is the record's, as it is a verification's: a decision that
	// is sent twice is one record, and what was declined is never redeemed.
	verbs := append([]identity.Verb{identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}}, more...)
	if len(ask.Pushed) > 0 {
		verbs = append(verbs, identity.TakePushed{ID: ask.Pushed})
	}
	_, err := a.Book.Record(ctx, o, identity.Event{ID: ask.Transaction, Kind: identity.Declined, Party: p.ID, Name: &p.Name, Purpose: &p.Purpose.Text,
		Intent: ask.Intent, Withheld: asked(ask), Detail: how.Detail, Until: how.Until, Grounds: []identity.Ground{v.Ground()}}, verbs...)
	if fault.Because(err, "already_recorded") {
		return nil
	}
	return err
}
