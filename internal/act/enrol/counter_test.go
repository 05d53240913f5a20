package enrol_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

const (
	desk    = identity.CounterID("hangzhou-2-07")
	another = identity.CounterID("hangzhou-2-08")
)

// counted is a kit with two counters, and a person who stands before the first.
func counted(t *testing.T) (*kit.Kit, *kit.Citizen) {
	t.Helper()
	k := kit.New(t, law.New())
	for _, name := range []identity.CounterID{desk, another} {
		if _, _, err := k.Counter.Add(t.Context(), string(name)); err != nil {
			t.Fatal(err)
		}
	}
	return k, k.Adult(1)
}

func refusedAs(t *testing.T, what string, err error, kind fault.Kind, reason string) {
	t.Helper()
	if !fault.Is(err, kind) || !fault.Because(err, reason) {
		t.Errorf("%s: %v, want %s", what, err, reason)
	}
}

func good(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// newest is the person's newest record of a kind, seen on a device that they bound.
func newest(t *testing.T, c *kit.Citizen, kind identity.EventKind) identity.Event {
	t.Helper()
	good(t, c.SignIn(t.Context()))
	recs, err := c.Look.Records(t.Context(), c.Session)
	good(t, err)
	for _, r := range recs {
		if r.Event.Kind == kind {
			return r.Event
		}
	}
	t.Fatalf("no record of %s", kind)
	return identity.Event{}
}

// A person without a device gets a number at a counter, is told so, and later binds
// a device with their document, telephone and passcode. The record names the counter.
func TestEnrolledAtACounter(t *testing.T) {
	ctx := t.Context()
	k, c := counted(t)
	good(t, c.ToCounter(ctx, desk, ""))
	if c.Grant.Again || c.Grant.Number == "" {
		t.Errorf("%+v", c.Grant)
	}
	if _, err := k.Deliver.Round(ctx); err != nil {
		t.Fatal(err)
	}
	if w := k.Warned(); !slices.Contains(w, "helped at "+string(desk)+" "+c.Phone()) {
		t.Error("the telephone heard:", w)
	}
	if n, many, err := k.Enrol.HelpedAt(ctx, desk); n != 1 || many || err != nil {
		t.Error(n, many, err)
	}
	number := c.Grant.Number
	good(t, c.Enrol(ctx)) // at home, no device stands and the passcode is known
	if c.Grant.Number != number || !c.Grant.Again {
		t.Errorf("%+v, was %s", c.Grant, number)
	}
	if e := newest(t, c, identity.Enrolled); e.Detail != "resident-id-card/authority-decoded/face-counter/"+string(desk) {
		t.Error(e.Detail)
	}
}

// What a clerk sees is masked, and nothing of the person's secrets opens by the slip.
func TestAClerkSeesACaseAndNoMore(t *testing.T) {
	ctx := t.Context()
	k, c := counted(t)
	good(t, c.ToCounter(ctx, desk, "card"))
	slip, err := c.Case(ctx)
	good(t, err)
	before, err := k.Enrol.Case(ctx, slip)
	good(t, err)
	if before.Document != nil || before.Next != enrol.StepCard || before.Kind != identity.ResidentCard {
		t.Errorf("%+v", before)
	}
	good(t, k.Enrol.CasePresent(ctx, desk, " "+strings.ToLower(slip[:4])+"-"+slip[4:], c.Evidence())) // as it is typed
	after, err := k.Enrol.Case(ctx, slip)
	good(t, err)
	if after.Document == nil || after.Counter != desk || strings.Contains(after.Document.Number, c.Document.Number[:10]) || after.Document.Name == c.Document.Name {
		t.Errorf("%+v", after.Document)
	}
	_, err = k.Enrol.Resume(ctx, slip)
	refusedAs(t, "a slip for clerks, typed at home", err, fault.Forbidden, "slip_over")
	_, err = k.Enrol.CaseChallenge(ctx, slip)
	refusedAs(t, "a second document", err, fault.Conflict, "step_order")
	good(t, k.Enrol.Cancel(ctx, c.Draft))
	_, err = k.Enrol.Case(ctx, slip)
	refusedAs(t, "after the person left", err, fault.Forbidden, "case_over")
	_, err = k.Enrol.Case(ctx, identity.NewSlip().Grouped())
	refusedAs(t, "another slip", err, fault.Forbidden, "case_over")
	_, err = k.Enrol.Case(ctx, slip[:15])
	refusedAs(t, "a slip mistyped", err, fault.Invalid, "slip_invalid")
	k.Advance(enrol.Lifetime)
	_, err = k.Enrol.Case(ctx, slip)
	refusedAs(t, "too late", err, fault.Forbidden, "case_over")
}

// A removed counter does nothing more, and what it began ends nowhere.
func TestARemovedCounterEndsWhatItBegan(t *testing.T) {
	ctx := t.Context()
	k, c := counted(t)
	good(t, c.ToCounter(ctx, desk, "finish"), k.Counter.Remove(ctx, string(desk)))
	_, err := k.Enrol.Finish(ctx, c.Draft)
	refusedAs(t, "finishing", err, fault.Forbidden, "counter_unknown")
	_, err = k.Enrol.Confirm(ctx, c.Draft, c.Device.JWK, proof(t, c))
	refusedAs(t, "confirming", err, fault.Forbidden, "counter_unknown")
	other := k.Adult(2)
	good(t, other.ToCounter(ctx, desk, "card"))
	slip, err := other.Case(ctx)
	good(t, err)
	refusedAs(t, "reading", k.Enrol.CasePresent(ctx, desk, slip, other.Evidence()), fault.Forbidden, "counter_unknown")
	good(t, k.Enrol.CasePresent(ctx, another, slip, other.Evidence()), k.Enrol.AskSecond(ctx, other.Draft))
	refusedAs(t, "agreeing", k.Enrol.CaseAgree(ctx, desk, slip), fault.Forbidden, "counter_unknown")
}

func proof(t *testing.T, c *kit.Citizen) []byte {
	t.Helper()
	v, err := c.Kit.Enrol.View(t.Context(), c.Draft)
	good(t, err)
	return c.Device.Sign([]byte(v.Proof))
}

// One clerk with somebody's document enrols nobody whose telephone they lack; a
// second clerk, never the same, may agree to that.
func TestOneClerkAloneMakesNoException(t *testing.T) {
	ctx := t.Context()
	k, c := counted(t)
	good(t, c.ToCounter(ctx, desk, "phone"))
	slip, err := c.Case(ctx)
	good(t, err)
	refusedAs(t, "an accomplice's telephone", k.Enrol.Phone(ctx, c.Draft, "10000009999", "zh-CN"), fault.Forbidden, "phone_not_on_file")
	refusedAs(t, "none", k.Enrol.NoPhone(ctx, c.Draft), fault.Forbidden, "second_missing")
	refusedAs(t, "agreed before it was asked", k.Enrol.CaseAgree(ctx, another, slip), fault.Conflict, "second_not_asked")
	good(t, k.Enrol.AskSecond(ctx, c.Draft))
	refusedAs(t, "the same clerk", k.Enrol.CaseAgree(ctx, desk, slip), fault.Forbidden, "second_same")
	refusedAs(t, "none, still", k.Enrol.NoPhone(ctx, c.Draft), fault.Forbidden, "second_missing")
	good(t, k.Enrol.CaseAgree(ctx, another, slip))
	refusedAs(t, "twice", k.Enrol.CaseAgree(ctx, another, slip), fault.Conflict, "second_not_asked")
	good(t, k.Enrol.NoPhone(ctx, c.Draft), k.Enrol.Passcode(ctx, c.Draft, c.Passcode, c.Passcode))
	g, err := k.Enrol.Finish(ctx, c.Draft)
	good(t, err)

	// Whoever finds the document afterwards binds nothing without the passcode.
	thief := k.Adult(1)
	thief.Passcode = "86420975"
	refusedAs(t, "a thief of the document", thief.Enrol(ctx), fault.Forbidden, "passcode_needed")
	good(t, c.Enrol(ctx))
	if c.Grant.Number != g.Number {
		t.Error("another number")
	}
	if e := newest(t, c, identity.Enrolled); !strings.HasSuffix(e.Detail, "/face-counter/"+string(desk)+"/"+string(another)) {
		t.Error(e.Detail)
	}
}

// Nothing of a counter is open to whoever enrols at home.
func TestNoCounterAtHome(t *testing.T) {
	ctx := t.Context()
	k, c := counted(t)
	for _, s := range c.Steps(ctx) {
		if s.Name == "confirm" {
			break
		}
		good(t, s.Do())
	}
	_, err := k.Enrol.Finish(ctx, c.Draft)
	refusedAs(t, "no device", err, fault.Conflict, "step_order")
	_, _, err = k.Enrol.Slip(ctx, c.Draft)
	refusedAs(t, "a slip", err, fault.Conflict, "step_order")
	refusedAs(t, "a second clerk", k.Enrol.AskSecond(ctx, c.Draft), fault.Conflict, "step_order")
	refusedAs(t, "a clerk after the card", k.Enrol.AskClerk(ctx, c.Draft), fault.Conflict, "step_order")
}

// K28: two clerks together enrol nobody without a document that answers.
func TestTwoClerksMakeNoGhost(t *testing.T) {
	ctx := t.Context()
	k, c := counted(t)
	good(t, c.ToCounter(ctx, desk, "challenge"))
	slip, err := c.Case(ctx)
	good(t, err)
	refusedAs(t, "no challenge", k.Enrol.CasePresent(ctx, desk, slip, c.Evidence()), fault.Gone, "challenge_expired")
	_, err = k.Enrol.CaseChallenge(ctx, slip)
	good(t, err)
	if err := k.Enrol.CasePresent(ctx, desk, slip, []byte("none")); err == nil {
		t.Error("evidence that no document gave")
	}
	refusedAs(t, "the challenge again", k.Enrol.CasePresent(ctx, desk, slip, c.Evidence()), fault.Gone, "challenge_expired")
	refusedAs(t, "a second clerk before the card", k.Enrol.AskSecond(ctx, c.Draft), fault.Conflict, "step_order")
	refusedAs(t, "agreeing", k.Enrol.CaseAgree(ctx, another, slip), fault.Conflict, "second_not_asked")
	_, err = k.Enrol.Finish(ctx, c.Draft)
	refusedAs(t, "finishing", err, fault.Conflict, "step_order")
}

// A clerk takes over nobody who has a device: it waits, and the owner is warned.
func TestAClerkTakesOverNobody(t *testing.T) {
	ctx := t.Context()
	k, owner := counted(t)
	good(t, owner.Enrol(ctx))
	taken := k.Adult(1)
	taken.Passcode = "86420975"
	good(t, taken.ToCounter(ctx, desk, "finish"))
	_, err := k.Enrol.Finish(ctx, taken.Draft)
	refusedAs(t, "at a counter", err, fault.Forbidden, "device_waits")
	good(t, owner.SignIn(ctx), k.Issue.Freeze(ctx, owner.Session), k.Issue.Thaw(ctx, owner.Session, owner.Passcode))
}

// A counter that enrols unusually many is stopped at its limit, by a guard of the commit.
func TestACounterHasALimit(t *testing.T) {
	ctx := t.Context()
	k, _ := counted(t)
	var ready []*kit.Citizen
	for n := range 6 {
		c := k.Adult(10 + n)
		good(t, c.ToCounter(ctx, desk, "finish"))
		ready = append(ready, c)
	}
	var made, busy atomic.Int32
	var all sync.WaitGroup
	for _, c := range ready {
		all.Go(func() {
			switch _, err := k.Enrol.Finish(context.WithoutCancel(ctx), c.Draft); {
			case err == nil:
				made.Add(1)
			case fault.Because(err, "counter_busy") && fault.Is(err, fault.TooMany):
				busy.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != 4 || busy.Load() != 2 {
		t.Errorf("%d enrolled and %d refused in an hour, of 4 that may be", made.Load(), busy.Load())
	}
	if n, many, err := k.Enrol.HelpedAt(ctx, desk); n != 4 || !many || err != nil {
		t.Error("the operator sees", n, many, err)
	}
	if n, many, err := k.Enrol.HelpedAt(ctx, another); n != 0 || many || err != nil {
		t.Error("of another", n, many, err)
	}
	k.Advance(24 * time.Hour)
	if n, many, err := k.Enrol.HelpedAt(ctx, desk); n != 0 || many || err != nil {
		t.Error("a day later", n, many, err)
	}
}

// A printed slip goes on at home with a device, once, and for three days.
func TestASlip(t *testing.T) {
	ctx := t.Context()
	k, c := counted(t)
	good(t, c.ToCounter(ctx, desk, "phone"))
	kiosk := c.Draft
	slip, until, err := k.Enrol.Slip(ctx, kiosk)
	good(t, err)
	if want := k.Now().Add(enrol.SlipLife); !until.Equal(want.Truncate(time.Second)) {
		t.Error(until, want)
	}
	if _, err := k.Enrol.View(ctx, kiosk); !fault.Is(err, fault.NotFound) {
		t.Error("the screen at the counter still goes on:", err)
	}
	_, err = k.Enrol.Case(ctx, slip.Grouped())
	refusedAs(t, "a printed slip, typed by a clerk", err, fault.Forbidden, "case_over")
	k.Advance(enrol.SlipLife - time.Minute)
	var got atomic.Int32
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			h, err := k.Enrol.Resume(context.WithoutCancel(ctx), slip.Grouped())
			if err == nil {
				got.Add(1)
				c.Draft = h
			} else if !fault.Because(err, "slip_over") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got.Load() != 1 {
		t.Fatalf("%d of 64 go on", got.Load())
	}
	if v, err := k.Enrol.View(ctx, c.Draft); err != nil || !v.Home {
		t.Errorf("it is not known to have been taken home: %+v %v", v, err)
	}
	for _, s := range c.Steps(ctx)[7:] { // from the telephone on
		good(t, s.Do())
	}
	if e := newest(t, c, identity.Enrolled); !strings.HasSuffix(e.Detail, "/face-counter/"+string(desk)) {
		t.Error(e.Detail)
	}

	late := k.Adult(2)
	good(t, late.ToCounter(ctx, desk, "finish"))
	slip, _, err = k.Enrol.Slip(ctx, late.Draft)
	good(t, err)
	k.Advance(enrol.SlipLife)
	_, err = k.Enrol.Resume(ctx, slip.Grouped())
	refusedAs(t, "too late", err, fault.Forbidden, "slip_over")
}

// A clerk's word is no guardian's: a minor's application waits at a counter too, and a
// slip takes no guardian's yes home.
func TestAMinorAtACounterNeedsAGuardian(t *testing.T) {
	ctx := t.Context()
	k, guardian := counted(t)
	good(t, guardian.Enrol(ctx), guardian.SignIn(ctx))
	child := k.Person(9, identity.Date{Year: 2017, Month: 2, Day: 3}).Of(guardian)
	good(t, child.ToCounter(ctx, desk, "finish"))
	_, err := k.Enrol.Finish(ctx, child.Draft)
	refusedAs(t, "before anybody was asked", err, fault.Conflict, "step_order")
	good(t, k.Enrol.AskGuardian(ctx, child.Draft), guardian.Answer(ctx, identity.GuardianYes), k.Enrol.HearGuardian(ctx, child.Draft))

	slip, _, err := k.Enrol.Slip(ctx, child.Draft)
	good(t, err)
	child.Draft, err = k.Enrol.Resume(ctx, slip.Digits())
	good(t, err)
	_, err = k.Enrol.Finish(ctx, child.Draft)
	refusedAs(t, "on a slip", err, fault.Conflict, "step_order")
	good(t, k.Enrol.AskGuardian(ctx, child.Draft), guardian.Answer(ctx, identity.GuardianYes), k.Enrol.HearGuardian(ctx, child.Draft))
	_, err = k.Enrol.Finish(ctx, child.Draft)
	good(t, err)
}

// meanwhile has something happen between the reading of the counters and the commit.
type meanwhile struct {
	enrol.Counters
	once sync.Once
	do   func()
}

func (m *meanwhile) Stands(ctx context.Context, since time.Time, ids ...identity.CounterID) (identity.Verb, error) {
	v, err := m.Counters.Stands(ctx, since, ids...)
	m.once.Do(m.do)
	return v, err
}

// That the counters stand is a guard of the commit, not an earlier look.
func TestACounterRemovedInTheLastInstant(t *testing.T) {
	ctx := t.Context()
	k, c := counted(t)
	good(t, c.ToCounter(ctx, desk, "finish"))
	k.Enrol.Counters = &meanwhile{Counters: k.Counter, do: func() { good(t, k.Counter.Remove(ctx, string(desk))) }}
	_, err := k.Enrol.Finish(ctx, c.Draft)
	refusedAs(t, "removed meanwhile", err, fault.Forbidden, "counter_unknown")

	other := k.Adult(2)
	k.Enrol.Counters = k.Counter
	good(t, other.ToCounter(ctx, another, "finish"))
	k.Enrol.Counters = &meanwhile{Counters: k.Counter, do: func() {
		_, _, err := k.Counter.Add(ctx, "hangzhou-2-09")
		good(t, err)
	}}
	_, err = k.Enrol.Finish(ctx, other.Draft)
	good(t, err)
}
