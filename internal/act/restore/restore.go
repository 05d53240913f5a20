// Package restore is what happens to everybody when the store is put back from
// a copy: nothing that was used is good again, and nobody who left comes back.
//
// It owns the order of that and refuses to know where copies come from and how
// they are sealed (package archive, and the commands).
//
// Invariant: one commit begins another single-use epoch, removes what the copy
// still has of persons whose keys were destroyed since, and says so in the
// ledger; before it the store is not served, after it the ledger verifies.
//
// Decision: docs/adr/0014-backup-and-restore.md.
package restore

import (
	"context"
	"fmt"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Store hands over what there is of everybody.
type Store interface {
	Epoch(ctx context.Context) (identity.Epoch, error)
	EachPerson(ctx context.Context, each func(identity.PersonID) error) error
	EachCertificate(ctx context.Context, each func(identity.CertificateRow) error) error
	EachIndex(ctx context.Context, each func(index, body []byte) error) error
	EachLink(ctx context.Context, each func(owner []byte) error) error
	EachChain(ctx context.Context, each func(index []byte) error) error
	EachOwned(ctx context.Context, each func(owner, leaf []byte, day int32) error) error
	Settle(ctx context.Context) error
}

// Vault says who still opens.
type Vault interface {
	Open(ctx context.Context, id identity.PersonID) (identity.Opened, error)
	LinkOwner(o identity.Opened) []byte
	CertificateGone(row identity.CertificateRow) (bool, error)
	IndexGone(index, body []byte) (bool, error)
	IdentityRow(id identity.PersonID) []byte
}

// Sets commits to the dropped bodies.
type Sets interface {
	Set(leaves [][32]byte) identity.ErasedSet
}

// Act raises the epoch of a store that was put back.
type Act struct {
	Store Store
	Vault Vault
	Sets  Sets
	Book  *ledger.Book
	Law   *law.Book
	Now   func() time.Time
	Nonce func() []byte // 16 random bytes
}

// Report is what Raise did.
type Report struct {
	Epoch   uint64 // the one that begins
	Persons int    // who were erased after the copy was made, and are removed from it
	Records uint64 // their records whose bodies are removed
	Held    uint64 // their records that stay sealed to the officers' quorum
	Living  int    // persons who open
	Sealed  int    // persons who do not open though nobody destroyed their keys: the shelf or the store is damaged
}

// Raise does all of it. Entries is the size of the ledger as it was put back,
// known the largest size that anything remembered says it once had: the event
// records both, so that what is lost is not hidden.
//
// A person who does not open, though their keys were not destroyed, is left as
// they are; then the rows that only keys can tell apart (links, numbering,
// records) are left too, because theirs could not be told from an erased person's.
func (a *Act) Raise(ctx context.Context, entries, known uint64) (Report, error) {
	const op = "restore.Raise"
	epoch, err := a.Store.Epoch(ctx)
	if err != nil {
		return Report{}, fault.At(op, err)
	}
	kept := a.Law.Keeps(identity.Restored)
	if err := kept.Err(op); err != nil {
		return Report{}, err
	}
	r := Report{Epoch: epoch.Number + 1}
	sweep := identity.SweepErased{HoldFrom: law.OldestHeld(a.Now()).FirstDay()}
	set := a.Sets.Set(nil)
	steps := roll{Act: a, links: seen{}, chains: seen{}, owners: seen{}, report: &r, sweep: &sweep, set: &set}
	if err := steps.run(ctx); err != nil {
		return Report{}, fault.At(op, err)
	}
	r.Persons, r.Records = len(sweep.Persons), set.Count
	_, err = a.Book.RecordPublic(ctx, identity.Event{Kind: identity.Restored, Set: &set, Grounds: []identity.Ground{kept.Ground()},
		Detail: fmt.Sprintf("epoch %d; put back with %d entries, %d were known; %d persons and %d records removed, erased after the copy, %d records held", r.Epoch, entries, max(known, entries), r.Persons, r.Records, r.Held)},
		sweep, identity.RaiseEpoch{From: epoch.Number, Nonce: a.Nonce(), At: a.Now()})
	if err != nil {
		return Report{}, fault.At(op, err)
	}
	return r, fault.At(op, a.Store.Settle(ctx))
}
