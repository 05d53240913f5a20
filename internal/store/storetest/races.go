package storetest

import (
	"context"
	"encoding/binary"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

// races lets 64 callers do the same single-use thing at once, and wants one
// winner in each round; the others hear why.
func races(t *testing.T, open Open) { raceOver(t, open(t)) }

// Rounds is how often each single-use thing is raced for.
func Rounds(t testing.TB) int {
	t.Helper()
	s := os.Getenv("NETID_RACE_ROUNDS")
	if s == "" {
		return 20
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("NETID_RACE_ROUNDS=%q", s)
	}
	return n
}

// raceOver spreads the callers over nodes of one database.
func raceOver(t *testing.T, nodes ...*store.Store) {
	const callers = 64
	rounds := Rounds(t)
	for _, c := range contested() {
		t.Run(c.name, func(t *testing.T) {
			for round := range uint64(rounds) {
				id := binary.BigEndian.AppendUint64(suite.Random(8), round) // new in every round and kind
				try := c.round(t, nodes[0], id)
				before := size(t, nodes[0])
				won := race(t, callers, c.kind, c.reason, func(n int) error { return try(nodes[n%len(nodes)], n) })
				if won != 1 {
					t.Fatalf("round %d: %d winners", round, won)
				}
				if grown := size(t, nodes[len(nodes)-1]) - before; grown > 1 {
					t.Fatalf("round %d: %d entries for one winner", round, grown)
				}
			}
		})
	}
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
	note, err := s.Head(context.Background())
	if fault.Is(err, fault.NotFound) {
		return 0
	}
	ok(t, err)
	n, _, err := Keeper().CheckHead(note)
	ok(t, err)
	return int(n)
}

func contexts(t *testing.T, open Open) {
	s := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e := Entry()
	refused(t, s.Commit(ctx, identity.Change{Entry: e}), fault.Unavailable, "cancelled")
	_, err := s.Entry(context.Background(), e.EntryKey)
	refused(t, err, fault.NotFound, "record_unknown")
	refused(t, s.Jot(ctx, identity.TakeOnce{ID: e.ID, Until: epoch}), fault.Unavailable, "cancelled")
	ok(t, s.Jot(context.Background(), identity.TakeOnce{ID: e.ID, Until: epoch}))
	if _, err := s.Entry(ctx, e.EntryKey); !fault.Is(err, fault.Unavailable) {
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
