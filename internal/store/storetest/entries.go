package storetest

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

func entries(t *testing.T, open Open) {
	ctx := context.Background()
	s, p := enrolled(t, open)
	e := p.Entry()
	ok(t, s.Commit(ctx, identity.Change{Entry: e}))
	got, err := s.Entry(ctx, e.EntryKey)
	ok(t, err)
	want := identity.EntryRow{Index: 1, EntryKey: e.EntryKey, Bucket: e.Bucket, Owner: e.Owner, Leaf: e.Leaf, Body: e.Body, State: identity.EntrySealed}
	want.MAC = Keeper().MAC(want)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("entry %+v", got)
	}
	seq, head, err := s.Chain(ctx, p.Chain)
	if err != nil || seq != 2 || !bytes.Equal(head, e.Leaf[:]) {
		t.Fatal("chain", seq, err)
	}
	if seq, head, err := s.Chain(ctx, []byte("nobody")); seq != 0 || head != nil || err != nil {
		t.Fatal("chain of nobody", seq, head, err)
	}
	// A replay hears that it is one, before any other guard that fails too.
	again := Entry()
	again.ID = e.ID
	again.Chain = &identity.ChainStep{Index: p.Chain, FromSeq: 1, FromHead: e.Leaf[:], ToSeq: 2, ToHead: e.Leaf[:]}
	before := state(t, s, p)
	refused(t, s.Commit(ctx, identity.Change{Entry: again, Verbs: []identity.Verb{identity.GuardParty{ID: "nobody"}}}), fault.Conflict, "already_recorded")
	for _, c := range []struct {
		name string
		step identity.ChainStep
	}{
		{"from an older number", identity.ChainStep{Index: p.Chain, FromSeq: 1, FromHead: head, ToSeq: 3, ToHead: head}},
		{"from another head", identity.ChainStep{Index: p.Chain, FromSeq: 2, FromHead: suite.Random(32), ToSeq: 3, ToHead: head}},
		{"first where one is", identity.ChainStep{Index: p.Chain, ToSeq: 1, ToHead: head}},
		{"next where none is", identity.ChainStep{Index: suite.Random(32), FromSeq: 2, FromHead: head, ToSeq: 3, ToHead: head}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := Entry()
			e.Chain = &c.step
			row := suite.Random(32)
			refused(t, s.Commit(ctx, identity.Change{Entry: e, Verbs: []identity.Verb{identity.KeepIdentity{Row: row, Body: row}}}), fault.Conflict, "chain_moved")
			_, err := s.Identity(ctx, row)
			refused(t, err, fault.NotFound, "person_unknown")
		})
	}
	if !reflect.DeepEqual(before, state(t, s, p)) {
		t.Fatal("a refused entry changed something")
	}
	// Large numbers come back as they went in.
	e = Entry()
	e.Day, e.Bucket = -1, 1023
	ok(t, s.Commit(ctx, identity.Change{Entry: e}))
	if got, err := s.Entry(ctx, e.EntryKey); err != nil || got.Day != -1 || got.Bucket != 1023 {
		t.Fatal(got.Day, got.Bucket, err)
	}
}

// ledgers commits from many callers at once, more than a tile, while another
// reads: every snapshot verifies, and older heads stay prefixes.
func ledgers(t *testing.T, open Open) {
	ctx := context.Background()
	s := open(t)
	if _, err := s.Head(ctx); err != nil && !fault.Because(err, "head_unknown") {
		t.Fatal(err)
	}
	Check(t, s)
	const callers, each = 16, 40
	var wait sync.WaitGroup
	var heads [][]byte
	for range callers {
		p := NewPerson(1)
		wait.Go(func() {
			for range each {
				if err := s.Commit(ctx, identity.Change{Entry: p.Entry()}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		Check(t, s, heads...)
		if head, err := s.Head(ctx); err == nil {
			heads = append(heads, head)
		}
		time.Sleep(10 * time.Millisecond)
	}
	wait.Wait()
	if size := Check(t, s, heads...); size != callers*each {
		t.Fatal("size", size)
	}
	all, err := s.Entries(ctx, 0, 10000)
	ok(t, err)
	leaves, err := s.Leaves(ctx, 0, 10000)
	ok(t, err)
	if len(all) != callers*each || !slices.EqualFunc(all, leaves, func(e identity.EntryRow, l [32]byte) bool { return e.Leaf == l }) {
		t.Fatal("entries and leaves differ")
	}
	if page, err := s.Entries(ctx, 100, 7); err != nil || len(page) != 7 || page[0].Index != 100 {
		t.Fatal("page", len(page), err)
	}
	if _, there, err := s.Tile(ctx, 1, 1); err != nil || !there {
		t.Fatal("tile", err)
	}
	if _, there, err := s.Tile(ctx, 1, 2); err != nil || there {
		t.Fatal("tile of entries that are not there", err)
	}
	if tiles, err := s.Tiles(ctx, 1, 0, 10); err != nil || len(tiles) != 2 {
		t.Fatal("tiles", tiles, err)
	}
	if _, err := ledger.Inclusion(ctx, s, 300, callers*each); err != nil {
		t.Fatal(err)
	}
}
