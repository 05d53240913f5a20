package admit_test

import (
	"context"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// M10: a party that is suspended, or removed, while its people are on their way:
// no page opens, no code is redeemed, no token says anything, nothing new begins.
func TestM10WhoIsStoppedIsStoppedEverywhere(t *testing.T) {
	ctx := context.Background()
	for what, stop := range map[string]func(k *kit.Kit) error{
		"suspended": func(k *kit.Kit) error { _, err := k.Admit.Suspend(ctx, "shop", "complaints"); return err },
		"removed":   func(k *kit.Kit) error { _, err := k.Admit.Remove(ctx, "shop", "over"); return err },
	} {
		k := kit.New(t, law.New())
		c := k.Adult(2)
		if _, _, err := k.Admit.Register(ctx, good()); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Approve(ctx, "shop", false); err != nil {
			t.Fatal(err)
		}
		if err := c.Enrol(ctx); err != nil {
			t.Fatal(err)
		}
		if err := c.SignIn(ctx); err != nil {
			t.Fatal(err)
		}
		ask := c.Request("shop", identity.ModeCert)
		ask.Redirect = "https://shop.example/cb"
		sealed, err := k.Authorize.Begin(ctx, ask)
		if err != nil {
			t.Fatal(err)
		}
		one, err := c.Approve(ctx, ask)
		if err != nil {
			t.Fatal(err)
		}
		two, err := c.Approve(ctx, ask)
		if err != nil {
			t.Fatal(err)
		}
		v, err := c.Redeem(ctx, "shop", one.Code)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Verify.Claims(ctx, v.Access); err != nil {
			t.Fatal(err)
		}
		if err := stop(k); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Verify.Claims(ctx, v.Access); !fault.Because(err, "token_revoked") {
			t.Errorf("%s: a token speaks: %v", what, err)
		}
		if _, err := k.Authorize.Present(ctx, sealed, kit.Browser, "en"); !fault.Because(err, "party_suspended") {
			t.Errorf("%s: a page opens: %v", what, err)
		}
		if _, err := c.Redeem(ctx, "shop", two.Code); !fault.Because(err, "party_suspended") {
			t.Errorf("%s: a code is redeemed: %v", what, err)
		}
		if _, err := k.Authorize.Begin(ctx, ask); !fault.Because(err, "party_suspended") {
			t.Errorf("%s: a request begins: %v", what, err)
		}
		// The citizen's records know it by its name, and they can withdraw.
		records, err := k.Look.Records(ctx, c.Session)
		if err != nil || len(records) == 0 {
			t.Fatal(err)
		}
		if err := k.Authorize.Withdraw(ctx, c.Session, "shop"); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		k.Advance(time.Second)
		if _, err := k.Admit.Resume(ctx, "shop", false); (err == nil) != (what == "suspended") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Since when a party is suspended stays with it when it changes what it declares.
func TestSinceWhenAPartyIsSuspended(t *testing.T) {
	k := kit.New(t, law.New())
	ctx := t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := k.Admit.Keep(ctx, admit.Application{ID: "p", Name: "P", RedirectURIs: []string{"https://p.example/cb"}, Sandbox: true})
	ok(err)
	p, err := k.Admit.Suspend(ctx, "p", "reads too much")
	ok(err)
	since := p.Stood
	k.Advance(time.Hour)
	p, _, err = k.Admit.Keep(ctx, admit.Application{ID: "p", Name: "P, changed", RedirectURIs: []string{"https://p.example/cb"}, Sandbox: true})
	ok(err)
	if p.Standing != identity.PartySuspended || since.IsZero() || !p.Stood.Equal(since) {
		t.Errorf("%s since %s, was %s", p.Standing, p.Stood, since)
	}
	if p, err = k.Admit.Resume(ctx, "p", false); err != nil || !p.Stood.After(since) {
		t.Errorf("%v %v", p.Stood, err)
	}
}
