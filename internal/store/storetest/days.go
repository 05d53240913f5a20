package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/store"
)

// forget ends the days before one, as the act does.
func forget(t testing.TB, s *store.Store, before int32) {
	t.Helper()
	ctx := context.Background()
	ok(t, s.Jot(ctx, identity.CloseDays{Before: before}))
	say(t, s, before)
	ok(t, s.DropDays(ctx, before))
}

func say(t testing.TB, s *store.Store, before int32) {
	t.Helper()
	set := ledger.EmptySet()
	ok(t, s.PackDays(context.Background(), before, func(leaf [32]byte) { set = Keeper().Add(set, leaf) }))
	public(t, s, identity.Expired, set, identity.ExpireDays{Before: before})
}

// on is a person's next entry, of some day.
func on(t testing.TB, s *store.Store, p *Person, day int32) identity.Entry {
	t.Helper()
	e := p.Entry()
	e.Day = day
	ok(t, s.Commit(context.Background(), identity.Change{Entry: e}))
	return e
}

// days: what is from before a day goes at the step that says so and no earlier;
// the ledger holds after each step, proofs too, and events about nobody stay.
func days(t *testing.T, open Open) {
	ctx := context.Background()
	s := open(t)
	a, b, c := NewPerson(1), NewPerson(2), NewPerson(3)
	ok(t, s.Commit(ctx, identity.Change{Entry: a.Entry(), Verbs: a.Open()}))
	ok(t, s.Commit(ctx, identity.Change{Entry: c.Entry(), Verbs: c.Open()}))
	const old, young = 18300, 19800
	var first identity.Entry
	for n := range 300 { // more than a group; the days meet in it
		if n == 100 {
			public(t, s, identity.Expired, ledger.EmptySet(), identity.TakeOnce{ID: []byte("between"), Until: epoch})
		}
		e := on(t, s, a, old+int32(n%40))
		if n == 0 {
			first = e
		}
	}
	for n := range 20 {
		on(t, s, b, old+35+int32(n)%10)
	}
	closed := on(t, s, c, old+1)
	stays := on(t, s, b, young)
	size := Check(t, s)
	root := rootAt(t, s, size)
	leaves, err := s.Leaves(ctx, 0, int(size))
	ok(t, err)

	const before = old + 40
	outdated := func(day int32, want bool) {
		t.Helper()
		if any, err := s.Outdated(ctx, day); err != nil || any != want {
			t.Fatalf("outdated before %d: %v %v", day, any, err)
		}
	}
	outdated(old, false)
	outdated(old+1, true)
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.ExpireDays{Before: before}}}), fault.Conflict, "days_moved") // not closed
	refused(t, s.DropDays(ctx, before), fault.Conflict, "days_moved")
	ok(t, s.Jot(ctx, identity.CloseDays{Before: before}))
	ok(t, s.Jot(ctx, identity.CloseDays{Before: before - 10})) // nothing changes back
	Check(t, s)
	late := a.Entry()
	late.Day = before - 1
	refused(t, s.Commit(ctx, identity.Change{Entry: late}), fault.Conflict, "day_over")
	a.Seq--
	if rows, err := s.EntriesOf(ctx, a.Owner); err != nil || len(rows) != 1 {
		t.Fatal("closed days are still read", len(rows), err)
	}
	if row, err := s.Entry(ctx, first.EntryKey); err != nil || len(row.Body) == 0 {
		t.Fatal("a closed row is gone already", err)
	}
	refused(t, s.DropDays(ctx, before), fault.Conflict, "days_moved") // it was not said

	// Who leaves meanwhile takes with them what is not closed, and no more.
	c.Events = c.Events[:1]
	Tombstone(t, s, c)
	if row, err := s.Entry(ctx, closed.EntryKey); err != nil || row.State != identity.EntrySealed {
		t.Fatal("an erasure took what is closed", err)
	}
	Check(t, s)

	say(t, s, before)
	Check(t, s) // gone by word, there by row
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.ExpireDays{Before: before}}}), fault.Conflict, "days_moved")
	refused(t, s.DropDays(ctx, before+1), fault.Conflict, "days_moved")
	ok(t, s.DropDays(ctx, before))
	ok(t, s.DropDays(ctx, before))
	outdated(before, false)
	if _, err := s.Entry(ctx, first.EntryKey); !fault.Because(err, "record_unknown") {
		t.Error("the row is there:", err)
	}
	if row, err := s.Entry(ctx, stays.EntryKey); err != nil || row.State != identity.EntrySealed {
		t.Error("a row of a later day is gone:", err)
	}
	if rows, err := s.EntriesOf(ctx, b.Owner); err != nil || len(rows) < 6 {
		t.Error("rows of the days behind", len(rows), err)
	}
	if Check(t, s) != size+2 || rootAt(t, s, size) != root {
		t.Error("another tree")
	}
	again, err := s.Leaves(ctx, 0, int(size))
	ok(t, err)
	for i := range leaves {
		if leaves[i] != again[i] {
			t.Fatal("another leaf at", i)
		}
	}
	if some, err := s.Leaves(ctx, 7, 300); err != nil || len(some) != 300 || some[0] != leaves[7] || some[299] != leaves[306] {
		t.Error("some leaves", len(some), err)
	}
	for _, i := range []uint64{0, 99, 255, size - 1} {
		if _, err := ledger.Inclusion(ctx, s, i, size); err != nil {
			t.Error(err)
		}
	}

	// Who leaves now takes what is left; the next days go later, and groups that
	// were written in part are written on.
	a.Events = a.Events[:1]
	Tombstone(t, s, a)
	Check(t, s)
	forget(t, s, young)
	Check(t, s)
	forget(t, s, young+1)
	Check(t, s)
	on(t, s, b, 20780)
	for range 300 {
		on(t, s, b, 20780)
	}
	Check(t, s)
	forget(t, s, 20781)
	Check(t, s)
	if rows, err := s.EntriesOf(ctx, b.Owner); err != nil || len(rows) != 0 {
		t.Error(len(rows), err)
	}
}

func rootAt(t testing.TB, s *store.Store, size uint64) [32]byte {
	t.Helper()
	root, err := ledger.RootAt(context.Background(), s, size)
	ok(t, err)
	return root
}

// Days cuts an end of days at each of its statements and commits, opens the
// database anew each time, and goes on: the ledger always holds, and it ends.
func Days(t *testing.T, make NewDatabase) {
	ctx := context.Background()
	for n := 0; ; n++ {
		if n > 200 {
			t.Fatal("it is never through")
		}
		open := make(t)
		s := served(t, open())
		p := NewPerson(1)
		for i := range 40 {
			on(t, s, p, 18300+int32(i%3))
		}
		s.Close()
		faulty := &cutter{Database: open(), left: n, kept: n%2 == 0}
		s = served(t, faulty)
		err := ends(ctx, s)
		s.Close()
		s = served(t, open())
		Check(t, s)
		if err := ends(ctx, s); err != nil {
			t.Fatal(n, err)
		}
		Check(t, s)
		if any, e := s.Outdated(ctx, 18302); e != nil || any {
			t.Fatal("rows are left", e)
		}
		if rows, err := s.EntriesOf(ctx, p.Owner); err != nil || len(rows) != 13 {
			t.Fatal(len(rows), err)
		}
		s.Close()
		if err == nil {
			if n < 4 {
				t.Fatalf("only %d cuts", n)
			}
			return
		}
		if !errors.Is(err, errInjected) && !fault.Is(err, fault.Unavailable) {
			t.Fatal(n, err)
		}
	}
}

// ends is what the act does: from where the floor says.
func ends(ctx context.Context, s *store.Store) error {
	const before = 18302
	if err := s.Jot(ctx, identity.CloseDays{Before: before}); err != nil {
		return err
	}
	floor, _, err := s.Floor(ctx)
	if err != nil {
		return err
	}
	if !floor.Said {
		set := ledger.EmptySet()
		if err := s.PackDays(ctx, before, func(leaf [32]byte) { set = Keeper().Add(set, leaf) }); err != nil {
			return err
		}
		book := ledger.NewBook(s, nil, time.Now)
		if _, err := book.RecordPublic(ctx, identity.Event{Kind: identity.Expired, Grounds: []identity.Ground{}, Set: &set}, identity.ExpireDays{Before: before}); err != nil {
			return err
		}
	}
	return s.DropDays(ctx, before)
}
