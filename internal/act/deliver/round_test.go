package deliver_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"netid/internal/act/deliver"
	"netid/internal/fault"
	"netid/internal/identity"
)

// A server that stops cuts its attempts short, and says so: they are due
// again after a pause, not after their lease.
func TestServerStops(t *testing.T) {
	d := newDesk(t)
	d.enter(t, "a")
	d.advance(deliver.Lease)
	ctx, stop := context.WithCancel(t.Context())
	d.fail = func(int) error { stop(); return ctx.Err() }
	if _, err := d.Round(ctx); !fault.Because(err, "cancelled") {
		t.Error(err)
	}
	if e := d.list(t, 1, 0)[0]; e.Attempts != 2 || !e.Due.Equal(d.clock().Add(18*time.Second)) {
		t.Errorf("%+v", e)
	}
}

// Many nodes over one store: each delivery is attempted once.
func TestNodes(t *testing.T) {
	d := newDesk(t)
	const many, nodes = 150, 4 // more than one look
	for i := range many {
		d.enter(t, fmt.Sprint(i))
	}
	d.advance(deliver.Lease)
	var all sync.WaitGroup
	for range nodes {
		all.Go(func() {
			if next, err := d.Round(t.Context()); err != nil || !next.IsZero() && next.Before(d.clock()) {
				t.Error(next, err)
			}
		})
	}
	all.Wait()
	d.round(t)
	d.list(t, 0, 0)
	seen := map[identity.DeliveryID]bool{}
	for _, id := range d.got {
		seen[id] = true
	}
	if len(seen) != many || len(d.got) != many {
		t.Errorf("%d attempts at %d deliveries of %d", len(d.got), len(seen), many)
	}
}

// Too late is dead without an attempt, and withdrawn is gone without a word.
func TestLateAndWithdrawn(t *testing.T) {
	d := newDesk(t)
	d.enter(t, "late")
	d.advance(life)
	d.round(t)
	if e := d.list(t, 0, 1)[0]; e.Reason != "delivery_late" || len(d.got) != 0 {
		t.Errorf("%+v, %d attempts", e, len(d.got))
	}
	d.fail = down
	older := d.enter(t, "slot")
	must(t, d.First(t.Context(), older))
	newer := d.enter(t, "slot")
	d.fail = nil
	must(t, d.First(t.Context(), newer))
	d.advance(time.Hour)
	if d.round(t); !slices.Equal(d.got, []identity.DeliveryID{older.ID, newer.ID}) {
		t.Error("an older message came after the newer one")
	}
	d.list(t, 0, 1)
}

// A message that is withdrawn while its attempt is under way ends quietly,
// however the attempt ends.
func TestWithdrawnUnderWay(t *testing.T) {
	for _, answer := range []error{nil, down(1), fault.New("x", fault.Invalid, "refused")} {
		d := newDesk(t)
		d.fail = func(int) error {
			must(t, d.store.Jot(t.Context(), identity.WithdrawDelivery{Slot: []byte("slot")}))
			return answer
		}
		must(t, d.First(t.Context(), d.enter(t, "slot")))
		d.list(t, 0, 0)
		if len(d.said) != 0 {
			t.Errorf("%+v", d.said)
		}
	}
}

// Run finds what is due, is woken by what was put off, and ends with its context.
func TestRun(t *testing.T) {
	d := newDesk(t)
	d.Act.Now = time.Now
	wake := make(chan struct{}, 1)
	d.Wake = wake
	d.now = time.Now()
	arrived := make(chan struct{}, 9)
	d.fail = func(n int) error {
		if n == 1 {
			return down(n)
		}
		arrived <- struct{}{}
		return nil
	}
	d.Random = func(n int) []byte { return make([]byte, n) } // three seconds: less than Run's own look
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		d.Run(ctx, wake, func(err error) { t.Error(err) })
		close(ended)
	}()
	must(t, d.First(t.Context(), d.enter(t, "a")))
	<-arrived
	stop()
	<-ended
	if len(d.got) != 2 || d.got[0] != d.got[1] {
		t.Error(d.got)
	}
}

// A store that fails is told of, and its turn comes again.
func TestRunGoesOn(t *testing.T) {
	d := newDesk(t)
	d.Store = broken{}
	ctx, stop := context.WithCancel(t.Context())
	wake, heard := make(chan struct{}), make(chan error)
	ended := make(chan struct{})
	go func() {
		d.Run(ctx, wake, func(err error) { heard <- err })
		close(ended)
	}()
	for range 3 {
		if err := <-heard; !fault.Because(err, "store_unavailable") {
			t.Error(err)
		}
		select {
		case wake <- struct{}{}:
		case <-time.After(time.Minute):
			t.Fatal("it does not go on")
		}
	}
	go func() { <-heard }()
	stop()
	<-ended
}

type broken struct{ deliver.Store }

func (broken) Deliveries(context.Context, bool, int) ([]identity.DeliveryRow, error) {
	return nil, fault.New("broken", fault.Unavailable, "store_unavailable")
}

// What is put off wakes Run, once however much it is.
func TestWoken(t *testing.T) {
	d := newDesk(t)
	d.fail = down
	wake := make(chan struct{}, 1)
	d.Wake = wake
	for _, slot := range []string{"a", "b"} {
		must(t, d.First(t.Context(), d.enter(t, slot)))
	}
	if len(wake) != 1 {
		t.Error("Run is not woken")
	}
}

// What may wait for days is tried at least once an hour.
func TestLongestPause(t *testing.T) {
	d := newDesk(t)
	d.fail = down
	v, err := d.Write(nil, identity.Message{Kind: identity.ShortMessage, Address: address, Text: text}, d.clock().Add(deliver.Longest))
	must(t, err)
	must(t, d.store.Jot(t.Context(), v))
	must(t, d.First(t.Context(), v))
	for _, want := range []time.Duration{6, 18, 54, 162, 486, 1458, 3600, 3600, 3600} {
		pause := d.round(t).Sub(d.clock())
		if pause != want*time.Second {
			t.Fatal(pause, want)
		}
		d.advance(pause)
		d.round(t)
	}
}
