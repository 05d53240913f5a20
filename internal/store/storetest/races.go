package storetest

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

// races lets 64 callers do the same single-use thing at once, 20 times over,
// and wants one winner each time; the others hear why.
func races(t *testing.T, open Open) { raceOver(t, open(t)) }

// raceOver spreads the callers over nodes of one database.
func raceOver(t *testing.T, nodes ...*store.Store) {
	const callers, rounds = 64, 20
	ctx := context.Background()
	for _, c := range []struct {
		name   string
		kind   fault.Kind
		reason string
		try    func(s *store.Store, id []byte) error
	}{
		{"once", fault.Conflict, "already_used", func(s *store.Store, id []byte) error {
			return s.Jot(ctx, identity.TakeOnce{ID: id, Until: epoch})
		}},
		{"once with an event", fault.Conflict, "already_used", func(s *store.Store, id []byte) error {
			return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.TakeOnce{ID: id, Until: epoch}}})
		}},
		{"entry", fault.Conflict, "already_recorded", func(s *store.Store, id []byte) error {
			e := Entry()
			e.ID = id
			return s.Commit(ctx, identity.Change{Entry: e})
		}},
		{"index", fault.Conflict, "index_taken", func(s *store.Store, id []byte) error {
			return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.ClaimIndex{Index: id, Body: id}}})
		}},
		{"person", fault.Conflict, "person_exists", func(s *store.Store, id []byte) error {
			p := NewPerson(1)
			return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.OpenPerson{ID: identity.PersonID(id), Keys: p.Keys, Profile: p.Profile}}})
		}},
		{"certificate", fault.Conflict, "certificate_exists", func(s *store.Store, id []byte) error {
			c := identity.CertificateRow{ID: identity.CertificateID(id), Owner: id, Locator: id, Body: id}
			return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.BindCertificate{Certificate: c}}})
		}},
		{"link", fault.Conflict, "link_changed", func(s *store.Store, id []byte) error {
			return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.CutLink{Index: id, Owner: id}}})
		}},
		{"party", fault.Conflict, "party_exists", func(s *store.Store, id []byte) error {
			return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.AdmitParty{Party: party(fmt.Sprintf("p-%x", id))}}})
		}},
		{"draft", fault.Conflict, "draft_exists", func(s *store.Store, id []byte) error {
			return s.Jot(ctx, identity.PutDraft{Draft: identity.DraftRow{ID: id, Version: 1, Expires: epoch, Body: id}})
		}},
		{"pushed request", fault.Conflict, "request_exists", func(s *store.Store, id []byte) error {
			return s.Jot(ctx, identity.PutPushed{Row: identity.PushedRow{ID: id, Until: epoch, Body: id}})
		}},
		{"chain", fault.Conflict, "chain_moved", func(s *store.Store, id []byte) error {
			e := Entry()
			e.Chain = &identity.ChainStep{Index: id, ToSeq: 1, ToHead: e.Leaf[:]}
			return s.Commit(ctx, identity.Change{Entry: e})
		}},
		{"counter", fault.TooMany, "too_many_tries", func(s *store.Store, id []byte) error {
			return s.Jot(ctx, identity.Count{Index: id, Limit: 1, Window: time.Minute, Now: epoch})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := size(t, nodes[0])
			for round := range uint64(rounds) {
				id := binary.BigEndian.AppendUint64(suite.Random(8), round) // new in every round and kind
				won := race(t, callers, c.kind, c.reason, func(n int) error { return c.try(nodes[n%len(nodes)], id) })
				if won != 1 {
					t.Fatalf("round %d: %d winners", round, won)
				}
			}
			if grown := size(t, nodes[len(nodes)-1]) - before; grown != 0 && grown != rounds {
				t.Fatalf("%d entries for %d winners", grown, rounds)
			}
		})
	}
	t.Run("pushed request, answered", func(t *testing.T) {
		for round := range uint64(rounds) {
			id := binary.BigEndian.AppendUint64(suite.Random(8), round)
			ok(t, nodes[0].Jot(ctx, identity.PutPushed{Row: identity.PushedRow{ID: id, Until: epoch, Body: id}}))
			won := race(t, callers, fault.Conflict, "request_used", func(n int) error {
				if take := (identity.TakePushed{ID: id}); n%3 > 0 { // approved, or declined by who is not known
					return nodes[n%len(nodes)].Jot(ctx, take)
				} else { // declined by who is signed in
					return nodes[n%len(nodes)].Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{take}})
				}
			})
			if won != 1 {
				t.Fatalf("round %d: %d winners", round, won)
			}
		}
	})
	for _, s := range nodes {
		Check(t, s)
	}
}

func race(t *testing.T, callers int, kind fault.Kind, reason string, try func(n int) error) int {
	var start, done sync.WaitGroup
	var won atomic.Int32
	start.Add(1)
	for n := range callers {
		done.Go(func() {
			start.Wait()
			switch err := try(n); {
			case err == nil:
				won.Add(1)
			case !fault.Is(err, kind) || !fault.Because(err, reason):
				t.Errorf("loser heard %v", err)
			}
		})
	}
	start.Done()
	done.Wait()
	return int(won.Load())
}

func size(t *testing.T, s *store.Store) int {
	t.Helper()
	all, err := s.Leaves(context.Background(), 0, 1<<20)
	ok(t, err)
	return len(all)
}

func contexts(t *testing.T, open Open) {
	s := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e := Entry()
	refused(t, s.Commit(ctx, identity.Change{Entry: e}), fault.Unavailable, "cancelled")
	_, err := s.Entry(context.Background(), e.ID)
	refused(t, err, fault.NotFound, "record_unknown")
	refused(t, s.Jot(ctx, identity.TakeOnce{ID: e.ID, Until: epoch}), fault.Unavailable, "cancelled")
	ok(t, s.Jot(context.Background(), identity.TakeOnce{ID: e.ID, Until: epoch}))
	if _, err := s.Entry(ctx, e.ID); !fault.Is(err, fault.Unavailable) {
		t.Fatal("read with a context that is over", err)
	}
}

// closing lets changes and Close meet: each change is answered, by nil or by a
// refusal, and Close returns.
func closing(t *testing.T, open Open) {
	ctx := context.Background()
	s := open(t)
	var done sync.WaitGroup
	var kept atomic.Int32
	for range 200 {
		done.Go(func() {
			switch err := s.Commit(ctx, identity.Change{Entry: Entry()}); {
			case err == nil:
				kept.Add(1)
			case !fault.Because(err, "store_closed"):
				t.Error(err)
			}
		})
	}
	for kept.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	s.Close()
	done.Wait()
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry()}), fault.Unavailable, "store_closed")
	refused(t, s.Settle(ctx), fault.Unavailable, "store_closed")
	s.Close()
}
