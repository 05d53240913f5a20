package verify_test

import (
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store/storetest"
)

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
