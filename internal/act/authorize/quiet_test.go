package authorize_test

import (
	"reflect"
	"sync"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/authorize"
	"netid/internal/identity"
	"netid/test/kit"
)

// declines says no to one request: what the party then reads, and whether the
// citizen was spared the page.
func declines(t *testing.T, k *kit.Kit, c *kit.Citizen, r authorize.Request, lasting bool) (a identity.Answer, spared bool) {
	t.Helper()
	if a, err := c.Silent(t.Context(), r); err != nil || a.Error != "" || a.Code != "" {
		must(t, err)
		return a, true
	}
	sealed, err := k.Authorize.Begin(t.Context(), r)
	must(t, err)
	var answer string
	if lasting {
		answer, err = k.Authorize.DeclineLasting(t.Context(), c.Session, sealed, kit.Browser)
	} else {
		answer, err = k.Authorize.Decline(t.Context(), &c.Session, sealed, kit.Browser)
	}
	must(t, err)
	a, err = k.Authorize.Open(answer)
	must(t, err)
	return a, false
}

func isAsked(t *testing.T, c *kit.Citizen, r authorize.Request) bool {
	t.Helper()
	a, err := c.Silent(t.Context(), r)
	must(t, err)
	return a.Error == "" && a.Code == ""
}

// M04: after three refusals within an hour the citizen is asked no more by that
// party until the hour is over. The party reads the same each time; nobody else
// is concerned; nothing of it is recorded; a page that is open can be approved.
func TestM04ThreeRefusals(t *testing.T) {
	k, c, ctx := scene(t)
	_, _, err := k.Admit.Register(ctx, admit.Application{ID: "other", Name: "Other", RedirectURIs: []string{"https://other.example/cb"}, Sandbox: true})
	must(t, err)
	ask := k.Request("shop", identity.ModeCert, identity.Over18)
	var said []identity.Answer
	for i := range 3 {
		a, spared := declines(t, k, c, ask, false)
		if spared {
			t.Fatalf("not asked the %d. time", i+1)
		}
		said = append(said, a)
		k.Advance(5 * time.Minute)
	}
	before := size(t, k)
	for range 3 {
		a, spared := declines(t, k, c, ask, false)
		if !spared {
			t.Fatal("asked a fourth time")
		}
		a.Expires = said[0].Expires
		if !reflect.DeepEqual(a, said[0]) || a.Error != "access_denied" {
			t.Errorf("the party can tell: %+v, %+v", a, said[0])
		}
	}
	if size(t, k) != before {
		t.Error("what the citizen did not see stands in their records")
	}
	stranger, err := k.Authorize.Begin(ctx, ask)
	must(t, err)
	if a, err := k.Authorize.Silent(ctx, nil, stranger, kit.Browser); err != nil || a != "" {
		t.Errorf("whoever is not signed in is not asked: %q %v", a, err)
	}
	if !isAsked(t, c, k.Request("other", identity.ModeCert)) {
		t.Error("another party pays for it")
	}
	who := k.Adult(2)
	must(t, who.Enrol(ctx))
	must(t, who.SignIn(ctx))
	if !isAsked(t, who, ask) {
		t.Error("another citizen is not asked")
	}
	list, err := k.Look.Parties(ctx, c.Session)
	if err != nil || len(list) != 1 || list[0].Party != "shop" || list[0].Refused == nil || list[0].Times != 0 || list[0].Withdrawn {
		t.Errorf("%+v %v", list, err)
	}
	fresh, err := k.Authorize.Begin(ctx, ask)
	must(t, err)
	if a, err := c.ApproveSealed(ctx, fresh, "age_over_18"); err != nil || a.Code == "" {
		t.Errorf("who wants to approve cannot: %v", err)
	}
	k.Advance(46 * time.Minute)
	if !isAsked(t, c, ask) {
		t.Error("not asked when the hour is over")
	}
	if list, err := k.Look.Parties(ctx, c.Session); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

// M04: whoever waits for the hour and begins again has two more noes, and then is
// quiet for the week that began with the first. What the party reads stays the same.
func TestM04FiveInAWeek(t *testing.T) {
	k, c, ctx := scene(t)
	ask := k.Request("shop", identity.ModeCert)
	var first identity.Answer
	for i := range 5 {
		a, spared := declines(t, k, c, ask, false)
		if spared {
			t.Fatalf("not asked the %d. time", i+1)
		}
		if i == 0 {
			first = a
		}
		k.Advance(40 * time.Minute) // never three within an hour
	}
	k.Advance(5 * 24 * time.Hour)
	a, spared := declines(t, k, c, ask, false)
	if a.Expires = first.Expires; !spared || !reflect.DeepEqual(a, first) {
		t.Errorf("asked a sixth time, or the party can tell: %t %+v", spared, a)
	}
	list, err := k.Look.Parties(ctx, c.Session)
	if err != nil || len(list) != 1 || list[0].Refused == nil || !list[0].Refused.Equal(kit.Start.Add(7*24*time.Hour)) {
		t.Errorf("%+v %v", list, err)
	}
	k.Advance(2 * 24 * time.Hour)
	if !isAsked(t, c, ask) {
		t.Error("not asked when the week is over")
	}
	for range 5 {
		declines(t, k, c, ask, false)
		k.Advance(40 * time.Minute)
	}
	must(t, k.Authorize.EndStanding(ctx, c.Session, "shop"))
	if !isAsked(t, c, ask) {
		t.Error("the citizen's word does not undo it")
	}
}

// The citizen's word undoes it at once, also with other refusals under way.
func TestM04AskMeAgain(t *testing.T) {
	k, c, ctx := scene(t)
	ask := k.Request("shop", identity.ModeCert)
	for range 3 {
		declines(t, k, c, ask, false)
	}
	if isAsked(t, c, ask) {
		t.Fatal("asked")
	}
	must(t, k.Authorize.EndStanding(ctx, c.Session, "shop"))
	if !isAsked(t, c, ask) {
		t.Error("three refusals: not asked again")
	}
	declines(t, k, c, ask, true)
	if isAsked(t, c, ask) {
		t.Fatal("asked after a lasting no")
	}
	before := size(t, k)
	must(t, k.Authorize.EndStanding(ctx, c.Session, "shop"))
	if !isAsked(t, c, ask) || size(t, k) != before+1 {
		t.Error("a lasting no: not asked again, or no record of it")
	}
}

// A no that lasts: in the place of a consent, whatever asks, from any device,
// until its day, and until the citizen takes it back by consenting.
func TestM04ARefusalThatLasts(t *testing.T) {
	k, c, ctx := standing(t)
	ask := k.Request("shop", identity.ModeCert)
	if silently(t, c, ask) == "" {
		t.Fatal("no consent stands")
	}
	wider := k.Request("shop", identity.ModeCert, identity.Over18)
	plain, _ := declines(t, k, c, wider, false)
	lasting, _ := declines(t, k, c, wider, true)
	if plain.Expires = lasting.Expires; !reflect.DeepEqual(plain, lasting) {
		t.Errorf("the party can tell: %+v, %+v", plain, lasting)
	}
	recs, err := k.Look.Records(ctx, c.Session)
	must(t, err)
	if e := recs[0].Event; e.Kind != identity.Declined || e.Until == nil || !e.Until.Equal(e.Time.AddDate(0, 0, 90)) {
		t.Errorf("%+v", e)
	}
	for name, r := range map[string]authorize.Request{"the same": ask, "more": wider} {
		if a, err := c.Silent(ctx, r); err != nil || a.Error != "access_denied" || a.Code != "" {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
	quiet := ask
	quiet.Quiet = true
	if a, err := c.Silent(ctx, quiet); err != nil || a.Error != "login_required" {
		t.Errorf("prompt=none tells who is there: %+v %v", a, err)
	}
	_, _, err = k.Admit.Keep(ctx, admit.Application{ID: "shop", Name: "Another name", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true})
	must(t, err)
	must(t, c.SignIn(ctx))
	if isAsked(t, c, ask) {
		t.Error("asks under another name")
	}
	list, err := k.Look.Parties(ctx, c.Session)
	if err != nil || len(list) != 1 || list[0].Refused == nil || list[0].Standing != nil || list[0].Times == 0 {
		t.Errorf("%+v %v", list, err)
	}
	sealed, err := k.Authorize.Begin(ctx, ask)
	must(t, err)
	_, err = c.ApproveSealed(ctx, sealed, kit.Standing)
	must(t, err)
	if silently(t, c, ask) == "" {
		t.Error("a consent does not take the no's place")
	}
}

// It ends by itself, and with whatever ends a consent: being asked is the safe side.
func TestM04WhatEndsARefusal(t *testing.T) {
	for name, end := range map[string]func(*kit.Kit, *kit.Citizen) error{
		"its day": func(k *kit.Kit, c *kit.Citizen) error {
			k.Advance(90 * 24 * time.Hour)
			return c.SignIn(t.Context())
		},
		"withdrawn": func(k *kit.Kit, c *kit.Citizen) error { return k.Authorize.Withdraw(t.Context(), c.Session, "shop") },
	} {
		k, c, _ := scene(t)
		ask := k.Request("shop", identity.ModeCert)
		declines(t, k, c, ask, true)
		must(t, end(k, c))
		if !isAsked(t, c, ask) {
			t.Errorf("%s: not asked", name)
		}
	}
}

// A pushed request of which the citizen is spared the page is used up, and many
// refusals sent at once of one request are one.
func TestM04OnceEach(t *testing.T) {
	k, c, ctx := scene(t)
	ask := k.Request("shop", identity.ModeCert)
	sealed, err := k.Authorize.Begin(ctx, ask)
	must(t, err)
	before := size(t, k)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := k.Authorize.DeclineLasting(ctx, c.Session, sealed, kit.Browser); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if size(t, k) != before+1 {
		t.Error("one decision is several records")
	}
	must(t, k.Authorize.EndStanding(ctx, c.Session, "shop"))
	if !isAsked(t, c, ask) {
		t.Error("one refusal, sent often, counts as many")
	}
	declines(t, k, c, ask, true)
	_, pushedOnce := pushed(t, k, ask)
	answer, err := k.Authorize.Silent(ctx, &c.Session, pushedOnce, kit.Browser)
	if err != nil || answer == "" || len(rows(t, k)) != 0 {
		t.Errorf("%q %v, %d rows stay", answer, err, len(rows(t, k)))
	}
}
