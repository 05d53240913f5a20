package storetest

import (
	"bytes"
	"context"
	"reflect"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

// statuses does each thing that changes the standing of a person or ends a
// certificate, and looks at the marks of theirs (J04, J11).
func statuses(t *testing.T, open Open) {
	ctx := context.Background()
	const valid, revoked, frozen = identity.StatusValid, identity.StatusRevoked, identity.StatusFrozen
	s, p := open(t), NewPerson(7)
	p.Certs[1].Place = 0 // of before there were places
	third := p.Certs[0]
	third.ID, third.Place = identity.NewCertificateID(), somewhere()
	p.Certs = append(p.Certs, third)
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: p.Open()}))
	marks := func() map[identity.Place]identity.CertificateStatus {
		all, err := s.MarksAfter(ctx, 0, 100)
		ok(t, err)
		m := map[identity.Place]identity.CertificateStatus{}
		var last uint64
		for _, one := range all {
			if one.Turn <= last {
				t.Errorf("turn %d after %d", one.Turn, last)
			}
			m[one.Place], last = one.Status, one.Turn
		}
		if turn, err := s.MarkTurn(ctx); err != nil || turn < last {
			t.Errorf("the newest turn is %d, not %d: %v", turn, last, err)
		}
		return m
	}
	is := identity.Active
	stand := func(to identity.Standing) identity.Verb {
		from := is
		is = to
		return identity.SetStanding{ID: p.ID, From: from, To: to, CertOwner: p.CertOwn}
	}
	do := func(v ...identity.Verb) {
		t.Helper()
		ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: v}))
	}
	want := func(what string, first, second identity.CertificateStatus) {
		t.Helper()
		if got := marks(); got[p.Certs[0].Place] != first || got[third.Place] != second {
			t.Errorf("%s: %v", what, got)
		}
	}
	if got := marks(); len(got) != 0 {
		t.Errorf("marks of nobody: %v", got)
	}
	if c, err := s.CertificateAt(ctx, third.Place); err != nil || c.ID != third.ID || c.Place != third.Place {
		t.Errorf("at its place: %v %v", c, err)
	}
	for _, none := range []identity.Place{0, somewhere()} {
		if _, err := s.CertificateAt(ctx, none); !fault.Because(err, "certificate_unknown") {
			t.Errorf("at %d: %v", none, err)
		}
	}
	do(stand(identity.FrozenByOwner))
	want("frozen", frozen, frozen)
	turn, err := s.MarkTurn(ctx)
	ok(t, err)
	late := p.Certs[0]
	late.ID, late.Place = identity.NewCertificateID(), somewhere()
	do(identity.BindCertificate{Certificate: late, Standing: is})
	if got := marks()[late.Place]; got != frozen {
		t.Errorf("of whoever is frozen, a new certificate is %d", got)
	}
	if all, err := s.MarksAfter(ctx, turn, 100); err != nil || len(all) != 1 || all[0].Place != late.Place {
		t.Errorf("after the turn: %v %v", all, err)
	}
	do(stand(is.With(identity.Held)))
	want("frozen and held", frozen, frozen)
	do(stand(is.Without(identity.FrozenByOwner)))
	want("held", frozen, frozen)
	do(stand(identity.Active))
	want("active", valid, valid)
	do(identity.RevokeCertificate{ID: third.ID})
	want("one revoked", valid, revoked)
	do(stand(identity.FrozenByGuardian))
	want("frozen again", frozen, revoked)
	do(stand(identity.Active))
	want("thawed", valid, revoked)
	// What is revoked stays so, whatever somebody makes of the row.
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.SetStanding{ID: p.ID, From: is, To: identity.FrozenByOwner}}}), fault.Internal, "internal")
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.BindCertificate{Certificate: late}}}), fault.Internal, "internal")
	again := late
	again.ID = identity.NewCertificateID() // a place is had once
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.BindCertificate{Certificate: again, Standing: is}}}), fault.Conflict, "certificate_exists")
	do(stand(identity.Closed))
	want("closed", revoked, revoked)
	do(stand(identity.Active))
	want("reopened", revoked, revoked)
	Tombstone(t, s, p)
	want("erased", revoked, revoked)

	q := NewPerson(8)
	ok(t, s.Commit(ctx, identity.Change{Entry: q.Entry(), Verbs: q.Open()}))
	ok(t, s.Jot(ctx, identity.BeginRewrap{What: "revoke", Target: 1, Total: 2}, identity.StepRewrap{What: "revoke", Target: 1, To: []byte{1}, Done: 2,
		Revoke: []identity.CertificateID{q.Certs[0].ID, p.Certs[0].ID, q.Certs[0].ID}}))
	if got := marks(); got[q.Certs[0].Place] != revoked || got[q.Certs[1].Place] != valid {
		t.Errorf("ended with many: %v", got)
	}
	if c, err := s.Certificate(ctx, q.Certs[0].ID); err != nil || !c.Revoked {
		t.Error(c.Revoked, err)
	}
	issuedAgain(t, s, marks)
	swept := identity.SweepErased{Persons: []identity.PersonID{q.ID}, Certificates: []identity.CertificateID{q.Certs[1].ID}, HoldFrom: 1 << 30}
	ok(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{swept}}))
	if got := marks(); got[q.Certs[1].Place] != revoked {
		t.Errorf("erased after the copy was made: %v", got)
	}
}

// places are taken in blocks, each once, of one list; a list that is over takes nobody in (J09).
func places(t *testing.T, open Open) {
	ctx := context.Background()
	s := open(t)
	next, lives, err := s.PlacesTaken(ctx)
	if err != nil || lives || next != identity.ShardSize {
		t.Fatal(next, lives, err)
	}
	take := func(from, to uint64, until time.Time) error {
		return s.Jot(ctx, identity.TakePlaces{From: from, To: to, Until: until})
	}
	const block = identity.PlacesTaken
	for name, err := range map[string]error{
		"from elsewhere":             take(next+1, next+block, epoch),
		"backward":                   take(next, next, epoch),
		"half a block":               take(next, next+block/2, epoch),
		"amid a list that was never": take(next, next+3*block, epoch),
		"over the end of a list":     take(next, next+identity.ShardSize+block/2, epoch),
	} {
		if !fault.Because(err, "places_moved") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ok(t, take(next, next+block, epoch))
	refused(t, take(next, next+block, epoch), fault.Conflict, "places_moved")
	ok(t, take(next+block, next+2*block, epoch.Add(-time.Hour))) // never sooner over
	if now, lives, err := s.PlacesTaken(ctx); err != nil || !lives || now != next+2*block {
		t.Fatal(now, lives, err)
	}
	ok(t, s.Sweep(ctx, epoch.Add(-1)))
	if all, err := s.Shards(ctx); err != nil || !reflect.DeepEqual(all, []uint32{1}) {
		t.Fatal(all, err)
	}
	ok(t, s.Sweep(ctx, epoch))
	if all, err := s.Shards(ctx); err != nil || len(all) != 0 {
		t.Fatal(all, err)
	}
	if _, lives, err := s.PlacesTaken(ctx); err != nil || lives {
		t.Error("a list lives whose certificates are all over", err)
	}
	refused(t, take(next+2*block, next+3*block, epoch), fault.Conflict, "places_moved")
	ok(t, take(next+2*block, 2*identity.ShardSize+block, epoch)) // the next list
	if all, err := s.Shards(ctx); err != nil || !reflect.DeepEqual(all, []uint32{2}) {
		t.Fatal(all, err)
	}
	// A copy that is put back goes on in a list that no life of this store has seen.
	ok(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.RaiseEpoch{From: 1, Nonce: append([]byte{0, 0, 0x50, 0}, suite.Random(12)...), At: epoch}}}))
	now, lives, err := s.PlacesTaken(ctx)
	if err != nil || lives || now != (2+1+5)*identity.ShardSize {
		t.Error(now, lives, err)
	}
	ok(t, take(now, now+block, epoch))
}

// placesOver lets two nodes take blocks at once: no number twice.
func placesOver(t *testing.T, open OpenNodes) {
	ctx := context.Background()
	nodes := open(t, 2)
	taken := make([][]uint64, 2)
	race(t, 2, fault.Conflict, "places_moved", func(n int) error {
		for len(taken[n]) < 40 {
			next, _, err := nodes[n].PlacesTaken(ctx)
			if err != nil {
				return err
			}
			switch err := nodes[n].Jot(ctx, identity.TakePlaces{From: next, To: next + identity.PlacesTaken, Until: epoch}); {
			case err == nil:
				taken[n] = append(taken[n], next)
			case !fault.Because(err, "places_moved"):
				return err
			}
		}
		return nil
	})
	seen := map[uint64]bool{}
	for _, next := range append(taken[0], taken[1]...) {
		if seen[next] {
			t.Fatalf("the block at %d was taken twice", next)
		}
		seen[next] = true
	}
	if len(seen) != 80 {
		t.Error(len(seen))
	}
}

// unmarked alters a mark and a place, which reading and every change that meets them refuse.
func unmarked(t *testing.T, fresh NewDatabase) {
	ctx := context.Background()
	x := rigged(t, fresh)
	freeze := identity.SetStanding{ID: x.b.ID, From: identity.Active, To: identity.FrozenByOwner, CertOwner: x.b.CertOwn}
	thaw := identity.SetStanding{ID: x.b.ID, From: identity.FrozenByOwner, To: identity.Active, CertOwner: x.b.CertOwn}
	ok(t, x.s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{freeze}}))
	at := int64(x.b.Certs[0].Place)
	run(t, x.db, "UPDATE status_mark SET status = 0 WHERE place = ?", at)
	_, err := x.s.MarksAfter(ctx, 0, 1000)
	isAltered(t, "a mark taken away", err, "status_mark")
	_, err = x.s.MarksFrom(ctx, x.b.Certs[0].Place, 1)
	isAltered(t, "a mark taken away", err, "status_mark")
	isAltered(t, "thaw", x.s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{thaw}}), "status_mark")
	run(t, x.db, "UPDATE status_mark SET status = 2 WHERE place = ?", at)
	run(t, x.db, "UPDATE certificate SET place = 0 WHERE place = ?", at) // so that its end would be marked nowhere
	isAltered(t, "revoke", x.s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.RevokeCertificate{ID: x.b.Certs[0].ID}}}), "certificate")
	_, err = x.s.Certificate(ctx, x.b.Certs[0].ID)
	isAltered(t, "read", err, "certificate")
	run(t, x.db, "UPDATE counter SET count = ? WHERE idx = ?", int64(identity.ShardSize), []byte("status turn"))
	isAltered(t, "turn", x.s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.RevokeCertificate{ID: x.b.Certs[1].ID}}}), "counter")
}

// issuedAgain moves certificates to other places: the former is revoked, what stood against
// one goes with it, and whoever is ended or gone is passed over.
func issuedAgain(t *testing.T, s *store.Store, marks func() map[identity.Place]identity.CertificateStatus) {
	ctx := context.Background()
	p := NewPerson(9)
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: p.Open()}))
	ok(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.SetStanding{ID: p.ID, From: identity.Active, To: identity.FrozenByOwner, CertOwner: p.CertOwn}}}))
	again := func(c identity.CertificateRow) identity.IssueAgain {
		to := c
		to.Place, to.Body, to.Owner = somewhere(), []byte("again"), nil
		return identity.IssueAgain{Certificate: to, From: c.Body}
	}
	gone := p.Certs[0]
	gone.ID = identity.NewCertificateID()
	one := again(p.Certs[0])
	step := identity.StepRewrap{What: "again", Target: 1, To: []byte{1}, Done: 2, Again: []identity.IssueAgain{one, again(gone)}}
	changed := step
	changed.Again = []identity.IssueAgain{one, {Certificate: again(p.Certs[1]).Certificate, From: []byte("another")}}
	ok(t, s.Jot(ctx, identity.BeginRewrap{What: "again", Target: 1, Total: 2}))
	refused(t, s.Jot(ctx, changed), fault.Conflict, "rewrap_moved")
	if c, err := s.Certificate(ctx, one.Certificate.ID); err != nil || c.Place != p.Certs[0].Place {
		t.Error("a refused step moved a certificate", err)
	}
	ok(t, s.Jot(ctx, step))
	if c, err := s.Certificate(ctx, one.Certificate.ID); err != nil || c.Place != one.Certificate.Place || string(c.Body) != "again" || !bytes.Equal(c.Owner, p.Certs[0].Owner) || c.Revoked {
		t.Errorf("%+v %v", c, err)
	}
	if got := marks(); got[p.Certs[0].Place] != identity.StatusRevoked || got[one.Certificate.Place] != identity.StatusFrozen {
		t.Errorf("issued again: %v", got)
	}
	ok(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.RevokeCertificate{ID: p.Certs[1].ID}}}))
	ok(t, s.Jot(ctx, identity.StepRewrap{What: "again", Target: 1, From: []byte{1}, To: []byte{2}, Done: 1, Again: []identity.IssueAgain{again(p.Certs[1])}}))
	if c, err := s.Certificate(ctx, p.Certs[1].ID); err != nil || !c.Revoked || c.Place != p.Certs[1].Place {
		t.Errorf("what is ended is not issued again: %+v %v", c, err)
	}
}
