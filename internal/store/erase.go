package store

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// erasePerson deletes every row of a person on both sides. Their entries stay
// as leaves; bodies, owners and buckets go but for those that are held, and each
// row gets a new integrity code as what it now is.
func (g *group) erasePerson(v identity.ErasePerson) error {
	if err := g.must("person_gone", "DELETE FROM person WHERE id = ?", v.ID[:]); err != nil {
		return err
	}
	if err := g.markAll(v.CertOwner, identity.StatusRevoked); err != nil {
		return err
	}
	for _, row := range []struct {
		query string
		key   []byte
	}{
		{"DELETE FROM person_key WHERE person = ?", v.ID[:]},
		{"DELETE FROM vault_identity WHERE id = ?", v.IdentityRow},
		{"DELETE FROM certificate WHERE owner = ?", v.CertOwner},
		{"DELETE FROM party_link WHERE owner = ?", v.LinkOwner},
		{"DELETE FROM person_chain WHERE idx = ?", v.ChainIndex},
	} {
		if _, err := g.exec(row.query, row.key); err != nil {
			return err
		}
	}
	for _, index := range v.Indexes {
		if _, err := g.exec("DELETE FROM vault_index WHERE idx = ?", index); err != nil {
			return err
		}
	}
	if err := g.eraseEntries(v); err != nil {
		return err
	}
	_, err := g.exec("INSERT INTO pending_shred (slot, code) VALUES (?, ?) ON CONFLICT (slot) DO UPDATE SET code = excluded.code",
		int64(v.Slot), g.store.code("pending_shred", int64(v.Slot)))
	return err
}

// eraseEntries guards the count and the names of those that are held, so that
// the tombstone's set is exactly what went.
func (g *group) eraseEntries(v identity.ErasePerson) error {
	all, err := g.entries("WHERE owner = ? AND day >= ?", v.EventOwner, int64(g.floor.Day))
	if err != nil {
		return err
	}
	hold := map[string]identity.Class{}
	for _, h := range v.Hold {
		hold[string(h.ID)] = h.Class
	}
	held := 0
	for _, e := range all {
		if c := hold[string(e.ID)]; c.Held().Holds() {
			held++
			err = g.holdEntry(e, c)
		} else {
			err = g.dropEntry(e)
		}
		if err != nil {
			return err
		}
	}
	if uint64(len(all)) != v.Events || held != len(v.Hold) {
		return refuse("events_moved")
	}
	return nil
}

// sweepEntries is eraseEntries for an owner whose keys are gone, so that nobody
// can say of which class an entry is: young enough, it is held for the longest
// term; else it goes. It says how many went.
func (g *group) sweepEntries(owner []byte, holdFrom int32) (gone uint64, err error) {
	all, err := g.entries("WHERE owner = ? AND state = ? AND day >= ?", owner, int64(identity.EntrySealed), int64(g.floor.Day))
	for _, e := range all {
		if e.Day >= holdFrom {
			err = g.holdEntry(e, identity.Proofs)
		} else {
			gone++
			err = g.dropEntry(e)
		}
		if err != nil {
			return 0, err
		}
	}
	return gone, err
}

// PendingShreds lists the shelf slots of erased persons that are not destroyed
// yet. A row that this store did not write itself is left out, and is an error besides:
// what is to be destroyed lies outside the store and in no other copy, so a row that somebody
// put here must not end anybody.
func (s *Store) PendingShreds(ctx context.Context) (slots []uint64, err error) {
	const op = "store.PendingShreds"
	strange := 0
	err = s.read(ctx, op, "SELECT slot, code FROM pending_shred ORDER BY slot", func(r Row) error {
		var n int64
		var code []byte
		err := r.Scan(&n, &code)
		switch {
		case err != nil:
		case s.vouched(code, "pending_shred", n) == nil:
			slots = append(slots, uint64(n))
		default:
			strange++
		}
		return err
	})
	if err == nil && strange > 0 {
		err = fault.Newf(op, fault.Internal, "internal", "%d slots are to be destroyed (table pending_shred) that no erasure named: the store was altered", strange)
	}
	return slots, err
}

func (g *group) shredded(n identity.Shredded) error {
	_, err := g.exec("DELETE FROM pending_shred WHERE slot = ?", int64(n.Slot))
	return err
}

// How often Settle tries before it gives up, and how long it lets readers finish in between.
const (
	settleAttempts = 20
	settlePause    = 50 * time.Millisecond
)

// Settle leaves no byte of erased or replaced rows in any file of the store.
// The erasure is complete when it returns nil. While a reader (of any process)
// still looks at an older state it tries again for a second or more between the changes of
// others, then fails with fault.Unavailable, "store_busy": call it again later.
func (s *Store) Settle(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		err := s.submit(ctx, "store.Settle", &request{alone: s.db.Settle})
		switch busy := fault.Because(err, "store_busy"); {
		case !busy && !fault.Is(err, fault.Unavailable): // the database's own words
			return unavailable("store.Settle", err)
		case !busy || attempt == settleAttempts:
			return fault.At("store.Settle", err)
		}
		select {
		case <-time.After(settlePause):
		case <-ctx.Done():
			return cancelled("store.Settle", ctx)
		}
	}
}
