package verify_test

import (
	"testing"
	"time"

	"netid/internal/act/incident"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/store/storetest"
)

// While use is stopped nothing is confirmed by a token of before either; it is as good as
// it was once two lifted the stop, and a dead one is dead meanwhile.
func TestATokenSaysNothingWhileUseIsStopped(t *testing.T) {
	k, c, ctx := scene(t)
	got := map[identity.PartyID]string{}
	for _, id := range []identity.PartyID{"shop", "bank"} {
		v, err := k.Redeem(ctx, id, approved(t, c, id, identity.ModeCert, nil).Code)
		if err != nil {
			t.Fatal(err)
		}
		got[id] = v.Access
	}
	ref, err := k.Incident.Open(ctx, incident.Opening{By: "Ann", Kind: "leak", Severity: "large", Known: k.Now(), What: "a key was out"})
	if err != nil {
		t.Fatal(err)
	}
	says := func(id identity.PartyID, want string) {
		t.Helper()
		if _, err := k.Verify.Claims(ctx, got[id]); want == "" && err != nil || want != "" && !fault.Because(err, want) {
			t.Errorf("%s: %v, want %q", id, err, want)
		}
	}
	stops := func(scope law.StopScope) {
		t.Helper()
		if err := k.Incident.Stop(ctx, ref, scope, incident.Step{By: "Ann", What: "at once"}); err != nil {
			t.Fatal(err)
		}
	}
	stops(law.StopIssue) // who has a certificate goes on using it
	says("shop", "")
	stops(law.StopUse)
	says("shop", "use_stopped")
	if _, err := k.Admit.Suspend(ctx, "bank", "complaints"); err != nil {
		t.Fatal(err)
	}
	k.Advance(2 * time.Second) // for which a party is remembered
	says("bank", "token_revoked")
	all, err := k.Incident.Stops(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if err := k.Incident.Lift(ctx, s.Scope, s.At, "Ann", "Bo", "over"); err != nil {
			t.Fatal(err)
		}
	}
	says("shop", "")
}

// A party that is suspended gets nothing more (M10): not for a code that it has
// already, and what it got before says nothing; the others are not touched.
func TestSuspendedPartyGetsNothing(t *testing.T) {
	k, c, ctx := scene(t)
	got := map[identity.PartyID]string{}
	for _, id := range []identity.PartyID{"shop", "bank"} {
		v, err := k.Redeem(ctx, id, approved(t, c, id, identity.ModeCert, nil).Code)
		if err != nil {
			t.Fatal(err)
		}
		got[id] = v.Access
	}
	code := approved(t, c, "bank", identity.ModeCert, nil).Code
	sealed, err := k.Authorize.Begin(ctx, c.Request("bank", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.Store.Party(ctx, "bank")
	if err != nil {
		t.Fatal(err)
	}
	p.Standing = identity.PartySuspended
	if err := k.Store.Commit(ctx, identity.Change{Entry: storetest.Entry(), Verbs: []identity.Verb{identity.AmendParty{Party: p}}}); err != nil {
		t.Fatal(err)
	}
	if v, err := k.Redeem(ctx, "bank", code); err == nil || v.Access != "" {
		t.Error("a code of before was redeemed")
	}
	if _, err := k.Verify.Claims(ctx, got["bank"]); !fault.Because(err, "token_revoked") {
		t.Errorf("a token of before: %v", err)
	}
	if _, err := k.Authorize.Begin(ctx, c.Request("bank", identity.ModeCert)); !fault.Because(err, "party_suspended") {
		t.Errorf("a request: %v", err)
	}
	if a, err := c.ApproveSealed(ctx, sealed); err == nil {
		if _, err := k.Redeem(ctx, "bank", a.Code); err == nil {
			t.Error("a request of before was answered")
		}
	}
	if _, err := k.Verify.Claims(ctx, got["shop"]); err != nil {
		t.Errorf("another party's token: %v", err)
	}
}
