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
	"netid/test/blank"
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
	db, err := sqlite.Open(blank.Lay(t, filepath.Join(t.TempDir(), "netid.db")))
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
