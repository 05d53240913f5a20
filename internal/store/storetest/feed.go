package storetest

import (
	"context"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// feed: how far it was followed moves on alone or in the commit of what was done,
// never back, and no sweep forgets it.
func feed(t *testing.T, open Open) {
	ctx := context.Background()
	s, p := enrolled(t, open)
	at := func(want uint64) {
		t.Helper()
		if is, err := s.Followed(ctx, []byte("feed")); is != want || err != nil {
			t.Errorf("followed to %d, %v; want %d", is, err, want)
		}
	}
	at(0)
	ok(t, s.Jot(ctx, identity.MoveFeed{Feed: []byte("feed"), From: 0, To: 1}))
	revoke := identity.RevokeCertificate{ID: p.Certs[0].ID}
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{revoke, identity.MoveFeed{Feed: []byte("feed"), From: 1, To: 2}}}))
	at(2)
	if c, err := s.Certificate(ctx, revoke.ID); err != nil || !c.Revoked {
		t.Errorf("%+v %v", c, err)
	}
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.SetStanding{ID: p.ID, From: identity.Active, To: identity.Held, CertOwner: p.CertOwn},
		identity.MoveFeed{Feed: []byte("feed"), From: 1, To: 2}}}), fault.Conflict, "feed_moved")
	if row, err := s.Person(ctx, p.ID); err != nil || row.Standing != identity.Active {
		t.Errorf("what a feed was past of was done again: %v %v", row.Standing, err)
	}
	ok(t, s.Sweep(ctx, epoch.Add(200*365*24*time.Hour)))
	at(2)
}
