package logout_test

import (
	"sync"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// "It wasn't me": within ten minutes one word ends what came of it, and what else is at
// that party, which is told; another party's, and another person's, goes on (G10).
func TestG10ItWasNotMe(t *testing.T) {
	k, c, ctx := scene(t)
	before, v, other := visit(t, c, "named"), visit(t, c, "named"), visit(t, c, "told")
	stranger := k.Adult(2)
	must(t, stranger.Enrol(ctx))
	must(t, stranger.SignIn(ctx))
	if err := k.Logout.Disown(ctx, stranger.Session, v.Receipt); !fault.Because(err, "undo_late") || dead(t, c, v) {
		t.Fatalf("another person's: %v", err)
	}
	unredeemed, err := c.Approve(ctx, c.Request("named", identity.ModeCert))
	must(t, err)
	k.Advance(time.Minute)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := k.Logout.Disown(ctx, c.Session, v.Receipt); err != nil && !fault.Because(err, "undo_late") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if !dead(t, c, v) || !dead(t, c, before) || dead(t, c, other) || lives(t, c) != 1 {
		t.Errorf("%t %t %t, %d live", dead(t, c, v), dead(t, c, before), dead(t, c, other), lives(t, c))
	}
	if _, err := c.Redeem(ctx, "named", unredeemed.Code); err == nil {
		t.Error("a code from before is still good")
	}
	told := map[string]bool{}
	for _, n := range k.Told() {
		told[n.SID] = n.Party == "named"
	}
	if len(k.Told()) != 2 || !told[v.SID] || !told[before.SID] {
		t.Errorf("told %+v", k.Told())
	}
	recs, err := k.Look.Records(ctx, c.Session)
	must(t, err)
	n := 0
	for _, r := range recs {
		if r.Event.Kind == identity.Disowned {
			if n++; r.Event.Detail != v.Receipt.String() || r.Event.Party != "named" {
				t.Errorf("%+v", r.Event)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d records of it", n)
	}
}

func TestG10OnlyForTenMinutes(t *testing.T) {
	k, c, ctx := scene(t)
	v := visit(t, c, "told")
	k.Advance(10 * time.Minute)
	if err := k.Logout.Disown(ctx, c.Session, v.Receipt); !fault.Because(err, "undo_late") || lives(t, c) != 1 {
		t.Error(err)
	}
	v = visit(t, c, "told")
	k.Advance(10*time.Minute - time.Second)
	if err := k.Logout.Disown(ctx, c.Session, v.Receipt); err != nil || lives(t, c) != 0 {
		t.Error(err)
	}
}
