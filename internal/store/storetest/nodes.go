package storetest

import (
	"context"
	"sync"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

// OpenNodes gives n stores over one new, empty database, as n processes have them.
type OpenNodes func(t *testing.T, n int) []*store.Store

// Nodes is the suite for a database that several processes write.
func Nodes(t *testing.T, open func(t *testing.T, n int) []*store.Store) {
	for _, part := range []struct {
		name string
		test func(*testing.T, OpenNodes)
	}{
		{"one winner", func(t *testing.T, open OpenNodes) { raceOver(t, open(t, 2)...) }},
		{"taking turns", turns},
		{"standing", standings},
		{"counters", shared},
		{"places", placesOver},
		{"erase once", eraseOnce},
		{"a stop", stopped},
		{"one order explains every answer", func(t *testing.T, open OpenNodes) { Histories(t, open(t, 2)...) }},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, open) })
	}
}

// turns lets three nodes commit at once, beside a reader: positions are given
// once, every snapshot verifies on every node, and older heads stay prefixes.
func turns(t *testing.T, open OpenNodes) {
	ctx := context.Background()
	nodes := open(t, 3)
	const callers, each = 12, 30
	var wait sync.WaitGroup
	for n := range callers {
		s, p := nodes[n%len(nodes)], NewPerson(1)
		wait.Go(func() {
			for range each {
				if err := s.Commit(ctx, identity.Change{Entry: p.Entry()}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var heads [][]byte
	for n := range 6 {
		s := nodes[n%len(nodes)]
		Check(t, s, heads...)
		if head, err := s.Head(ctx); err == nil {
			heads = append(heads, head)
		}
	}
	wait.Wait()
	for _, s := range nodes {
		if size := Check(t, s, heads...); size != callers*each {
			t.Fatal("size", size)
		}
	}
}

// standings: what one node did holds on the other with its next change, and
// is seen there by the next read.
func standings(t *testing.T, open OpenNodes) {
	ctx := context.Background()
	nodes := open(t, 2)
	p := NewPerson(1)
	ok(t, nodes[0].Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: p.Open()}))
	guard := func(s *store.Store, standing identity.Standing) error {
		return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.GuardPerson{ID: p.ID, Standing: standing, Epoch: 1}}})
	}
	from, to := identity.Active, identity.FrozenByOwner
	for n := range 40 {
		here, there := nodes[n%2], nodes[1-n%2]
		ok(t, here.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.SetStanding{ID: p.ID, From: from, To: to, CertOwner: p.CertOwn}}}))
		refused(t, guard(there, from), fault.Conflict, "standing_changed")
		ok(t, guard(there, to))
		if row, err := there.Person(ctx, p.ID); err != nil || row.Standing != to {
			t.Fatal(row.Standing, err)
		}
		from, to = to, from
	}
	Check(t, nodes[1])
}

// shared: a limit is one limit, however many nodes count.
func shared(t *testing.T, open OpenNodes) {
	ctx := context.Background()
	nodes := open(t, 2)
	const limit = 10
	won := race(t, 64, fault.TooMany, "too_many_tries", func(n int) error {
		return nodes[n%2].Jot(ctx, identity.Count{Index: []byte("tries"), Limit: limit, Window: 1 << 40, Now: epoch})
	})
	if won != limit {
		t.Fatalf("%d tries within a limit of %d", won, limit)
	}
}

// eraseOnce: of an erasure and the person's own next record, whichever comes
// first, nothing of the person is left and the ledger holds.
func eraseOnce(t *testing.T, open OpenNodes) {
	ctx := context.Background()
	nodes := open(t, 2)
	for range 10 {
		p := NewPerson(suite64())
		ok(t, nodes[0].Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: p.Open()}))
		gone := identity.Change{Entry: Entry(), Verbs: []identity.Verb{p.Erase()}}
		next := identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 1}}}
		var done sync.WaitGroup
		var erased, recorded error
		done.Go(func() { erased = nodes[0].Commit(ctx, gone) })
		done.Go(func() { recorded = nodes[1].Commit(ctx, next) })
		done.Wait()
		if (erased == nil) == (recorded == nil) {
			t.Fatalf("erase: %v; record: %v", erased, recorded)
		}
		if erased != nil {
			refused(t, erased, fault.Conflict, "events_moved")
			continue
		}
		refused(t, recorded, fault.Conflict, "standing_changed")
		if rows, err := nodes[1].EntriesOf(ctx, p.Owner); err != nil || len(rows) > 0 {
			t.Fatal(len(rows), err)
		}
	}
}

func suite64() uint64 {
	b := suite.Random(4)
	return uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3]) + 1
}

// stopped lets 64 callers on two nodes commit what is guarded by there being no record of a
// stop, while one of the nodes keeps such a record: none that began after its commit is done,
// on either node, and none stands in the ledger behind it.
func stopped(t *testing.T, open OpenNodes) {
	ctx := context.Background()
	nodes := open(t, 2)
	stop := []byte("a stop")
	stands := make(chan struct{})
	var wait sync.WaitGroup
	var mu sync.Mutex
	done, refusals := 0, 0
	for n := range 64 {
		s, p := nodes[n%2], NewPerson(1)
		wait.Go(func() {
			for range 10 {
				late := false
				select {
				case <-stands:
					late = true
				default:
				}
				err := s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{identity.GuardDossier{ID: stop}}})
				mu.Lock()
				switch {
				case err == nil && late:
					t.Error("committed after the stop")
				case err == nil:
					done++
				case fault.Because(err, "dossier_moved"):
					refusals++
				default:
					t.Error(err)
				}
				mu.Unlock()
			}
		})
	}
	wait.Go(func() {
		ok(t, nodes[0].Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.KeepDossier{Row: dossier(stop, 1)}}}))
		close(stands)
	})
	wait.Wait()
	rows, err := nodes[1].Entries(ctx, 0, 10_000)
	ok(t, err)
	if len(rows) != done+1 || done+refusals != 640 {
		t.Errorf("%d entries, %d done, %d refused", len(rows), done, refusals)
	}
	refused(t, nodes[1].Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.GuardDossier{ID: stop}}}), fault.Conflict, "dossier_moved")
	ok(t, nodes[1].Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.DropDossier{ID: stop, Version: 1}}}))
	ok(t, nodes[0].Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.GuardDossier{ID: stop}}}))
}
