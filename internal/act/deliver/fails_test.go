package deliver_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"netid/internal/act/deliver"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

// Died between the commit and the attempt, or between the attempt and its
// note: the lease runs out, and the delivery is made under the same id.
func TestCrash(t *testing.T) {
	for name, reached := range map[string]int{"before the attempt": 0, "after the attempt": 1} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			v := d.enter(t, "a")
			if reached == 1 {
				dying := *d.Act
				dying.Store = mute{d.store}
				must(t, dying.First(t.Context(), v)) // its receiver has it; the note of that is lost
			}
			d.advance(deliver.Lease - time.Microsecond)
			if next := d.round(t); len(d.got) != reached || !next.Equal(v.Due) {
				t.Fatal("the lease of the dead does not hold", next)
			}
			d.advance(time.Microsecond)
			if d.round(t); len(d.got) != reached+1 {
				t.Fatal("lost")
			}
			for _, id := range d.got {
				if id != v.ID {
					t.Error("another id")
				}
			}
			d.list(t, 0, 0)
		})
	}
}

// mute is a store that takes no note.
type mute struct{ *store.Store }

func (mute) Jot(context.Context, ...identity.Note) error {
	return fault.New("mute", fault.Unavailable, "store_unavailable")
}

// failing is a store whose n-th note fails, before or after it was taken.
type failing struct {
	*store.Store
	mu    sync.Mutex // guards left
	left  int
	after bool
}

func (f *failing) Jot(ctx context.Context, notes ...identity.Note) error {
	f.mu.Lock()
	f.left--
	now := f.left == 0
	f.mu.Unlock()
	if now && !f.after {
		return fault.New("failing", fault.Unavailable, "store_unavailable")
	}
	err := f.Store.Jot(ctx, notes...)
	if now {
		return fault.New("failing", fault.Unavailable, "outcome_unknown")
	}
	return err
}

// A store that fails at its n-th write, for every n of a life of failures and
// success: the receiver has it in the end, always under one id, and nothing is left.
func TestStoreFails(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; n <= 8; n++ {
			t.Run(fmt.Sprint(n, after), func(t *testing.T) {
				d := newDesk(t)
				d.fail = func(n int) error {
					if n <= 3 {
						return down(n)
					}
					return nil
				}
				v := d.enter(t, "a")
				f := &failing{Store: d.store, left: n, after: after}
				d.Store = f
				must(t, d.First(t.Context(), v))
				for range 40 {
					d.advance(10 * time.Second)
					if _, err := d.Round(t.Context()); err != nil && !fault.Is(err, fault.Unavailable) {
						t.Fatal(err)
					}
				}
				d.list(t, 0, 0)
				if len(d.got) < 4 || len(d.got) > 5 {
					t.Errorf("%d attempts", len(d.got))
				}
				for _, id := range d.got {
					if id != v.ID {
						t.Error("another id")
					}
				}
				if n <= 6 && f.left > 0 {
					t.Errorf("the failure never came: %d", f.left)
				}
			})
		}
	}
}

// A body that does not open, or is another row's, is never sent. It is left
// alone for a while, because its key may be too new, and then it is dead.
func TestUnreadable(t *testing.T) {
	for _, name := range []string{"another key", "another row", "no text at all"} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			v := d.enter(t, "a")
			good := v.Body
			switch name {
			case "another key":
				d.Box = suite.NewBox(suite.NewSecret(identity.ES256), "outbox")
			case "another row":
				v.ID = identity.NewDeliveryID()
				must(t, d.store.Jot(t.Context(), v))
			default:
				v.Body = []byte("x")
				v.ID = identity.NewDeliveryID()
				must(t, d.store.Jot(t.Context(), v))
			}
			if err := d.First(t.Context(), v); !fault.Because(err, "sealed_invalid") {
				t.Fatal(err)
			}
			if e := d.list(t, 1, 0)[0]; e.Reason != "delivery_unreadable" || e.Kind != "" {
				t.Errorf("%+v", e)
			}
			for i := range 5 {
				d.list(t, 1, 0)
				if i < 4 {
					d.advance(time.Hour)
					d.round(t)
				}
			}
			d.advance(time.Hour)
			d.round(t)
			if e := d.list(t, 0, 1)[0]; e.Reason != "delivery_unreadable" || len(d.got) != 0 || len(good) == 0 {
				t.Errorf("%+v, %d attempts", e, len(d.got))
			}
		})
	}
}

// The key came in time: the delivery is made.
func TestKeyComesLate(t *testing.T) {
	d := newDesk(t)
	d.enter(t, "a")
	right := d.Box
	d.Box = suite.NewBox(suite.NewSecret(identity.ES256), "outbox")
	d.advance(deliver.Lease)
	d.round(t)
	d.Box = right
	d.advance(time.Minute)
	d.round(t)
	if d.list(t, 0, 0); len(d.got) != 1 {
		t.Errorf("%d attempts", len(d.got))
	}
}
