package storetest

import (
	"context"
	"reflect"
	"sync"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

// OpenWith gives a new, empty store over the database that wrap makes of its own.
type OpenWith func(t *testing.T, wrap func(store.Database) store.Database) *store.Store

// Faults is the suite for what is left when the database fails.
func Faults(t *testing.T, open func(t *testing.T, wrap func(store.Database) store.Database) *store.Store) {
	for _, part := range []struct {
		name string
		test func(*testing.T, OpenWith)
	}{
		{"every write of a change", everyWrite},
		{"every write of a raise", everyWriteOfARaise},
		{"every write of notes", everyWriteOfNotes},
		{"every write of the outbox", everyOutboxWrite},
		{"every write of a step that wraps anew", everyStep},
		{"commit fails", commitFails},
		{"one bad change", badChange},
		{"groups and contexts", groups},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, open) })
	}
}

func broken(t *testing.T, open OpenWith) (*store.Store, *injector) {
	t.Helper()
	i := &injector{entered: make(chan struct{}, 8)}
	return open(t, func(db store.Database) store.Database { i.Database = db; return i }), i
}

// everyWrite fails the first, the second, … statement of a change until the
// change goes through: after each failure nothing of it is there.
func everyWrite(t *testing.T, open OpenWith) {
	ctx := context.Background()
	s, i := broken(t, open)
	p := NewPerson(7)
	other := suite.Random(32)
	enrol := identity.Change{Entry: p.Entry(), Verbs: p.Open()}
	freeze := identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{
		identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 1},
		identity.GuardLink{Index: p.Link, Generation: 1},
		identity.SetStanding{ID: p.ID, From: identity.Active, To: identity.FrozenByOwner, CertOwner: p.CertOwn},
		identity.TakeOnce{ID: suite.Random(16), Until: epoch},
		identity.CutLink{Index: p.Link, Owner: p.LinkOwn, From: 1},
		identity.KeepConsent{Index: p.Link, Owner: p.LinkOwn, Generation: 2, Until: epoch, Body: []byte("sealed")},
		identity.GuardConsent{Index: p.Link, Body: []byte("sealed")},
		identity.KeepConsent{Index: other, Owner: other, Until: epoch, Body: []byte("sealed")},
		identity.EndConsent{Index: other, Body: []byte("sealed")},
		identity.KeepConsent{Index: other, Owner: other, Until: epoch, Body: []byte("sealed")},
		identity.EndConsents{Owner: other},
		identity.KeepEscrow{Index: suite.Random(32), Period: identity.Period{Month: 24322, Class: identity.Logs}, Body: suite.Random(145)},
	}}
	leaving := p.Erase()
	leaving.Hold = []identity.Hold{{ID: enrol.Entry.ID, Class: identity.Proofs}}
	erasure := identity.Change{Entry: Entry(), Verbs: []identity.Verb{leaving}}
	expiry := identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.ExpireHeld{Class: identity.Proofs, Entries: []identity.EntryKey{enrol.Entry.EntryKey}}}}
	for _, c := range []struct {
		name   string
		change identity.Change
		least  int // statements
	}{{"enrol", enrol, 12}, {"freeze", freeze, 18}, {"erase", erasure, 14}, {"expire", expiry, 3}} {
		before := state(t, s, p)
		for n := 1; ; n++ {
			i.set(func(i *injector) { i.failAt, i.writes = n, 0 })
			err := s.Commit(ctx, c.change)
			if err == nil {
				if n <= c.least {
					t.Fatalf("%s went through although statement %d failed", c.name, n)
				}
				break
			}
			if !fault.Is(err, fault.Unavailable) {
				t.Fatalf("%s, statement %d: %v", c.name, n, err)
			}
			if !reflect.DeepEqual(before, state(t, s, p)) {
				t.Fatalf("%s, statement %d failed and something is there", c.name, n)
			}
		}
		i.set(func(i *injector) { i.failAt = 0 })
		if reflect.DeepEqual(before, state(t, s, p)) {
			t.Fatalf("%s changed nothing", c.name)
		}
	}
	if rows, err := s.Entries(ctx, 0, 10); err != nil || len(rows) != 4 {
		t.Fatal(len(rows), err)
	}
}

// everyWriteOfARaise is everyWrite for the change of a restored store: the
// epoch rises, drafts go, and so do persons who were erased after the copy.
func everyWriteOfARaise(t *testing.T, open OpenWith) {
	ctx := context.Background()
	s, i := broken(t, open)
	p := NewPerson(8)
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: p.Open()}))
	ok(t, s.Jot(ctx, identity.PutDraft{Draft: identity.DraftRow{ID: []byte("draft"), Version: 1, Expires: epoch, Body: []byte("body")}}))
	e := p.Erase()
	sweep := identity.SweepErased{Persons: []identity.PersonID{p.ID}, IdentityRows: [][]byte{p.Row}, Indexes: p.Indexes,
		LinkOwners: [][]byte{p.LinkOwn}, Chains: [][]byte{p.Chain}, EventOwners: [][]byte{p.Owner}, Events: e.Events, HoldFrom: 1 << 30}
	for _, c := range p.Certs {
		sweep.Certificates = append(sweep.Certificates, c.ID)
	}
	raise := identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.RaiseEpoch{From: 1, Nonce: suite.Random(16), At: epoch}, sweep}}
	first, err := s.Epoch(ctx)
	ok(t, err)
	before := state(t, s, p)
	for n := 1; ; n++ {
		i.set(func(i *injector) { i.failAt, i.writes = n, 0 })
		err := s.Commit(ctx, raise)
		i.set(func(i *injector) { i.failAt = 0 })
		now, unread := s.Epoch(ctx)
		ok(t, unread)
		if err == nil {
			if n < 14 || now.Number != 2 || reflect.DeepEqual(before, state(t, s, p)) {
				t.Fatalf("raised after %d failures: %+v", n-1, now)
			}
			break
		}
		if !fault.Is(err, fault.Unavailable) || !reflect.DeepEqual(now, first) || !reflect.DeepEqual(before, state(t, s, p)) {
			t.Fatalf("statement %d failed and something is there: %v", n, err)
		}
	}
}

// everyWriteOfNotes is everyWrite for short-lived state, several notes at once.
func everyWriteOfNotes(t *testing.T, open OpenWith) {
	ctx := context.Background()
	s, i := broken(t, open)
	p, id := NewPerson(9), suite.Random(16)
	draft := identity.DraftRow{ID: []byte("draft"), Version: 1, Expires: epoch, Body: []byte("body")}
	ok(t, s.Jot(ctx, identity.PutDraft{Draft: draft}))
	draft.Version, draft.Body = 2, []byte("other")
	notes := []identity.Note{identity.SwapDraft{From: 1, Draft: draft}, identity.RevokeVerification{ID: id, Until: epoch}, identity.TakeOnce{ID: id, Until: epoch},
		identity.TakePlaces{From: identity.ShardSize, To: identity.ShardSize + identity.PlacesTaken, Until: epoch}}
	before := state(t, s, p)
	for n := 1; ; n++ {
		i.set(func(i *injector) { i.failAt, i.writes = n, 0 })
		err := s.Jot(ctx, notes...)
		i.set(func(i *injector) { i.failAt = 0 })
		revoked, unread := s.VerificationRevoked(ctx, id)
		ok(t, unread)
		taken, _, unread := s.PlacesTaken(ctx)
		ok(t, unread)
		if err != nil && taken != identity.ShardSize {
			t.Fatalf("statement %d failed and places are taken: %d", n, taken)
		}
		if err == nil {
			if n <= 8 || taken != identity.ShardSize+identity.PlacesTaken || !revoked || reflect.DeepEqual(before, state(t, s, p)) {
				t.Fatalf("noted after %d failures", n-1)
			}
			break
		}
		if revoked || !reflect.DeepEqual(before, state(t, s, p)) {
			t.Fatalf("statement %d failed and something is there: %v", n, err)
		}
	}
	refused(t, s.Jot(ctx, identity.TakeOnce{ID: id, Until: epoch}), fault.Conflict, "already_used")
}

// commitFails lets COMMIT answer an error with and without having committed.
func commitFails(t *testing.T, open OpenWith) {
	for _, c := range []struct {
		name   string
		how    commitFault
		reason string // "" for nil
		there  bool
	}{
		{"lost", lost, "store_unavailable", false},
		{"kept", kept, "", true},
		{"lost, then dead", lostThen, "outcome_unknown", false},
		{"kept, then dead", keptThen, "outcome_unknown", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := context.Background()
			s, i := broken(t, open)
			ok(t, s.Commit(ctx, identity.Change{Entry: Entry()}))
			e, row := Entry(), suite.Random(32)
			i.set(func(i *injector) { i.commit = c.how })
			err := s.Commit(ctx, identity.Change{Entry: e, Verbs: []identity.Verb{identity.KeepIdentity{Row: row, Body: row}}})
			if c.reason == "" {
				ok(t, err)
			} else {
				refused(t, err, fault.Unavailable, c.reason)
			}
			i.set(func(i *injector) { i.dead = false })
			_, entry := s.Entry(ctx, e.EntryKey)
			_, body := s.Identity(ctx, row)
			if (entry == nil) != c.there || (body == nil) != c.there {
				t.Fatal("entry", entry, "body", body)
			}
			ok(t, s.Commit(ctx, identity.Change{Entry: Entry()})) // positions go on where they are
			i.set(func(i *injector) { i.commit = lost })
			refused(t, s.Jot(ctx, identity.TakeOnce{ID: row, Until: epoch}), fault.Unavailable, "outcome_unknown")
			Check(t, s)
		})
	}
}

// badChange puts a change that the database refuses among good ones of one group.
func badChange(t *testing.T, open OpenWith) {
	ctx := context.Background()
	s, i := broken(t, open)
	poison := suite.Random(32)
	i.set(func(i *injector) { i.poison = poison })
	release := held(i, func() { ok(t, s.Commit(ctx, identity.Change{Entry: Entry()})) })
	var done sync.WaitGroup
	for n := range 40 {
		body := suite.Random(32)
		if n == 20 {
			body = poison
		}
		done.Go(func() {
			err := s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.KeepIdentity{Row: suite.Random(32), Body: body}}})
			if n != 20 && err != nil || n == 20 && !fault.Because(err, "store_unavailable") {
				t.Errorf("change %d: %v", n, err)
			}
		})
	}
	release()
	done.Wait()
	if size := Check(t, s); size != 40 {
		t.Fatal("size", size)
	}
}

// held stops the writer in its next Begin, with the change of first in its
// hands, until release is called.
func held(i *injector, first func()) (release func()) {
	hold := make(chan struct{})
	i.set(func(i *injector) { i.hold = hold })
	var done sync.WaitGroup
	done.Go(first)
	<-i.entered
	return func() {
		i.set(func(i *injector) { i.hold = nil })
		close(hold)
		done.Wait()
	}
}

// groups shows who may still leave, and that what waits shares one commit.
func groups(t *testing.T, open OpenWith) {
	s, i := broken(t, open)
	firstContext, leaveFirst := context.WithCancel(context.Background())
	first := Entry()
	release := held(i, func() { ok(t, s.Commit(firstContext, identity.Change{Entry: first})) })
	leaveFirst() // too late: the writer has it, and the answer is the truth

	waitingContext, leave := context.WithCancel(context.Background())
	late := Entry()
	gone := make(chan error)
	go func() { gone <- s.Commit(waitingContext, identity.Change{Entry: late}) }()
	leave()
	refused(t, <-gone, fault.Unavailable, "cancelled")

	var done sync.WaitGroup
	var ready sync.WaitGroup
	for range 60 {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			if err := s.Commit(context.Background(), identity.Change{Entry: Entry()}); err != nil {
				t.Error(err)
			}
		})
	}
	ready.Wait()
	release()
	done.Wait()
	i.set(func(i *injector) {
		if i.commits > 20 {
			t.Errorf("%d commits for 61 changes", i.commits)
		}
	})
	ctx := context.Background()
	_, err := s.Entry(ctx, late.EntryKey)
	refused(t, err, fault.NotFound, "record_unknown")
	_, err = s.Entry(ctx, first.EntryKey)
	ok(t, err)
	if size := Check(t, s); size != 61 {
		t.Fatal("size", size)
	}
}
