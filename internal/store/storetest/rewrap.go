package storetest

import (
	"bytes"
	"context"
	"reflect"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
)

// profiles reads everybody's in pages of two: all, once each, in order, as they were put
// there, with the subject key and nothing of the other keys; who was erased is not there.
func profiles(t *testing.T, s *store.Store, people []*Person) {
	t.Helper()
	var all []identity.PersonRow
	for after := []byte(nil); ; {
		rows, err := s.ProfilesAfter(context.Background(), after, 2)
		ok(t, err)
		if all = append(all, rows...); len(rows) < 2 {
			break
		}
		after = rows[1].ID[:]
	}
	if len(all) != len(people) {
		t.Fatalf("%d profiles of %d people", len(all), len(people))
	}
	for n, row := range all {
		if n > 0 && bytes.Compare(all[n-1].ID[:], row.ID[:]) >= 0 {
			t.Error("not in the order of the ids")
		}
		whole, err := s.Person(context.Background(), row.ID)
		ok(t, err)
		if !bytes.Equal(row.Profile, whole.Profile) || !bytes.Equal(row.Keys.Subject, whole.Keys.Subject) || !bytes.Equal(row.Keys.Locator, whole.Keys.Locator) || row.Keys.Identity != nil || row.Keys.Record != nil {
			t.Error("another row than the person's, or more of it")
		}
	}
}

// rewraps walks the passes that wrap everybody anew: what each step guards, and
// what is refused once a pass has begun.
func rewraps(t *testing.T, open Open) {
	ctx := context.Background()
	s := open(t)
	var people []*Person
	for n := range 5 {
		p := NewPerson(uint64(n + 1))
		ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: p.Open()}))
		people = append(people, p)
	}
	if n, err := s.CountKeys(ctx); err != nil || n != 5 {
		t.Fatal(n, err)
	}
	if n, err := s.CountCertificates(ctx); err != nil || n != 10 {
		t.Fatal(n, err)
	}
	first, err := s.KeysAfter(ctx, nil, 3)
	if err != nil || len(first) != 3 || bytes.Compare(first[0].ID[:], first[1].ID[:]) >= 0 {
		t.Fatal(len(first), err)
	}
	rest, err := s.KeysAfter(ctx, first[2].ID[:], 3)
	if err != nil || len(rest) != 2 || bytes.Compare(first[2].ID[:], rest[0].ID[:]) >= 0 {
		t.Fatal(len(rest), err)
	}
	profiles(t, s, people)
	certs, err := s.CertificatesAfter(ctx, nil, 100)
	if err != nil || len(certs) != 10 {
		t.Fatal(len(certs), err)
	}

	if all, err := s.Rewraps(ctx); err != nil || len(all) != 0 {
		t.Fatal(all, err)
	}
	begin := identity.BeginRewrap{What: identity.RewrapPersons, Target: 2, Total: 5}
	ok(t, s.Jot(ctx, begin))
	refused(t, s.Jot(ctx, begin), fault.Conflict, "rewrap_moved") // it is under way
	older := begin
	older.Target = 1
	refused(t, s.Jot(ctx, older), fault.Conflict, "rewrap_moved")

	// From here on nobody is opened under keys of before; under these and later ones they are.
	late := NewPerson(9)
	late.Keys.Under = 1
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: late.Open()}), fault.Conflict, "keys_moved")
	late.Keys.Under = 2
	ok(t, s.Commit(ctx, identity.Change{Entry: late.Entry(), Verbs: late.Open()}))
	row := identity.CertificateRow{ID: identity.NewCertificateID(), Owner: late.CertOwn, Locator: []byte("l"), Body: []byte("b")}
	ok(t, s.Jot(ctx, identity.BeginRewrap{What: identity.RewrapCertificates, Target: 1, Total: 12}))
	refused(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.BindCertificate{Certificate: row, Standing: identity.Active}}}), fault.Conflict, "keys_moved")
	row.Under = 1
	ok(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.BindCertificate{Certificate: row, Standing: identity.Active}}}))

	anew := func(r identity.PersonRow) identity.SwapKeys {
		to := identity.WrappedKeys{Identity: []byte("i2"), Subject: []byte("s2"), Record: []byte("r2")}
		return identity.SwapKeys{ID: r.ID, From: r.Keys, To: to}
	}
	step := identity.StepRewrap{What: identity.RewrapPersons, Target: 2, To: first[1].ID[:], Done: 2, Odd: 1, Persons: []identity.SwapKeys{anew(first[0]), anew(first[1])}}
	changed := step
	changed.Persons = []identity.SwapKeys{anew(first[0]), {ID: first[1].ID, From: first[0].Keys, To: first[0].Keys}}
	elsewhere, another := step, step
	elsewhere.From = first[0].ID[:]
	another.Target = 1
	before, err := s.Person(ctx, first[0].ID)
	ok(t, err)
	for name, bad := range map[string]identity.StepRewrap{"a row that somebody changed": changed, "from elsewhere": elsewhere, "of another pass": another} {
		err := s.Jot(ctx, bad)
		if !fault.Because(err, "rewrap_moved") {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := s.Person(ctx, first[0].ID); err != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("%s: a refused step changed a row: %v", name, err)
		}
	}
	ok(t, s.Jot(ctx, step))
	after, err := s.Person(ctx, first[0].ID)
	if err != nil || string(after.Keys.Subject) != "s2" || !bytes.Equal(after.Keys.Locator, before.Keys.Locator) || !bytes.Equal(after.Profile, before.Profile) {
		t.Errorf("%+v %v", after, err)
	}
	refused(t, s.Jot(ctx, step), fault.Conflict, "rewrap_moved") // once

	for _, p := range people { // who leaves meanwhile is no failure
		if p.ID == first[2].ID {
			Tombstone(t, s, p)
		}
	}
	last := identity.StepRewrap{What: identity.RewrapPersons, Target: 2, From: first[1].ID[:], To: rest[1].ID[:], Done: 3, Ended: true, Persons: []identity.SwapKeys{anew(first[2]), anew(rest[0])}}
	ok(t, s.Jot(ctx, last))
	_, err = s.Person(ctx, first[2].ID)
	refused(t, err, fault.NotFound, "person_unknown")
	all, err := s.Rewraps(ctx)
	want := identity.Rewrap{What: identity.RewrapPersons, Target: 2, Reached: rest[1].ID[:], Done: 5, Total: 5, Odd: 1, Ended: true}
	if err != nil || len(all) != 2 || !reflect.DeepEqual(all[1], want) {
		t.Errorf("%+v %v", all, err)
	}
	last.From = last.To
	refused(t, s.Jot(ctx, last), fault.Conflict, "rewrap_moved") // it has ended
	refused(t, s.Jot(ctx, older), fault.Conflict, "rewrap_moved")
	begin.Target = 3
	ok(t, s.Jot(ctx, begin))

	for _, err := s.Certificate(ctx, certs[0].ID); err != nil; _, err = s.Certificate(ctx, certs[0].ID) { // of somebody who stayed
		certs = certs[1:]
	}
	swap := identity.StepRewrap{What: identity.RewrapCertificates, Target: 1, To: certs[0].ID[:], Certificates: []identity.SwapCertificate{{ID: certs[0].ID, From: []byte("another"), To: []byte("x")}}}
	refused(t, s.Jot(ctx, swap), fault.Conflict, "rewrap_moved")
	swap.Certificates[0].From = certs[0].Body
	swap.Certificates = append(swap.Certificates, identity.SwapCertificate{ID: identity.NewCertificateID(), From: []byte("gone"), To: []byte("x")})
	ok(t, s.Jot(ctx, swap))
	if c, err := s.Certificate(ctx, certs[0].ID); err != nil || string(c.Body) != "x" {
		t.Error(string(c.Body), err)
	}
	Check(t, s)
}

// everyStep fails each write of a step that wraps a batch anew: nothing of it
// is there, and done again it is there whole.
func everyStep(t *testing.T, open OpenWith) {
	ctx := context.Background()
	s, i := broken(t, open)
	p := NewPerson(1)
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: p.Open()}))
	rows, err := s.KeysAfter(ctx, nil, 10)
	ok(t, err)
	begin := identity.BeginRewrap{What: identity.RewrapPersons, Target: 1, Total: 1}
	to := identity.WrappedKeys{Identity: []byte("i2"), Subject: []byte("s2"), Record: []byte("r2")}
	step := identity.StepRewrap{What: identity.RewrapPersons, Target: 1, To: p.ID[:], Done: 1, Ended: true,
		Persons: []identity.SwapKeys{{ID: p.ID, From: rows[0].Keys, To: to}}, Certificates: []identity.SwapCertificate{{ID: p.Certs[0].ID, From: p.Certs[0].Body, To: []byte("x")}}}
	all := func() (v [3]any) {
		row, err := s.Person(ctx, p.ID)
		ok(t, err)
		cert, err := s.Certificate(ctx, p.Certs[0].ID)
		ok(t, err)
		passes, err := s.Rewraps(ctx)
		ok(t, err)
		return [3]any{row, cert, passes}
	}
	before := all()
	for n := 1; ; n++ {
		i.set(func(i *injector) { i.failAt, i.writes = n, 0 })
		err := s.Jot(ctx, begin, step)
		if err == nil {
			if n < 4 {
				t.Fatalf("it went through although statement %d failed", n)
			}
			break
		}
		if !fault.Is(err, fault.Unavailable) {
			t.Fatalf("statement %d: %v", n, err)
		}
		if !reflect.DeepEqual(before, all()) {
			t.Fatalf("statement %d failed and something is there", n)
		}
	}
	i.set(func(i *injector) { i.failAt = 0 })
	if reflect.DeepEqual(before, all()) {
		t.Fatal("it changed nothing")
	}
}
