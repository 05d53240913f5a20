package storetest

import (
	"bytes"
	"context"
	"reflect"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

func party(id string) identity.Party {
	return identity.Party{
		ID: identity.PartyID(id), Name: identity.Text{ZH: "测试", EN: "Test"}, Domain: id + ".invalid",
		RedirectURIs: []string{"https://" + id + ".invalid/back"}, Auth: identity.AuthNone, Sector: id + ".invalid",
		AgeMarks: map[identity.AgeMark]string{identity.Over18: "citation"}, Standing: identity.PartyActive, Sandbox: true,
	}
}

// endorsed is one outside of a sandbox, with these operators behind it.
func endorsed(id string, by ...string) identity.Party {
	p := party(id)
	p.Sandbox = false
	for _, operator := range by {
		p.Endorsed = append(p.Endorsed, identity.Endorsement{Operator: operator, Signature: []byte("signed")})
	}
	return p
}

// enrolled is a store with one person, one party and one suspended one in it.
func enrolled(t *testing.T, open Open) (*store.Store, *Person) {
	t.Helper()
	s, p := open(t), NewPerson(7)
	verbs := append(p.Open(), identity.AdmitParty{Party: party("shop")})
	suspended := party("closed")
	suspended.Standing = identity.PartySuspended
	verbs = append(verbs, identity.AdmitParty{Party: suspended})
	ok(t, s.Commit(context.Background(), identity.Change{Entry: p.Entry(), Verbs: verbs}))
	ok(t, s.Jot(context.Background(), identity.TakeOnce{ID: []byte("taken"), Until: epoch.Add(1)},
		identity.PutPushed{Row: identity.PushedRow{ID: []byte("pushed"), Until: epoch, Body: []byte("sealed")}},
		identity.PutDraft{Draft: identity.DraftRow{ID: []byte("draft"), Version: 3, Expires: epoch, Body: []byte("sealed")}},
		identity.KeepDossier{Row: dossier([]byte("dossier"), 1)}))
	return s, p
}

// dossier is one of a shelf that all of them share.
func dossier(id []byte, version uint64) identity.DossierRow {
	return identity.DossierRow{ID: id, Shelf: []byte("shelf"), Version: version, Body: []byte("sealed")}
}

// verbs does each verb once and looks at what it did.
func verbs(t *testing.T, open Open) {
	ctx := context.Background()
	s, p := enrolled(t, open)

	row, err := s.Person(ctx, p.ID)
	ok(t, err)
	if want := (identity.PersonRow{ID: p.ID, Standing: identity.Active, Epoch: 1, Keys: p.Keys, Profile: p.Profile}); !reflect.DeepEqual(row, want) {
		t.Fatal("person reads differently from what was opened")
	}
	if body, err := s.Identity(ctx, p.Row); err != nil || !bytes.Equal(body, p.Identity) {
		t.Fatal("identity", err)
	}
	for i := range p.Indexes {
		if body, err := s.Index(ctx, p.Indexes[i]); err != nil || !bytes.Equal(body, p.Bodies[i]) {
			t.Fatal("index", err)
		}
	}
	for _, c := range p.Certs {
		if got, err := s.Certificate(ctx, c.ID); err != nil || !reflect.DeepEqual(got, c) {
			t.Fatal("certificate", err)
		}
	}
	all, err := s.Certificates(ctx, p.CertOwn)
	if err != nil || len(all) != 2 {
		t.Fatal("certificates", len(all), err)
	}
	if got, err := s.Party(ctx, "shop"); err != nil || !reflect.DeepEqual(got, party("shop")) {
		t.Fatalf("party %+v %v", got, err)
	}
	if got, err := s.Parties(ctx); err != nil || len(got) != 2 || got[0].ID != "closed" || got[0].Standing != identity.PartySuspended {
		t.Fatalf("parties %+v %v", got, err)
	}
	if n, err := s.Link(ctx, p.Link); err != nil || n != 1 {
		t.Fatal("link", n, err)
	}
	if n, err := s.Link(ctx, []byte("nobody")); err != nil || n != 0 {
		t.Fatal("no link", n, err)
	}

	profile, second := []byte("another profile"), suite.Random(2000)
	amended, renamed := endorsed("shop", "a", "b"), p.Certs[0]
	renamed.Body = []byte("another body")
	amended.Domain = "another.invalid"
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{
		identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 1},
		identity.GuardParty{ID: "shop"},
		identity.AmendParty{Party: amended},
		identity.GuardCertificate{ID: p.Certs[0].ID},
		identity.GuardLink{Index: p.Link, Generation: 1},
		identity.GuardLink{Index: []byte("nobody")},
		identity.SetProfile{ID: p.ID, Profile: profile},
		identity.SetStanding{ID: p.ID, From: identity.Active, To: identity.FrozenByOwner, CertOwner: p.CertOwn},
		identity.GuardPerson{ID: p.ID, Standing: identity.FrozenByOwner, Epoch: 1}, // sees what came before it
		identity.CutLink{Index: p.Link, Owner: p.LinkOwn, From: 1},
		identity.KeepIdentity{Row: p.Row, Body: second, From: p.Identity},
		identity.EndSessions{ID: p.ID, Standing: identity.FrozenByOwner, Epoch: 1},
		identity.GuardPerson{ID: p.ID, Standing: identity.FrozenByOwner, Epoch: 2},
		identity.KeepCertificate{Certificate: renamed, From: p.Certs[0].Body},
		identity.RevokeCertificate{ID: p.Certs[1].ID},
		identity.GuardDraft{ID: []byte("draft"), Version: 3},
		identity.DropDraft{ID: []byte("draft"), Version: 3},
		identity.GuardDossier{ID: []byte("dossier"), Version: 1},
		identity.GuardDossier{ID: []byte("no dossier")},
		identity.KeepDossier{Row: dossier([]byte("dossier"), 2)},
		identity.KeepDossier{Row: dossier([]byte("another"), 1)},
		identity.KeepDossier{Row: dossier([]byte("dropped"), 1)},
		identity.DropDossier{ID: []byte("dropped"), Version: 1},
		identity.TakeOnce{ID: []byte("new"), Until: epoch},
		identity.TakePushed{ID: []byte("pushed")},
	}}))
	if d, err := s.Dossier(ctx, []byte("dossier")); err != nil || !reflect.DeepEqual(d, dossier([]byte("dossier"), 2)) {
		t.Fatalf("dossier %+v %v", d, err)
	}
	if all, err := s.Dossiers(ctx, []byte("shelf"), []byte("another"), 9); err != nil || len(all) != 1 || all[0].Version != 2 {
		t.Fatalf("dossiers %+v %v", all, err)
	}
	if all, err := s.Dossiers(ctx, []byte("shelf"), nil, 1); err != nil || len(all) != 1 || string(all[0].ID) != "another" {
		t.Fatalf("dossiers %+v %v", all, err)
	}
	row, err = s.Person(ctx, p.ID)
	if err != nil || row.Standing != identity.FrozenByOwner || row.Epoch != 2 || !bytes.Equal(row.Profile, profile) {
		t.Fatal("person after the change", err)
	}
	if c, err := s.Certificate(ctx, renamed.ID); err != nil || !bytes.Equal(c.Body, renamed.Body) || c.Revoked {
		t.Fatal("certificate after the change", c.Revoked, err)
	}
	if c, err := s.Certificate(ctx, p.Certs[1].ID); err != nil || !c.Revoked {
		t.Fatal("a revoked certificate", c.Revoked, err)
	}
	refused(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{identity.RevokeCertificate{ID: p.Certs[1].ID}}}), fault.Conflict, "certificate_gone")
	refused(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{identity.KeepCertificate{Certificate: p.Certs[1], From: p.Certs[1].Body}}}), fault.Conflict, "certificate_gone")
	if n, err := s.Link(ctx, p.Link); err != nil || n != 2 {
		t.Fatal("link after the cut", n, err)
	}
	if body, err := s.Identity(ctx, p.Row); err != nil || !bytes.Equal(body, second) {
		t.Fatal("identity after the change", err)
	}
	if got, err := s.Party(ctx, "shop"); err != nil || !reflect.DeepEqual(got, amended) {
		t.Fatalf("party after the change %+v %v", got, err)
	}
	_, err = s.Draft(ctx, []byte("draft"))
	refused(t, err, fault.NotFound, "draft_unknown")
	_, err = s.Pushed(ctx, []byte("pushed"))
	refused(t, err, fault.NotFound, "request_uri_unknown")
	unknown(t, s)
	Check(t, s)
}

func unknown(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	_, err := s.Person(ctx, identity.NewPersonID())
	refused(t, err, fault.NotFound, "person_unknown")
	_, err = s.Identity(ctx, []byte("nobody"))
	refused(t, err, fault.NotFound, "person_unknown")
	_, err = s.Index(ctx, []byte("nobody"))
	refused(t, err, fault.NotFound, "person_unknown")
	_, err = s.Certificate(ctx, identity.NewCertificateID())
	refused(t, err, fault.NotFound, "certificate_unknown")
	_, err = s.Party(ctx, "nobody")
	refused(t, err, fault.NotFound, "party_unknown")
	_, err = s.Draft(ctx, []byte("nobody"))
	refused(t, err, fault.NotFound, "draft_unknown")
	_, err = s.Entry(ctx, identity.EntryKey{ID: []byte("nobody")})
	refused(t, err, fault.NotFound, "record_unknown")
}

// refusals puts each refused verb behind one that works, and finds nothing of either.
func refusals(t *testing.T, open Open) {
	ctx := context.Background()
	s, p := enrolled(t, open)
	other := NewPerson(8)
	half := identity.OpenPerson{ID: p.ID, Keys: other.Keys, Profile: other.Profile}
	tooFew := p.Erase()
	tooFew.Events = 0
	holdsAnother := p.Erase()
	holdsAnother.Hold = []identity.Hold{{ID: suite.Random(16), Class: identity.Logs}}
	living, err := s.EntriesOf(ctx, p.Owner)
	ok(t, err)
	for _, c := range []struct {
		name   string
		verb   identity.Verb
		reason string
	}{
		{"open a person again", half, "person_exists"},
		{"profile of nobody", identity.SetProfile{ID: other.ID, Profile: []byte("x")}, "person_gone"},
		{"standing from another", identity.SetStanding{ID: p.ID, From: identity.FrozenByOwner, To: identity.Active, CertOwner: p.CertOwn}, "standing_changed"},
		{"standing of nobody", identity.SetStanding{ID: other.ID, From: identity.Active, To: identity.FrozenByOwner, CertOwner: other.CertOwn}, "standing_changed"},
		{"guard another standing", identity.GuardPerson{ID: p.ID, Standing: identity.FrozenByOwner, Epoch: 1}, "standing_changed"},
		{"guard another epoch", identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 2}, "standing_changed"},
		{"guard nobody", identity.GuardPerson{ID: other.ID, Standing: identity.Active, Epoch: 1}, "standing_changed"},
		{"identity from another body", identity.KeepIdentity{Row: p.Row, Body: []byte("x"), From: []byte("another")}, "identity_changed"},
		{"identity of nobody", identity.KeepIdentity{Row: other.Row, Body: []byte("x"), From: other.Identity}, "identity_changed"},
		{"index taken", identity.ClaimIndex{Index: p.Indexes[0], Body: []byte("x")}, "index_taken"},
		{"index taken under another version", identity.ClaimIndex{Index: []byte("new"), Body: []byte("x"), Others: [][]byte{[]byte("free"), p.Indexes[1]}}, "index_taken"},
		{"index of a version that others know", identity.ClaimIndex{Index: []byte{0}, Body: []byte("x"), Beyond: []byte{0}}, "index_taken"},
		{"free an index that nobody has", identity.FreeIndex{Indexes: [][]byte{[]byte("free"), []byte("new")}}, "index_gone"},
		{"free no index", identity.FreeIndex{}, "index_gone"},
		{"certificate again", identity.BindCertificate{Certificate: p.Certs[0], Standing: identity.Active}, "certificate_exists"},
		{"move a feed from elsewhere", identity.MoveFeed{Feed: []byte("feed"), From: 1, To: 2}, "feed_moved"},
		{"move a feed nowhere", identity.MoveFeed{Feed: []byte("feed")}, "feed_moved"},
		{"guard no certificate", identity.GuardCertificate{ID: other.Certs[0].ID}, "certificate_gone"},
		{"revoke no certificate", identity.RevokeCertificate{ID: other.Certs[0].ID}, "certificate_gone"},
		{"name no certificate", identity.KeepCertificate{Certificate: other.Certs[0], From: other.Certs[0].Body}, "certificate_gone"},
		{"certificate from another body", identity.KeepCertificate{Certificate: p.Certs[0], From: []byte("another")}, "certificate_changed"},
		{"end sessions of another epoch", identity.EndSessions{ID: p.ID, Standing: identity.Active, Epoch: 2}, "standing_changed"},
		{"end sessions of another standing", identity.EndSessions{ID: p.ID, Standing: identity.FrozenByOwner, Epoch: 1}, "standing_changed"},
		{"end sessions of nobody", identity.EndSessions{ID: other.ID, Standing: identity.Active, Epoch: 1}, "standing_changed"},
		{"guard link of another generation", identity.GuardLink{Index: p.Link, Generation: 2}, "link_changed"},
		{"guard no link where one is", identity.GuardLink{Index: p.Link}, "link_changed"},
		{"guard a link where none is", identity.GuardLink{Index: other.Link, Generation: 1}, "link_changed"},
		{"cut from another generation", identity.CutLink{Index: p.Link, Owner: p.LinkOwn, From: 2}, "link_changed"},
		{"cut the first where one is", identity.CutLink{Index: p.Link, Owner: p.LinkOwn}, "link_changed"},
		{"cut where none is", identity.CutLink{Index: other.Link, Owner: other.LinkOwn, From: 1}, "link_changed"},
		{"guard a suspended party", identity.GuardParty{ID: "closed"}, "party_suspended"},
		{"guard no party", identity.GuardParty{ID: "nobody"}, "party_suspended"},
		{"party again", identity.AdmitParty{Party: party("shop")}, "party_exists"},
		{"party that nobody endorsed", identity.AdmitParty{Party: endorsed("alone")}, "party_unapproved"},
		{"party of one operator", identity.AdmitParty{Party: endorsed("alone", "a")}, "party_unapproved"},
		{"party of one operator twice", identity.AdmitParty{Party: endorsed("alone", "a", "a")}, "party_unapproved"},
		{"party of an operator and nobody", identity.AdmitParty{Party: endorsed("alone", "a", "")}, "party_unapproved"},
		{"party amended without a second", identity.AmendParty{Party: endorsed("shop", "a")}, "party_unapproved"},
		{"party amended that never came", identity.AmendParty{Party: party("nobody")}, "party_unknown"},
		{"erase nobody", other.Erase(), "person_gone"},
		{"erase with other events than there are", tooFew, "events_moved"},
		{"hold what is not there", holdsAnother, "events_moved"},
		{"expire what is not held", identity.ExpireHeld{Class: identity.Logs, Entries: []identity.EntryKey{living[0].EntryKey}}, "events_moved"},
		{"expire what is not there", identity.ExpireHeld{Class: identity.Logs, Entries: []identity.EntryKey{{ID: suite.Random(16)}}}, "events_moved"},
		{"drop a draft of another version", identity.DropDraft{ID: []byte("draft"), Version: 2}, "draft_moved"},
		{"guard a draft of another version", identity.GuardDraft{ID: []byte("draft"), Version: 2}, "draft_changed"},
		{"guard no draft", identity.GuardDraft{ID: []byte("nobody"), Version: 1}, "draft_changed"},
		{"a dossier again", identity.KeepDossier{Row: dossier([]byte("dossier"), 1)}, "dossier_exists"},
		{"a dossier without a version", identity.KeepDossier{Row: dossier([]byte("dossier"), 0)}, "dossier_moved"},
		{"a dossier of another version", identity.KeepDossier{Row: dossier([]byte("dossier"), 3)}, "dossier_moved"},
		{"a dossier of another shelf", identity.KeepDossier{Row: identity.DossierRow{ID: []byte("dossier"), Shelf: []byte("other"), Version: 2, Body: []byte("sealed")}}, "dossier_moved"},
		{"a second version of no dossier", identity.KeepDossier{Row: dossier([]byte("nobody"), 2)}, "dossier_moved"},
		{"guard a dossier of another version", identity.GuardDossier{ID: []byte("dossier"), Version: 2}, "dossier_moved"},
		{"guard that there is no dossier", identity.GuardDossier{ID: []byte("dossier")}, "dossier_moved"},
		{"drop a dossier of another version", identity.DropDossier{ID: []byte("dossier"), Version: 2}, "dossier_moved"},
		{"drop no draft", identity.DropDraft{ID: []byte("nobody"), Version: 1}, "draft_moved"},
		{"take again", identity.TakeOnce{ID: []byte("taken"), Until: epoch}, "already_used"},
		{"answer a request that was answered", identity.TakePushed{ID: []byte("nobody")}, "request_used"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := state(t, s, p)
			row, e := suite.Random(32), Entry()
			first := identity.KeepIdentity{Row: row, Body: []byte("first verb")}
			last := identity.GuardParty{ID: "nobody"} // the first guard speaks, not the last
			err := s.Commit(ctx, identity.Change{Entry: e, Verbs: []identity.Verb{first, c.verb, last}})
			refused(t, err, fault.Conflict, c.reason)
			_, err = s.Identity(ctx, row)
			refused(t, err, fault.NotFound, "person_unknown")
			_, err = s.Entry(ctx, e.EntryKey)
			refused(t, err, fault.NotFound, "record_unknown")
			if !reflect.DeepEqual(before, state(t, s, p)) {
				t.Fatal("a refused change changed something")
			}
		})
	}
	Check(t, s)
}

// snapshot is all that reads can see of one person and the ledger.
type snapshot struct {
	Consent  []byte
	Person   identity.PersonRow
	Identity []byte
	Indexes  [][]byte
	Certs    int
	Link     uint64
	Parties  []identity.Party
	Draft    identity.DraftRow
	Pushed   identity.PushedRow
	Entries  []identity.EntryRow
	Head     []byte
	Seq      uint64
	Last     []byte
	Shreds   []uint64
	Marks    []identity.StatusMark
}

func state(t *testing.T, s *store.Store, p *Person) (v snapshot) {
	t.Helper()
	ctx := context.Background()
	// Errors are part of the state: what is not found reads as its zero value.
	v.Person, _ = s.Person(ctx, p.ID)
	v.Identity, _ = s.Identity(ctx, p.Row)
	for _, i := range p.Indexes {
		b, _ := s.Index(ctx, i)
		v.Indexes = append(v.Indexes, b)
	}
	certs, err := s.Certificates(ctx, p.CertOwn)
	ok(t, err)
	v.Certs = len(certs)
	v.Marks, err = s.MarksAfter(ctx, 0, 1000)
	ok(t, err)
	v.Draft, _ = s.Draft(ctx, []byte("draft"))
	v.Pushed, _ = s.Pushed(ctx, []byte("pushed"))
	v.Consent, _ = s.Consent(ctx, p.Link)
	v.Head, _ = s.Head(ctx)
	for _, read := range []func() error{
		func() (err error) { v.Link, err = s.Link(ctx, p.Link); return err },
		func() (err error) { v.Parties, err = s.Parties(ctx); return err },
		func() (err error) { v.Entries, err = s.Entries(ctx, 0, 1000); return err },
		func() (err error) { v.Seq, v.Last, err = s.Chain(ctx, p.Chain); return err },
		func() (err error) { v.Shreds, err = s.PendingShreds(ctx); return err },
	} {
		ok(t, read())
	}
	return v
}
