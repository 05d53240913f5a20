package enrol_test

import (
	"context"
	"testing"
	"time"

	"netid/internal/act/deliver"
	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// atPhone is a citizen whose next step is the telephone, and what the network answers.
func atPhone(t *testing.T) (*kit.Kit, *kit.Citizen) {
	t.Helper()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	for _, s := range c.Steps(t.Context())[:7] {
		if err := s.Do(); err != nil {
			t.Fatal(s.Name, err)
		}
	}
	return k, c
}

func deaf(kind fault.Kind, reason string) func(string) error {
	return func(string) error { return fault.New("network", kind, reason) }
}

// outbox counts what waits and what is dead.
func outbox(t *testing.T, k *kit.Kit) (waiting, dead int) {
	t.Helper()
	w, err := k.Store.Deliveries(t.Context(), false, 100)
	if err != nil {
		t.Fatal(err)
	}
	d, err := k.Store.Deliveries(t.Context(), true, 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(w), len(d)
}

func waits(t *testing.T, k *kit.Kit, c *kit.Citizen, want bool) {
	t.Helper()
	v, err := k.Enrol.View(t.Context(), c.Draft)
	if err != nil || v.CodeWaits != want || v.Next != enrol.StepCode {
		t.Fatalf("%+v %v, wanted waiting %v", v, err, want)
	}
}

// The network is down when the code is asked for: no failure, the page says
// that it waits, and the code arrives when the network is back.
func TestCodeArrivesLater(t *testing.T) {
	ctx := context.Background()
	k, c := atPhone(t)
	k.Deaf = deaf(fault.Unavailable, "sms_unavailable")
	if err := k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en"); err != nil {
		t.Fatal(err)
	}
	waits(t, k, c, true)
	k.Advance(7 * time.Second)
	if _, err := k.Deliver.Round(ctx); err != nil {
		t.Fatal(err)
	}
	waits(t, k, c, true)
	k.Deaf = nil
	k.Advance(time.Minute)
	if _, err := k.Deliver.Round(ctx); err != nil {
		t.Fatal(err)
	}
	waits(t, k, c, false)
	if err := k.Enrol.Code(ctx, c.Draft, k.Code(c.Phone())); err != nil {
		t.Fatal(err)
	}
}

// A code that nobody can use any more is not sent.
func TestExpiredCodeIsNotSent(t *testing.T) {
	ctx := context.Background()
	k, c := atPhone(t)
	k.Deaf = deaf(fault.Unavailable, "sms_unavailable")
	if err := k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en"); err != nil {
		t.Fatal(err)
	}
	k.Deaf = nil
	k.Advance(10 * time.Minute)
	waits(t, k, c, false) // it is over; its row only does not know yet
	if _, err := k.Deliver.Round(ctx); err != nil {
		t.Fatal(err)
	}
	if w, d := outbox(t, k); k.Code(c.Phone()) != "" || w != 0 || d != 1 {
		t.Error("sent", k.Code(c.Phone()), w, d)
	}
}

// The gateway will never take it: the citizen hears so, and nothing waits.
func TestRefusedTelephone(t *testing.T) {
	ctx := context.Background()
	k, c := atPhone(t)
	k.Deaf = deaf(fault.Invalid, "sms_refused")
	if err := k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en"); !fault.Is(err, fault.Unavailable) || !fault.Because(err, "sms_unavailable") {
		t.Fatal(err)
	}
	waits(t, k, c, false)
	if w, d := outbox(t, k); w != 0 || d != 1 {
		t.Error(w, d)
	}
	k.Deaf = nil
	if err := k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en"); err != nil {
		t.Fatal(err)
	}
	if err := k.Enrol.Code(ctx, c.Draft, k.Code(c.Phone())); err != nil {
		t.Fatal(err)
	}
}

// Asking again withdraws the message that waits; leaving withdraws it too.
func TestOlderMessageIsWithdrawn(t *testing.T) {
	ctx := context.Background()
	k, c := atPhone(t)
	other := k.Adult(2)
	for _, s := range other.Steps(ctx)[:7] {
		if err := s.Do(); err != nil {
			t.Fatal(s.Name, err)
		}
	}
	k.Deaf = deaf(fault.Unavailable, "sms_unavailable")
	for _, ask := range []*kit.Citizen{c, c, c, other} {
		if err := k.Enrol.Phone(ctx, ask.Draft, ask.Phone(), "en"); err != nil {
			t.Fatal(err)
		}
	}
	if w, _ := outbox(t, k); w != 2 {
		t.Fatal(w, "wait")
	}
	k.Deaf = nil
	if err := k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en"); err != nil { // this one goes out
		t.Fatal(err)
	}
	newest := k.Code(c.Phone())
	if err := k.Enrol.Cancel(ctx, other.Draft); err != nil {
		t.Fatal(err)
	}
	if w, d := outbox(t, k); w != 0 || d != 0 {
		t.Fatal("whoever left has a message waiting", w, d)
	}
	k.Advance(time.Minute)
	if _, err := k.Deliver.Round(ctx); err != nil {
		t.Fatal(err)
	}
	if k.Code(other.Phone()) != "" || k.Code(c.Phone()) != newest {
		t.Error("a withdrawn message came")
	}
	if err := k.Enrol.Code(ctx, c.Draft, newest); err != nil {
		t.Fatal(err)
	}
}

// shaky is a store whose n-th note fails.
type shaky struct {
	enrol.Store
	left int
}

func (s *shaky) Jot(ctx context.Context, notes ...identity.Note) error {
	if s.left--; s.left == 0 {
		return fault.New("shaky", fault.Unavailable, "store_unavailable")
	}
	return s.Store.Jot(ctx, notes...)
}

// A store that fails at the n-th note: either there is a code in the draft and
// its message is delivered, or there is neither.
func TestPhoneWhileTheStoreFails(t *testing.T) {
	ctx := context.Background()
	for n := 1; n <= 3; n++ {
		k, c := atPhone(t)
		k.Enrol.Store = &shaky{k.Store, n}
		err := k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en")
		if failed := n <= 2; (err != nil) != failed { // the counters, the code with its message
			t.Fatal(n, err)
		}
		k.Enrol.Store = k.Store
		v, viewed := k.Enrol.View(ctx, c.Draft)
		if w, _ := outbox(t, k); viewed != nil || v.CodeSent != (err == nil) || w != 0 || (k.Code(c.Phone()) != "") != v.CodeSent {
			t.Errorf("note %d failed: code %v, %d messages, %v", n, v.CodeSent, w, viewed)
		}
	}
	for n := 1; n <= 2; n++ { // and where only the note of the delivery fails, it comes again
		k, c := atPhone(t)
		k.Deliver.Store = failsOnce{k.Store, &shaky{k.Store, n}}
		if err := k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en"); err != nil {
			t.Fatal(err)
		}
		first := k.Code(c.Phone())
		k.Advance(time.Minute)
		if _, err := k.Deliver.Round(ctx); err != nil {
			t.Fatal(err)
		}
		if w, d := outbox(t, k); w != 0 || d != 0 || first == "" || k.Code(c.Phone()) != first {
			t.Error(w, d, first)
		}
	}
}

type failsOnce struct {
	deliver.Store
	shaky *shaky
}

func (f failsOnce) Jot(ctx context.Context, notes ...identity.Note) error {
	return f.shaky.Jot(ctx, notes...)
}

// People type their number as their keyboard, their telephone's book or a form
// filled by the browser writes it.
func TestPhoneAsPeopleTypeIt(t *testing.T) {
	for _, as := range []string{"10000000001", " 100 0000 0001", "100-0000-0001", "+86 10000000001", "+8610000000001", "008610000000001", "１００００００００01", "＋86　100 0000 0001"} {
		k, c := atPhone(t)
		if err := k.Enrol.Phone(t.Context(), c.Draft, as, "zh-CN"); fault.Because(err, "phone_invalid") {
			t.Errorf("%q: %v", as, err)
		}
	}
	for _, bad := range []string{"", "100000000011", "1000000000", "+8710000000001", "1000000000a", "٠٠٠00000001", "00861000000000", "+86+8610000000001"} {
		k, c := atPhone(t)
		if err := k.Enrol.Phone(t.Context(), c.Draft, bad, "zh-CN"); !fault.Because(err, "phone_invalid") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
