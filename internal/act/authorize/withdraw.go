package authorize

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Withdraw ends what the citizen allowed one party: every code and token made
// for it is dead from this commit on, and the party is told that its sessions are
// over. What was lawful before stays so.
func (a *Act) Withdraw(ctx context.Context, s identity.Session, id identity.PartyID) error {
	const op = "authorize.Withdraw"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	return a.WithdrawFor(ctx, o, id, "")
}

// WithdrawFor is Withdraw for a child, by a guardian: by names them in the child's
// records, with are the guards of theirs.
func (a *Act) WithdrawFor(ctx context.Context, o identity.Opened, id identity.PartyID, by string, with ...identity.Verb) error {
	const op = "authorize.Withdraw"
	p, err := a.Store.Party(ctx, id)
	if err != nil {
		return fault.At(op, err)
	}
	v := a.Law.Withdraws()
	if err := v.Err(op); err != nil {
		return err
	}
	for range 8 {
		index := a.Vault.LinkIndex(o, id)
		from, err := a.Store.Link(ctx, index)
		if err != nil {
			return fault.At(op, err)
		}
		letters, err := a.Parting.Letters(ctx, o, id)
		if err != nil {
			return fault.At(op, err)
		}
		_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.Withdrawn, Party: p.ID, Name: &p.Name, Detail: by, Grounds: []identity.Ground{v.Ground()}},
			append([]identity.Verb{identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch},
				identity.CutLink{Index: index, Owner: a.Vault.LinkOwner(o), From: from}}, append(letters, with...)...)...)
		if err == nil {
			a.Parting.Nudge()
		}
		if !fault.Because(err, "link_changed") {
			return fault.At(op, err)
		}
	}
	return fault.New(op, fault.Unavailable, "try_again")
}
