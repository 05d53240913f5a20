package storetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

const lease = 20 * time.Second

// delivery is a new one of which the first attempt is under way at epoch.
func delivery(slot string) identity.Deliver {
	d := identity.Deliver{ID: identity.NewDeliveryID(), Due: epoch.Add(lease), Attempts: 1, Body: suite.Random(1400)}
	if slot != "" {
		d.Slot = []byte(slot)
	}
	return d
}

// row is a delivery as it reads back.
func row(d identity.Deliver) identity.DeliveryRow {
	return identity.DeliveryRow{ID: d.ID, Due: d.Due, Attempts: d.Attempts, Body: d.Body}
}

// holds fails unless exactly these rows wait, or are dead.
func holds(t testing.TB, s *store.Store, dead bool, want ...identity.DeliveryRow) {
	t.Helper()
	got, err := s.Deliveries(context.Background(), dead, 100)
	ok(t, err)
	if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Fatalf("dead %v: %d rows, wanted %d: %+v", dead, len(got), len(want), got)
	}
}

// outbox goes through the life of deliveries: replaced, withdrawn, put off,
// delivered, buried and swept.
func outbox(t *testing.T, open Open) {
	ctx := context.Background()
	s := open(t)
	waits := func(slot string, want bool) {
		t.Helper()
		if got, err := s.DeliveryWaits(ctx, []byte(slot)); err != nil || got != want {
			t.Fatal(slot, got, err)
		}
	}
	first, other, free := delivery("a"), delivery("b"), delivery("")
	other.Due, free.Due = epoch.Add(time.Hour), epoch.Add(2*time.Hour)
	ok(t, s.Jot(ctx, first, other, free))
	holds(t, s, false, row(first), row(other), row(free)) // in the order of their due times
	if one, err := s.Deliveries(ctx, false, 1); err != nil || len(one) != 1 || one[0].ID != first.ID {
		t.Fatal(one, err)
	}
	refused(t, s.Jot(ctx, identity.Deliver{ID: other.ID, Slot: []byte("c"), Due: epoch, Body: []byte("x")}), fault.Conflict, "delivery_exists")
	waits("c", false)

	second := delivery("a") // a newer message withdraws the older one
	ok(t, s.Jot(ctx, second))
	holds(t, s, false, row(second), row(other), row(free))
	refused(t, s.Jot(ctx, identity.PutOff{ID: first.ID, Attempts: 1, Due: epoch, Body: []byte("x")}), fault.Conflict, "delivery_taken")
	ok(t, s.Jot(ctx, identity.Delivered{ID: first.ID})) // its attempt ended well, and too late to matter
	waits("a", true)

	off := identity.PutOff{ID: second.ID, Attempts: 1, Due: epoch.Add(3 * time.Hour), Body: suite.Random(1400)}
	ok(t, s.Jot(ctx, off))
	put := identity.DeliveryRow{ID: second.ID, Due: off.Due, Attempts: 1, Body: off.Body}
	holds(t, s, false, row(other), row(free), put)
	refused(t, s.Jot(ctx, identity.PutOff{ID: second.ID, Attempts: 2, Due: epoch, Body: []byte("x")}), fault.Conflict, "delivery_taken")
	refused(t, s.Jot(ctx, identity.BuryDelivery{ID: second.ID, Attempts: 2, Due: epoch, Body: []byte("x")}), fault.Conflict, "delivery_taken")

	ok(t, s.Jot(ctx, identity.WithdrawDelivery{Slot: []byte("b")}, identity.WithdrawDelivery{Slot: []byte("nobody's")}))
	holds(t, s, false, row(free), put)
	waits("b", false)
	ok(t, s.Jot(ctx, identity.WithdrawDelivery{})) // no slot is nobody's slot
	holds(t, s, false, row(free), put)

	bury := identity.BuryDelivery{ID: second.ID, Attempts: 1, Due: epoch.Add(24 * time.Hour), Body: suite.Random(1400)}
	ok(t, s.Jot(ctx, bury))
	dead := identity.DeliveryRow{ID: second.ID, Due: bury.Due, Attempts: 1, Dead: true, Body: bury.Body}
	holds(t, s, true, dead)
	holds(t, s, false, row(free))
	waits("a", false)
	for _, n := range []identity.Note{identity.PutOff{ID: second.ID, Attempts: 1, Due: epoch, Body: []byte("x")}, bury,
		identity.LeaseDelivery{ID: second.ID, Attempts: 1, Due: bury.Due, Until: epoch}} { // the dead stay dead
		refused(t, s.Jot(ctx, n), fault.Conflict, "delivery_taken")
	}
	ok(t, s.Jot(ctx, identity.Delivered{ID: second.ID}, delivery("a"), identity.WithdrawDelivery{Slot: []byte("a")}))
	holds(t, s, true, dead)
	ok(t, s.Jot(ctx, identity.Delivered{ID: free.ID}))
	ok(t, s.Sweep(ctx, bury.Due.Add(-time.Microsecond)))
	holds(t, s, true, dead)
	waiting := delivery("late") // what waits is never swept, however old
	ok(t, s.Jot(ctx, waiting))
	ok(t, s.Sweep(ctx, bury.Due))
	holds(t, s, true)
	holds(t, s, false, row(waiting))
}

// outboxAtomic: a delivery is there with its change, and only with it.
func outboxAtomic(t *testing.T, open Open) {
	ctx := context.Background()
	s, p := enrolled(t, open)
	old, d := delivery("slot"), delivery("slot")
	ok(t, s.Jot(ctx, old))
	before := state(t, s, p)
	bad := identity.GuardPerson{ID: p.ID, Standing: identity.FrozenByOwner, Epoch: 1}
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{d, bad}}), fault.Conflict, "standing_changed")
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.WithdrawDelivery{Slot: old.Slot}, bad}}), fault.Conflict, "standing_changed")
	refused(t, s.Jot(ctx, d, identity.SwapDraft{Draft: identity.DraftRow{ID: []byte("draft")}, From: 99}), fault.Conflict, "draft_moved")
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{
		identity.SetStanding{ID: p.ID, From: identity.Active, To: identity.FrozenByOwner, CertOwner: p.CertOwn}, identity.Deliver{ID: old.ID, Due: epoch, Body: old.Body}}}), fault.Conflict, "delivery_exists")
	holds(t, s, false, row(old))
	if !reflect.DeepEqual(before, state(t, s, p)) {
		t.Fatal("a refused delivery left its change")
	}
	ok(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{
		identity.SetStanding{ID: p.ID, From: identity.Active, To: identity.FrozenByOwner, CertOwner: p.CertOwn}, d}}))
	holds(t, s, false, row(d))
}

// outboxLeases: of many takers one has it; when its lease is over another has,
// with the same id; and who lost it cannot end the other's attempt.
func outboxLeases(t *testing.T, open Open) {
	ctx := context.Background()
	s := open(t)
	d := delivery("slot")
	ok(t, s.Jot(ctx, d))
	take := func(attempts int, due time.Time) identity.LeaseDelivery {
		return identity.LeaseDelivery{ID: d.ID, Attempts: attempts, Due: due, Until: due.Add(lease)}
	}
	const takers = 64
	if won := race(t, takers, fault.Conflict, "delivery_taken", func(int) error { return s.Jot(ctx, take(1, d.Due)) }); won != 1 {
		t.Fatalf("%d of %d takers have it", won, takers)
	}
	second := d.Due.Add(lease)
	holds(t, s, false, identity.DeliveryRow{ID: d.ID, Due: second, Attempts: 2, Body: d.Body})
	refused(t, s.Jot(ctx, take(2, d.Due)), fault.Conflict, "delivery_taken") // it was read before it was put off
	ok(t, s.Jot(ctx, take(2, second)))                                       // that taker died: the next one
	refused(t, s.Jot(ctx, identity.PutOff{ID: d.ID, Attempts: 2, Due: epoch, Body: []byte("late")}), fault.Conflict, "delivery_taken")
	refused(t, s.Jot(ctx, identity.BuryDelivery{ID: d.ID, Attempts: 2, Due: epoch, Body: []byte("late")}), fault.Conflict, "delivery_taken")
	holds(t, s, false, identity.DeliveryRow{ID: d.ID, Due: second.Add(lease), Attempts: 3, Body: d.Body})
	ok(t, s.Jot(ctx, identity.Delivered{ID: d.ID})) // the one that was slow had success all the same
	holds(t, s, false)
	refused(t, s.Jot(ctx, take(3, second.Add(lease))), fault.Conflict, "delivery_taken")
}

// everyOutboxWrite fails each statement of each word in turn: nothing of it is
// there, and a delivery is never lost.
func everyOutboxWrite(t *testing.T, open OpenWith) {
	ctx := context.Background()
	s, i := broken(t, open)
	old, d := delivery("slot"), delivery("slot")
	ok(t, s.Jot(ctx, old))
	rows := func() (all []identity.DeliveryRow) {
		for _, dead := range []bool{false, true} {
			got, err := s.Deliveries(ctx, dead, 100)
			ok(t, err)
			all = append(all, got...)
		}
		return all
	}
	due := d.Due.Add(lease)
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"deliver", func() error { return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{d}}) }},
		{"lease", func() error {
			return s.Jot(ctx, identity.LeaseDelivery{ID: d.ID, Attempts: 1, Due: d.Due, Until: due})
		}},
		{"put off", func() error {
			return s.Jot(ctx, identity.PutOff{ID: d.ID, Attempts: 2, Due: due.Add(time.Minute), Body: suite.Random(1400)})
		}},
		{"bury", func() error {
			return s.Jot(ctx, identity.BuryDelivery{ID: d.ID, Attempts: 2, Due: due.Add(time.Hour), Body: suite.Random(1400)})
		}},
		{"deliver again", func() error { return s.Jot(ctx, old) }},
		{"delivered", func() error { return s.Jot(ctx, identity.Delivered{ID: old.ID}) }},
	} {
		before := rows()
		for n := 1; ; n++ {
			i.set(func(i *injector) { i.failAt, i.writes = n, 0 })
			err := c.do()
			if err == nil {
				if n <= 2 { // reading the head, the savepoint: there is more than that
					t.Fatalf("%s went through although statement %d failed", c.name, n)
				}
				break
			}
			if !fault.Is(err, fault.Unavailable) {
				t.Fatalf("%s, statement %d: %v", c.name, n, err)
			}
			if !reflect.DeepEqual(before, rows()) {
				t.Fatalf("%s, statement %d failed and something changed", c.name, n)
			}
		}
		i.set(func(i *injector) { i.failAt = 0 })
		if reflect.DeepEqual(before, rows()) {
			t.Fatalf("%s changed nothing", c.name)
		}
	}
}
