package deliver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/act/deliver"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/store/storetest"
	"netid/internal/suite"
)

const (
	address = "10099887766"
	text    = "code 314159"
	life    = 10 * time.Minute
)

// desk is the act over a real store, with a receiver and a clock of the test's.
type desk struct {
	*deliver.Act
	store *store.Store

	mu   sync.Mutex // guards what follows
	now  time.Time
	fail func(n int) error // what the receiver answers to the n-th attempt of all; nil: it takes everything
	got  []identity.DeliveryID
	said []deliver.Outcome
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "netid.db"))
	must(t, err)
	s, err := store.Open(t.Context(), db, storetest.Keeper(), time.Now)
	must(t, err)
	t.Cleanup(s.Close)
	d := &desk{store: s, now: time.Date(2026, 11, 23, 4, 30, 0, 0, time.UTC)}
	d.Act = &deliver.Act{Store: s, Box: suite.NewBox(suite.NewSecret(identity.ES256), "outbox"), Senders: map[identity.DeliveryKind]deliver.Sender{identity.ShortMessage: d},
		Random: func(n int) []byte { return bytes.Repeat([]byte{0xff}, n) }, Now: d.clock,
		Tell: func(o deliver.Outcome) { d.mu.Lock(); defer d.mu.Unlock(); d.said = append(d.said, o) }}
	return d
}

func (d *desk) clock() time.Time { d.mu.Lock(); defer d.mu.Unlock(); return d.now }

func (d *desk) advance(by time.Duration) { d.mu.Lock(); defer d.mu.Unlock(); d.now = d.now.Add(by) }

// Send notes that the attempt reached the receiver, and answers as the test says.
func (d *desk) Send(ctx context.Context, id identity.DeliveryID, to, what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if to != address || what != text {
		return errors.New("something else arrived")
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	d.got = append(d.got, id)
	if d.fail == nil {
		return nil
	}
	return d.fail(len(d.got))
}

// enter commits a message as an act would.
func (d *desk) enter(t *testing.T, slot string) identity.Deliver {
	t.Helper()
	v, err := d.Write([]byte(slot), identity.Message{Kind: identity.ShortMessage, Address: address, Text: text}, d.clock().Add(life))
	must(t, err)
	must(t, d.store.Commit(t.Context(), identity.Change{Entry: storetest.Entry(), Verbs: []identity.Verb{v}}))
	return v
}

func (d *desk) round(t *testing.T) time.Time {
	t.Helper()
	next, err := d.Round(t.Context())
	must(t, err)
	return next
}

// list fails unless so many wait and so many are dead, and gives the dead.
func (d *desk) list(t *testing.T, waiting, dead int) []deliver.Entry {
	t.Helper()
	w, err := deliver.List(t.Context(), d.store, d.Box, false, 100)
	must(t, err)
	gone, err := deliver.List(t.Context(), d.store, d.Box, true, 100)
	must(t, err)
	if len(w) != waiting || len(gone) != dead {
		t.Fatalf("%d wait and %d are dead, wanted %d and %d", len(w), len(gone), waiting, dead)
	}
	return append(w, gone...)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func down(int) error { return fault.New("gateway", fault.Unavailable, "sms_unavailable") }

func TestDeliveredAtOnce(t *testing.T) {
	d := newDesk(t)
	v := d.enter(t, "a")
	must(t, d.First(t.Context(), v))
	d.list(t, 0, 0)
	if !slices.Equal(d.got, []identity.DeliveryID{v.ID}) || len(d.said) != 0 {
		t.Error(d.got, d.said)
	}
	if next := d.round(t); !next.IsZero() {
		t.Error("nothing waits, and the next is due", next)
	}
	if len(d.got) != 1 {
		t.Error("what was delivered is delivered again")
	}
}

// A caller who leaves changes nothing: the attempt goes on and is written down.
func TestCallerLeaves(t *testing.T) {
	d := newDesk(t)
	v := d.enter(t, "a")
	gone, leave := context.WithCancel(t.Context())
	leave()
	must(t, d.First(gone, v))
	d.list(t, 0, 0)
}

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

// The pauses grow, within their bounds, until no attempt fits: then it is dead.
func TestBackOffAndDeath(t *testing.T) {
	for name, c := range map[string]struct {
		random byte
		pauses []time.Duration
	}{
		"longest":  {0xff, []time.Duration{6 * time.Second, 18 * time.Second, 54 * time.Second, 162 * time.Second}},
		"shortest": {0, []time.Duration{3 * time.Second, 9 * time.Second, 27 * time.Second, 81 * time.Second, 243 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.fail = down
			d.Random = func(n int) []byte { return bytes.Repeat([]byte{c.random}, n) }
			v := d.enter(t, "a")
			must(t, d.First(t.Context(), v)) // it will be tried again: no failure
			if waits, err := d.Waits(t.Context(), []byte("a")); err != nil || !waits {
				t.Fatal(waits, err)
			}
			for i, pause := range c.pauses {
				at := d.clock()
				if next := d.round(t); !next.Equal(at.Add(pause)) {
					t.Fatalf("pause %d: %v, wanted %v", i+1, next.Sub(at), pause)
				}
				d.advance(pause - time.Microsecond)
				if d.round(t); len(d.got) != i+1 {
					t.Fatalf("attempt %d came early", len(d.got))
				}
				if e := d.list(t, 1, 0)[0]; e.Kind != identity.ShortMessage || e.Attempts != i+1 || e.Reason != "sms_unavailable" || !e.Until.Equal(v.Due.Add(life-deliver.Lease)) {
					t.Fatalf("%+v", e)
				}
				d.advance(time.Microsecond)
				if d.round(t); len(d.got) != i+2 {
					t.Fatalf("attempt %d did not come", i+2)
				}
			}
			e := d.list(t, 0, 1)[0]
			hour := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
			if e.ID != v.ID || e.Kind != identity.ShortMessage || e.Reason != "sms_unavailable" || e.Attempts != len(c.pauses)+1 || !e.Until.Equal(hour) || !e.Due.IsZero() {
				t.Errorf("%+v", e)
			}
			if waits, err := d.Waits(t.Context(), []byte("a")); err != nil || waits {
				t.Error("the dead wait", err)
			}
			for _, id := range d.got {
				if id != v.ID {
					t.Error("an attempt had another id")
				}
			}
			if last := d.said[len(d.said)-1]; len(d.said) != len(d.got) || !last.Dead || last.ID != v.ID || last.Reason != "sms_unavailable" {
				t.Errorf("%+v", d.said)
			}
			must(t, d.store.Sweep(t.Context(), hour.Add(deliver.Kept-time.Microsecond)))
			d.list(t, 0, 1)
			must(t, d.store.Sweep(t.Context(), hour.Add(deliver.Kept)))
			d.list(t, 0, 0)
		})
	}
}

// Every kind of answer: what ends a delivery at once, and what is tried again.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		err  error
		dead bool
	}{
		{fault.New("x", fault.Unavailable, "down"), false}, {fault.New("x", fault.TooMany, "slower"), false}, {fault.New("x", fault.Unauthenticated, "token"), false},
		{errors.New("anything"), false}, {context.DeadlineExceeded, false}, {fault.New("x", fault.Internal, ""), false},
		{fault.New("x", fault.Invalid, "refused"), true}, {fault.New("x", fault.Forbidden, "never"), true}, {fault.New("x", fault.NotFound, "nobody"), true},
		{fault.New("x", fault.Gone, "left"), true}, {fault.New("x", fault.Conflict, "other"), true},
	} {
		t.Run(fmt.Sprint(c.err), func(t *testing.T) {
			d := newDesk(t)
			d.fail = func(int) error { return c.err }
			v := d.enter(t, "a")
			err := d.First(t.Context(), v)
			if (err != nil) != c.dead || c.dead && !fault.Because(err, fault.Public(c.err)) {
				t.Fatal(err)
			}
			if !c.dead {
				d.list(t, 1, 0)
				return
			}
			if e := d.list(t, 0, 1)[0]; e.Reason != fault.Public(c.err) || e.Attempts != 1 {
				t.Errorf("%+v", e)
			}
			d.advance(time.Hour)
			if d.round(t); len(d.got) != 1 {
				t.Error("the dead are tried again")
			}
		})
	}
}

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

// Nothing of an address or a text is in an outcome, an error, what is stored, or
// what is kept of the dead; all rows are of one size.
func TestNothingIsSaid(t *testing.T) {
	d := newDesk(t)
	d.fail = down
	v := d.enter(t, "a")
	must(t, d.First(t.Context(), v))
	d.fail = func(int) error { return fault.New("x", fault.Invalid, "sms_refused") }
	w := d.enter(t, "b")
	refusal := d.First(t.Context(), w)
	waiting, err := d.store.Deliveries(t.Context(), false, 9)
	must(t, err)
	dead, err := d.store.Deliveries(t.Context(), true, 9)
	must(t, err)
	if len(waiting) != 1 || len(dead) != 1 || len(waiting[0].Body) != len(dead[0].Body) || len(v.Body) != len(dead[0].Body) {
		t.Error("sizes tell what is in a row")
	}
	var plain []byte
	must(t, d.Box.Open(string(dead[0].Body), &plain))
	if !strings.Contains(string(plain), "sms_refused") {
		t.Error("the dead do not say why")
	}
	message := identity.Message{Kind: identity.ShortMessage, Address: address, Text: text}
	for _, s := range []string{fmt.Sprintf("%+v %v %#v", d.said, refusal, message), fmt.Sprint(message.LogValue()), string(plain), string(v.Body), string(waiting[0].Body)} {
		if strings.Contains(s, address) || strings.Contains(s, text) || strings.Contains(s, "314159") {
			t.Errorf("it tells: %q", s)
		}
	}
}

// What cannot be delivered is refused before it is entered.
func TestWriteRefuses(t *testing.T) {
	d := newDesk(t)
	good := identity.Message{Kind: identity.ShortMessage, Address: address, Text: text}
	for name, c := range map[string]struct {
		m     identity.Message
		until time.Duration
	}{"an unknown kind": {identity.Message{Kind: "pigeon"}, life}, "for too long": {good, deliver.Longest + time.Second},
		"too much": {identity.Message{Kind: identity.ShortMessage, Text: strings.Repeat("x", 5000)}, life}} {
		if _, err := d.Write(nil, c.m, d.clock().Add(c.until)); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.Write(nil, good, d.clock().Add(deliver.Longest)); err != nil {
		t.Error(err)
	}
	v := d.enter(t, "a") // by a release that knew the kind
	d.Senders = nil
	must(t, d.First(t.Context(), v))
	if e := d.list(t, 1, 0)[0]; e.Reason != "delivery_no_sender" {
		t.Errorf("%+v", e)
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
