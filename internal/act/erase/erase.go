// Package erase is the act by which a person leaves (Arts 4, 9), and by which
// what law made the service keep of them ends on its date.
//
// It owns the order in which everything goes and the receipt that says so,
// and refuses to know any other reason to keep a key than the law's.
//
// Invariant: after the receipt no key exists in the service that opens anything
// about the person, in this store or in any copy of it: the shelf slot on which
// all three keys depend is destroyed after the commit and before the receipt, and
// a crash between the two is finished at the next start. One thing waits longer: the sealed
// notice to a party that the person's sessions there are over, a day at most (ADR 0029). What law keeps opens to
// the officers' quorum alone, a month at a time, and from its printed date to nobody.
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
	Entry(ctx context.Context, key identity.EntryKey) (identity.EntryRow, error)
	Head(ctx context.Context) ([]byte, error)
	PendingShreds(ctx context.Context) ([]uint64, error) // those that are sure, and an error when there are others
	Jot(ctx context.Context, notes ...identity.Note) error
	Settle(ctx context.Context) error
	Held(ctx context.Context, p identity.Period, limit int) ([]identity.EntryRow, error)
	Remains(ctx context.Context, p identity.Period) (bool, error)
	DropEscrow(ctx context.Context, p identity.Period) error

	Outdated(ctx context.Context, before int32) (bool, error)
	Floor(ctx context.Context) (f identity.Floor, code []byte, err error)
	PackDays(ctx context.Context, before int32, each func(leaf [32]byte)) error
	DropDays(ctx context.Context, before int32) error
}

// Vault knows what belongs to a person and destroys the slot.
type Vault interface {
	Visit(context.Context, identity.Session) (identity.Opened, error)
	Passcode(ctx context.Context, o identity.Opened, c identity.CertificateID, digits string) error
	Erasure(context.Context, identity.Opened) (identity.ErasePerson, error)
	Shred(slot uint64) error
}

// Parting writes the notices to the parties whose sessions end.
type Parting interface {
	Letters(ctx context.Context, o identity.Opened, party identity.PartyID) ([]identity.Verb, error)
	Nudge()
}

// Sets commits to the dropped bodies.
type Sets interface {
	Set(leaves [][32]byte) identity.ErasedSet
	Add(set identity.ErasedSet, leaf [32]byte) identity.ErasedSet
}

// Quorum knows which terms are over and ends their keys.
type Quorum interface {
	Due(now time.Time) []identity.Term
	Destroy(key string) error // again is no error
	Settle(key string) error
}

// Wards opens the child under 14 that a guardian names.
type Wards interface {
	Mine(ctx context.Context, s identity.Session, ref string) (child identity.Opened, guards []identity.Verb, err error)
}

// Heirs opens the dead whose close relative asks, with the ground of it.
type Heirs interface {
	Ends(ctx context.Context, s identity.Session, ref string) (dead identity.Opened, guards []identity.Verb, ground identity.Ground, err error)
}

// Signals end with the person.
type Signals interface {
	Quiet(ctx context.Context, o identity.Opened, only ...identity.CertificateID) ([]identity.Verb, error)
}

// Act erases.
type Act struct {
	Store   Store
	Vault   Vault
	Quorum  Quorum
	Sets    Sets
	Parting Parting
	Wards   Wards
	Heirs   Heirs
	Signals Signals
	Took    func(time.Duration) // told how long each erasure took, but for those that a cut interrupted; nil: nobody is
	Book    *ledger.Book
	Law     *law.Book
	Now     func() time.Time
}

// Receipt lists what went and what stays. It names nobody.
type Receipt struct {
	ID    string
	Time  time.Time
	Gone  []string // keys of the catalogue
	Stays []string
	Held  []Held // by date
	Leaf  uint64 // the tombstone's place in the ledger
	Head  string
}

// Held is what law keeps of one class and month.
type Held struct {
	Class   identity.Class
	Records int
	Until   time.Time // the day on which the key to them is destroyed
}

// Erase ends a person's identity here, in one step, at their own word: the
// device's session and the passcode.
func (a *Act) Erase(ctx context.Context, s identity.Session, passcode string) (Receipt, error) {
	const op = "erase.Erase"
	began := a.Now()
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return Receipt{}, fault.At(op, err)
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return Receipt{}, fault.At(op, err)
	}
	return a.end(ctx, op, began, o, nil)
}

// EraseWard ends the identity of a child under 14 at the word of their guardian:
// the guardian's session and passcode.
func (a *Act) EraseWard(ctx context.Context, s identity.Session, ref, passcode string) (Receipt, error) {
	const op = "erase.EraseWard"
	began := a.Now()
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return Receipt{}, fault.At(op, err)
	}
	child, guards, err := a.Wards.Mine(ctx, s, ref)
	if err != nil {
		return Receipt{}, fault.At(op, err)
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return Receipt{}, fault.At(op, err)
	}
	return a.end(ctx, op, began, child, nil, guards...)
}

// EraseDead ends what is kept of somebody who died, at the word of a close relative: the
// relative's session and passcode (PIPL Art. 49).
func (a *Act) EraseDead(ctx context.Context, s identity.Session, ref, passcode string) (Receipt, error) {
	const op = "erase.EraseDead"
	began := a.Now()
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return Receipt{}, fault.At(op, err)
	}
	dead, guards, ground, err := a.Heirs.Ends(ctx, s, ref)
	if err != nil {
		return Receipt{}, fault.At(op, err)
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return Receipt{}, fault.At(op, err)
	}
	return a.end(ctx, op, began, dead, []identity.Ground{ground}, guards...)
}

func (a *Act) end(ctx context.Context, op string, began time.Time, o identity.Opened, grounds []identity.Ground, guards ...identity.Verb) (Receipt, error) {
	leaves := a.Law.Leaves()
	if err := leaves.Err(op); err != nil {
		return Receipt{}, err
	}
	kept := a.Law.Keeps(identity.Erased)
	if err := kept.Err(op); err != nil {
		return Receipt{}, err
	}
	tomb, held, err := a.commit(ctx, o, append([]identity.Ground{leaves.Ground(), kept.Ground()}, grounds...), guards...)
	if err != nil {
		return Receipt{}, fault.At(op, err)
	}
	ctx = context.WithoutCancel(ctx) // it happened: a browser that left does not keep the rest from being done
	if err := a.shred(ctx, o.Slot); err != nil {
		return Receipt{}, fault.At(op, err)
	}
	if a.Took != nil {
		a.Took(a.Now().Sub(began))
	}
	return a.receipt(ctx, tomb, held)
}

// commit drops every row of the person under one tombstone that commits to
// the set of dropped bodies. An event that arrives meanwhile moves the chain,
// so the set is read again.
func (a *Act) commit(ctx context.Context, o identity.Opened, grounds []identity.Ground, guards ...identity.Verb) (identity.Event, []Held, error) {
	for range 16 {
		rows, err := a.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
		if err != nil {
			return identity.Event{}, nil, err
		}
		// Read after the entries: a document that is added from here on moves
		// them, so the commit never misses one of its rows.
		gone, err := a.Vault.Erasure(ctx, o)
		if err != nil {
			return identity.Event{}, nil, err
		}
		gone.EventOwner, gone.ChainIndex, gone.Events = ledger.Owner(o.Keys), ledger.ChainIndex(o.Keys), uint64(len(rows))
		leaves, held, err := a.part(o, rows, &gone)
		if err != nil {
			return identity.Event{}, nil, err
		}
		letters, err := a.Parting.Letters(ctx, o, "")
		if err != nil {
			return identity.Event{}, nil, err
		}
		quiet, err := a.Signals.Quiet(ctx, o)
		if err != nil {
			return identity.Event{}, nil, err
		}
		set := a.Sets.Set(leaves)
		e, err := a.Book.RecordPublic(ctx, identity.Event{Kind: identity.Erased, Set: &set, Grounds: grounds}, append(append(guards[:len(guards):len(guards)], gone), append(letters, quiet...)...)...)
		if err == nil {
			a.Parting.Nudge()
		}
		if !fault.Because(err, "events_moved") && !fault.Because(err, "draft_moved") {
			return e, held, err
		}
	}
	return identity.Event{}, nil, fault.New("erase.commit", fault.Unavailable, "try_again")
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
	slots, strange := a.Store.PendingShreds(ctx)
	for _, slot := range slots { // those that it vouches for, whatever else somebody put beside them
		if err := a.shred(ctx, slot); err != nil {
			return fault.At("erase.Resume", err)
		}
	}
	return fault.At("erase.Resume", strange)
}

func (a *Act) receipt(ctx context.Context, tomb identity.Event, held []Held) (Receipt, error) {
	id, err := identity.ParseEventID(tomb.ID)
	if err != nil {
		return Receipt{}, fault.At("erase.receipt", err)
	}
	row, err := a.Store.Entry(ctx, a.Book.EntryKey(id))
	if err != nil {
		return Receipt{}, fault.At("erase.receipt", err)
	}
	head, err := a.Store.Head(ctx)
	return Receipt{ID: tomb.ID, Time: tomb.Time, Leaf: row.Index, Head: string(head), Held: held,
		Gone:  []string{"erased_identity", "erased_number", "erased_certificates", "erased_records", "erased_keys"},
		Stays: []string{"stays_leaves", "stays_tombstone", "stays_party_copies"}}, fault.At("erase.receipt", err)
}
