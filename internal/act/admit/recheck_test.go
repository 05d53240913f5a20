package admit_test

import (
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// A party that goes back to review takes part no more until two endorse it anew; the two of
// before do not count, and one operator does not let it go on.
func TestAPartyGoesBackToReview(t *testing.T) {
	ctx := t.Context()
	k := kit.New(t, law.New())
	if _, _, err := k.Admit.Register(ctx, good()); err != nil {
		t.Fatal(err)
	}
	both := func() {
		t.Helper()
		for n := range 2 {
			if _, err := k.Admit.Approve(ctx, "shop", k.Endorse(ctx, n, "shop"), false); err != nil {
				t.Fatal(err)
			}
		}
		if p := standing(t, k, "shop"); p.Standing != identity.PartyActive {
			t.Fatalf("%+v", p)
		}
	}
	both()
	for range 2 { // again is the same
		p, err := k.Admit.Recheck(ctx, "shop")
		if err != nil || p.Standing != identity.PartySuspended || p.Reason != identity.PartyReview || len(p.Endorsed) != 0 {
			t.Fatalf("%+v %v", p, err)
		}
	}
	if _, err := k.Admit.Resume(ctx, "shop", false); !fault.Because(err, "party_unapproved") {
		t.Errorf("one operator lets it go on: %v", err)
	}
	both()
	if _, err := k.Admit.Recheck(ctx, "nobody"); !fault.Because(err, "party_unknown") {
		t.Error(err)
	}
	if _, err := k.Admit.Remove(ctx, "shop", "over"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Recheck(ctx, "shop"); !fault.Because(err, "party_removed") {
		t.Error(err)
	}
}
