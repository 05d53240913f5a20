package vault_test

import (
	"bytes"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Two persons' rows, every pair of sealed fields exchanged between the persons
// and within one: nothing that was moved may open, and nothing may open as
// somebody else.
func TestMovedCiphertextsDoNotOpen(t *testing.T) {
	s := newScene(t)
	a, b := s.enrol(t, 0, "1990-01-01"), s.enrol(t, 1, "1991-01-01")
	fields := map[string]func(*identity.PersonRow) *[]byte{
		"locator":  func(r *identity.PersonRow) *[]byte { return &r.Keys.Locator },
		"identity": func(r *identity.PersonRow) *[]byte { return &r.Keys.Identity },
		"subject":  func(r *identity.PersonRow) *[]byte { return &r.Keys.Subject },
		"record":   func(r *identity.PersonRow) *[]byte { return &r.Keys.Record },
		"profile":  func(r *identity.PersonRow) *[]byte { return &r.Profile },
	}
	mine := s.rows.persons[a.opened.ID]
	for whose, from := range map[string]identity.PersonRow{"own": mine, "another's": s.rows.persons[b.opened.ID]} {
		for to, put := range fields {
			for name, take := range fields {
				if whose == "own" && to == name {
					continue
				}
				row := mine
				*put(&row) = *take(&from)
				s.rows.persons[a.opened.ID] = row
				if _, err := s.Open(ctx, a.opened.ID); !fault.Is(err, fault.Internal) {
					t.Errorf("%s %s as %s: %v", whose, name, to, err)
				}
			}
		}
	}
	row := s.rows.persons[b.opened.ID]
	s.rows.persons[a.opened.ID] = row // the whole row under another id
	if _, err := s.Open(ctx, a.opened.ID); !fault.Is(err, fault.Internal) {
		t.Errorf("a whole row: %v", err)
	}
	s.rows.persons[a.opened.ID] = mine
	if _, err := s.Open(ctx, a.opened.ID); err != nil {
		t.Errorf("the control: %v", err)
	}
}

func TestMovedIdentityDoesNotOpen(t *testing.T) {
	s := newScene(t)
	a, b := s.enrol(t, 0, "1990-01-01"), s.enrol(t, 1, "1991-01-01")
	mine, err := s.SealIdentity(a.opened, a.person)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := s.SealIdentity(b.opened, b.person)
	if err != nil || bytes.Equal(mine.Row, theirs.Row) || bytes.Contains(mine.Row, a.opened.ID[:]) {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{"another's": theirs.Body, "a profile": s.rows.persons[a.opened.ID].Profile, "cut": mine.Body[:100], "empty": nil} {
		s.rows.identities[string(mine.Row)] = body
		if _, err := s.Identity(ctx, a.opened); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMovedIndexEntryDoesNotOpen(t *testing.T) {
	s := newScene(t)
	a, b := s.enrol(t, 0, "1990-01-01"), s.enrol(t, 1, "1991-01-01")
	at := s.HandleIndex(a.person.Handle)
	mine, theirs, number := s.Claim(a.opened, at).Body, s.Claim(b.opened, s.HandleIndex(b.person.Handle)).Body, s.Claim(a.opened, s.NumberIndex(a.opened.Profile.Number)).Body
	half := len(mine) - 44
	join := func(x, y []byte) []byte { return append(append([]byte(nil), x[:half]...), y[half:]...) }
	for name, body := range map[string][]byte{
		"another's": theirs, "of another index": number, "another's locator": join(theirs, mine), "another's id": join(mine, theirs),
		"another index's locator": join(number, mine), "another index's id": join(mine, number), "cut": mine[:len(mine)-1], "locator alone": mine[:half], "short": mine[:10], "empty": nil,
	} {
		s.rows.indexes[string(at[0])] = body
		if _, err := s.Find(ctx, at); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.rows.indexes[string(at[0])] = mine
	if id, err := s.Find(ctx, at); err != nil || id != a.opened.ID {
		t.Errorf("the control: %v", err)
	}
}

func TestMovedCertificateDoesNotOpen(t *testing.T) {
	s := newScene(t)
	a, b := s.enrol(t, 0, "1990-01-01"), s.enrol(t, 1, "1991-01-01")
	mine, theirs := s.rows.certs[a.cert.ID], s.rows.certs[b.cert.ID]
	for name, row := range map[string]identity.CertificateRow{
		"another's locator":  {ID: mine.ID, Locator: theirs.Locator, Body: mine.Body},
		"another's body":     {ID: mine.ID, Locator: mine.Locator, Body: theirs.Body},
		"both":               {ID: mine.ID, Locator: theirs.Locator, Body: theirs.Body},
		"under another id":   {ID: identity.NewCertificateID(), Locator: mine.Locator, Body: mine.Body},
		"a person's locator": {ID: mine.ID, Locator: s.rows.persons[a.opened.ID].Keys.Locator, Body: mine.Body},
		"empty":              {ID: mine.ID},
	} {
		if _, err := s.OpenCertificate(row); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
