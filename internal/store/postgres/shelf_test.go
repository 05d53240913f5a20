package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store/postgres"
	"netid/internal/suite"
	postgrestest "netid/test/postgres"
)

func secret(n byte) identity.Secret { return identity.NewSecret(identity.ES256, [32]byte{n, 1}) }

func openShelf(t testing.TB, at string) *postgres.Shelf {
	t.Helper()
	s, err := postgres.OpenShelf(context.Background(), address(t, at), suite.Only(secret(9)), true)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func put(t testing.TB, s *postgres.Shelf, k identity.Secret) uint64 {
	t.Helper()
	slot, err := s.Put(k)
	must(t, err)
	return slot
}

// What was put is there for every node and after a crash of the server; what
// was destroyed is not, twice over; no slot is given out again.
func TestShelfKeepsAndForgets(t *testing.T) {
	t.Parallel()
	server := postgrestest.Own(t)
	at := server.Database(t)
	a, b := openShelf(t, at), openShelf(t, at)
	slots := map[uint64]identity.Secret{}
	for n := range byte(6) {
		s := []*postgres.Shelf{a, b}[n%2]
		slot := put(t, s, secret(100+n))
		if !slots[slot].Zero() || slot == 0 {
			t.Fatal("slot", slot)
		}
		slots[slot] = secret(100 + n)
	}
	gone := put(t, a, secret(50))
	for range 2 {
		must(t, b.Destroy(gone))
	}
	check := func(s *postgres.Shelf) {
		t.Helper()
		for slot, want := range slots {
			if got, err := s.Get(slot); err != nil || got != want {
				t.Errorf("slot %d: %v", slot, err)
			}
		}
		if got, err := s.Get(gone); !fault.Is(err, fault.Gone) || !fault.Because(err, "person_erased") || !got.Zero() {
			t.Errorf("the destroyed slot: %v", err)
		}
	}
	reading, err := postgres.OpenShelfReadOnly(context.Background(), address(t, at), suite.Only(secret(9)))
	must(t, err)
	defer reading.Close()
	for _, s := range []*postgres.Shelf{a, b, reading} {
		check(s)
	}
	server.Restart(t, "immediate")
	for _, s := range []*postgres.Shelf{a, b, reading, openShelf(t, at)} {
		check(s)
	}
	if slot := put(t, b, secret(1)); !slots[slot].Zero() || slot == gone {
		t.Errorf("slot %d was given out twice", slot)
	}
}

func TestShelfRefuses(t *testing.T) {
	ctx := context.Background()
	server := postgrestest.Ready(t)
	at := server.Database(t)
	if _, err := postgres.OpenShelfReadOnly(ctx, address(t, at), suite.Only(secret(9))); !fault.Because(err, "store_missing") {
		t.Error("read a shelf that is not there:", err)
	}
	if _, err := postgres.OpenShelf(ctx, address(t, at), suite.Only(secret(9)), false); !fault.Because(err, "shelf_missing") {
		t.Error("a lost shelf was begun anew:", err)
	}
	s := openShelf(t, at)
	one := put(t, s, secret(1))
	for _, slot := range []uint64{0, one + 100, 1 << 40, 1 << 63, ^uint64(0)} {
		if k, err := s.Get(slot); !fault.Is(err, fault.Internal) || !k.Zero() {
			t.Errorf("get %d: %v", slot, err)
		}
		if err := s.Destroy(slot); !fault.Is(err, fault.Internal) {
			t.Errorf("destroy %d: %v", slot, err)
		}
	}
	for name, kek := range map[string]identity.Secret{"another key": secret(8), "no key": {}} {
		if _, err := postgres.OpenShelf(ctx, address(t, at), suite.Only(kek), true); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	reading, err := postgres.OpenShelfReadOnly(ctx, address(t, at), suite.Only(secret(9)))
	must(t, err)
	defer reading.Close()
	if _, err := reading.Put(secret(1)); err == nil {
		t.Error("a reader put")
	}
	if err := reading.Destroy(one); err == nil {
		t.Error("a reader destroyed")
	}
	if k, err := s.Get(one); err != nil || k != secret(1) {
		t.Error(err)
	}
	server.RunAt(t, at, "UPDATE shelf_version SET version_id = 99 WHERE version_id = 1")
	if _, err := postgres.OpenShelf(ctx, address(t, at), suite.Only(secret(9)), true); !fault.Because(err, "store_version") {
		t.Error("a shelf of the future:", err)
	}
	if words := fmt.Sprintf("%v %+v", s, s); strings.Contains(words, "pool") {
		t.Error(words)
	}
}

// A slot that was altered, moved, or taken from another shelf is named and does
// not open; its neighbours do.
func TestDamagedSlots(t *testing.T) {
	server := postgrestest.Ready(t)
	at, other := server.Database(t), server.Database(t)
	s, far := openShelf(t, at), openShelf(t, other)
	for n := range byte(3) {
		put(t, s, secret(10+n))
		put(t, far, secret(20+n))
	}
	whole := server.RunAt(t, at, "SELECT encode(body, 'hex') FROM shelf_slot WHERE slot = 1")
	for name, body := range map[string]string{
		"another slot":  server.RunAt(t, at, "SELECT encode(body, 'hex') FROM shelf_slot WHERE slot = 2"),
		"another shelf": server.RunAt(t, other, "SELECT encode(body, 'hex') FROM shelf_slot WHERE slot = 1"),
		"the head":      server.RunAt(t, at, "SELECT encode(body, 'hex') FROM shelf_head"),
		"a byte":        whole[:60] + "0123"[int(whole[60])%4:][:1] + "f" + whole[62:],
		"zeros":         strings.Repeat("00", 64),
		"half":          whole[:64],
		"noise":         fmt.Sprintf("%x", suite.Random(64)),
	} {
		server.RunAt(t, at, "UPDATE shelf_slot SET body = decode('"+body+"', 'hex') WHERE slot = 1")
		if body == whole {
			continue
		}
		if k, err := s.Get(1); !fault.Is(err, fault.Internal) || !k.Zero() || !strings.Contains(err.Error(), "slot 1") {
			t.Errorf("%s: %v", name, err)
		}
		if k, err := s.Get(2); err != nil || k != secret(11) {
			t.Errorf("%s: its neighbour: %v", name, err)
		}
	}
	must(t, s.Destroy(1)) // also what does not open can be ended
	if _, err := s.Get(1); !fault.Because(err, "person_erased") {
		t.Error(err)
	}
}

// 64 people at once on two nodes: every slot is another one.
func TestShelfUnderManyHands(t *testing.T) {
	t.Parallel()
	at := postgrestest.Ready(t).Database(t)
	nodes := []*postgres.Shelf{openShelf(t, at), openShelf(t, at)}
	var mu sync.Mutex
	taken := map[uint64]bool{}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			here, there := nodes[i%2], nodes[1-i%2]
			k := suite.NewSecret(identity.ES256)
			slot, err := here.Put(k)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := there.Get(slot); err != nil || got != k {
				t.Errorf("slot %d right after, on the other node: %v", slot, err)
			}
			if i%4 == 0 {
				if err := there.Destroy(slot); err != nil {
					t.Error(err)
				}
				if _, err := here.Get(slot); !fault.Because(err, "person_erased") {
					t.Errorf("slot %d after its end: %v", slot, err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if taken[slot] {
				t.Errorf("slot %d was given out twice", slot)
			}
			taken[slot] = true
		})
	}
	wg.Wait()
}

// Nodes that start together make one shelf.
func TestShelfBegunTogether(t *testing.T) {
	t.Parallel()
	at := postgrestest.Ready(t).Database(t)
	var wg sync.WaitGroup
	shelves := make([]*postgres.Shelf, 6)
	for n := range shelves {
		wg.Go(func() {
			s, err := postgres.OpenShelf(context.Background(), address(t, at), suite.Only(secret(9)), true)
			if err != nil {
				t.Error(err)
				return
			}
			shelves[n] = s
		})
	}
	wg.Wait()
	for n, s := range shelves {
		if s == nil {
			continue
		}
		slot := put(t, s, secret(byte(n)))
		for _, other := range shelves {
			if k, err := other.Get(slot); err != nil || k != secret(byte(n)) {
				t.Errorf("slot %d: %v", slot, err)
			}
		}
		defer s.Close()
	}
}

// After a rotation every slot is sealed anew under the newest version, also
// beside a node that destroys; what was destroyed stays so, what is damaged stays
// as it is, and then the former version is needed no more.
func TestReseal(t *testing.T) {
	t.Parallel()
	server := postgrestest.Ready(t)
	at := server.Database(t)
	former := openShelf(t, at)
	kept := map[uint64]identity.Secret{}
	for n := range byte(50) {
		kept[put(t, former, secret(100+n))] = secret(100 + n)
	}
	must(t, former.Destroy(7))
	delete(kept, 7)
	server.RunAt(t, at, "UPDATE shelf_slot SET body = decode(repeat('ab', 64), 'hex') WHERE slot = 9")
	delete(kept, 9)
	both := suite.Versions(func() []suite.Version {
		return []suite.Version{{Turn: 1, Key: secret(8)}, {Turn: 0, Key: secret(9)}}
	})
	s, err := postgres.OpenShelf(context.Background(), address(t, at), both, false)
	must(t, err)
	defer s.Close()
	if whole, slots, err := s.Resealed(); whole || slots != 50 || err != nil || s.Turn() != 1 {
		t.Fatal(whole, slots, err)
	}
	if n, err := s.Left(0); n != 49 || err != nil { // 48 slots and the head
		t.Fatal(n, err)
	}
	from, steps := uint64(1), 0
	for ; from != 0; steps++ {
		if from, err = s.Reseal(from, 8); err != nil {
			t.Fatal(err)
		}
		if steps == 2 {
			must(t, former.Destroy(40))
			delete(kept, 40)
		}
	}
	if whole, _, err := s.Resealed(); !whole || err != nil || steps != 7 {
		t.Fatal(whole, steps, err)
	}
	for turn, want := range map[int]int{0: 0, 1: len(kept) + 1} {
		if n, err := s.Left(turn); n != want || err != nil {
			t.Errorf("%d under %d: %v", n, turn, err)
		}
	}
	alone, err := postgres.OpenShelf(context.Background(), address(t, at), suite.Only(secret(8)), false)
	must(t, err)
	defer alone.Close()
	for slot, want := range kept {
		if k, err := alone.Get(slot); err != nil || k != want {
			t.Errorf("slot %d: %v", slot, err)
		}
	}
	for _, slot := range []uint64{7, 40} {
		if _, err := alone.Get(slot); !fault.Because(err, "person_erased") {
			t.Errorf("slot %d came back: %v", slot, err)
		}
	}
	if _, err := alone.Get(9); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
	if _, err := postgres.OpenShelf(context.Background(), address(t, at), suite.Only(secret(9)), false); err == nil {
		t.Error("the former version still opens the shelf")
	}
}
