package authorize_test

import (
	"testing"
	"time"

	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

// L16: a request that asks for a fresh sign-in takes a session from its own moment
// on and none from before, by whichever date of the two one tries to move.
func TestL16EachDateOfAFreshSignIn(t *testing.T) {
	k, c, ctx := scene(t)
	k.Advance(time.Minute)
	r := k.Request("shop", identity.ModeCert)
	r.Fresh, r.AuthTime = true, true
	sealed, err := k.Authorize.Begin(ctx, r)
	must(t, err)
	asked := k.Now()
	k.Advance(time.Minute)
	must(t, c.SignIn(ctx))
	fresh := c.Session
	for name, at := range map[string]struct {
		time time.Time
		good bool
	}{
		"of the request's moment": {asked, true}, "after it": {fresh.At, true}, "a second before it": {asked.Add(-time.Second), false},
		"of an hour ago": {asked.Add(-time.Hour), false}, "without a date": {time.Time{}, false},
	} {
		c.Session = fresh
		c.Session.At = at.time
		if _, err := c.ApproveSealed(ctx, sealed); (err == nil) != at.good || err != nil && !fault.Because(err, "session_over") {
			t.Errorf("a session %s: %v", name, err)
		}
	}
	// The other date is the service's own: a page that was opened for an earlier
	// request, or a request that is over, decides nothing.
	c.Session = fresh
	k.Advance(time.Second)
	again, err := k.Authorize.Begin(ctx, r)
	must(t, err)
	if _, err := c.ApproveSealed(ctx, again); !fault.Because(err, "session_over") {
		t.Errorf("fresh for the request before: %v", err)
	}
	k.Advance(time.Hour)
	if _, err := c.ApproveSealed(ctx, sealed); !fault.Because(err, "request_expired") {
		t.Errorf("a request that is over: %v", err)
	}
}

// L16: auth_time is when the citizen last did something: on a page the approval,
// without one the sign-in or the consent, whichever was later, and never the
// moment of the answer. max_age counts from exactly that.
func TestL16WhatAuthTimeSays(t *testing.T) {
	k, c, ctx := scene(t)
	asks := func(within int64) authorize.Request {
		r := k.Request("shop", identity.ModeCert)
		r.AuthTime, r.Within = true, &within
		return r
	}
	said := func(code string) time.Time {
		t.Helper()
		v, err := k.Redeem(ctx, "shop", code)
		must(t, err)
		if v.AuthTime == nil {
			t.Fatal("no auth_time")
		}
		return *v.AuthTime
	}
	k.Advance(10 * time.Minute) // since the sign-in
	page := k.Request("shop", identity.ModeCert)
	page.AuthTime = true
	a, err := c.Approve(ctx, page, kit.Standing)
	must(t, err)
	given := k.Now()
	k.Advance(20 * time.Second) // a code lives longer
	if at := said(a.Code); !at.Equal(given) {
		t.Errorf("on a page: %s, approved at %s", at, given)
	}
	k.Advance(time.Hour)
	silent := func(when string, since time.Time) {
		t.Helper()
		age := k.Now().Unix() - since.Unix()
		if at := said(silently(t, c, asks(age))); !at.Equal(since) {
			t.Errorf("%s: %s, not %s", when, at, since)
		}
		for _, within := range []int64{age - 1, 1, 0} {
			if a, err := c.Silent(ctx, asks(within)); err != nil || a.Code != "" {
				t.Errorf("%s: answered within %d seconds, %d after: %+v %v", when, within, age, a, err)
			}
		}
	}
	silent("the consent came after the sign-in", given)
	must(t, c.SignIn(ctx))
	signed := c.Session.At
	k.Advance(time.Hour)
	silent("the sign-in came after the consent", signed)
}
