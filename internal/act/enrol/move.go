package enrol

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Move opens a draft for another telephone of somebody who is signed in. Its steps
// are Phone, Code and KeepPhone. The register is not asked: it vouches for a
// telephone in the place of a face, and here stand a device and the passcode.
func (a *Act) Move(ctx context.Context, s identity.Session) (identity.Handle, error) {
	const op = "enrol.Move"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return identity.Handle{}, fault.At(op, err)
	}
	p, err := a.Vault.Identity(ctx, o)
	if err == nil {
		err = moves(o, p, "")
	}
	if err != nil {
		return identity.Handle{}, fault.At(op, err)
	}
	h, err := a.put(ctx, draft{Owner: o.ID, Moves: true, Handle: p.Handle, Transaction: identity.NewEventID(a.Now()).String()}) // the handle: whose codes are counted
	return h, fault.At(op, err)
}

// moves refuses what no change of a telephone may begin on: a number that stands
// still, a change that waits already (whoever waits longest could otherwise be
// pushed aside unseen), and the telephone that is.
func moves(o identity.Opened, p identity.Person, phone string) error {
	const op = "enrol.moves"
	switch {
	case o.Standing != identity.Active:
		return fault.New(op, fault.Forbidden, "certificate_frozen")
	case p.Next != nil:
		return fault.New(op, fault.Conflict, "phone_waits")
	case p.Phone == phone:
		return fault.New(op, fault.Invalid, "phone_same")
	}
	return nil
}

// KeepPhone ends Move: from 72 hours on the telephone is the person's, unless one
// of their devices refuses it. Both telephones hear of it at once.
func (a *Act) KeepPhone(ctx context.Context, s identity.Session, h identity.Handle, passcode string) error {
	const op = "enrol.KeepPhone"
	d, row, err := a.load(ctx, h)
	if err != nil {
		return fault.At(op, err)
	}
	if err := d.expects(StepMove); err != nil {
		return fault.At(op, err)
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	if d.Owner != o.ID { // somebody else signed in at this browser meanwhile
		return fault.New(op, fault.Gone, "draft_unknown")
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return fault.At(op, err)
	}
	_, err = a.settle(ctx, d, func() (identity.Grant, error) {
		s.Found = nil // as they are now: something else may have come first
		if o, err = a.Vault.Visit(ctx, s); err != nil {
			return identity.Grant{}, err
		}
		return identity.Grant{}, a.keepPhone(ctx, o, d.Phone, identity.DropDraft{ID: row.ID, Version: row.Version}, identity.GuardCertificate{ID: s.Certificate})
	})
	if err == nil {
		a.Post.Nudge()
	}
	return fault.At(op, err)
}

func (a *Act) keepPhone(ctx context.Context, o identity.Opened, phone string, verbs ...identity.Verb) error {
	ground := a.Law.Collects([]string{"phone"})
	if err := ground.Err("enrol.keepPhone"); err != nil {
		return err
	}
	var refused error
	was, now := "", a.Now().UTC().Truncate(time.Second)
	keep, err := a.Vault.AmendIdentity(ctx, o, func(p *identity.Person) {
		refused, was = moves(o, *p, phone), p.Phone
		p.Next = &identity.NextPhone{Phone: phone, From: now.Add(identity.PhoneWait)}
	})
	if err != nil {
		return err
	}
	if refused != nil {
		return refused
	}
	for _, to := range []string{was, phone} {
		m, err := a.Post.Leave(identity.Message{Kind: identity.ShortMessage, Address: to, Text: a.Notice("phone")}, now.Add(identity.PhoneWait))
		if err != nil {
			return err
		}
		verbs = append(verbs, m)
	}
	_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.PhoneAsked, Grounds: []identity.Ground{ground.Ground()}},
		append(verbs, keep, identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch})...)
	return err
}
