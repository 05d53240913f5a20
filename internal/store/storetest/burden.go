package storetest

import (
	"context"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/store"
)

// burden: what lies about is counted, and what has gone is not.
func burden(t *testing.T, open Open) {
	s, ctx := open(t), context.Background()
	is := func(want store.Burden) {
		t.Helper()
		b, err := s.Burden(ctx)
		ok(t, err)
		if want.QueueMost = b.QueueMost; b != want || b.QueueMost < 1 {
			t.Errorf("%+v, want %+v", b, want)
		}
	}
	is(store.Burden{})
	draft := identity.DraftRow{ID: []byte("a draft of burden"), Version: 1, Expires: time.Now().Add(time.Hour), Body: []byte("x")}
	ok(t, s.Jot(ctx, identity.PutDraft{Draft: draft}))
	is(store.Burden{Drafts: 1})
	ok(t, s.Jot(ctx, identity.DropDraft{ID: draft.ID, Version: 1}))
	is(store.Burden{})
	one, other := delivery(""), delivery("")
	ok(t, s.Jot(ctx, one, other))
	is(store.Burden{Waiting: 2})
	ok(t, s.Jot(ctx, identity.BuryDelivery{ID: one.ID, Attempts: one.Attempts, Due: epoch, Body: []byte("x")}))
	is(store.Burden{Waiting: 1, Dead: 1})
}
