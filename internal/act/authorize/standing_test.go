package authorize_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/test/kit"
)

// standing is a citizen who consented to be asked no more by the shop.
func standing(t *testing.T) (*kit.Kit, *kit.Citizen, context.Context) {
	t.Helper()
	k, c, ctx := scene(t)
	a, err := c.Approve(ctx, k.Request("shop", identity.ModeCert), kit.Standing)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Redeem(ctx, "shop", a.Code); err != nil {
		t.Fatal(err)
	}
	return k, c, ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// silently is a code without a page.
func silently(t *testing.T, c *kit.Citizen, r authorize.Request) string {
	t.Helper()
	a, err := c.Silent(t.Context(), r)
	if err != nil || a.Code == "" || a.State != r.State {
		t.Fatalf("%+v %v", a, err)
	}
	return a.Code
}

// Consenting leaves a record with the signed words; an answer without a page
// is a record too, which names it; what the party gets is the same result.
func TestAStandingConsentAnswers(t *testing.T) {
	k, c, ctx := scene(t)
	a, err := c.Approve(ctx, k.Request("shop", identity.ModeCert), kit.Standing)
	must(t, err)
	first, err := k.Redeem(ctx, "shop", a.Code)
	must(t, err)
	k.Advance(time.Hour)
	v, err := k.Redeem(ctx, "shop", silently(t, c, k.Request("shop", identity.ModeCert)))
	must(t, err)
	if v.Subject != first.Subject || v.Mode != identity.ModeCert || v.Nonce != "n" || v.AuthTime != nil || v.Receipt == first.Receipt || len(v.IDToken) > 0 {
		t.Errorf("%+v", v)
	}
	recs, err := k.Look.Records(ctx, c.Session)
	must(t, err)
	silent, asked, given := recs[0].Event, recs[1].Event, recs[2].Event
	if silent.ID != v.Receipt.String() || silent.Kind != identity.Verified || silent.Standing != given.ID || silent.Approval != nil || strings.Join(silent.Given, " ") != "result" {
		t.Errorf("%+v", silent)
	}
	if asked.Kind != identity.Verified || asked.Standing != "" || !strings.Contains(string(asked.Approval.Statement), "90") {
		t.Errorf("%+v", asked)
	}
	if given.Kind != identity.StandingGiven || string(given.Approval.Statement) != string(asked.Approval.Statement) || !given.Until.Equal(given.Time.AddDate(0, 0, 90)) || given.Party != "shop" {
		t.Errorf("%+v", given)
	}
	if rules := func() (all []string) {
		for _, g := range silent.Grounds {
			all = append(all, g.Rule)
		}
		return all
	}(); !slices.Contains(rules, "a8-standing") {
		t.Errorf("grounds: %v", rules)
	}
	parties, err := k.Look.Parties(ctx, c.Session)
	if err != nil || len(parties) != 1 || parties[0].Times != 2 || parties[0].Standing == nil || !parties[0].Standing.Equal(*given.Until) {
		t.Errorf("%+v %v", parties, err)
	}
	size(t, k)
}

// A decision that is sent twice is one consent; a consent given again takes the
// place of the one before.
func TestConsentingTwice(t *testing.T) {
	k, c, ctx := scene(t)
	sealed, err := k.Authorize.Begin(ctx, k.Request("shop", identity.ModeCert))
	must(t, err)
	before := size(t, k)
	for range 2 {
		_, err := c.ApproveSealed(ctx, sealed, kit.Standing)
		must(t, err)
	}
	if size(t, k) != before+1 {
		t.Error("two records of one decision")
	}
	old := silently(t, c, k.Request("shop", identity.ModeCert))
	_, err = c.Approve(ctx, k.Request("shop", identity.ModeCert), kit.Standing)
	must(t, err)
	if _, err := k.Redeem(ctx, "shop", old); !fault.Because(err, "consent_over") {
		t.Errorf("an answer on a consent that was replaced: %v", err)
	}
	_, err = k.Redeem(ctx, "shop", silently(t, c, k.Request("shop", identity.ModeCert)))
	must(t, err)
}

// What a standing consent does not cover gets the page, and nobody can agree to
// it in advance.
func TestWiderRequestsAreShown(t *testing.T) {
	k, c, ctx := standing(t)
	narrow := func(change func(*authorize.Request)) authorize.Request {
		r := k.Request("shop", identity.ModeCert)
		change(&r)
		return r
	}
	hour := int64(3600)
	k.Advance(2 * time.Hour)
	for name, r := range map[string]authorize.Request{
		"an age mark": k.Request("shop", identity.ModeCert, identity.Over18), "a passcode": k.Request("shop", identity.ModeCertPwd), "a face": k.Request("shop", identity.ModeCertFace),
		"a new account":    narrow(func(r *authorize.Request) { r.Intent = identity.IntentRegister }),
		"the same person":  narrow(func(r *authorize.Request) { r.Intent = identity.IntentReverify }),
		"prompt":           narrow(func(r *authorize.Request) { r.Shown = true }),
		"an older sign-in": narrow(func(r *authorize.Request) { r.Within = &hour }),
		"somebody else":    narrow(func(r *authorize.Request) { r.Hint = "another" }),
	} {
		if a, err := c.Silent(ctx, r); err != nil || a.Code != "" {
			t.Errorf("%s: %+v %v", name, a, err)
		}
		if r.Shown || r.Within != nil || r.Hint != "" {
			continue
		}
		sealed, err := k.Authorize.Begin(ctx, r)
		must(t, err)
		if p, err := k.Authorize.Present(ctx, sealed, kit.Browser, "en"); err != nil || p.Lasting != "" {
			t.Errorf("%s: offered in advance, %v", name, err)
		}
	}
	day := int64(24 * 3600)
	v, err := k.Redeem(ctx, "shop", silently(t, c, narrow(func(r *authorize.Request) { r.Within, r.AuthTime, r.Intent = &day, true, identity.IntentSignIn })))
	must(t, err)
	if v.AuthTime == nil || !v.AuthTime.Equal(c.Session.At) {
		t.Errorf("auth_time %v is not that of the sign-in, %v", v.AuthTime, c.Session.At)
	}
	silently(t, c, narrow(func(r *authorize.Request) { r.Hint = v.Subject }))
}

// prompt=none: without a page, one answer, whoever sits there or nobody; what could
// never be is said of the request alone.
func TestQuiet(t *testing.T) {
	k, c, ctx := scene(t)
	quiet := k.Request("shop", identity.ModeCert)
	quiet.Quiet = true
	sealed, err := k.Authorize.Begin(ctx, quiet)
	must(t, err)
	for name, s := range map[string]*identity.Session{"nobody": nil, "who did not consent": &c.Session} {
		answer, err := k.Authorize.Silent(ctx, s, sealed, kit.Browser)
		must(t, err)
		if a, err := k.Authorize.Open(answer); err != nil || a.Error != "login_required" || a.Code != "" || a.State != "s" {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
	if _, err := k.Authorize.Silent(ctx, &c.Session, sealed, identity.Handle{8}); !fault.Because(err, "other_browser") {
		t.Errorf("another browser: %v", err)
	}
	_, err = c.Approve(ctx, k.Request("shop", identity.ModeCert), kit.Standing)
	must(t, err)
	if a, err := c.Silent(ctx, quiet); err != nil || a.Code == "" {
		t.Errorf("%+v %v", a, err)
	}
	for reason, r := range map[string]authorize.Request{"standing_not_possible": k.Request("shop", identity.ModeCert, identity.Over18), "interaction_required": k.Request("shop", identity.ModeCertPwd)} {
		r.Quiet = true
		if _, err := k.Authorize.Begin(ctx, r); !fault.Because(err, reason) || !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

// id_token_hint: who is another person than the party means answers nothing.
func TestAnotherThanMeant(t *testing.T) {
	k, c, ctx := scene(t)
	r := k.Request("shop", identity.ModeCert)
	a, err := c.Approve(ctx, r)
	must(t, err)
	v, err := k.Redeem(ctx, "shop", a.Code)
	must(t, err)
	before := size(t, k)
	r.Hint = "another"
	if a, err := c.Approve(ctx, r); err != nil || a.Error != "login_required" || a.Code != "" || size(t, k) != before {
		t.Errorf("%+v %v", a, err)
	}
	r.Hint = v.Subject
	if a, err := c.Approve(ctx, r); err != nil || a.Code == "" {
		t.Errorf("%+v %v", a, err)
	}
}

// Each of these ends a standing consent, before an answer and in the commit of
// one that is under way.
func TestWhatEndsAStandingConsent(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	amend := func(change func(*admit.Application)) func(*testing.T, *kit.Citizen) {
		return func(t *testing.T, c *kit.Citizen) {
			in := admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true}
			change(&in)
			_, _, err := c.Admit.Keep(t.Context(), in)
			must(t, err)
			c.Advance(time.Second) // as long as a party is remembered
		}
	}
	ways := map[string]func(*testing.T, *kit.Citizen){
		"it alone":  func(t *testing.T, c *kit.Citizen) { must(t, c.Authorize.EndStanding(t.Context(), c.Session, "shop")) },
		"withdrawn": func(t *testing.T, c *kit.Citizen) { must(t, c.Authorize.Withdraw(t.Context(), c.Session, "shop")) },
		"frozen":    func(t *testing.T, c *kit.Citizen) { must(t, c.Issue.Freeze(t.Context(), c.Session)) },
		"frozen, thawed": func(t *testing.T, c *kit.Citizen) {
			must(t, c.Issue.Freeze(t.Context(), c.Session))
			must(t, c.Issue.Thaw(t.Context(), c.Session, c.Passcode))
		},
		"erased": func(t *testing.T, c *kit.Citizen) {
			_, err := c.Erase.Erase(t.Context(), c.Session, c.Passcode)
			must(t, err)
		},
		"suspended":       func(t *testing.T, c *kit.Citizen) { suspend(t, c.Kit, "shop") },
		"another purpose": amend(func(in *admit.Application) { in.Purpose = "To send you letters" }),
		"another name":    amend(func(in *admit.Application) { in.Name = "Another Shop" }),
	}
	for name, end := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, c, ctx := standing(t)
			code := silently(t, c, k.Request("shop", identity.ModeCert))
			end(t, c)
			if _, err := k.Redeem(ctx, "shop", code); err == nil {
				t.Error("answered after the end")
			}
			if a, err := c.Silent(ctx, k.Request("shop", identity.ModeCert)); a.Code != "" {
				t.Errorf("begun after the end: %v", err)
			}
		})
	}
	t.Run("over", func(t *testing.T) {
		k, c, ctx := standing(t)
		k.Advance(90*24*time.Hour - 30*time.Second)
		must(t, c.SignIn(ctx))
		code := silently(t, c, k.Request("shop", identity.ModeCert))
		k.Advance(31 * time.Second)
		if _, err := k.Redeem(ctx, "shop", code); !fault.Because(err, "consent_over") {
			t.Error(err)
		}
		if a, _ := c.Silent(ctx, k.Request("shop", identity.ModeCert)); a.Code != "" {
			t.Error("begun after the end")
		}
		if parties, err := k.Look.Parties(ctx, c.Session); err != nil || parties[0].Standing != nil {
			t.Errorf("listed: %+v %v", parties, err)
		}
		must(t, k.Store.Sweep(ctx, k.Now().Add(48*time.Hour)))
		if err := k.Authorize.EndStanding(ctx, c.Session, "shop"); !fault.Because(err, "consent_over") {
			t.Error(err)
		}
	})
	t.Run("another device", func(t *testing.T) {
		k, c, ctx := standing(t)
		other := *c
		other.Device = kit.NewDevice()
		must(t, other.Enrol(ctx))
		must(t, other.SignIn(ctx))
		if a, err := other.Silent(ctx, k.Request("shop", identity.ModeCert)); err != nil || a.Code != "" {
			t.Errorf("%+v %v", a, err)
		}
		must(t, k.Authorize.EndStanding(ctx, other.Session, "shop")) // but it can be ended from there
		if a, _ := c.Silent(ctx, k.Request("shop", identity.ModeCert)); a.Code != "" {
			t.Error("ended, and yet")
		}
	})
}

func suspend(t *testing.T, k *kit.Kit, id identity.PartyID) {
	t.Helper()
	p, err := k.Store.Party(t.Context(), id)
	must(t, err)
	p.Standing = identity.PartySuspended
	e := identity.NewEventID(k.Now())
	must(t, k.Store.Commit(t.Context(), identity.Change{Entry: identity.Entry{EntryKey: identity.EntryKey{Day: e.Day(), ID: suite.Random(16)}, Owner: suite.Random(32), Leaf: [32]byte(suite.Random(32)), Body: suite.Random(1052)},
		Verbs: []identity.Verb{identity.AmendParty{Party: p}}}))
}

// A citizen who ends it while answers are under way finds none after the end.
func TestEndingRacesAnswers(t *testing.T) {
	k, c, ctx := standing(t)
	for round := range 5 {
		codes := make([]string, 6)
		for i := range codes {
			codes[i] = silently(t, c, k.Request("shop", identity.ModeCert))
		}
		end := func() error { return k.Authorize.EndStanding(ctx, c.Session, "shop") }
		kind := identity.StandingEnded
		if round%2 == 1 {
			end, kind = func() error { return k.Authorize.Withdraw(ctx, c.Session, "shop") }, identity.Withdrawn
		}
		var done sync.WaitGroup
		done.Go(func() { // tries again as a citizen would: every answer moves their own numbering
			for {
				if err := end(); err == nil || !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Conflict) {
					if err != nil {
						t.Error(err)
					}
					return
				}
			}
		})
		for _, code := range codes {
			done.Go(func() { k.Redeem(ctx, "shop", code) })
		}
		done.Wait()
		recs, err := k.Look.Records(ctx, c.Session)
		must(t, err)
		if recs[0].Event.Kind != kind {
			t.Errorf("round %d: after the end: %s", round, recs[0].Event.Kind)
		}
		_, err = c.Approve(ctx, k.Request("shop", identity.ModeCert), kit.Standing)
		must(t, err)
	}
}

// No party fills a person's records: 60 answers an hour without a page, not one more.
func TestSilentAnswersAreCounted(t *testing.T) {
	k, c, ctx := standing(t)
	for n := range 61 {
		_, err := k.Redeem(ctx, "shop", silently(t, c, k.Request("shop", identity.ModeCert)))
		if (n < 60) != (err == nil) || n == 60 && !fault.Is(err, fault.TooMany) {
			t.Fatal(n, err)
		}
	}
	k.Advance(time.Hour)
	_, err := k.Redeem(ctx, "shop", silently(t, c, k.Request("shop", identity.ModeCert)))
	must(t, err)
}

// A pushed request is answered once, with a page or without.
func TestAPushedRequestIsAnsweredSilentlyOnce(t *testing.T) {
	k, c, ctx := standing(t)
	h, err := k.Authorize.Push(ctx, k.Request("shop", identity.ModeCert))
	must(t, err)
	r, err := k.Authorize.Recall(ctx, "shop", h)
	must(t, err)
	r.Browser = kit.Browser
	silently(t, c, r)
	if a, err := c.Silent(ctx, r); !fault.Because(err, "request_used") {
		t.Errorf("%+v %v", a, err)
	}
}
