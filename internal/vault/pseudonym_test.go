package vault_test

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite"
	"netid/internal/vault"
	"netid/test/kit"
)

// pages are rows as a store reads them, and count what is read.
type pages struct {
	*rows
	read, most int
	each       func() // before a page
}

func (p *pages) ProfilesAfter(_ context.Context, after []byte, limit int) (all []identity.PersonRow, err error) {
	if p.each != nil {
		p.each()
	}
	for id, row := range p.persons {
		if bytes.Compare(id[:], after) > 0 {
			keys := identity.WrappedKeys{Locator: row.Keys.Locator, Subject: row.Keys.Subject} // the others are not there to be unwrapped
			all = append(all, identity.PersonRow{ID: id, Profile: row.Profile, Keys: keys})
		}
	}
	slices.SortFunc(all, func(a, b identity.PersonRow) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	all = all[:min(len(all), limit)]
	p.read, p.most = p.read+len(all), max(p.most, len(all))
	return all, nil
}

// more puts people there who have a profile, and nothing else.
func more(t testing.TB, s scene, n int) (last identity.Opened) {
	t.Helper()
	for range n {
		o, row := alone(t, s.Vault)
		s.rows.persons[o.ID], last = row, o
	}
	return last
}

func alone(t testing.TB, v *vault.Vault) (identity.Opened, identity.PersonRow) {
	t.Helper()
	o, keys, err := v.Create(identity.NewPersonID())
	if err != nil {
		t.Fatal(err)
	}
	o.Profile = identity.Profile{Number: identity.NewNumber(), Root: suite.Random(32), Verifier: suite.Random(48)}
	return o, identity.PersonRow{ID: o.ID, Standing: identity.Active, Epoch: 1, Keys: keys, Profile: v.SealProfile(o, o.Profile)}
}

// One person by their pseudonym at one sector, among more than a page of people; the walk
// goes to the end of them whoever is found, and nobody else is.
func TestAPseudonymLeadsToItsPerson(t *testing.T) {
	s := newScene(t)
	a, b := s.enrol(t, 0, "1990-01-01").opened, s.enrol(t, 1, "2015-01-01").opened
	more(t, s, 2100)
	for _, o := range []identity.Opened{a, b} {
		p := &pages{rows: s.rows}
		n, err := s.NumberOfSubject(ctx, p, "shop", s.Subject(o, "shop"))
		if err != nil || n != o.Profile.Number || n == "" {
			t.Error(n, err)
		}
		if p.read != len(s.rows.persons) || p.most > 1024 {
			t.Errorf("%d were read, %d at once, of %d", p.read, p.most, len(s.rows.persons))
		}
	}
	nobody := identity.NewHandle().Text()
	for what, c := range map[string]struct {
		sector string
		sub    identity.Subject
	}{"another sector": {"bank", s.Subject(a, "shop")}, "no sector": {"", s.Subject(a, "shop")}, "nobody's": {"shop", identity.Subject(nobody)}, "none": {"shop", ""}, "half": {"shop", s.Subject(a, "shop")[:20]}} {
		if n, err := s.NumberOfSubject(ctx, &pages{rows: s.rows}, c.sector, c.sub); n != "" || !fault.Is(err, fault.NotFound) || !fault.Because(err, "person_unknown") {
			t.Errorf("%s: %v %v", what, n, err)
		}
	}
	if n, err := s.NumberOfSubject(ctx, &pages{rows: newRows()}, "shop", s.Subject(a, "shop")); n != "" || !fault.Is(err, fault.NotFound) {
		t.Errorf("of nobody at all: %v %v", n, err)
	}
}

// Whose secret was destroyed is not found, in a copy of the rows that still has theirs too.
func TestWhoWasErasedHasNoPseudonym(t *testing.T) {
	s := newScene(t)
	a, b := s.enrol(t, 0, "1990-01-01").opened, s.enrol(t, 1, "1990-01-01").opened
	if err := s.Shred(a.Slot); err != nil {
		t.Fatal(err)
	}
	if n, err := s.NumberOfSubject(ctx, &pages{rows: s.rows}, "shop", s.Subject(a, "shop")); n != "" || !fault.Is(err, fault.NotFound) {
		t.Error(n, err)
	}
	if n, err := s.NumberOfSubject(ctx, &pages{rows: s.rows}, "shop", s.Subject(b, "shop")); err != nil || n != b.Profile.Number {
		t.Errorf("control: %v %v", n, err)
	}
}

// A row that does not open does not hide the others; but where nobody was found it may be
// the one, and that there is nobody is not said.
func TestABrokenRowIsNotNobody(t *testing.T) {
	s := newScene(t)
	a, b := s.enrol(t, 0, "1990-01-01").opened, s.enrol(t, 1, "1990-01-01").opened
	for what, breaks := range map[string]func(*identity.PersonRow){
		"a profile": func(r *identity.PersonRow) { r.Profile = s.rows.persons[b.ID].Profile },
		"a key":     func(r *identity.PersonRow) { r.Keys.Subject = s.rows.persons[b.ID].Keys.Subject },
		"a locator": func(r *identity.PersonRow) { r.Keys.Locator = s.rows.persons[b.ID].Keys.Locator },
	} {
		broken := s.rows.copy()
		row := broken.persons[a.ID]
		breaks(&row)
		broken.persons[a.ID] = row
		if n, err := s.NumberOfSubject(ctx, &pages{rows: broken}, "shop", s.Subject(b, "shop")); err != nil || n != b.Profile.Number {
			t.Errorf("%s: the other: %v %v", what, n, err)
		}
		if n, err := s.NumberOfSubject(ctx, &pages{rows: broken}, "shop", s.Subject(a, "shop")); n != "" || !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v %v", what, n, err)
		}
	}
}

// Two persons of one root cannot be; where they are, neither is given.
func TestTwoOfOnePseudonym(t *testing.T) {
	s := newScene(t)
	a, b := s.enrol(t, 0, "1990-01-01").opened, s.enrol(t, 1, "1990-01-01").opened
	row := s.rows.persons[b.ID]
	p := b.Profile
	p.Root = a.Profile.Root
	row.Profile = s.SealProfile(b, p)
	s.rows.persons[b.ID] = row
	if n, err := s.NumberOfSubject(ctx, &pages{rows: s.rows}, "shop", s.Subject(a, "shop")); n != "" || !fault.Is(err, fault.Internal) {
		t.Error(n, err)
	}
}

// Who goes away ends the walk, at the next page.
func TestAWalkEnds(t *testing.T) {
	s := newScene(t)
	o := more(t, s, 1500)
	within, stop := context.WithCancel(ctx)
	p := &pages{rows: s.rows}
	p.each = func() {
		if p.read > 0 {
			stop()
		}
	}
	if n, err := s.NumberOfSubject(within, p, "shop", s.Subject(o, "shop")); n != "" || !fault.Is(err, fault.Unavailable) {
		t.Error(n, err)
	}
}

// BenchmarkFindByPseudonym walks over as many people as NETID_WALK says, else over a few
// pages, in the files of a whole service: its store and its shelf. One operation is one walk.
func BenchmarkFindByPseudonym(b *testing.B) {
	people := 5000
	if n, err := strconv.Atoi(os.Getenv("NETID_WALK")); err == nil {
		people = n
	}
	for _, profile := range []suite.Profile{suite.International, suite.Guomi} {
		b.Run(string(profile), func(b *testing.B) { walkOver(b, kit.OpenAs(b, b.TempDir(), law.New(), profile), people) })
	}
}

func walkOver(b *testing.B, k *kit.Kit, people int) {
	const together = 1000
	var last identity.Opened
	for n := 0; n < people; n += together {
		verbs := make([]identity.Verb, min(together, people-n))
		var all sync.WaitGroup
		for i := range verbs {
			all.Go(func() {
				o, row := alone(b, k.Vault.Vault)
				verbs[i] = identity.OpenPerson{ID: o.ID, Keys: row.Keys, Profile: row.Profile}
				if i == 0 {
					last = o
				}
			})
		}
		all.Wait()
		if _, err := k.Assist.Book.RecordPublic(b.Context(), identity.Event{Kind: identity.OfficerNamed, Detail: "a crowd", Grounds: []identity.Ground{}}, verbs...); err != nil {
			b.Fatal(err)
		}
	}
	sub := k.Vault.Subject(last, "shop")
	for b.Loop() {
		if n, err := k.Vault.NumberOfSubject(b.Context(), k.Store, "shop", sub); err != nil || n != last.Profile.Number {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(people), "ns/person")
}
