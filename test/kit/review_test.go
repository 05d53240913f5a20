package kit_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"netid/internal/act/guard"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/test/kit"
)

// applies is one more child of the guardian's, until the guardian has answered.
func (f *family) applies(t *testing.T, n int) (*kit.Citizen, error) {
	t.Helper()
	c := f.Person(n, born(9)).Of(f.mother)
	err := c.Until(t.Context(), "confirm")
	ok(t, errors.Join(err, f.Enrol.AskGuardian(t.Context(), c.Draft)))
	return c, f.mother.Answer(t.Context(), identity.GuardianYes)
}

func (f *family) enrols(t *testing.T, n int) {
	t.Helper()
	c, err := f.applies(t, n)
	ok(t, errors.Join(err, f.Enrol.HearGuardian(t.Context(), c.Draft), c.Finish(t.Context())))
}

// Who gathers children (K26): the third within a day, and the sixth, wait for a person at
// the operator's, whose yes is good for one.
func TestAPersonLooksAtTheThirdWithinADay(t *testing.T) {
	f := parents(t)
	alarms := 0
	f.Guard.Alarm = func(guard.Review) { alarms++ }
	f.enrols(t, 20)
	f.enrols(t, 21)
	third, err := f.applies(t, 22)
	because(t, err, "guardian_review")
	because(t, f.mother.Answer(t.Context(), identity.GuardianYes), "guardian_review") // asking again is no second one
	because(t, f.Enrol.HearGuardian(t.Context(), third.Draft), "guardian_waits")
	all, err := f.Guard.Queue(t.Context())
	if err != nil || len(all) != 1 || all[0].Why != "fast" || alarms != 1 {
		t.Fatal(all, alarms, err)
	}
	if r, err := f.Guard.Review(t.Context(), f.mother.Session); err != nil || r != all[0] {
		t.Error("the guardian does not see it: ", r, err)
	}
	if r, err := f.Guard.Review(t.Context(), f.father.Session); err != nil || r.Ref != "" {
		t.Error("somebody else sees it: ", r, err)
	}
	ticket := func(about, do string) string {
		t.Helper()
		number, err := f.Ticket(t.Context(), about, do)
		ok(t, err)
		return number
	}
	yes := ticket(all[0].Ref, "allow")
	because(t, f.Guard.Decide(t.Context(), "00000000", true, yes), "review_unknown")
	for number, why := range map[string]string{"": "ticket_missing", "0123456789abcdef": "ticket_missing", ticket(all[0].Ref, "refuse"): "ticket_other", ticket("00000000", "allow"): "ticket_other"} {
		because(t, f.Guard.Decide(t.Context(), all[0].Ref, true, number), why)
	}
	ok(t, f.Guard.Decide(t.Context(), all[0].Ref, true, yes))
	because(t, f.Guard.Decide(t.Context(), all[0].Ref, false, yes), "review_decided")
	_, err = f.Supervise.Spend(t.Context(), yes, all[0].Ref, "allow")
	because(t, err, "ticket_used")
	ok(t, f.mother.Answer(t.Context(), identity.GuardianYes))
	ok(t, f.Enrol.HearGuardian(t.Context(), third.Draft))
	ok(t, third.Finish(t.Context()))
	if all, err := f.Guard.Queue(t.Context()); err != nil || len(all) != 0 {
		t.Error("one yes is good for two: ", all, err)
	}
	fourth, err := f.applies(t, 23)
	because(t, err, "guardian_review")
	if all, err = f.Guard.Queue(t.Context()); err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	ok(t, f.Guard.Decide(t.Context(), all[0].Ref, false, ticket(all[0].Ref, "refuse")))
	because(t, f.mother.Answer(t.Context(), identity.GuardianYes), "guardian_review_refused")
	ok(t, f.mother.Answer(t.Context(), identity.GuardianNo))
	because(t, f.Enrol.HearGuardian(t.Context(), fourth.Draft), "guardian_refused")
	f.Advance(8 * 24 * time.Hour)
	ok(t, f.mother.SignIn(t.Context()))
	if all, err := f.Guard.Queue(t.Context()); err != nil || len(all) != 0 {
		t.Error("it never ends: ", all, err)
	}
	if r, err := ledger.Verify(t.Context(), f.Store, f.Keeper); err != nil || !r.OK() {
		t.Error(r.Problems, err)
	}
}

func TestAPersonLooksAtTheSixth(t *testing.T) {
	f := parents(t)
	for n := range 5 {
		if n%2 == 0 {
			f.Advance(25 * time.Hour)
			ok(t, f.mother.SignIn(t.Context()))
		}
		f.enrols(t, 20+n)
	}
	f.Advance(25 * time.Hour)
	ok(t, f.mother.SignIn(t.Context()))
	_, err := f.applies(t, 26)
	because(t, err, "guardian_review")
	if all, err := f.Guard.Queue(t.Context()); err != nil || len(all) != 1 || all[0].Why != "many" {
		t.Error(all, err)
	}
}

// Two answers at once are counted one after the other: at the edge one of them waits.
func TestTwoAnswersAtTheEdge(t *testing.T) {
	for before, want := range map[int]string{1: "fast", 4: "many"} {
		t.Run(want, func(t *testing.T) { atTheEdge(t, before) })
	}
}

func atTheEdge(t *testing.T, before int) {
	f := parents(t)
	for n := range before {
		f.enrols(t, 30+n)
		if before > 1 {
			f.Advance(25 * time.Hour)
			ok(t, f.mother.SignIn(t.Context()))
		}
	}
	for n := range 2 {
		c := f.Person(21+n, born(9)).Of(f.mother)
		ok(t, errors.Join(c.Until(t.Context(), "confirm"), f.Enrol.AskGuardian(t.Context(), c.Draft)))
	}
	waiting, err := f.Guard.Waiting(t.Context(), f.mother.Session)
	if err != nil || len(waiting) != 2 {
		t.Fatal(waiting, err)
	}
	elsewhere := *f.Guard
	kept := f.Guard
	elsewhere.Book = ledger.NewBook(meanwhile{Store: f.Store, once: new(sync.Once), happens: func() {
		f.Guard = kept
		ok(t, f.mother.AnswerTo(t.Context(), waiting[1], identity.GuardianYes))
	}}, f.Escrow, f.Now)
	f.Guard = &elsewhere
	if err := f.mother.AnswerTo(t.Context(), waiting[0], identity.GuardianYes); !fault.Because(err, "guardian_review") {
		t.Error("both go through: ", err)
	}
}
