package redress_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/look"
	"netid/internal/act/redress"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// scene is a party that takes requests to erase, and two people whom it knows.
func scene(t *testing.T) (*kit.Kit, []*kit.Citizen, context.Context) {
	t.Helper()
	ctx := context.Background()
	k := kit.New(t, law.New())
	for id, at := range map[string]string{"shop": "https://shop.example/erasure", "mute": ""} {
		if _, _, err := k.Admit.Register(ctx, admit.Application{ID: id, Name: "Party " + id, RedirectURIs: []string{"https://" + id + ".example/cb"}, Sandbox: true,
			Leaving: admit.Leaving{Erasures: at, BackChannel: "https://" + id + ".example/back"}}); err != nil {
			t.Fatal(err)
		}
	}
	var all []*kit.Citizen
	for n := range 2 {
		c := k.Adult(n)
		if err := c.Enrol(ctx); err != nil {
			t.Fatal(err)
		}
		if err := c.SignIn(ctx); err != nil {
			t.Fatal(err)
		}
		use(t, k, c, "shop")
		all = append(all, c)
	}
	return k, all, ctx
}

// use has a citizen answer a party once.
func use(t *testing.T, k *kit.Kit, c *kit.Citizen, party identity.PartyID) identity.Verification {
	t.Helper()
	a, err := c.Approve(t.Context(), c.Request(party, identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	v, err := k.Redeem(t.Context(), party, a.Code)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func because(t *testing.T, what string, err error, reason string) {
	t.Helper()
	if (reason == "") != (err == nil) || reason != "" && !fault.Because(err, reason) {
		t.Errorf("%s: %v, want %q", what, err, reason)
	}
}

func relation(t *testing.T, k *kit.Kit, c *kit.Citizen, party identity.PartyID) *identity.Erasure {
	t.Helper()
	all, err := k.Look.Parties(t.Context(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(r look.Relation) bool { return r.Party == party })
	if i < 0 {
		return nil
	}
	return all[i].Erasure
}

// A request ends what the party was allowed, reaches it once under its own name for
// the person, and its one answer stands where the citizen reads it.
func TestErase(t *testing.T) {
	k, all, ctx := scene(t)
	c := all[0]
	v := use(t, k, c, "shop")
	because(t, "asking", k.Redress.Erase(ctx, c.Session, "shop"), "")
	because(t, "asking twice", k.Redress.Erase(ctx, c.Session, "shop"), "erasure_waits")
	w := k.Wished()
	if len(w) != 1 || w[0].Party != "shop" || w[0].Subject != v.Subject || !w[0].Due.Equal(k.Now().UTC().Truncate(time.Second).Add(15*24*time.Hour)) {
		t.Fatalf("the party was asked %+v", w)
	}
	if told := k.Told(); len(told) != 1 || told[0].Subject != v.Subject {
		t.Errorf("its sessions: %+v", told)
	}
	if _, err := k.Verify.Claims(ctx, v.Access); err == nil {
		t.Error("a token of before the request is good")
	}
	if e := relation(t, k, c, "shop"); e == nil || e.Overdue(k.Now()) || !e.Overdue(e.Due) || !e.Answered.IsZero() {
		t.Errorf("the citizen sees %+v", e)
	}
	because(t, "another party's answer", k.Redress.Answer(ctx, "mute", w[0].Request, true, ""), "erasure_unknown")
	because(t, "a refusal without a law", k.Redress.Answer(ctx, "shop", w[0].Request, false, " "), "erasure_ground_missing")
	because(t, "what cannot be read", k.Redress.Answer(ctx, "shop", w[0].Request, false, "a law\u202e"), "erasure_ground_invalid")
	because(t, "what is too long", k.Redress.Answer(ctx, "shop", w[0].Request, false, strings.Repeat("律", 201)), "erasure_ground_invalid")
	because(t, "an answer", k.Redress.Answer(ctx, "shop", w[0].Request, false, "《会计法》第二十三条"), "")
	because(t, "the same again", k.Redress.Answer(ctx, "shop", w[0].Request, false, "《会计法》第二十三条"), "")
	because(t, "another word", k.Redress.Answer(ctx, "shop", w[0].Request, true, ""), "erasure_answered")
	if e := relation(t, k, c, "shop"); e == nil || e.Done || e.Ground != "《会计法》第二十三条" || e.Overdue(e.Due) {
		t.Errorf("the citizen sees %+v", e)
	}
	if e := relation(t, k, all[1], "shop"); e != nil {
		t.Errorf("somebody else sees %+v", e)
	}
	because(t, "asking again within the term", k.Redress.Erase(ctx, c.Session, "shop"), "erasure_waits")
	k.Advance(15 * 24 * time.Hour)
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	because(t, "asking again after it", k.Redress.Erase(ctx, c.Session, "shop"), "")
	again := k.Wished()
	because(t, "done", k.Redress.Answer(ctx, "shop", again[1].Request, true, ""), "")
	if e := relation(t, k, c, "shop"); e == nil || !e.Done || e.Ground != "" {
		t.Errorf("the citizen sees %+v", e)
	}
	because(t, "what is deleted", k.Redress.Erase(ctx, c.Session, "shop"), "erasure_nothing")
	use(t, k, c, "shop")
	because(t, "what came after", k.Redress.Erase(ctx, c.Session, "shop"), "")
}

func TestEraseRefused(t *testing.T) {
	k, all, ctx := scene(t)
	use(t, k, all[0], "mute")
	because(t, "a party that takes none", k.Redress.Erase(ctx, all[0].Session, "mute"), "erasure_not_taken")
	because(t, "no party", k.Redress.Erase(ctx, all[0].Session, "nobody"), "party_unknown")
	third := k.Adult(2)
	if err := third.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := third.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	because(t, "a party that knows nothing", k.Redress.Erase(ctx, third.Session, "shop"), "erasure_nothing")
	if w := k.Wished(); len(w) != 0 {
		t.Errorf("and it was asked: %+v", w)
	}
}

// Of any number of requests at once there is one, and of any number of answers.
func TestEraseOnce(t *testing.T) {
	k, all, ctx := scene(t)
	if done := at16(func() error { return k.Redress.Erase(ctx, all[0].Session, "shop") }, "erasure_waits", t); done != 1 {
		t.Errorf("%d requests", done)
	}
	w := k.Wished()
	if len(w) != 1 {
		t.Fatalf("the party was asked %d times", len(w))
	}
	at16(func() error { return k.Redress.Answer(ctx, "shop", w[0].Request, true, "") }, "", t)
	recs, err := k.Look.Records(ctx, all[0].Session)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range recs {
		if r.Event.Kind == identity.ErasureAnswered {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d answers are recorded", n)
	}
	if cases, err := k.Redress.Cases(ctx); err != nil || len(cases) != 0 {
		t.Errorf("counted: %+v %v", cases, err)
	}
}

func at16(do func() error, unless string, t *testing.T) (done int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			err := do()
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
			} else if unless == "" || !fault.Because(err, unless) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	return done
}

// The operator is told how many wait and how many were left waiting, and nobody's name.
func TestOverdueIsCounted(t *testing.T) {
	k, all, ctx := scene(t)
	for _, c := range all {
		because(t, "asking", k.Redress.Erase(ctx, c.Session, "shop"), "")
	}
	w := k.Wished()
	cases := func() redress.Case {
		t.Helper()
		all, err := k.Redress.Cases(ctx)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v %v", all, err)
		}
		return all[0]
	}
	if c := cases(); c.Party != "shop" || c.Open != 2 || c.Overdue != 0 {
		t.Errorf("asked: %+v", c)
	}
	k.Advance(16 * 24 * time.Hour)
	if c := cases(); c.Open != 0 || c.Overdue != 2 {
		t.Errorf("after the term: %+v", c)
	}
	because(t, "a late answer", k.Redress.Answer(ctx, "shop", w[0].Request, true, ""), "")
	if c := cases(); c.Overdue != 1 {
		t.Errorf("answered late: %+v", c)
	}
	// Whoever left meanwhile: the party is not held to it.
	if err := all[1].SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Erase.Erase(ctx, all[1].Session, all[1].Passcode); err != nil {
		t.Fatal(err)
	}
	gone := slices.IndexFunc(w, func(x kit.Wish) bool { return x.Subject != w[0].Subject })
	for range 2 {
		because(t, "an answer about nobody", k.Redress.Answer(ctx, "shop", w[gone].Request, true, ""), "")
	}
	if all, err := k.Redress.Cases(ctx); err != nil || len(all) != 0 {
		t.Errorf("all answered: %+v %v", all, err)
	}
	k.Advance(30 * 24 * time.Hour)
	because(t, "46 days after", k.Redress.Answer(ctx, "shop", w[0].Request, true, ""), "erasure_unknown")
}

// A report needs a request of that party, counts a person once a month for each
// reason, and leads to a suspension that stops transactions (A7-2).
func TestReport(t *testing.T) {
	k, all, ctx := scene(t)
	v := use(t, k, all[0], "shop")
	report := func(c *kit.Citizen, party identity.PartyID, why identity.Complaint, r identity.EventID) error {
		return k.Redress.Report(ctx, c.Session, party, why, r)
	}
	heard := []identity.PartyID{}
	k.Redress.Alarm = func(p identity.PartyID, why identity.Complaint) { heard = append(heard, p) }
	because(t, "another's record", report(all[1], "shop", "plaintext", v.Receipt), "report_unfounded")
	because(t, "another party", report(all[0], "mute", "plaintext", v.Receipt), "report_unfounded")
	because(t, "no record", report(all[0], "shop", "plaintext", identity.NewEventID(k.Now())), "report_unfounded")
	because(t, "a report", report(all[0], "shop", "plaintext", v.Receipt), "")
	because(t, "the same again", report(all[0], "shop", "plaintext", v.Receipt), "report_made")
	because(t, "another reason", report(all[0], "shop", "forced", v.Receipt), "")
	because(t, "another person", report(all[1], "shop", "plaintext", use(t, k, all[1], "shop").Receipt), "")
	for _, why := range []identity.Complaint{"worse", "onward", "impostor"} {
		because(t, "more", report(all[0], "shop", why, v.Receipt), "")
	}
	use(t, k, all[0], "mute")
	because(t, "too many of one day", report(all[0], "mute", "forced", use(t, k, all[0], "mute").Receipt), "reports_many")
	cases, err := k.Redress.Cases(ctx)
	month := identity.MonthAt(k.Now()).String()
	if err != nil || len(cases) != 1 || len(cases[0].Reports) != 5 || cases[0].Reports[0] != (redress.Reports{Reason: "plaintext", Month: month, Persons: 2}) {
		t.Errorf("the operator reads %+v %v", cases, err)
	}
	if len(heard) != 6 {
		t.Errorf("the operator heard %v", heard)
	}
	if _, err := k.Admit.Suspend(ctx, "shop", "asks for documents in plain text"); err != nil {
		t.Fatal(err)
	}
	if _, err := all[1].Approve(ctx, all[1].Request("shop", identity.ModeCert)); !fault.Because(err, "party_suspended") {
		t.Errorf("a party that was suspended after reports asks on: %v", err)
	}
	if _, err := identity.ParseComplaint("because"); !fault.Because(err, "complaint_unknown") {
		t.Errorf("a reason of one's own: %v", err)
	}
}

// raced is a vault whose person changes right after they are read, once.
type raced struct {
	redress.Vault
	then func()
}

func (r *raced) change() {
	if then := r.then; then != nil {
		r.then = nil
		then()
	}
}

func (r *raced) Visit(ctx context.Context, s identity.Session) (identity.Opened, error) {
	o, err := r.Vault.Visit(ctx, s)
	r.change()
	return o, err
}

func (r *raced) Open(ctx context.Context, id identity.PersonID) (identity.Opened, error) {
	o, err := r.Vault.Open(ctx, id)
	r.change()
	return o, err
}

// Who freezes between the look and the commit has the last word; a party's answer
// is as true of them frozen.
func TestFrozenMeanwhile(t *testing.T) {
	for what, do := range map[string]func(*kit.Kit, *kit.Citizen, identity.Verification, string) error{
		"a request": func(k *kit.Kit, c *kit.Citizen, _ identity.Verification, _ string) error {
			return k.Redress.Erase(t.Context(), c.Session, "shop")
		},
		"a report": func(k *kit.Kit, c *kit.Citizen, v identity.Verification, _ string) error {
			return k.Redress.Report(t.Context(), c.Session, "shop", "forced", v.Receipt)
		},
		"an answer": func(k *kit.Kit, _ *kit.Citizen, _ identity.Verification, request string) error {
			return k.Redress.Answer(t.Context(), "shop", request, true, "")
		},
	} {
		k, all, ctx := scene(t)
		v, request := use(t, k, all[0], "shop"), ""
		want := "standing_changed"
		if what == "an answer" {
			because(t, "asking", k.Redress.Erase(ctx, all[0].Session, "shop"), "")
			request, want = k.Wished()[0].Request, ""
		}
		seen := &raced{Vault: k.Redress.Vault}
		seen.then = func() {
			if err := k.Issue.Freeze(ctx, all[0].Session); err != nil {
				t.Fatal(err)
			}
		}
		k.Redress.Vault = seen
		because(t, what, do(k, all[0], v, request), want)
		if what != "an answer" {
			continue
		}
		k.Redress.Vault = seen.Vault
		recs, err := k.Look.Records(ctx, all[0].Session)
		if err != nil || recs[0].Event.Kind != identity.ErasureAnswered || recs[1].Event.Kind != identity.Frozen {
			t.Errorf("%v %v", recs, err)
		}
	}
}

// Who leaves between the look and the commit leaves nothing behind: the answer is counted.
func TestGoneMeanwhile(t *testing.T) {
	k, all, ctx := scene(t)
	because(t, "asking", k.Redress.Erase(ctx, all[0].Session, "shop"), "")
	request := k.Wished()[0].Request
	var head []byte
	k.Redress.Vault = &raced{k.Redress.Vault, func() {
		_, err := k.Erase.Erase(ctx, all[0].Session, all[0].Passcode)
		if err == nil {
			head, err = k.Store.Head(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	}}
	because(t, "an answer", k.Redress.Answer(ctx, "shop", request, true, ""), "")
	if after, err := k.Store.Head(ctx); err != nil || string(after) != string(head) {
		t.Errorf("something was recorded of nobody: %v\n%s\n%s", err, head, after)
	}
	if cases, err := k.Redress.Cases(ctx); err != nil || len(cases) != 0 {
		t.Errorf("counted: %+v %v", cases, err)
	}
}
