package kit_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

// family is a shop, two guardians and a child of nine, all enrolled.
type family struct {
	*kit.Kit
	mother, father, child *kit.Citizen
}

func born(years int) identity.Date { return identity.Date{Year: 2026 - years, Month: 3, Day: 7} }

// parents are a shop and two adults.
func parents(t *testing.T) *family {
	t.Helper()
	k := kit.New(t, law.New())
	f := &family{Kit: k, mother: k.Adult(1), father: k.Adult(2), child: k.Person(3, born(9))}
	if _, _, err := k.Admit.Register(t.Context(), admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true,
		AgeMarks: map[string]string{"over18": "a law"}}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*kit.Citizen{f.mother, f.father} {
		ok(t, p.Enrol(t.Context()))
		ok(t, p.SignIn(t.Context()))
	}
	f.child.Of(f.mother)
	return f
}

func together(t *testing.T) *family {
	f := parents(t)
	ok(t, f.child.EnrolMinor(t.Context(), f.mother))
	return f
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func because(t *testing.T, err error, why string) {
	t.Helper()
	if !fault.Because(err, why) {
		t.Errorf("%q wanted, got %v", why, err)
	}
}

// kinds are the events of somebody's own records.
func kinds(t *testing.T, c *kit.Citizen) (all []identity.EventKind) {
	t.Helper()
	records, err := c.Look.Records(t.Context(), c.Session)
	ok(t, err)
	for _, r := range records {
		all = append(all, r.Event.Kind)
	}
	return all
}

// Each alone, neither, both: an application of a child and of a young person (Art. 4).
func TestAMinorsApplication(t *testing.T) {
	for _, years := range []int{0, 9, 13, 14, 17} {
		f := parents(t)
		f.child = f.Person(3, born(years)).Of(f.mother)
		ok(t, f.child.Until(t.Context(), "confirm"))
		because(t, f.child.Finish(t.Context()), "step_order") // the minor alone
		if all, err := f.Guard.Waiting(t.Context(), f.mother.Session); err != nil || len(all) != 0 {
			t.Fatal("the guardian alone: ", all, err)
		}
		ok(t, f.Enrol.AskGuardian(t.Context(), f.child.Draft))
		ok(t, f.Enrol.AskGuardian(t.Context(), f.child.Draft)) // again is no second matter
		because(t, f.Enrol.HearGuardian(t.Context(), f.child.Draft), "guardian_waits")
		ok(t, f.mother.Answer(t.Context(), identity.GuardianYes))
		because(t, f.child.Finish(t.Context()), "step_order")
		ok(t, f.Enrol.HearGuardian(t.Context(), f.child.Draft))
		ok(t, f.child.Finish(t.Context()))
		if k := kinds(t, f.mother); k[0] != identity.GuardianAgreed {
			t.Error("the guardian's own records: ", k)
		}
		children, err := f.Guard.Children(t.Context(), f.mother.Session)
		if err != nil || len(children) != 1 || len(children[0].Certificates) != 1 {
			t.Fatal(children, err)
		}
		_, _, err = f.Guard.Uses(t.Context(), f.mother.Session, children[0].Ref)
		if years >= 14 {
			because(t, err, "not_yours")
		} else if err != nil {
			t.Error(err)
		}
	}
}

// What a guardian's yes is good for is asked again in the commit that uses it.
func TestAnApplicationWhoseGuardianChanges(t *testing.T) {
	for name, change := range map[string]struct {
		do   func(t *testing.T, f *family) error
		want string
	}{
		"nothing":           {func(*testing.T, *family) error { return nil }, ""},
		"the other says no": {func(t *testing.T, f *family) error { return f.father.Answer(t.Context(), identity.GuardianNo) }, "guardian_refused"},
		"frozen":            {func(t *testing.T, f *family) error { return f.Issue.Freeze(t.Context(), f.mother.Session) }, "guardian_waits"},
		"guardian no more":  {func(_ *testing.T, f *family) error { f.child.Of(f.father); return nil }, "guardian_waits"},
		"erased": {func(t *testing.T, f *family) error {
			_, err := f.Erase.Erase(t.Context(), f.mother.Session, f.mother.Passcode)
			return err
		}, "guardian_waits"},
	} {
		for _, meantime := range []bool{false, true} { // before it is read, and between reading and recording
			if meantime && name == "guardian no more" {
				continue // the register's word is no row of ours
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := parents(t)
				f.child.Of(f.mother, f.father)
				ok(t, f.child.Until(t.Context(), "confirm"))
				ok(t, f.Enrol.AskGuardian(t.Context(), f.child.Draft))
				ok(t, f.mother.Answer(t.Context(), identity.GuardianYes))
				ok(t, f.Enrol.HearGuardian(t.Context(), f.child.Draft))
				if meantime {
					f.Enrol.Book = ledger.NewBook(meanwhile{Store: f.Store, once: new(sync.Once), happens: func() {
						if err := change.do(t, f); err != nil {
							t.Error(err)
						}
					}}, f.Escrow, f.Now)
				} else {
					ok(t, change.do(t, f))
				}
				err := f.child.Finish(t.Context())
				if change.want == "" {
					ok(t, err)
				} else {
					because(t, err, change.want)
				}
			})
		}
	}
}

// A child's use waits for the guardian, and is one verification once they agreed.
func TestAChildsUse(t *testing.T) {
	f := together(t)
	sealed, err := f.Authorize.Begin(t.Context(), f.Request("shop", identity.ModeCert))
	ok(t, err)
	in, err := f.child.Signed(t.Context(), sealed)
	ok(t, err)
	_, err = f.Authorize.Approve(t.Context(), f.child.Session, sealed, kit.Browser, in)
	because(t, err, "guardian_needed")
	a, waits, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert))
	if err != nil || waits == "" || a.Code != "" {
		t.Fatal(a, waits, err)
	}
	for range 3 {
		if a, err := f.child.Resume(t.Context(), waits); err != nil || a.Code != "" || a.Error != "" {
			t.Fatal("it does not wait: ", a, err)
		}
	}
	other := f.father.Session
	if _, err := f.Authorize.Resume(t.Context(), other, waits, kit.Browser); !fault.Because(err, "other_browser") {
		t.Error("another person goes on with it: ", err)
	}
	if _, err := f.Authorize.Resume(t.Context(), f.child.Session, waits, identity.Handle{8}); !fault.Because(err, "other_browser") {
		t.Error("another browser goes on with it: ", err)
	}
	ok(t, f.mother.Answer(t.Context(), identity.GuardianYes))
	because(t, f.mother.AnswerTo(t.Context(), identity.Matter{Kind: identity.MatterUse, Key: []byte("nothing like it!")}, identity.GuardianNo), "request_expired")
	a, err = f.child.Resume(t.Context(), waits)
	if err != nil || a.Code == "" {
		t.Fatal(a, err)
	}
	b, err := f.child.Resume(t.Context(), waits) // its answer was lost on the way
	if err != nil || b.Code == "" {
		t.Errorf("sent twice: %+v %v", b, err)
	}
	adult, err := f.father.Approve(t.Context(), f.Request("shop", identity.ModeCert))
	if err != nil || len(adult.Code) != len(a.Code) {
		t.Errorf("a code tells by its length that a child is behind it: %d and %d, %v", len(a.Code), len(adult.Code), err)
	}
	if _, err := f.Redeem(t.Context(), "shop", a.Code); err != nil {
		t.Fatal(err)
	}
	_, err = f.Redeem(t.Context(), "shop", b.Code) // two codes, one verification
	because(t, err, "code_used")
	if k := kinds(t, f.child); k[0] != identity.Verified || k[1] != identity.GuardianAgreed {
		t.Error("the child's records: ", k)
	}
	children, err := f.Guard.Children(t.Context(), f.mother.Session)
	ok(t, err)
	if children[0].Number != "" {
		t.Error("the child's number is given where nothing needs it")
	}
	child, uses, err := f.Guard.Uses(t.Context(), f.mother.Session, children[0].Ref)
	if child.Number != f.child.Grant.Number {
		t.Error("what authorities were told of the child is not found")
	}
	if err != nil || uses[0].Kind != identity.Verified || uses[0].Party != "shop" {
		t.Error("the guardian's view: ", uses, err)
	}
}

// Under 14 nothing lasts.
func TestAChildGivesThisOnce(t *testing.T) {
	f := together(t)
	_, _, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert), kit.Standing)
	because(t, err, "child_once")
	if a, waits, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert, identity.Over18), "age_over_18"); err != nil || waits == "" {
		t.Error("an age mark is refused: ", a, err)
	}
}

// To the party each of these is a no like any: the same words by the same door.
func TestAGuardiansNo(t *testing.T) {
	f := together(t)
	f.child.Of(f.mother, f.father)
	plain, err := f.Authorize.Begin(t.Context(), f.Request("shop", identity.ModeCert))
	ok(t, err)
	answer, err := f.Authorize.Decline(t.Context(), &f.child.Session, plain, kit.Browser)
	ok(t, err)
	want, err := f.Authorize.Open(answer)
	ok(t, err)
	same := func(what string, a identity.Answer, err error) {
		t.Helper()
		a.Expires = want.Expires
		if err != nil || a != want {
			t.Errorf("%s: %+v and not %+v, %v", what, a, want, err)
		}
		if k := kinds(t, f.child); k[0] != identity.Declined {
			t.Errorf("%s: the child's records: %v", what, k)
		}
	}
	ask := func() string {
		t.Helper()
		_, waits, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert))
		if err != nil || waits == "" {
			t.Fatal(err)
		}
		return waits
	}
	waits := ask()
	ok(t, f.mother.Answer(t.Context(), identity.GuardianYes))
	ok(t, f.father.Answer(t.Context(), identity.GuardianNo)) // of two, a no wins
	a, err := f.child.Resume(t.Context(), waits)
	same("no", a, err)
	waits = ask()
	f.Advance(11 * time.Minute)
	a, err = f.child.Resume(t.Context(), waits)
	same("silence", a, err)
	f.child.Of() // nobody answers for the child any more
	if a, err := f.child.Resume(t.Context(), ask()); err != nil || a.Code != "" || a.Error != "" {
		t.Errorf("without a guardian it waits: %+v %v", a, err)
	}
}

// Once for a party until withdrawn.
func TestAGuardianAgreesForAParty(t *testing.T) {
	agreed := func(t *testing.T) *family {
		f := together(t)
		_, waits, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert))
		ok(t, err)
		ok(t, f.mother.Answer(t.Context(), identity.GuardianAlways))
		if a, err := f.child.Resume(t.Context(), waits); err != nil || a.Code == "" {
			t.Fatal(a, err)
		}
		return f
	}
	f := agreed(t)
	a, _, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert))
	if err != nil || a.Code == "" {
		t.Fatal("the guardian is asked again: ", a, err)
	}
	if _, err := f.Redeem(t.Context(), "shop", a.Code); err != nil {
		t.Error(err)
	}
	if s, err := f.child.Silent(t.Context(), f.Request("shop", identity.ModeCert)); err != nil || s.Code != "" {
		t.Errorf("answered without the child: %+v %v", s, err)
	}
	for name, end := range map[string]func(t *testing.T, f *family, ref string) error{
		"withdrawn by the guardian": func(t *testing.T, f *family, ref string) error {
			return f.Guard.Withdraw(t.Context(), f.mother.Session, ref, "shop")
		},
		"withdrawn by the child": func(t *testing.T, f *family, ref string) error {
			return f.Authorize.Withdraw(t.Context(), f.child.Session, "shop")
		},
		"guardian no more":   func(_ *testing.T, f *family, _ string) error { f.child.Of(f.father); return nil },
		"the guardian froze": func(t *testing.T, f *family, _ string) error { return f.Issue.Freeze(t.Context(), f.mother.Session) },
		"the guardian is erased": func(t *testing.T, f *family, _ string) error {
			_, err := f.Erase.Erase(t.Context(), f.mother.Session, f.mother.Passcode)
			return err
		},
		"a year later": func(_ *testing.T, f *family, _ string) error {
			f.Advance(366 * 24 * time.Hour)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := agreed(t)
			children, err := f.Guard.Children(t.Context(), f.mother.Session)
			ok(t, err)
			ok(t, end(t, f, children[0].Ref))
			a, waits, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert))
			if a.Code != "" || err == nil && waits == "" {
				t.Errorf("answered: %+v %v", a, err)
			}
		})
	}
}

// Of a child and a guardian a no that lasts holds, whoever said it first.
func TestAChildsLastingNo(t *testing.T) {
	f := together(t)
	_, waits, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert))
	ok(t, err)
	refuse := func() {
		t.Helper()
		sealed, err := f.Authorize.Begin(t.Context(), f.Request("shop", identity.ModeCert))
		ok(t, err)
		_, err = f.Authorize.DeclineLasting(t.Context(), f.child.Session, sealed, kit.Browser)
		ok(t, err)
	}
	quiet := func() {
		t.Helper()
		r := f.Request("shop", identity.ModeCert)
		if a, err := f.child.Silent(t.Context(), r); err != nil || a.Error != "access_denied" {
			t.Errorf("the child is asked again: %+v %v", a, err)
		}
	}
	// Between what the guardian's answer reads and its commit: it reads again.
	elsewhere := *f.Guard
	elsewhere.Book = ledger.NewBook(meanwhile{Store: f.Store, once: new(sync.Once), happens: refuse}, f.Escrow, f.Now)
	kept := f.Guard
	f.Guard = &elsewhere
	because(t, f.mother.Answer(t.Context(), identity.GuardianAlways), "child_refuses")
	f.Guard = kept
	quiet()
	because(t, f.mother.Answer(t.Context(), identity.GuardianAlways), "child_refuses")
	ok(t, f.mother.Answer(t.Context(), identity.GuardianYes)) // of what the child signed before it: once
	if a, err := f.child.Resume(t.Context(), waits); err != nil || a.Code == "" {
		t.Error(a, err)
	}
	quiet()

	f = together(t)
	_, waits, err = f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert))
	ok(t, err)
	ok(t, f.mother.Answer(t.Context(), identity.GuardianAlways))
	if a, err := f.child.Resume(t.Context(), waits); err != nil || a.Code == "" {
		t.Fatal(a, err)
	}
	refuse() // ends what the guardian agreed to for a year
	quiet()
	if _, waits, err = f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert)); err != nil || waits == "" {
		t.Errorf("the guardian's yes stands beside the child's no: %v", err)
	}
}

// What ends a guardian's yes between its reading and its use ends the use.
func TestAYesThatEndsMeanwhile(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, f *family, ref string) error{
		"the other says no": func(t *testing.T, f *family, _ string) error {
			return f.father.Answer(t.Context(), identity.GuardianNo)
		},
		"withdrawn": func(t *testing.T, f *family, ref string) error {
			return f.Guard.Withdraw(t.Context(), f.mother.Session, ref, "shop")
		},
		"the child is frozen": func(t *testing.T, f *family, ref string) error {
			return f.Guard.Freeze(t.Context(), f.mother.Session, ref)
		},
		"the guardian froze": func(t *testing.T, f *family, _ string) error { return f.Issue.Freeze(t.Context(), f.mother.Session) },
		"the child is erased": func(t *testing.T, f *family, ref string) error {
			_, err := f.Erase.EraseWard(t.Context(), f.mother.Session, ref, f.mother.Passcode)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := together(t)
			f.child.Of(f.mother, f.father)
			children, err := f.Guard.Children(t.Context(), f.mother.Session)
			ok(t, err)
			_, waits, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert))
			ok(t, err)
			ok(t, f.mother.Answer(t.Context(), identity.GuardianYes))
			elsewhere := *f.Authorize // another node: this one holds the child's turn
			f.Guard.Withdrawer = &elsewhere
			f.Authorize.Book = ledger.NewBook(meanwhile{Store: f.Store, once: new(sync.Once), happens: func() {
				if err := end(t, f, children[0].Ref); err != nil {
					t.Error(err)
				}
			}}, f.Escrow, f.Now)
			if a, err := f.child.Resume(t.Context(), waits); a.Code != "" {
				t.Errorf("answered: %+v %v", a, err)
			}
		})
	}
}

// 23:59:59 and 00:00 in Asia/Shanghai.
func TestBirthdaysOfAMinor(t *testing.T) {
	f := parents(t)
	today := identity.Today(f.Now())
	f.child = f.Person(3, identity.Date{Year: today.Year - 14, Month: today.Month, Day: today.Day + 1}).Of(f.mother)
	ok(t, f.child.EnrolMinor(t.Context(), f.mother))
	f.Advance(today.End().Add(-time.Second).Sub(f.Now()))
	resume := func(c *kit.Citizen) {
		t.Helper()
		ok(t, c.SignIn(t.Context()))
	}
	resume(f.mother)
	resume(f.child)
	_, err := f.child.Approve(t.Context(), f.Request("shop", identity.ModeCert))
	because(t, err, "guardian_needed")
	children, err := f.Guard.Children(t.Context(), f.mother.Session)
	ok(t, err)
	ref := children[0].Ref
	if _, _, err := f.Guard.Uses(t.Context(), f.mother.Session, ref); err != nil || children[0].Turned != "" {
		t.Error(children, err)
	}
	ok(t, f.Guard.Freeze(t.Context(), f.mother.Session, ref))
	because(t, f.Issue.Thaw(t.Context(), f.child.Session, f.child.Passcode), "guardian_froze")
	f.Advance(time.Second)
	ok(t, f.Issue.Thaw(t.Context(), f.child.Session, f.child.Passcode))
	a, err := f.child.Approve(t.Context(), f.Request("shop", identity.ModeCert))
	if err != nil || a.Code == "" {
		t.Fatal("at fourteen one decides alone: ", err)
	}
	_, _, err = f.Guard.Uses(t.Context(), f.mother.Session, ref)
	because(t, err, "not_yours")
	because(t, f.Guard.Freeze(t.Context(), f.mother.Session, ref), "not_yours")
	because(t, f.Guard.Withdraw(t.Context(), f.mother.Session, ref, "shop"), "not_yours")
	_, err = f.Erase.EraseWard(t.Context(), f.mother.Session, ref, f.mother.Passcode)
	because(t, err, "not_yours")
	children, err = f.Guard.Children(t.Context(), f.mother.Session)
	if err != nil || children[0].Regime != identity.Ward || children[0].Turned != identity.Ward {
		t.Error("the guardian is not told: ", children, err)
	}
	if told, err := f.Guard.Turned(t.Context(), f.child.Session); err != nil || told != identity.Ward {
		t.Error("the young person is not told: ", told, err)
	}
	f.Advance(31 * 24 * time.Hour)
	resume(f.child)
	if told, err := f.Guard.Turned(t.Context(), f.child.Session); err != nil || told != "" {
		t.Error("told for ever: ", told, err)
	}
}

// At eighteen it is over, and told for a while.
func TestEighteen(t *testing.T) {
	f := parents(t)
	today := identity.Today(f.Now())
	f.child = f.Person(3, identity.Date{Year: today.Year - 18, Month: today.Month, Day: today.Day + 1}).Of(f.mother)
	ok(t, f.child.EnrolMinor(t.Context(), f.mother))
	f.Advance(today.End().Sub(f.Now()))
	ok(t, f.mother.SignIn(t.Context()))
	children, err := f.Guard.Children(t.Context(), f.mother.Session)
	if err != nil || len(children) != 1 || children[0].Turned != identity.Adult || children[0].Certificates != nil {
		t.Error(children, err)
	}
	f.Advance(31 * 24 * time.Hour)
	ok(t, f.mother.SignIn(t.Context()))
	if children, err := f.Guard.Children(t.Context(), f.mother.Session); err != nil || len(children) != 0 {
		t.Error(children, err)
	}
}

// Of two guardians a freeze holds until each who froze has ended it.
func TestTwoGuardiansFreeze(t *testing.T) {
	f := together(t)
	f.child.Of(f.mother, f.father)
	ref := func(g *kit.Citizen) string {
		t.Helper()
		children, err := f.Guard.Children(t.Context(), g.Session)
		if err != nil || len(children) != 1 {
			t.Fatal(children, err)
		}
		return children[0].Ref
	}
	standing := func() identity.Standing {
		t.Helper()
		o, err := f.Vault.Open(t.Context(), f.child.Session.Person)
		ok(t, err)
		return o.Standing
	}
	hers, his := ref(f.mother), ref(f.father)
	if hers == his {
		t.Error("one name of a child on the pages of two")
	}
	because(t, f.Guard.Freeze(t.Context(), f.father.Session, hers), "not_yours")
	ok(t, f.Guard.Freeze(t.Context(), f.mother.Session, hers))
	because(t, f.Guard.Thaw(t.Context(), f.father.Session, his), "guardian_froze")
	ok(t, f.Guard.Freeze(t.Context(), f.father.Session, his))
	ok(t, f.Guard.Thaw(t.Context(), f.mother.Session, hers))
	if standing() != identity.FrozenByGuardian {
		t.Error("one guardian undid the other's freeze")
	}
	because(t, f.Guard.Thaw(t.Context(), f.mother.Session, hers), "guardian_froze")
	ok(t, f.Guard.Thaw(t.Context(), f.father.Session, his))
	if standing() != identity.Active {
		t.Error("frozen still")
	}
	ok(t, f.Guard.Freeze(t.Context(), f.father.Session, his))
	f.child.Of(f.mother) // who froze is no guardian any more
	because(t, f.Guard.Thaw(t.Context(), f.father.Session, his), "not_yours")
}

// Who may not answer, and what is no answer.
func TestWhoIsNoGuardian(t *testing.T) {
	f := together(t)
	ask := func() identity.Matter {
		t.Helper()
		f.child.Of(f.mother)
		_, _, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert))
		ok(t, err)
		all, err := f.Guard.Waiting(t.Context(), f.mother.Session)
		ok(t, err)
		return all[len(all)-1]
	}
	m := ask()
	because(t, f.father.AnswerTo(t.Context(), m, identity.GuardianYes), "request_expired") // it does not wait for him
	f.child.Of(f.father)
	if all, err := f.Guard.Waiting(t.Context(), f.mother.Session); err != nil || len(all) != 0 {
		t.Error("who is no guardian any more sees it: ", all, err)
	}
	because(t, f.mother.AnswerTo(t.Context(), m, identity.GuardianYes), "guardian_not_verified")
	f.child.Of(f.mother)
	forged := *f.mother
	forged.Device = kit.NewDevice()
	because(t, forged.AnswerTo(t.Context(), m, identity.GuardianYes), "signature_invalid")
	because(t, f.mother.AnswerTo(t.Context(), m, "perhaps"), "choice_missing")
	ok(t, f.Issue.Freeze(t.Context(), f.mother.Session))
	because(t, f.mother.AnswerTo(t.Context(), m, identity.GuardianYes), "guardian_not_verified")
	ok(t, f.Issue.Thaw(t.Context(), f.mother.Session, f.mother.Passcode))
	ok(t, f.mother.AnswerTo(t.Context(), m, identity.GuardianYes))
	because(t, f.mother.AnswerTo(t.Context(), m, identity.GuardianNo), "request_used")
	f.Desk.Silent = fault.New("kit", fault.Unavailable, "authority_unavailable")
	_, err := f.Guard.Waiting(t.Context(), f.mother.Session)
	because(t, err, "authority_unavailable")
	f.Desk.Silent = nil
	// a minor guards nobody, and nobody guards themselves
	teen := f.Person(7, born(16)).Of(f.mother)
	ok(t, teen.EnrolMinor(t.Context(), f.mother))
	little := f.Person(8, born(3)).Of(teen)
	ok(t, little.Until(t.Context(), "confirm"))
	ok(t, f.Enrol.AskGuardian(t.Context(), little.Draft))
	because(t, teen.Answer(t.Context(), identity.GuardianYes), "guardian_not_verified")
	alone := f.Person(9, born(16))
	alone.Of(alone)
	ok(t, alone.Until(t.Context(), "confirm"))
	ok(t, f.Enrol.AskGuardian(t.Context(), alone.Draft))
	because(t, f.Enrol.HearGuardian(t.Context(), alone.Draft), "guardian_waits")
}

// Nobody is buried under questions.
func TestGuardianLimits(t *testing.T) {
	f := parents(t)
	f.child = f.Person(30, born(9)).Of(f.father)
	ok(t, f.child.EnrolMinor(t.Context(), f.father))
	asked := 0
	for range 12 {
		if _, _, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert)); err == nil {
			asked++
		}
	}
	if asked != identity.Places {
		t.Errorf("%d questions wait", asked)
	}
}

// What waits tells nothing to who has the rows alone, and is of one length.
func TestWhatWaitsIsSealed(t *testing.T) {
	f := parents(t)
	ok(t, f.child.Until(t.Context(), "confirm"))
	ok(t, f.Enrol.AskGuardian(t.Context(), f.child.Draft))
	o, err := f.Vault.Open(t.Context(), f.mother.Session.Person)
	ok(t, err)
	apply, err := f.Store.Draft(t.Context(), f.Vault.Place(o, 0))
	ok(t, err)
	ok(t, f.mother.Answer(t.Context(), identity.GuardianYes))
	said, err := f.Store.Draft(t.Context(), f.Vault.Place(o, 0))
	ok(t, err)
	ok(t, f.Enrol.HearGuardian(t.Context(), f.child.Draft))
	ok(t, f.child.Finish(t.Context()))
	_, _, err = f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert))
	ok(t, err)
	use, err := f.Store.Draft(t.Context(), f.Vault.Place(o, 0))
	ok(t, err)
	if len(apply.Body) != len(said.Body) || len(apply.Body) != len(use.Body) {
		t.Error("lengths tell: ", len(apply.Body), len(said.Body), len(use.Body))
	}
	for _, b := range [][]byte{apply.Body, said.Body, use.Body} {
		if bytes.Contains(b, []byte("shop")) || bytes.Contains(b, []byte(f.child.Handle)) {
			t.Error("in the clear")
		}
	}
	if _, err := f.Vault.OpenMatter(o, f.Vault.Place(o, 1), use.Body); err == nil {
		t.Error("a matter opens in another place")
	}
	father, err := f.Vault.Open(t.Context(), f.father.Session.Person)
	ok(t, err)
	if _, err := f.Vault.OpenMatter(father, f.Vault.Place(o, 0), use.Body); err == nil || slices.Equal(f.Vault.Place(father, 0), f.Vault.Place(o, 0)) {
		t.Error("a matter opens for another guardian")
	}
}

// A child who gives an application up leaves nothing for a guardian to answer: each of them
// reads that it was withdrawn, whether or not they had answered, until its time would have
// been over; and another application is another matter (Art. 4).
func TestAnApplicationThatIsGivenUp(t *testing.T) {
	for _, answered := range []identity.GuardianAnswer{"", identity.GuardianYes} {
		f := parents(t)
		f.child.Of(f.mother, f.father)
		ctx := t.Context()
		ok(t, f.child.Until(ctx, "confirm"))
		ok(t, f.Enrol.AskGuardian(ctx, f.child.Draft))
		before, err := f.Guard.Waiting(ctx, f.mother.Session)
		if err != nil || len(before) != 1 {
			t.Fatal(before, err)
		}
		if answered != "" {
			ok(t, f.mother.Answer(ctx, answered))
		}
		gone := f.child.Draft
		ok(t, f.Enrol.Cancel(ctx, gone))
		ok(t, f.Enrol.Cancel(ctx, gone)) // again is nothing
		for _, g := range []*kit.Citizen{f.mother, f.father} {
			if all, err := f.Guard.Waiting(ctx, g.Session); err != nil || len(all) != 0 {
				t.Error("it still waits: ", all, err)
			}
			if all, err := f.Guard.Stopped(ctx, g.Session); err != nil || len(all) != 1 || all[0].GivenUp.IsZero() || !bytes.Equal(all[0].Key, before[0].Key) {
				t.Error("they do not read that it was withdrawn: ", all, err)
			}
			because(t, g.AnswerTo(ctx, before[0], identity.GuardianYes), "matter_given_up")
		}
		_, err = f.Guard.Answered(ctx, f.child.Handle, before[0].Key)
		because(t, err, "guardian_waits") // a yes of before is worth nothing

		f.child = f.Person(3, born(9)).Of(f.mother, f.father)
		ok(t, f.child.EnrolMinor(ctx, f.mother))
		f.Advance(31 * time.Minute)
		if all, err := f.Guard.Stopped(ctx, f.father.Session); err != nil || len(all) != 0 {
			t.Error("it stands for ever: ", all, err)
		}
	}
}

// Whoever leaves is not held by a register that is silent.
func TestGivenUpWhileTheRegisterIsSilent(t *testing.T) {
	f := parents(t)
	ctx := t.Context()
	ok(t, f.child.Until(ctx, "confirm"))
	ok(t, f.Enrol.AskGuardian(ctx, f.child.Draft))
	f.Desk.Silent = fault.New("desk", fault.Unavailable, "authority_unavailable")
	ok(t, f.Enrol.Cancel(ctx, f.child.Draft))
	f.Desk.Silent = nil
	_, err := f.Enrol.View(ctx, f.child.Draft)
	because(t, err, "draft_unknown")
	if all, err := f.Guard.Waiting(ctx, f.mother.Session); err != nil || len(all) != 1 {
		t.Error(all, err) // it ends with its own time
	}
}
