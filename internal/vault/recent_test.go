package vault_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/vault"
)

// counting is a shelf that counts its readers, and can be away.
type counting struct {
	vault.Shelf
	gets int
}

func (c *counting) Get(slot uint64) (identity.Secret, error) {
	c.gets++
	return c.Shelf.Get(slot)
}

// remembering is a vault with a person in it, that remembers.
func remembering(t *testing.T) (*vault.Vault, *counting, *rows, identity.Opened) {
	t.Helper()
	s := newScene(t)
	shelf := &counting{Shelf: s.shelf}
	v := vault.New(secrets(), s.rows, shelf, time.Now)
	o, w, err := v.Create(identity.NewPersonID())
	if err != nil {
		t.Fatal(err)
	}
	o.Profile = identity.Profile{Number: "n", Root: bytes.Repeat([]byte{7}, 32)}
	s.rows.persons[o.ID] = identity.PersonRow{ID: o.ID, Standing: identity.Active, Epoch: 1, Keys: w, Profile: v.SealProfile(o, o.Profile)}
	keep, err := v.SealIdentity(o, identity.Person{Birth: date(t, "2000-02-03")})
	if err != nil {
		t.Fatal(err)
	}
	s.rows.identities[string(keep.Row)] = keep.Body
	v.Turn(true)
	return v, shelf, s.rows, o
}

func look(t *testing.T, v *vault.Vault, id identity.PersonID) identity.Opened {
	t.Helper()
	o, err := v.Open(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// A person is unwrapped once, and standing and epoch are the row's all the same.
func TestAPersonIsRemembered(t *testing.T) {
	v, shelf, r, o := remembering(t)
	first := look(t, v, o.ID)
	row := r.persons[o.ID]
	row.Standing, row.Epoch = identity.FrozenByOwner, 9
	r.persons[o.ID] = row
	again := look(t, v, o.ID)
	if shelf.gets != 1 || again.Keys != first.Keys || again.Profile.Number != "n" {
		t.Errorf("%d reads of the shelf", shelf.gets)
	}
	if again.Standing != identity.FrozenByOwner || again.Epoch != 9 {
		t.Errorf("an older standing is served: %v, epoch %d", again.Standing, again.Epoch)
	}
}

// What is remembered is forgotten within two turns, and no later because somebody asks.
func TestAPersonIsForgotten(t *testing.T) {
	v, shelf, _, o := remembering(t)
	look(t, v, o.ID)
	v.Turn(true)
	look(t, v, o.ID)
	if shelf.gets != 1 {
		t.Fatal("forgotten within a turn")
	}
	v.Turn(true)
	look(t, v, o.ID)
	if shelf.gets != 2 {
		t.Error("remembered for more than two turns")
	}
	v.Turn(false)
	v.Turn(false)
	look(t, v, o.ID)
	look(t, v, o.ID)
	if shelf.gets != 4 {
		t.Error("remembered though nobody says so")
	}
}

// A row that was altered, wrapped anew or taken away is never served from memory.
func TestARowThatChangedIsNotRemembered(t *testing.T) {
	for name, alter := range map[string]func(*identity.PersonRow){
		"locator":  func(p *identity.PersonRow) { p.Keys.Locator = flipped(p.Keys.Locator) },
		"identity": func(p *identity.PersonRow) { p.Keys.Identity = flipped(p.Keys.Identity) },
		"subject":  func(p *identity.PersonRow) { p.Keys.Subject = flipped(p.Keys.Subject) },
		"record":   func(p *identity.PersonRow) { p.Keys.Record = flipped(p.Keys.Record) },
		"profile":  func(p *identity.PersonRow) { p.Profile = flipped(p.Profile) },
	} {
		v, _, r, o := remembering(t)
		look(t, v, o.ID)
		row := r.persons[o.ID]
		alter(&row)
		r.persons[o.ID] = row
		if _, err := v.Open(ctx, o.ID); !fault.Is(err, fault.Internal) {
			t.Errorf("%s altered: %v", name, err)
		}
		delete(r.persons, o.ID) // another node erased them
		if _, err := v.Open(ctx, o.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: gone, and %v", name, err)
		}
	}
}

func flipped(b []byte) []byte {
	c := bytes.Clone(b)
	c[len(c)-1] ^= 1
	return c
}

// The node that destroys a secret forgets what was unwrapped with it, at once:
// also where the row is put back, as from an older copy.
func TestAShreddedPersonIsNotRemembered(t *testing.T) {
	v, _, _, o := remembering(t)
	look(t, v, o.ID)
	if err := v.Shred(o.Slot); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Open(ctx, o.ID); !fault.Because(err, "person_erased") {
		t.Error(err)
	}
}

// A person who is opened while their secret is destroyed is not kept.
func TestAShredWhileAPersonIsOpened(t *testing.T) {
	s := newScene(t)
	shelf := &meanwhile{Shelf: s.shelf}
	v := vault.New(secrets(), s.rows, shelf, time.Now)
	o, w, err := v.Create(identity.NewPersonID())
	if err != nil {
		t.Fatal(err)
	}
	s.rows.persons[o.ID] = identity.PersonRow{ID: o.ID, Standing: identity.Active, Epoch: 1, Keys: w, Profile: v.SealProfile(o, o.Profile)}
	v.Turn(true)
	shelf.then = func() {
		if err := v.Shred(o.Slot); err != nil {
			t.Error(err)
		}
	}
	look(t, v, o.ID)
	if _, err := v.Open(ctx, o.ID); !fault.Because(err, "person_erased") {
		t.Errorf("kept: %v", err)
	}
}

// meanwhile does something between the reading of a slot and its use.
type meanwhile struct {
	vault.Shelf
	then func()
}

func (m *meanwhile) Get(slot uint64) (identity.Secret, error) {
	secret, err := m.Shelf.Get(slot)
	if m.then != nil {
		m.then()
	}
	return secret, err
}

// The regime of a day is answered without the identity until that is sealed anew.
func TestARegimeIsRemembered(t *testing.T) {
	v, _, r, o := remembering(t)
	o = look(t, v, o.ID)
	child, grown := date(t, "2010-01-01"), date(t, "2026-01-01")
	young, err := v.Regime(ctx, o, child)
	if err != nil {
		t.Fatal(err)
	}
	held := r.identities
	r.identities = map[string][]byte{}
	if again, err := v.Regime(ctx, o, child); err != nil || again != young {
		t.Errorf("read again: %v", err)
	}
	if _, err := v.Regime(ctx, o, grown); !fault.Is(err, fault.NotFound) {
		t.Errorf("answered for another day: %v", err)
	}
	keep, err := v.SealIdentity(o, identity.Person{Birth: date(t, "1950-01-01")})
	if err != nil {
		t.Fatal(err)
	}
	r.identities = held
	r.identities[string(keep.Row)] = keep.Body
	if now, err := v.Regime(ctx, look(t, v, o.ID), child); err != nil || now == young {
		t.Errorf("an answer from before the identity changed: %v %v", now, err)
	}
}

// Remember ends with its context, and leaves nothing.
func TestRememberEnds(t *testing.T) {
	v, shelf, _, o := remembering(t)
	look(t, v, o.ID)
	over, cancel := context.WithCancel(ctx)
	cancel()
	v.Remember(over)
	look(t, v, o.ID)
	look(t, v, o.ID)
	if shelf.gets != 3 {
		t.Errorf("%d reads of the shelf", shelf.gets)
	}
}
