package vault

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Erasure lists every row of a person that the vault can name, and their slot.
// The act adds what the ledger knows (EventOwner, Events, ChainIndex). It reads
// the real identity, since only that knows the documents; an identity that
// changes before the commit moves the person's events, which the commit guards.
func (v *Vault) Erasure(ctx context.Context, o identity.Opened) (identity.ErasePerson, error) {
	p, err := v.Identity(ctx, o)
	if err != nil {
		return identity.ErasePerson{}, fault.At("vault.Erasure", err)
	}
	e := identity.ErasePerson{ID: o.ID, IdentityRow: v.identityRow(o.ID), CertOwner: v.CertOwner(o), LinkOwner: v.LinkOwner(o), Slot: o.Slot,
		Indexes: v.HandleIndex(p.Handle)} // under every version: which one a claim was made under, nobody keeps
	for _, d := range p.Documents {
		e.Indexes = append(e.Indexes, v.DocumentIndex(d.Kind, d.Number)...)
	}
	e.Indexes = append(e.Indexes, v.NumberIndex(o.Profile.Number)...)
	return e, nil
}

// Shred destroys the secret of a slot. After it nothing of the person opens,
// in this store or in any copy. It is called after the erasure's commit and
// before its receipt, and again after a cut: destroying twice is no error.
func (v *Vault) Shred(slot uint64) error {
	defer v.recent.forget(func(o identity.Opened) bool { return o.Slot == slot })
	return fault.At("vault.Shred", v.shelf.Destroy(slot))
}
