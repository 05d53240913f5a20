package kit_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/act/admit"
	answers "netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

func follow(t *testing.T, k *kit.Kit, want int) {
	t.Helper()
	if n, err := k.Respond.Follow(t.Context()); n != want || err != nil {
		t.Fatalf("acted on %d, %v; want %d", n, err, want)
	}
}

// kinds are those of the person's own records, newest first, without sign-ins and verifications.
func newsKinds(t *testing.T, c *kit.Citizen) (all []identity.EventKind) {
	t.Helper()
	records, err := c.Look.Records(t.Context(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if k := r.Event.Kind; k != identity.SignedIn && k != identity.Verified && k != identity.StandingGiven {
			all = append(all, k)
		}
	}
	return all
}

func standing(t *testing.T, c *kit.Citizen) identity.Standing {
	t.Helper()
	o, err := c.Vault.Open(t.Context(), c.Grant.Person)
	if err != nil {
		t.Fatal(err)
	}
	return o.Standing
}

func approves(t *testing.T, c *kit.Citizen, reason string) {
	t.Helper()
	_, err := c.Approve(t.Context(), c.Request("shop", identity.ModeCert))
	if reason == "" && err != nil || reason != "" && !fault.Because(err, reason) {
		t.Errorf("approves: %v; want %q", err, reason)
	}
}

// otherCard is the citizen with another document of theirs in hand.
func otherCard(c *kit.Citizen) *kit.Citizen {
	other := *c
	other.Document.Kind, other.Document.Number, other.Document.Origin = identity.PassportAbroad, "EI9900077", identity.CheckedHere
	other.Device = kit.NewDevice()
	return &other
}

// living is somebody with everything that lives at parties: an open code, an access
// token, a refresh token, a standing consent and a session that hears of its end.
type living struct {
	*kit.Citizen
	code, access, refresh string
}

func lives(t *testing.T) living {
	t.Helper()
	k, c := enrolled(t)
	l, ctx := living{Citizen: c}, t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := k.Admit.Register(ctx, admit.Application{ID: "again", Name: "Again", RedirectURIs: []string{"https://again.example/cb"}, Offline: 30, Sandbox: true,
		Leaving: admit.Leaving{PostLogout: []string{"https://again.example/bye"}, BackChannel: "https://again.example/back"}})
	must(err)
	r := k.Request("again", identity.ModeCert)
	r.Offline = true
	a, err := c.Approve(ctx, r, "offline_30")
	must(err)
	v, err := k.Redeem(ctx, "again", a.Code)
	must(err)
	l.access, l.refresh = v.Access, v.Refresh
	_, err = c.Approve(ctx, k.Request("shop", identity.ModeCert), kit.Standing)
	must(err)
	a, err = c.Approve(ctx, k.Request("shop", identity.ModeCert))
	must(err)
	l.code = a.Code
	if _, err := k.Verify.Claims(ctx, l.access); err != nil {
		t.Fatal(err)
	}
	return l
}

// ended: nothing of it lives, and the party was told.
func (l living) ended(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	if _, err := l.Redeem(ctx, "shop", l.code); err == nil {
		t.Error("a code of before is redeemed")
	}
	if _, err := l.Verify.Claims(ctx, l.access); err == nil {
		t.Error("an access token of before is good")
	}
	if _, err := l.Verify.Refresh(ctx, answers.Renewal{Token: l.refresh, Party: "again"}); err == nil {
		t.Error("a refresh token of before is good")
	}
	if told := l.Told(); len(told) != 1 || told[0].Party != "again" {
		t.Errorf("parties were told %+v", told)
	}
}

func TestALostDocumentHoldsTheNumberUntilAnother(t *testing.T) {
	l := lives(t)
	number := l.Grant.Number
	l.Tell(l.Hears(identity.DocumentLost))
	follow(t, l.Kit, 1)
	if s := standing(t, l.Citizen); s != identity.Held {
		t.Fatal(s)
	}
	approves(t, l.Citizen, "number_held")
	l.ended(t)
	if err := l.SignIn(t.Context()); err != nil {
		t.Errorf("whose number is held reads of it no more: %v", err)
	}
	if open, err := l.Logout.Sessions(t.Context(), l.Session); err != nil || len(open) > 0 {
		t.Errorf("sessions that ended are listed: %+v %v", open, err)
	}
	if all := newsKinds(t, l.Citizen); all[0] != identity.HeldByNews {
		t.Errorf("records: %v", all)
	}
	if err := l.Issue.Thaw(t.Context(), l.Session, l.Passcode); err != nil || standing(t, l.Citizen) != identity.Held {
		t.Errorf("a passcode lifts what a document must: %v", err)
	}
	if err := l.Issue.Freeze(t.Context(), l.Session); err != nil {
		t.Fatal(err)
	}
	if told := l.Told(); len(told) != 1 {
		t.Errorf("of sessions that had ended parties hear again: %+v", told)
	}

	p := otherCard(l.Citizen)
	if err := p.Enrol(t.Context()); err != nil || p.Grant.Number != number {
		t.Fatal(p.Grant, err)
	}
	if s := standing(t, p); s != identity.FrozenByOwner {
		t.Fatalf("a new document leaves %v: the owner's freeze is the owner's to end", s)
	}
	if err := p.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Issue.Thaw(t.Context(), p.Session, p.Passcode); err != nil {
		t.Fatal(err)
	}
	approves(t, p, "")
}

func TestALostDocumentBesideAGoodOne(t *testing.T) {
	l := lives(t)
	p := otherCard(l.Citizen)
	if err := p.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.Tell(l.Hears(identity.DocumentLost))
	follow(t, l.Kit, 1)
	approves(t, l.Citizen, "")
	if _, err := l.Verify.Claims(t.Context(), l.access); err != nil {
		t.Errorf("a session ended for a document that nothing rests on: %v", err)
	}
	if all := newsKinds(t, l.Citizen); all[0] != identity.DocumentTold {
		t.Errorf("records: %v", all)
	}
	l.Tell(p.Hears(identity.DocumentLost))
	follow(t, l.Kit, 1)
	approves(t, l.Citizen, "number_held")
}

// Replaced, or valid for a shorter time than was printed: nothing changes until
// that day is over, and then the certificate is too.
func TestADocumentThatEndsSooner(t *testing.T) {
	for _, kind := range []identity.NewsKind{identity.DocumentReplaced, identity.DocumentExpired} {
		k, c := enrolled(t)
		n := c.Hears(kind)
		n.Until = identity.Today(k.Now().AddDate(0, 0, 3))
		k.Tell(n)
		follow(t, k, 1)
		k.Advance(n.Until.End().Add(-time.Second).Sub(k.Now()))
		approves(t, c, "")
		k.Advance(time.Second)
		approves(t, c, "certificate_expired")
		if s := standing(t, c); s != identity.Active {
			t.Errorf("%s: %v", kind, s)
		}
		past := c.Hears(kind)
		past.Until = identity.Today(k.Now()).Yesterday()
		k.Tell(past)
		follow(t, k, 1)
		if s := standing(t, c); s != identity.Held {
			t.Errorf("%s, of yesterday: %v", kind, s)
		}
	}
}

func TestADeathClosesTheNumber(t *testing.T) {
	l := lives(t)
	grant := l.Grant
	l.Tell(l.Hears(identity.PersonDeceased))
	follow(t, l.Kit, 1)
	if s := standing(t, l.Citizen); s != identity.Closed {
		t.Fatal(s)
	}
	l.ended(t)
	approves(t, l.Citizen, "session_over")
	if _, err := l.Look.Home(t.Context(), l.Session); !fault.Because(err, "session_over") {
		t.Errorf("a session of before: %v", err)
	}
	if err := l.SignIn(t.Context()); err == nil {
		t.Error("a dead person's device signs in")
	}
	for name, who := range map[string]*kit.Citizen{"the same document": l.Citizen, "another": otherCard(l.Citizen)} {
		if err := who.Enrol(t.Context()); !fault.Because(err, "document_not_valid") || !strings.HasPrefix(err.Error(), "confirm: ") {
			t.Errorf("%s opens a dead person's number: %v", name, err)
		}
		who.Grant = grant
	}
	if _, _, err := l.Issue.Mint(t.Context(), grant, // of a confirmation that came just before
		kit.NewDevice().JWK); !fault.Because(err, "document_not_valid") {
		t.Errorf("a dead person gets a certificate: %v", err)
	}

	// The word was wrong.
	l.Tell(l.Hears(identity.PersonAlive))
	follow(t, l.Kit, 1)
	if s := standing(t, l.Citizen); s != identity.Active {
		t.Fatal(s)
	}
	if err := l.SignIn(t.Context()); err == nil {
		t.Error("a certificate of before the death is good again")
	}
	again := *l.Citizen
	again.Device = kit.NewDevice()
	if err := errors.Join(again.Enrol(t.Context()), again.SignIn(t.Context())); err != nil || again.Grant.Number != grant.Number {
		t.Fatal(again.Grant, err)
	}
	approves(t, &again, "")
	all := newsKinds(t, &again)
	if !slices.Contains(all, identity.ClosedByNews) || !slices.Contains(all, identity.Reopened) {
		t.Errorf("records: %v", all)
	}
}

// What was lost is found: without a document being shown.
func TestAWrongWordIsTakenBack(t *testing.T) {
	k, c := enrolled(t)
	if _, err := c.Approve(t.Context(), k.Request("shop", identity.ModeCert), kit.Standing); err != nil {
		t.Fatal(err)
	}
	k.Tell(c.Hears(identity.DocumentLost))
	n := c.Hears(identity.DocumentGood)
	n.Until = c.Document.Expires
	k.Tell(n)
	follow(t, k, 2)
	approves(t, c, "")
	if a, err := c.Silent(t.Context(), k.Request("shop", identity.ModeCert)); err != nil || a.Code != "" {
		t.Errorf("a standing consent of before answers again: %+v %v", a, err)
	}
	data, err := k.Look.Data(t.Context(), c.Session)
	if err != nil || data.Documents[0] != c.Document {
		t.Errorf("%+v %v", data.Documents, err)
	}
}

func TestAGuardianshipIsRecorded(t *testing.T) {
	k, c := enrolled(t)
	n := c.Hears(identity.GuardianshipChanged)
	n.Guardian, n.Ended = "handle-2", true
	k.Tell(n)
	n.Ended = false
	k.Tell(n)
	follow(t, k, 2)
	if all := newsKinds(t, c); all[0] != identity.GuardianTold || all[1] != identity.GuardianTold {
		t.Error(all)
	}
}

// Whoever stops being a guardian has no say and no sight from that moment, also over
// what is under way, and the child and the other guardian are told in the same commit.
func TestAGuardianshipThatEnds(t *testing.T) {
	f := together(t)
	f.child.Of(f.mother, f.father)
	_, always, err := f.child.ApproveMinor(t.Context(), f.Request("shop", identity.ModeCert))
	ok(t, err)
	ok(t, f.mother.Answer(t.Context(), identity.GuardianYes))
	children, err := f.Guard.Children(t.Context(), f.mother.Session)
	ok(t, err)

	f.child.Of(f.father)
	n := f.child.Hears(identity.GuardianshipChanged)
	n.Guardian, n.Ended = f.mother.Handle, true
	f.Tell(n)
	follow(t, f.Kit, 1)
	_, err = f.Deliver.Round(t.Context())
	ok(t, err)
	heard := f.Warned()
	slices.Sort(heard)
	want := []string{"guardian.ended " + f.child.Phone(), "guardian.ended " + f.father.Phone()}
	slices.Sort(want)
	if !slices.Equal(heard, want) {
		t.Errorf("told: %v, and not %v", heard, want)
	}
	if all := newsKinds(t, f.child); all[0] != identity.GuardianTold {
		t.Error("the child's records: ", all)
	}
	if a, err := f.child.Resume(t.Context(), always); err != nil || a.Code != "" || a.Error != "" {
		t.Errorf("what the former guardian agreed to goes on: %+v %v", a, err)
	}
	ok(t, f.father.Answer(t.Context(), identity.GuardianYes))
	if a, err := f.child.Resume(t.Context(), always); err != nil || a.Code == "" {
		t.Errorf("and the other's yes does not: %+v %v", a, err)
	}
	for what, do := range map[string]func() error{
		"sees":    func() error { _, _, err := f.Guard.Uses(t.Context(), f.mother.Session, children[0].Ref); return err },
		"freezes": func() error { return f.Guard.Freeze(t.Context(), f.mother.Session, children[0].Ref) },
		"erases": func() error {
			_, err := f.Erase.EraseWard(t.Context(), f.mother.Session, children[0].Ref, f.mother.Passcode)
			return err
		},
	} {
		if err := do(); !fault.Because(err, "not_yours") {
			t.Errorf("a former guardian %s: %v", what, err)
		}
	}
	if all, err := f.Guard.Children(t.Context(), f.mother.Session); err != nil || len(all) > 0 {
		t.Error("a former guardian has a list: ", all, err)
	}

	// One telephone for child and guardian hears it once; a register that is silent is asked again.
	f.Desk.Silent = fault.New("kit", fault.Unavailable, "authority_unavailable")
	f.Tell(n)
	if _, err := f.Respond.Follow(t.Context()); !fault.Because(err, "authority_unavailable") {
		t.Error(err)
	}
	f.Desk.Silent = nil
	follow(t, f.Kit, 1)
}

// Each once, in its order, whatever the feed does: told twice, out of order, with
// a gap, from the beginning, down for a day.
func TestNewsTakesEffectOnceAndInOrder(t *testing.T) {
	k, c := enrolled(t)
	k.Tell(c.Hears(identity.DocumentLost))
	good := c.Hears(identity.DocumentGood)
	good.Until = c.Document.Expires
	k.Tell(good)
	spoilt := map[string]func([]identity.News) []identity.News{
		"the second before the first": func(n []identity.News) []identity.News { slices.Reverse(n); return n },
		"without the first":           func(n []identity.News) []identity.News { return n[1:] },
	}
	for name, spoil := range spoilt {
		k.News.Spoil = spoil
		if n, err := k.Respond.Follow(t.Context()); n != 0 || !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %d %v", name, n, err)
		}
	}
	k.News.Spoil = func(n []identity.News) []identity.News { return append(n, n...) }
	follow(t, k, 2)
	k.News.Spoil = nil
	all := newsKinds(t, c)
	if all[0] != identity.DocumentTold || all[1] != identity.HeldByNews || slices.Index(all[2:], identity.HeldByNews) >= 0 {
		t.Errorf("records: %v", all)
	}
	// From the beginning, and the same facts again under new numbers.
	from := k.Respond.Feed
	k.Respond.Feed = beginning{k.News}
	follow(t, k, 0)
	k.Respond.Feed = from
	k.Tell(good)
	follow(t, k, 1)
	if n := newsKinds(t, c); len(n) != len(all) {
		t.Errorf("what was known is news: %v", n)
	}

	k.News.Fail(fault.New("test", fault.Unavailable, "authority_unavailable"))
	for range 10 {
		k.Tell(c.Hears(identity.PersonDeceased))
		k.Tell(c.Hears(identity.PersonAlive))
		k.Advance(144 * time.Minute)
		if n, err := k.Respond.Follow(t.Context()); n != 0 || !fault.Because(err, "authority_unavailable") {
			t.Fatal(n, err)
		}
	}
	k.News.Fail(nil)
	k.News.Page = 7
	for _, want := range []int{7, 7, 6, 0} {
		follow(t, k, want)
	}
	if s := standing(t, c); s != identity.Active {
		t.Error(s)
	}
}

// beginning answers with everything, whatever was asked for.
type beginning struct{ news *kit.News }

func (b beginning) News(ctx context.Context, _ uint64) ([]identity.News, error) {
	return b.news.News(ctx, 0)
}

// Several nodes read one feed: each effect is there once.
func TestManyFollowOneFeed(t *testing.T) {
	k, c := enrolled(t)
	good := c.Hears(identity.DocumentGood)
	good.Until = c.Document.Expires
	for range 4 {
		k.Tell(c.Hears(identity.DocumentLost))
		k.Tell(identity.News{Kind: identity.PersonDeceased, Person: "nobody-here"})
		k.Tell(good)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range 6 {
		all.Go(func() {
			for {
				n, err := k.Respond.Follow(context.Background())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				total += n
				enough := total >= 12
				mu.Unlock()
				if err != nil || enough {
					return
				}
			}
		})
	}
	all.Wait()
	if total != 12 {
		t.Errorf("%d effects of 12", total)
	}
	if got := newsKinds(t, c)[:9]; slices.Index(got, identity.HeldByNews) != 1 || got[8] == identity.HeldByNews {
		t.Error(got)
	}
	held := 0
	for _, kind := range newsKinds(t, c) {
		if kind == identity.HeldByNews {
			held++
		}
	}
	if held != 4 {
		t.Errorf("held %d times of 4", held)
	}
}

// About a stranger as much is committed as about somebody who is here.
func TestAStrangerCostsTheSame(t *testing.T) {
	k, c := enrolled(t)
	for _, who := range []identity.PersonHandle{c.Handle, "a-stranger"} {
		k.Tell(identity.News{Kind: identity.PersonDeceased, Person: who})
		before := k.Store.Commits()
		follow(t, k, 1)
		if n := k.Store.Commits() - before; n != 1 {
			t.Errorf("%d commits", n)
		}
	}
}

// Whoever erases themselves, or freezes, between what was read and what is recorded.
func TestNewsThatIsOvertaken(t *testing.T) {
	for name, happens := range map[string]func(*kit.Kit, *kit.Citizen) error{
		"frozen": func(k *kit.Kit, c *kit.Citizen) error { return k.Issue.Freeze(t.Context(), c.Session) },
		"erased": func(k *kit.Kit, c *kit.Citizen) error {
			_, err := k.Erase.Erase(t.Context(), c.Session, c.Passcode)
			return err
		},
		"another document shown": func(k *kit.Kit, c *kit.Citizen) error { return otherCard(c).Enrol(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			k, c := enrolled(t)
			k.Tell(c.Hears(identity.DocumentLost))
			k.Respond.Book = ledger.NewBook(meanwhile{Store: k.Store, once: new(sync.Once), happens: func() {
				if err := happens(k, c); err != nil {
					t.Error(err)
				}
			}}, k.Escrow, k.Now)
			follow(t, k, 1)
			follow(t, k, 0)
			if name == "erased" {
				if _, err := k.Vault.Find(t.Context(), k.Vault.HandleIndex(c.Handle)); !fault.Is(err, fault.NotFound) {
					t.Error(err)
				}
				return
			}
			want := map[string]identity.Standing{"frozen": identity.FrozenByOwner | identity.Held, "another document shown": identity.Active}[name]
			if s := standing(t, c); s != want {
				t.Errorf("%v, want %v", s, want)
			}
		})
	}
}

// One person's altered rows, or a kind of news that is not known yet, do not
// keep the news of others waiting; the operator hears of it.
func TestNewsThatCannotBeActedOn(t *testing.T) {
	k, c := enrolled(t)
	other := k.Adult(2)
	if err := other.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(k.Dir, "netid.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id := c.Grant.Person
	if _, err := db.Exec("UPDATE person SET epoch = 7 WHERE id = ?", id[:]); err != nil {
		t.Fatal(err)
	}
	var missed []uint64
	k.Respond.Missed = func(seq uint64, _ error) { missed = append(missed, seq) }
	k.Tell(c.Hears(identity.PersonDeceased))
	k.Tell(other.Hears("person-moved"))
	k.Tell(other.Hears(identity.PersonDeceased))
	follow(t, k, 3)
	if !slices.Equal(missed, []uint64{1, 2}) {
		t.Error(missed)
	}
	if s := standing(t, other); s != identity.Closed {
		t.Error(s)
	}
}

// What follows is the law's to say: under one that holds no number up by living
// holders, nothing is closed.
func TestTheLawSaysWhatFollows(t *testing.T) {
	rules, err := law.New().Invert("a4-upheld")
	if err != nil {
		t.Fatal(err)
	}
	k := kit.New(t, rules)
	c := k.Adult(1)
	_ = c.Enrol(t.Context())
	k.Tell(c.Hears(identity.PersonDeceased))
	follow(t, k, 1)
	if s := standing(t, c); s.Has(identity.Closed) {
		t.Error(s)
	}
}

// Whoever is signed in lifts the hold with a document that is valid, without a wait
// and whatever else was frozen; a document of somebody who was told to be dead meanwhile does nothing.
func TestAHoldIsLiftedAtADeviceThatStands(t *testing.T) {
	k, c := enrolled(t)
	k.Tell(c.Hears(identity.DocumentLost))
	follow(t, k, 1)
	ok(t, c.SignIn(t.Context()))
	next := otherCard(c).Document
	steps := c.Adding(t.Context(), next)
	for _, s := range steps[:len(steps)-1] {
		ok(t, s.Do())
	}
	if s := standing(t, c); s != identity.Held {
		t.Fatalf("a document that is not kept yet lifts: %v", s)
	}
	ok(t, steps[len(steps)-1].Do())
	if s := standing(t, c); s != identity.Active {
		t.Fatal(s)
	}
	approves(t, c, "")

	steps = c.Adding(t.Context(), next)
	for _, s := range steps[:len(steps)-1] {
		ok(t, s.Do())
	}
	k.Tell(c.Hears(identity.PersonDeceased))
	follow(t, k, 1)
	because(t, steps[len(steps)-1].Do(), "session_over")
}

// What a guardian froze and what the child froze are ended apart.
func TestAFreezeIsEndedByWhoMadeIt(t *testing.T) {
	f := together(t)
	ok(t, f.child.SignIn(t.Context()))
	ok(t, f.Issue.Freeze(t.Context(), f.child.Session))
	children, err := f.Guard.Children(t.Context(), f.mother.Session)
	ok(t, err)
	ok(t, f.Guard.Freeze(t.Context(), f.mother.Session, children[0].Ref))
	if s := standing(t, f.child); s != identity.FrozenByOwner.With(identity.FrozenByGuardian) {
		t.Fatal(s)
	}
	because(t, f.Issue.Thaw(t.Context(), f.child.Session, f.child.Passcode), "guardian_froze")
	ok(t, f.Guard.Thaw(t.Context(), f.mother.Session, children[0].Ref))
	if s := standing(t, f.child); s != identity.FrozenByOwner {
		t.Fatalf("the guardian ended the child's own: %v", s)
	}
	ok(t, f.Issue.Thaw(t.Context(), f.child.Session, f.child.Passcode))
	if s := standing(t, f.child); s != identity.Active {
		t.Fatal(s)
	}
}
