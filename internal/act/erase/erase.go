// Package erase is the act by which a person leaves (Arts 4, 9).
//
// It owns the order in which everything goes and the receipt that says so,
// and refuses to know any reason to keep a key.
//
// Invariant: after the receipt no key exists that opens anything about the
// person, in this store or in any copy of it: the shelf slot on which all
// three keys depend is destroyed after the commit and before the receipt, and
// a crash between the two is finished at the next start.
package erase

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Store reads what goes and forgets it physically.
type Store interface {
	EntriesOf(ctx context.Context, owner []byte) ([]identity.EntryRow, error)
	Entry(ctx context.Context, id []byte) (identity.EntryRow, error)
	Head(ctx context.Context) ([]byte, error)
	PendingShreds(ctx context.Context) ([]uint64, error)
	Jot(ctx context.Context, notes ...identity.Note) error
	Settle(ctx context.Context) error
}

// Vault knows what belongs to a person and destroys the slot.
type Vault interface {
	Visit(context.Context, identity.Session) (identity.Opened, error)
	Passcode(ctx context.Context, o identity.Opened, c identity.CertificateID, digits string) error
	Erasure(context.Context, identity.Opened) (identity.ErasePerson, error)
	Shred(slot uint64) error
}

// Sets commits to the dropped bodies.
type Sets interface {
	Set(leaves [][32]byte) identity.ErasedSet
}

// Act erases.
type Act struct {
	Store Store
	Vault Vault
	Sets  Sets
	Book  *ledger.Book
	Law   *law.Book
	Now   func() time.Time
}

// Receipt lists what went and what stays. It names nobody.
type Receipt struct {
	ID    string
	Time  time.Time
	Gone  []string // keys of the catalogue
	Stays []string
	Leaf  uint64 // the tombstone's place in the ledger
	Head  string
}

// Erase ends a person's identity here, in one step, at their own word: the
// device's session and the passcode.
func (a *Act) Erase(ctx context.Context, s identity.Session, passcode string) (Receipt, error) {
	const op = "erase.Erase"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return Receipt{}, fault.At(op, err)
	}
	leaves := a.Law.Leaves()
	if err := leaves.Err(op); err != nil {
		return Receipt{}, err
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return Receipt{}, fault.At(op, err)
	}
	kept := a.Law.Keeps(identity.Erased)
	if err := kept.Err(op); err != nil {
		return Receipt{}, err
	}
	tomb, err := a.commit(ctx, o, []identity.Ground{leaves.Ground(), kept.Ground()})
	if err != nil {
		return Receipt{}, fault.At(op, err)
	}
	ctx = context.WithoutCancel(ctx) // it happened: a browser that left does not keep the rest from being done
	if err := a.shred(ctx, o.Slot); err != nil {
		return Receipt{}, fault.At(op, err)
	}
	return a.receipt(ctx, tomb)
}

// commit drops every row of the person under one tombstone that commits to
// the set of dropped bodies. An event that arrives meanwhile moves the chain,
// so the set is read again.
func (a *Act) commit(ctx context.Context, o identity.Opened, grounds []identity.Ground) (identity.Event, error) {
	for range 16 {
		rows, err := a.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
		if err != nil {
			return identity.Event{}, err
		}
		// Read after the entries: a document that is added from here on moves
		// them, so the commit never misses one of its rows.
		gone, err := a.Vault.Erasure(ctx, o)
		if err != nil {
			return identity.Event{}, err
		}
		gone.EventOwner, gone.ChainIndex = ledger.Owner(o.Keys), ledger.ChainIndex(o.Keys)
		leaves := make([][32]byte, len(rows))
		for i, r := range rows {
			leaves[i] = r.Leaf
		}
		set := a.Sets.Set(leaves)
		gone.Events = set.Count
		e, err := a.Book.RecordPublic(ctx, identity.Event{Kind: identity.Erased, Set: &set, Grounds: grounds}, gone)
		if !fault.Because(err, "events_moved") {
			return e, err
		}
	}
	return identity.Event{}, fault.New("erase.commit", fault.Unavailable, "try_again")
}

// shred destroys the slot, then lets the store forget what its files still
// hold. A long reader may hold the log: the rows are gone and nothing opens,
// but the slot stays pending until Resume finds the reader gone.
func (a *Act) shred(ctx context.Context, slot uint64) error {
	if err := a.Vault.Shred(slot); err != nil {
		return err
	}
	err := a.Store.Settle(ctx)
	if fault.Because(err, "store_busy") {
		return nil
	}
	if err != nil {
		return err
	}
	return a.Store.Jot(ctx, identity.Shredded{Slot: slot})
}

// Resume finishes erasures that a crash or a reader interrupted. It runs
// before the service answers anybody, and every minute.
func (a *Act) Resume(ctx context.Context) error {
	slots, err := a.Store.PendingShreds(ctx)
	if err != nil {
		return fault.At("erase.Resume", err)
	}
	for _, slot := range slots {
		if err := a.shred(ctx, slot); err != nil {
			return fault.At("erase.Resume", err)
		}
	}
	return nil
}

func (a *Act) receipt(ctx context.Context, tomb identity.Event) (Receipt, error) {
	id, err := identity.ParseEventID(tomb.ID)
	if err != nil {
		return Receipt{}, fault.At("erase.receipt", err)
	}
	row, err := a.Store.Entry(ctx, a.Book.EntryID(id))
	if err != nil {
		return Receipt{}, fault.At("erase.receipt", err)
	}
	head, err := a.Store.Head(ctx)
	return Receipt{ID: tomb.ID, Time: tomb.Time, Leaf: row.Index, Head: string(head),
		Gone:  []string{"erased_identity", "erased_number", "erased_certificates", "erased_records", "erased_keys"},
		Stays: []string{"stays_leaves", "stays_tombstone", "stays_party_copies"}}, fault.At("erase.receipt", err)
}
