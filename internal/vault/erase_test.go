package vault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/vault"
)

// A copy of the store taken before an erasure, with today's keys and today's
// shelf: everybody else opens, and nothing of the erased.
func TestOldCopyWithTodaysShelf(t *testing.T) {
	s := newScene(t)
	var all []made
	for n := range byte(4) {
		all = append(all, s.enrol(t, n, "1990-01-01"))
	}
	gone := all[2]
	old := s.rows.copy()
	then := vault.New(secrets(), old, s.shelf, time.Now)
	for _, m := range all { // the control: before the erasure the copy opens everybody
		s.opens(t, then, old, m)
	}

	e, err := s.Erasure(ctx, gone.opened)
	if err != nil {
		t.Fatal(err)
	}
	s.rows.erase(e)
	if err := s.Shred(e.Slot); err != nil {
		t.Fatal(err)
	}
	if err := s.shelf.Close(); err != nil {
		t.Fatal(err)
	}

	shelf, err := vault.OpenShelfReadOnly(s.path, suite.Only(secret(9))) // another process, later
	if err != nil {
		t.Fatal(err)
	}
	defer shelf.Close()
	then = vault.New(secrets(), old, shelf, time.Now)
	for i, m := range all {
		if i != 2 {
			s.opens(t, then, old, m)
		}
	}
	if _, err := then.Open(ctx, gone.opened.ID); !fault.Is(err, fault.Gone) || !fault.Because(err, "person_erased") {
		t.Errorf("person: %v", err)
	}
	if _, err := then.OpenCertificate(old.certs[gone.cert.ID]); !fault.Is(err, fault.Gone) || !fault.Because(err, "person_erased") {
		t.Errorf("certificate: %v", err)
	}
	if _, err := then.Visit(ctx, identity.Session{Person: gone.opened.ID, Epoch: 1}); !fault.Because(err, "session_over") {
		t.Errorf("session: %v", err)
	}
	for i, index := range s.indexesOf(gone.person, gone.opened) {
		if _, err := then.Find(ctx, index); !fault.Is(err, fault.NotFound) || !fault.Because(err, "person_unknown") {
			t.Errorf("index %d: %v", i, err)
		}
	}
}

func (s scene) opens(t *testing.T, v *vault.Vault, r *rows, m made) {
	t.Helper()
	o, err := v.Open(ctx, m.opened.ID)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := v.Identity(ctx, o); err != nil || p.Name != m.person.Name {
		t.Errorf("identity: %v", err)
	}
	if c, err := v.OpenCertificate(r.certs[m.cert.ID]); err != nil || c.Person != o.ID {
		t.Errorf("certificate: %v", err)
	}
	for _, index := range s.indexesOf(m.person, m.opened) {
		if id, err := v.Find(ctx, index); err != nil || id != o.ID {
			t.Errorf("index: %v", err)
		}
	}
}

func TestErasureNamesEveryRowAndNoOthers(t *testing.T) {
	s := newScene(t)
	a, b := s.enrol(t, 0, "1990-01-01"), s.enrol(t, 1, "1990-01-01")
	e, err := s.Erasure(ctx, a.opened)
	if err != nil || e.ID != a.opened.ID || e.Slot != a.opened.Slot || e.EventOwner != nil || e.ChainIndex != nil {
		t.Fatalf("%+v %v", e, err)
	}
	if !bytes.Equal(e.LinkOwner, s.LinkOwner(a.opened)) || !bytes.Equal(e.CertOwner, s.CertOwner(a.opened)) {
		t.Error("owners")
	}
	s.rows.erase(e)
	if len(s.rows.persons) != 1 || len(s.rows.identities) != 1 || len(s.rows.indexes) != 4 || len(s.rows.certs) != 1 {
		t.Errorf("left %d %d %d %d", len(s.rows.persons), len(s.rows.identities), len(s.rows.indexes), len(s.rows.certs))
	}
	s.opens(t, s.Vault, s.rows, b)
	if _, err := s.Erasure(ctx, a.opened); !fault.Is(err, fault.NotFound) {
		t.Errorf("again: %v", err)
	}
}

// After the cut between commit and receipt the erasure is finished by its slot
// alone, as often as it takes.
func TestShredIsIdempotent(t *testing.T) {
	s := newScene(t)
	m := s.enrol(t, 0, "1990-01-01")
	for range 3 {
		if err := s.Shred(m.opened.Slot); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open(ctx, m.opened.ID); !fault.Because(err, "person_erased") {
			t.Error(err)
		}
	}
}

// To enrol again after an erasure is to be a new person: nothing of the old
// rows, even from a copy, leads to the new one or from it.
func TestEnrolledAgainIsANewPerson(t *testing.T) {
	s := newScene(t)
	first := s.enrol(t, 0, "1990-01-01")
	e, err := s.Erasure(ctx, first.opened)
	if err != nil {
		t.Fatal(err)
	}
	s.rows.erase(e)
	if err := s.Shred(e.Slot); err != nil {
		t.Fatal(err)
	}
	second := s.enrol(t, 0, "1990-01-01")
	if second.opened.Slot == first.opened.Slot || s.Subject(second.opened, "shop") == s.Subject(first.opened, "shop") {
		t.Error("the slot or the subject is the old one")
	}
	if id, err := s.Find(ctx, s.HandleIndex(first.person.Handle)); err != nil || id != second.opened.ID {
		t.Error(err)
	}
}

// No byte of the slot's secret, in the clear or sealed, is in the shelf's file
// once it is destroyed.
func TestDestroyedSlotLeavesNoByte(t *testing.T) {
	s := newScene(t)
	m := s.enrol(t, 0, "1990-01-01")
	before, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	slot := before[m.opened.Slot*64 : m.opened.Slot*64+64]
	if bytes.Equal(slot, make([]byte, 64)) {
		t.Fatal("the control: the slot holds nothing")
	}
	if err := s.Shred(m.opened.Slot); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(filepath.Dir(s.path))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(s.path), n.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+8 <= len(slot); i += 8 {
			if i > 0 && bytes.Contains(b, slot[i:i+8]) {
				t.Errorf("%s still holds bytes %d of the slot", n.Name(), i)
			}
		}
	}
}
