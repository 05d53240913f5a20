package store

import (
	"context"

	"netid/internal/identity"
)

// Person is one read: standing, epoch, wrapped keys and the sealed profile.
// None is fault.NotFound, "person_unknown".
func (s *Store) Person(ctx context.Context, id identity.PersonID) (identity.PersonRow, error) {
	p := identity.PersonRow{ID: id}
	var standing, epoch int64
	err := s.readOne(ctx, "store.Person", "person_unknown",
		`SELECT p.standing, p.epoch, p.profile, k.locator, k.identity, k.subject, k.record
		 FROM person p JOIN person_key k ON k.person = p.id WHERE p.id = ?`,
		[]any{&standing, &epoch, &p.Profile, &p.Keys.Locator, &p.Keys.Identity, &p.Keys.Subject, &p.Keys.Record}, id[:])
	p.Standing, p.Epoch = identity.Standing(standing), uint64(epoch)
	return p, err
}

func (g *group) openPerson(v identity.OpenPerson) error {
	err := g.fresh(identity.RewrapPersons, v.Keys.Under)
	if err != nil {
		return err
	}
	err = g.must("person_exists",
		"INSERT INTO person (id, standing, epoch, profile) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING",
		v.ID[:], int64(identity.Active), v.Profile)
	if err != nil {
		return err
	}
	return g.must("person_exists",
		"INSERT INTO person_key (person, locator, identity, subject, record) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		v.ID[:], v.Keys.Locator, v.Keys.Identity, v.Keys.Subject, v.Keys.Record)
}

func (g *group) setProfile(v identity.SetProfile) error {
	return g.must("person_gone", "UPDATE person SET profile = ? WHERE id = ?", v.Profile, v.ID[:])
}

func (g *group) setStanding(v identity.SetStanding) error {
	return g.must("standing_changed", "UPDATE person SET standing = ? WHERE id = ? AND standing = ?",
		int64(v.To), v.ID[:], int64(v.From))
}

func (g *group) guardPerson(v identity.GuardPerson) error {
	return g.holds("standing_changed", "SELECT 1 FROM person WHERE id = ? AND standing = ? AND epoch = ?",
		v.ID[:], int64(v.Standing), int64(v.Epoch))
}
