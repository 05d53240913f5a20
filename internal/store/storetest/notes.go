package storetest

import (
	"bytes"
	"context"
	"reflect"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

var epoch = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func notes(t *testing.T, open Open) {
	ctx := context.Background()
	s, _ := enrolled(t, open)
	d, err := s.Draft(ctx, []byte("draft"))
	if want := (identity.DraftRow{ID: []byte("draft"), Version: 3, Expires: epoch, Body: []byte("sealed")}); err != nil || !reflect.DeepEqual(d, want) {
		t.Fatalf("draft %+v %v", d, err)
	}
	d.Version, d.Body, d.Expires = 4, []byte("sealed anew"), epoch.Add(time.Hour)
	ok(t, s.Jot(ctx, identity.SwapDraft{Draft: d, From: 3}))
	if got, err := s.Draft(ctx, d.ID); err != nil || !reflect.DeepEqual(got, d) {
		t.Fatalf("draft after swap %+v %v", got, err)
	}
	ok(t, s.Jot(ctx, identity.DropDraft{ID: d.ID, Version: 4}))
	_, err = s.Draft(ctx, d.ID)
	refused(t, err, fault.NotFound, "draft_unknown")

	pushed := identity.PushedRow{ID: []byte("pushed"), Until: epoch, Body: []byte("sealed")}
	ok(t, s.Jot(ctx, identity.TakePushed{ID: pushed.ID}, identity.PutPushed{Row: pushed})) // the one that enrolled left
	for range 2 {                                                                          // reading takes nothing
		if got, err := s.Pushed(ctx, pushed.ID); err != nil || !reflect.DeepEqual(got, pushed) {
			t.Fatalf("pushed %+v %v", got, err)
		}
	}
	ok(t, s.Jot(ctx, identity.TakePushed{ID: pushed.ID}))
	_, err = s.Pushed(ctx, pushed.ID)
	refused(t, err, fault.NotFound, "request_uri_unknown")

	id := []byte("verification")
	if dead, err := s.VerificationRevoked(ctx, id); err != nil || dead {
		t.Fatal("revoked before", err)
	}
	ok(t, s.Jot(ctx, identity.RevokeVerification{ID: id, Until: epoch}))
	ok(t, s.Jot(ctx, identity.RevokeVerification{ID: id, Until: epoch.Add(-time.Hour)})) // never sooner
	ok(t, s.Sweep(ctx, epoch.Add(-time.Minute)))
	if dead, err := s.VerificationRevoked(ctx, id); err != nil || !dead {
		t.Fatal("not revoked", err)
	}
	ok(t, s.Jot(ctx, identity.Shredded{Slot: 99})) // destroying twice is no mistake
	ok(t, s.Jot(ctx, identity.Uncount{Index: []byte("nobody")}))
	ok(t, s.Jot(ctx))
}

func noteRefusals(t *testing.T, open Open) {
	ctx := context.Background()
	s, p := enrolled(t, open)
	count := identity.Count{Index: []byte("full"), Limit: 1, Window: time.Hour, Now: epoch}
	ok(t, s.Jot(ctx, count, identity.RevokeVerification{ID: []byte("dead"), Until: epoch}))
	turned := identity.TurnRefresh{ID: []byte("turned"), Turn: 1, Until: epoch}
	ok(t, s.Jot(ctx, turned, identity.GuardVerification{ID: turned.ID}))
	turned.Turn++
	ok(t, s.Jot(ctx, turned))
	zero := identity.Count{Index: []byte("none"), Limit: 0, Window: time.Hour, Now: epoch}
	draft := identity.DraftRow{ID: []byte("draft"), Version: 9, Body: []byte("x"), Expires: epoch}
	for _, c := range []struct {
		name   string
		note   identity.Note
		kind   fault.Kind
		reason string
	}{
		{"draft again", identity.PutDraft{Draft: draft}, fault.Conflict, "draft_exists"},
		{"swap from another version", identity.SwapDraft{Draft: draft, From: 2}, fault.Conflict, "draft_moved"},
		{"swap nothing", identity.SwapDraft{Draft: identity.DraftRow{ID: []byte("nobody")}, From: 1}, fault.Conflict, "draft_moved"},
		{"drop another version", identity.DropDraft{ID: []byte("draft"), Version: 9}, fault.Conflict, "draft_moved"},
		{"take again", identity.TakeOnce{ID: []byte("taken"), Until: epoch}, fault.Conflict, "already_used"},
		{"push again", identity.PutPushed{Row: identity.PushedRow{ID: []byte("pushed"), Until: epoch, Body: []byte("x")}}, fault.Conflict, "request_exists"},
		{"take what was not pushed", identity.TakePushed{ID: []byte("nobody")}, fault.Conflict, "request_used"},
		{"a turn that was taken", identity.TurnRefresh{ID: []byte("turned"), Turn: 2, Until: epoch}, fault.Conflict, "refresh_reused"},
		{"a turn of before", identity.TurnRefresh{ID: []byte("turned"), Turn: 1, Until: epoch}, fault.Conflict, "refresh_reused"},
		{"a turn too far", identity.TurnRefresh{ID: []byte("turned"), Turn: 4, Until: epoch}, fault.Conflict, "refresh_reused"},
		{"a later turn of none", identity.TurnRefresh{ID: []byte("nobody"), Turn: 2, Until: epoch}, fault.Conflict, "refresh_reused"},
		{"no turn", identity.TurnRefresh{ID: []byte("nobody"), Until: epoch}, fault.Conflict, "refresh_reused"},
		{"what came of a revoked verification", identity.GuardVerification{ID: []byte("dead")}, fault.Conflict, "verification_over"},
		{"somebody of another epoch", identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 9}, fault.Conflict, "standing_changed"},
		{"a certificate that there is not", identity.GuardCertificate{ID: identity.CertificateID{9}}, fault.Conflict, "certificate_gone"},
		{"a link that was cut", identity.GuardLink{Index: p.Link, Generation: 77}, fault.Conflict, "link_changed"},
		{"a party that is suspended", identity.GuardParty{ID: "closed"}, fault.Conflict, "party_suspended"},
		{"count over the limit", count, fault.TooMany, "too_many_tries"},
		{"count with no limit left", zero, fault.TooMany, "too_many_tries"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := state(t, s, p)
			first := identity.RevokeVerification{ID: []byte("first note"), Until: epoch}
			refused(t, s.Jot(ctx, first, c.note), c.kind, c.reason)
			if dead, err := s.VerificationRevoked(ctx, first.ID); err != nil || dead {
				t.Fatal("the first note was kept", err)
			}
			if !reflect.DeepEqual(before, state(t, s, p)) {
				t.Fatal("a refused note changed something")
			}
		})
	}
}

func counters(t *testing.T, open Open) {
	ctx := context.Background()
	s := open(t)
	count := func(index string, at time.Duration) error {
		return s.Jot(ctx, identity.Count{Index: []byte(index), Limit: 3, Window: time.Minute, Now: epoch.Add(at)})
	}
	for i := range 3 {
		ok(t, count("a", time.Duration(i)*time.Second))
	}
	refused(t, count("a", 3*time.Second), fault.TooMany, "too_many_tries")
	ok(t, count("b", 3*time.Second)) // another counter
	several := func(n int) error {   // in one commit: each counts, and beyond the limit none
		notes := make([]identity.Note, n)
		for i := range notes {
			notes[i] = identity.Count{Index: []byte("several"), Limit: 3, Window: time.Minute, Now: epoch}
		}
		return s.Jot(ctx, notes...)
	}
	ok(t, several(2))
	refused(t, several(2), fault.TooMany, "too_many_tries")
	ok(t, several(1))
	refused(t, several(1), fault.TooMany, "too_many_tries")
	refused(t, count("a", time.Minute-time.Microsecond), fault.TooMany, "too_many_tries")
	ok(t, count("a", time.Minute)) // the window is over, whatever was refused in it
	ok(t, count("a", time.Minute+time.Second))
	ok(t, count("a", 2*time.Minute-time.Microsecond)) // the new window began at its own first
	refused(t, count("a", 2*time.Minute-time.Microsecond), fault.TooMany, "too_many_tries")
	ok(t, s.Jot(ctx, identity.Uncount{Index: []byte("a")}))
	for range 3 {
		ok(t, count("a", time.Minute))
	}
	refused(t, count("a", time.Minute), fault.TooMany, "too_many_tries")
}

func sweep(t *testing.T, open Open) {
	ctx := context.Background()
	s := open(t)
	const many = 600 // more than one step
	var expire []identity.Note
	key := func(kind string, i int) []byte { return append([]byte(kind), byte(i), byte(i>>8)) }
	for i := range many {
		until := epoch
		if i%2 == 1 {
			until = epoch.Add(time.Hour)
		}
		expire = append(expire,
			identity.TakeOnce{ID: key("once", i), Until: until},
			identity.PutDraft{Draft: identity.DraftRow{ID: key("draft", i), Version: 1, Expires: until, Body: []byte("b")}},
			identity.RevokeVerification{ID: key("verification", i), Until: until},
			identity.TurnRefresh{ID: key("turn", i), Turn: 1, Until: until},
			identity.PutPushed{Row: identity.PushedRow{ID: key("pushed", i), Until: until, Body: []byte("b")}},
			identity.Count{Index: key("count", i), Limit: 1, Window: until.Sub(epoch.Add(-time.Hour)), Now: epoch.Add(-time.Hour)})
	}
	ok(t, s.Jot(ctx, expire...))
	ok(t, s.Sweep(ctx, epoch))
	for i := range many {
		kept := i%2 == 1
		_, err := s.Draft(ctx, key("draft", i))
		_, err3 := s.Pushed(ctx, key("pushed", i))
		dead, err2 := s.VerificationRevoked(ctx, key("verification", i))
		if err2 != nil || (err == nil) != kept || (err3 == nil) != kept || dead != kept {
			t.Fatal(i, err, err2, err3, dead)
		}
		again := s.Jot(ctx, identity.TakeOnce{ID: key("once", i), Until: epoch})
		recount := s.Jot(ctx, identity.Count{Index: key("count", i), Limit: 1, Window: 10 * time.Hour, Now: epoch})
		turn := s.Jot(ctx, identity.TurnRefresh{ID: key("turn", i), Turn: 1, Until: epoch})
		if (turn == nil) == kept {
			t.Fatal(i, turn)
		}
		if (again == nil) == kept || (recount == nil) == kept {
			t.Fatal(i, again, recount)
		}
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	refused(t, s.Sweep(done, epoch), fault.Unavailable, "cancelled")
}

func erase(t *testing.T, open Open) {
	ctx := context.Background()
	s, p := enrolled(t, open)
	other := NewPerson(8)
	ok(t, s.Commit(ctx, identity.Change{Entry: other.Entry(), Verbs: other.Open()}))
	for range 5 {
		ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry()}))
		ok(t, s.Commit(ctx, identity.Change{Entry: other.Entry()}))
	}
	before, err := s.EntriesOf(ctx, p.Owner)
	if err != nil || len(before) != 6 {
		t.Fatal(len(before), err)
	}
	kept := state(t, s, other)
	Tombstone(t, s, p)
	v := state(t, s, p)
	if v.Person.Epoch != 0 || v.Identity != nil || v.Certs != 0 || v.Link != 0 || v.Seq != 0 || v.Last != nil {
		t.Fatalf("something is left: %+v", v)
	}
	for i, b := range v.Indexes {
		if b != nil {
			t.Fatal("index is left", i)
		}
	}
	for _, r := range before {
		got, err := s.Entry(ctx, r.EntryKey)
		ok(t, err)
		if got.State != identity.EntryErased || got.Body != nil || got.Bucket != 0 || got.Owner != nil || got.Leaf != r.Leaf || got.Index != r.Index || bytes.Equal(got.MAC, r.MAC) {
			t.Fatalf("erased entry %+v", got)
		}
	}
	if rows, err := s.EntriesOf(ctx, p.Owner); err != nil || len(rows) != 0 {
		t.Fatal("entries are found by their owner", err)
	}
	after := state(t, s, other)
	kept.Entries, kept.Head, after.Entries, after.Head, kept.Shreds = nil, nil, nil, nil, []uint64{p.Slot}
	for _, m := range after.Marks {
		if m.Status != identity.StatusRevoked || m.Place != p.Certs[0].Place && m.Place != p.Certs[1].Place {
			t.Errorf("marked: %+v", m)
		}
	}
	if len(after.Marks) != 2 {
		t.Errorf("%d marks", len(after.Marks))
	}
	after.Marks = nil
	if !reflect.DeepEqual(kept, after) {
		t.Fatal("another person was touched")
	}
	Check(t, s)
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{p.Erase()}}), fault.Conflict, "person_gone")
	ok(t, s.Jot(ctx, identity.Shredded{Slot: p.Slot}))
	if slots, err := s.PendingShreds(ctx); err != nil || len(slots) != 0 {
		t.Fatal(slots, err)
	}
	ok(t, s.Settle(ctx))
	Check(t, s)
}
