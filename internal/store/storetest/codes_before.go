package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

// filledOnce makes a store as a program of before left it, and starts on it.
func filledOnce(t *testing.T, fresh NewDatabase) {
	ctx := context.Background()
	open := fresh(t)
	p := furnish(t, open)
	before := func(last bool) {
		db := open()
		defer db.Close()
		for _, table := range movedTables() {
			if vouchedFor(table) == "code" && table != "pending_shred" { // nothing waits when the schema changes
				run(t, db, "UPDATE "+table+" SET code = ?", []byte{})
			}
		}
		if !last {
			return
		}
		var row identity.EntryRow
		s := served(t, open())
		all, err := s.Entries(ctx, 0, 1000)
		ok(t, err)
		s.Close()
		row = all[len(all)-1]
		run(t, db, "UPDATE ledger_event SET mac = ? WHERE seq = ?", hashOfBefore(row), int64(row.Index))
	}
	sound := func(s *store.Store) {
		t.Helper()
		x := &rig{T: t, s: s}
		if got := x.scrubbed(); len(got) > 0 {
			t.Errorf("scrub names %d rows, such as %s", len(got), got[0])
		}
		_, err := s.Person(ctx, p.ID)
		ok(t, err)
		_, err = s.Epoch(ctx)
		ok(t, err)
		Check(t, s)
	}
	before(true)
	for cuts := 0; ; cuts++ { // a start that is cut at its first, second, … commit
		c := &cutter{Database: open(), left: cuts, kept: cuts%2 == 0}
		s, err := store.Open(ctx, c, Keeper(), time.Now)
		if err == nil {
			sound(s)
			s.Close()
			if cuts < 4 {
				t.Errorf("only %d cuts", cuts)
			}
			break
		}
		if !errors.Is(err, errInjected) || cuts > 50 {
			t.Fatal(cuts, err)
		}
	}
	s := served(t, open())
	sound(s)
	s.Close()
	before(false) // somebody wants it filled again
	s = served(t, open())
	_, err := s.Person(ctx, p.ID)
	isAltered(t, "without codes", err, "person")
	_, err = s.Epoch(ctx)
	isAltered(t, "without codes", err, "single_use")
}

// hashOfBefore is the keyed hash of an entry as programs made it that knew no codes.
func hashOfBefore(r identity.EntryRow) []byte {
	n := fmt.Appendf(nil, "%s%s%s%s", be(r.Index, 8), be(uint64(uint32(r.Day)), 4), be(uint64(r.Bucket), 2), be(uint64(r.State), 1))
	m := suite.MAC(identity.NewSecret(identity.ES256, [32]byte{1}), "netid/ledger/row/v1", n, r.ID, r.Owner, r.Leaf[:], r.Body)
	return m[:]
}

func be(n uint64, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[size-1-i] = byte(n >> (8 * i))
	}
	return b
}
