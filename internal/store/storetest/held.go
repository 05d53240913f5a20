package storetest

import (
	"bytes"
	"context"
	"reflect"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

// holding erases a person whose entries law keeps in part: those stay as they
// are, found by their owner, until their term is over, and the ledger holds at each step.
func holding(t *testing.T, open Open) {
	ctx := context.Background()
	s, p := enrolled(t, open)
	for range 5 {
		ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry()}))
	}
	all, err := s.EntriesOf(ctx, p.Owner)
	if err != nil || len(all) != 6 {
		t.Fatal(len(all), err)
	}
	gone := p.Erase()
	classes := map[int]identity.Class{1: identity.Logs, 2: identity.Logs, 4: identity.Proofs}
	for i, c := range classes {
		gone.Hold = append(gone.Hold, identity.Hold{ID: all[i].ID, Class: c})
	}
	set := Keeper().Set([][32]byte{all[0].Leaf, all[3].Leaf, all[5].Leaf})
	public(t, s, identity.Erased, set, gone)
	for i, r := range all {
		got, err := s.Entry(ctx, r.EntryKey)
		ok(t, err)
		want := r
		if want.State = classes[i].Held(); !want.State.Holds() {
			want.Body, want.Owner, want.Bucket = nil, nil, 0
		}
		if want.MAC = Keeper().MAC(want); !reflect.DeepEqual(got, want) {
			t.Fatalf("entry %d: %+v", i, got)
		}
	}
	Check(t, s)

	month := identity.MonthOf(all[0].Day)
	held := func(m identity.Month, c identity.Class, limit int) []identity.EntryRow {
		t.Helper()
		rows, err := s.Held(ctx, identity.Period{Month: m, Class: c}, limit)
		ok(t, err)
		return rows
	}
	if len(held(month-1, identity.Logs, 9))+len(held(month+1, identity.Logs, 9))+len(held(month, identity.Unkept, 9)) != 0 || len(held(month, identity.Logs, 1)) != 1 || len(held(month, identity.Proofs, 9)) != 1 {
		t.Fatal("held for other periods than they are of")
	}
	for _, c := range identity.Classes() {
		if any, err := s.Remains(ctx, identity.Period{Month: month, Class: c}); err != nil || !any {
			t.Fatal(c, any, err)
		}
	}
	logs := held(month, identity.Logs, 9)
	if len(logs) != 2 || !bytes.Equal(logs[0].ID, all[1].ID) {
		t.Fatalf("held: %+v", logs)
	}
	expiry := identity.ExpireHeld{Class: identity.Logs, Entries: []identity.EntryKey{logs[0].EntryKey, logs[1].EntryKey}}
	ofAnother := expiry
	ofAnother.Class = identity.Proofs
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{ofAnother}}), fault.Conflict, "events_moved")
	if err := s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.ExpireHeld{Entries: expiry.Entries}}}); err == nil {
		t.Fatal("something is held for nothing")
	}
	public(t, s, identity.Expired, Keeper().Set([][32]byte{logs[0].Leaf, logs[1].Leaf}), expiry)
	if rows, err := s.EntriesOf(ctx, p.Owner); err != nil || len(rows) != 1 || rows[0].State != identity.EntryHeldProof || len(held(month, identity.Logs, 9)) != 0 {
		t.Fatal("after the expiry", len(rows), err)
	}
	Check(t, s)
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{expiry}}), fault.Conflict, "events_moved")
}

func public(t testing.TB, s ledger.Store, kind identity.EventKind, set identity.ErasedSet, verb identity.Verb) {
	t.Helper()
	_, err := ledger.NewBook(s, nil, time.Now).RecordPublic(context.Background(), identity.Event{Kind: kind, Grounds: []identity.Ground{}, Set: &set}, verb)
	ok(t, err)
}

// escrows: what is left stays as it was first left, until its period is dropped.
func escrows(t *testing.T, open Open) {
	ctx := context.Background()
	s := open(t)
	november := identity.Period{Month: 24322, Class: identity.Logs}
	december, proofs := november, november
	december.Month++
	proofs.Class = identity.Proofs
	left := map[identity.Period]identity.KeepEscrow{}
	for _, p := range []identity.Period{november, december, proofs} {
		left[p] = identity.KeepEscrow{Index: suite.Random(32), Period: p, Body: suite.Random(145)}
		again := left[p]
		again.Body = suite.Random(145)
		ok(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{left[p], again}})) // no error, and no change
	}
	for range 600 { // more than one step
		ok(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.KeepEscrow{Index: suite.Random(32), Period: november, Body: suite.Random(145)}}}))
	}
	find := func(p identity.Period) error {
		t.Helper()
		body, err := s.Escrow(ctx, left[p].Index)
		if err == nil && !bytes.Equal(body, left[p].Body) {
			t.Fatal("another body")
		}
		return err
	}
	for p := range left {
		ok(t, find(p))
	}
	remains := func(p identity.Period, want bool) {
		t.Helper()
		if any, err := s.Remains(ctx, p); err != nil || any != want {
			t.Fatalf("%s: %v, %v", p, any, err)
		}
	}
	remains(november, true)
	ok(t, s.DropEscrow(ctx, november))
	remains(november, false)
	remains(december, true)
	refused(t, find(november), fault.NotFound, "escrow_unknown")
	ok(t, find(december))
	ok(t, find(proofs))
	done, cancel := context.WithCancel(ctx)
	cancel()
	refused(t, s.DropEscrow(done, december), fault.Unavailable, "cancelled")
}
