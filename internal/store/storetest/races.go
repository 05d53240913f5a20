package storetest

import (
	"context"
	"encoding/binary"
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
func races(t *testing.T, open Open) {
	const callers, rounds = 64, 20
	ctx := context.Background()
	s := open(t)
	for _, c := range []struct {
		name   string
		kind   fault.Kind
		reason string
		try    func(round uint64, id []byte) error
	}{
		{"once", fault.Conflict, "already_used", func(_ uint64, id []byte) error {
			return s.Jot(ctx, identity.TakeOnce{ID: id, Until: epoch})
		}},
		{"once with an event", fault.Conflict, "already_used", func(_ uint64, id []byte) error {
			return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.TakeOnce{ID: id, Until: epoch}}})
		}},
		{"entry", fault.Conflict, "already_recorded", func(_ uint64, id []byte) error {
			e := Entry()
			e.ID = id
			return s.Commit(ctx, identity.Change{Entry: e})
		}},
		{"index", fault.Conflict, "index_taken", func(_ uint64, id []byte) error {
			return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.ClaimIndex{Index: id, Body: id}}})
		}},
		{"chain", fault.Conflict, "chain_moved", func(_ uint64, id []byte) error {
			e := Entry()
			e.Chain = &identity.ChainStep{Index: id, ToSeq: 1, ToHead: e.Leaf[:]}
			return s.Commit(ctx, identity.Change{Entry: e})
		}},
		{"counter", fault.TooMany, "too_many_tries", func(_ uint64, id []byte) error {
			return s.Jot(ctx, identity.Count{Index: id, Limit: 1, Window: time.Minute, Now: epoch})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := size(t, s)
			for round := range uint64(rounds) {
				id := binary.BigEndian.AppendUint64(suite.Random(8), round) // new in every round and kind
				won := race(t, callers, c.kind, c.reason, func() error { return c.try(round, id) })
				if won != 1 {
					t.Fatalf("round %d: %d winners", round, won)
				}
			}
			if grown := size(t, s) - before; grown != 0 && grown != rounds {
				t.Fatalf("%d entries for %d winners", grown, rounds)
			}
		})
	}
	Check(t, s)
}

func race(t *testing.T, callers int, kind fault.Kind, reason string, try func() error) int {
	var start, done sync.WaitGroup
	var won atomic.Int32
	start.Add(1)
	for range callers {
		done.Go(func() {
			start.Wait()
			switch err := try(); {
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
