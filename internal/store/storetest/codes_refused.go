package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

// isAltered fails unless err names a row of the table, and says nothing outside.
func isAltered(t *testing.T, what string, err error, table string) {
	t.Helper()
	var a *store.Altered
	if !errors.As(err, &a) || a.Table != table || !fault.Is(err, fault.Internal) || fault.Public(err) != "internal" {
		t.Errorf("%s: %v", what, err)
	}
}

// alteredRefused alters what an insider would, and tries everything that would serve him.
func alteredRefused(t *testing.T, fresh NewDatabase) {
	ctx := context.Background()
	x := rigged(t, fresh)
	s, p, q := x.s, x.a, x.b
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{identity.SetStanding{ID: p.ID, From: identity.Active, To: identity.FrozenByOwner, CertOwner: p.CertOwn}}}))
	counter, revoked := suite.Random(32), suite.Random(16)
	count := identity.Count{Index: counter, Limit: 2, Window: time.Hour, Now: epoch}
	ok(t, s.Jot(ctx, count, count, identity.RevokeVerification{ID: revoked, Until: epoch}, identity.TurnRefresh{ID: revoked, Turn: 1, Until: epoch}))
	feed := suite.Random(17)
	ok(t, s.Jot(ctx, identity.MoveFeed{Feed: feed, From: 0, To: 3}))
	period := identity.Period{Month: 24322, Class: identity.Logs}
	escrow := suite.Random(32)
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{identity.KeepEscrow{Index: escrow, Period: period, Body: suite.Random(145)}}}))
	waiting, err := s.Deliveries(ctx, false, 9)
	ok(t, err)
	first := waiting[0]
	read := func(f func() error) func() error { return f }
	verb := func(v identity.Verb) func() error {
		return func() error { return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{v}}) }
	}
	note := func(n identity.Note) func() error { return func() error { return s.Jot(ctx, n) } }
	draft := identity.DraftRow{ID: []byte("draft"), Version: 4, Expires: epoch, Body: []byte("other")}
	for _, c := range []struct {
		name, table, alter string
		args               []any
		tries              []func() error
		guard              string // with which one refuses that knows what must stand there
		guards             []func() error
	}{
		{"thaw", "person", "UPDATE person SET standing = 1 WHERE id = ?", []any{p.ID[:]}, []func() error{
			read(func() error { _, err := s.Person(ctx, p.ID); return err }),
			verb(identity.SetStanding{ID: p.ID, From: identity.Active, To: identity.FrozenByOwner, CertOwner: p.CertOwn}),
		}, "standing_changed", []func() error{verb(identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 1}),
			verb(identity.EndSessions{ID: p.ID, Standing: identity.Active, Epoch: 1})}},
		{"thaw with the code of another", "person", "UPDATE person SET standing = 1, code = (SELECT code FROM person WHERE id = ?) WHERE id = ?", []any{q.ID[:], p.ID[:]}, []func() error{
			read(func() error { _, err := s.Person(ctx, p.ID); return err }),
		}, "standing_changed", []func() error{verb(identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 1})}},
		{"thaw without a code", "person", "UPDATE person SET standing = 1, code = ? WHERE id = ?", []any{[]byte{}, p.ID[:]}, []func() error{
			read(func() error { _, err := s.Person(ctx, p.ID); return err }),
		}, "standing_changed", []func() error{verb(identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 1})}},
		{"another's certificate", "certificate", "UPDATE certificate SET owner = ? WHERE id = ?", []any{q.CertOwn, p.Certs[0].ID[:]}, []func() error{
			read(func() error { _, err := s.Certificate(ctx, p.Certs[0].ID); return err }),
			read(func() error { _, err := s.Certificates(ctx, q.CertOwn); return err }),
			verb(identity.GuardCertificate{ID: p.Certs[0].ID}),
			verb(identity.RevokeCertificate{ID: p.Certs[0].ID}),
			verb(identity.KeepCertificate{Certificate: p.Certs[0], From: p.Certs[0].Body}),
		}, "", nil},
		{"revoke or not", "certificate", "UPDATE certificate SET revoked = 1 - revoked WHERE id = ?", []any{p.Certs[0].ID[:]}, []func() error{
			verb(identity.GuardCertificate{ID: p.Certs[0].ID}),
		}, "", nil},
		{"take a withdrawal back", "party_link", "UPDATE party_link SET generation = 7 WHERE idx = ?", []any{p.Link}, []func() error{
			read(func() error { _, err := s.Link(ctx, p.Link); return err }),
			verb(identity.GuardLink{Index: p.Link, Generation: 7}),
			verb(identity.CutLink{Index: p.Link, Owner: p.LinkOwn, From: 7}),
			verb(identity.KeepConsent{Index: p.Link, Owner: p.LinkOwn, Generation: 7, Until: epoch, Body: []byte("x")}),
		}, "", nil},
		{"a withdrawal that never was", "party_link", "UPDATE party_link SET generation = 0 WHERE idx = ?", []any{p.Link}, []func() error{
			verb(identity.GuardLink{Index: p.Link}),
			verb(identity.CutLink{Index: p.Link, Owner: p.LinkOwn}),
			verb(identity.KeepConsent{Index: p.Link, Owner: p.LinkOwn, Until: epoch, Body: []byte("x")}),
		}, "", nil},
		{"another numbering", "person_chain", "UPDATE person_chain SET seq = seq - 1 WHERE idx = ?", []any{p.Chain}, []func() error{
			read(func() error { _, _, err := s.Chain(ctx, p.Chain); return err }),
		}, "chain_moved", []func() error{func() error {
			e := Entry()
			e.Chain = &identity.ChainStep{Index: p.Chain, FromSeq: p.Seq - 1, FromHead: p.Head, ToSeq: p.Seq, ToHead: e.Leaf[:]}
			return s.Commit(ctx, identity.Change{Entry: e})
		}}},
		{"a suspended party", "party", "UPDATE party SET standing = 'active' WHERE id = 'closed'", nil, []func() error{
			read(func() error { _, err := s.Party(ctx, "closed"); return err }),
			read(func() error { _, err := s.Parties(ctx); return err }),
			verb(identity.GuardParty{ID: "closed"}),
			verb(identity.AmendParty{Party: party("closed")}),
		}, "", nil},
		{"another party's declaration", "party", "UPDATE party SET body = (SELECT body FROM party WHERE id = 'closed') WHERE id = 'shop'", nil, []func() error{
			verb(identity.GuardParty{ID: "shop"}),
		}, "", nil},
		{"a draft of before", "draft", "UPDATE draft SET version = 2 WHERE version = 3", nil, []func() error{
			read(func() error { _, err := s.Draft(ctx, draft.ID); return err }),
			note(identity.SwapDraft{Draft: draft, From: 2}),
			note(identity.DropDraft{ID: draft.ID, Version: 2}),
			verb(identity.GuardDraft{ID: draft.ID, Version: 2}),
		}, "", nil},
		{"a dossier of before", "dossier", "UPDATE dossier SET version = 0", nil, []func() error{
			read(func() error { _, err := s.Dossier(ctx, []byte("dossier")); return err }),
			read(func() error { _, err := s.Dossiers(ctx, []byte("shelf"), nil, 9); return err }),
			note(identity.KeepDossier{Row: dossier([]byte("dossier"), 2)}),
			note(identity.DropDossier{ID: []byte("dossier"), Version: 1}),
			verb(identity.GuardDossier{ID: []byte("dossier"), Version: 1}),
		}, "", nil},
		{"a pushed request that waits longer", "pushed_request", "UPDATE pushed_request SET until = until + 1 WHERE id = ?", []any{[]byte("pushed")}, []func() error{
			read(func() error { _, err := s.Pushed(ctx, []byte("pushed")); return err }),
			note(identity.TakePushed{ID: []byte("pushed")}),
			verb(identity.TakePushed{ID: []byte("pushed")}),
		}, "", nil},
		{"more tries", "counter", "UPDATE counter SET count = 0 WHERE idx = ?", []any{counter}, []func() error{
			note(count),
			read(func() error { _, _, err := s.Counted(ctx, counter); return err }),
		}, "", nil},
		{"news again", "counter", "UPDATE counter SET count = 0 WHERE idx = ?", []any{feed}, []func() error{
			read(func() error { _, err := s.Followed(ctx, feed); return err }),
			note(identity.MoveFeed{Feed: feed, From: 0, To: 1}),
			verb(identity.MoveFeed{Feed: feed, From: 0, To: 1}),
		}, "", nil},
		{"a window that is over", "counter", "UPDATE counter SET since = 0 WHERE idx = ?", []any{counter}, []func() error{note(count)}, "", nil},
		{"a revocation that ends sooner", "revoked_verification", "UPDATE revoked_verification SET until = 1 WHERE id = ?", []any{revoked}, []func() error{
			read(func() error { _, err := s.VerificationRevoked(ctx, revoked); return err }),
			note(identity.RevokeVerification{ID: revoked, Until: epoch}),
			note(identity.GuardVerification{ID: revoked}),
		}, "", nil},
		{"a turn of before", "refresh_turn", "UPDATE refresh_turn SET turn = 0 WHERE id = ?", []any{revoked}, []func() error{
			note(identity.TurnRefresh{ID: revoked, Turn: 1, Until: epoch}),
			verb(identity.TurnRefresh{ID: revoked, Turn: 1, Until: epoch}),
		}, "", nil},
		{"another month", "escrow", "UPDATE escrow SET month = 1 WHERE idx = ?", []any{escrow}, []func() error{
			read(func() error { _, err := s.Escrow(ctx, escrow); return err }),
		}, "", nil},
		{"a pass that ended", "rewrap", "UPDATE rewrap SET ended = 1, target = 0", nil, []func() error{
			read(func() error { _, err := s.Rewraps(ctx); return err }),
			note(identity.BeginRewrap{What: identity.RewrapPersons, Target: 3}),
			note(identity.StepRewrap{What: identity.RewrapPersons}),
			func() error {
				n := NewPerson(13)
				return s.Commit(ctx, identity.Change{Entry: n.Entry(), Verbs: n.Open()})
			},
		}, "", nil},
		{"a delivery that waits for ever", "outbox", "UPDATE outbox SET attempts = 0 WHERE id = ?", []any{first.ID[:]}, []func() error{
			read(func() error {
				left, err := s.Deliveries(ctx, false, 9)
				if len(left) != len(waiting)-1 {
					t.Errorf("%d of %d deliveries are served: one was altered", len(left), len(waiting))
				}
				return err
			}),
			note(identity.LeaseDelivery{ID: first.ID, Due: first.Due, Until: epoch}),
			note(identity.PutOff{ID: first.ID, Due: epoch, Body: []byte("x")}),
			note(identity.BuryDelivery{ID: first.ID, Due: epoch, Body: []byte("x")}),
		}, "", nil},
		{"an epoch of before", "single_use", "UPDATE single_use SET epoch = 9, since = 5", nil, []func() error{
			read(func() error { _, err := s.Epoch(ctx); return err }),
		}, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := x.lines(c.table)
			run(t, x.db, c.alter, c.args...)
			fork := x.lines(c.table)
			for n, try := range c.tries {
				isAltered(t, fmt.Sprint("try ", n), try(), c.table)
			}
			for _, try := range c.guards {
				refused(t, try(), fault.Conflict, c.guard)
			}
			if now := x.lines(c.table); fmt.Sprint(now) != fmt.Sprint(fork) {
				t.Error("what was refused changed something")
			}
			if len(x.scrubbed()) == 0 {
				t.Error("scrub finds nothing")
			}
			for _, l := range before {
				x.put(l.values[0], l)
			}
			if got := x.scrubbed(); len(got) > 0 {
				t.Error("after it was put right:", got)
			}
		})
	}
	refused(t, s.Jot(ctx, count), fault.TooMany, "too_many_tries") // the control: put right, it counts on
	Check(t, s)
}
