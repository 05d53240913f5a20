package store

import (
	"context"

	"netid/internal/identity"
)

// Person is one read: standing, epoch, wrapped keys and the sealed profile.
// None is fault.NotFound, "person_unknown".
func (s *Store) Person(ctx context.Context, id identity.PersonID) (identity.PersonRow, error) {
	const op = "store.Person"
	p := identity.PersonRow{ID: id}
	var standing, epoch int64
	var code []byte
	err := s.readOne(ctx, op, "person_unknown",
		`SELECT p.standing, p.epoch, p.code, p.profile, k.locator, k.identity, k.subject, k.record
		 FROM person p JOIN person_key k ON k.person = p.id WHERE p.id = ?`,
		[]any{&standing, &epoch, &code, &p.Profile, &p.Keys.Locator, &p.Keys.Identity, &p.Keys.Subject, &p.Keys.Record}, id[:])
	if err == nil {
		err = unavailable(op, s.vouched(code, "person", id[:], standing, epoch))
	}
	if err != nil {
		return identity.PersonRow{}, err
	}
	p.Standing, p.Epoch = identity.Standing(standing), uint64(epoch)
	return p, nil
}

// personCode leaves the profile out: its seal is bound to the person's id.
func (g *group) personCode(id identity.PersonID, standing identity.Standing, epoch uint64) []byte {
	return g.store.code("person", id[:], int64(standing), int64(epoch))
}

func (g *group) openPerson(v identity.OpenPerson) error {
	err := g.fresh(identity.RewrapPersons, v.Keys.Under)
	if err != nil {
		return err
	}
	err = g.must("person_exists",
		"INSERT INTO person (id, standing, epoch, profile, code) VALUES (?, ?, 1, ?, ?) ON CONFLICT DO NOTHING",
		v.ID[:], int64(identity.Active), v.Profile, g.personCode(v.ID, identity.Active, 1))
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
	var standing, epoch int64
	_, err := g.one("SELECT standing, epoch, code FROM person WHERE id = ?", func(r Row) error {
		var code []byte
		if err := r.Scan(&standing, &epoch, &code); err != nil {
			return err
		}
		return g.store.vouched(code, "person", v.ID[:], standing, epoch)
	}, v.ID[:])
	if err != nil {
		return err
	}
	err = g.must("standing_changed", "UPDATE person SET standing = ?, code = ? WHERE id = ? AND standing = ?",
		int64(v.To), g.personCode(v.ID, v.To, uint64(epoch)), v.ID[:], int64(v.From))
	if err != nil {
		return err
	}
	return g.markAll(v.CertOwner, v.To.Status())
}

// endSessions knows, as guardPerson does, what the code must be.
func (g *group) endSessions(v identity.EndSessions) error {
	return g.must("standing_changed", "UPDATE person SET epoch = ?, code = ? WHERE id = ? AND standing = ? AND epoch = ? AND code = ?",
		int64(v.Epoch)+1, g.personCode(v.ID, v.Standing, v.Epoch+1), v.ID[:], int64(v.Standing), int64(v.Epoch), g.personCode(v.ID, v.Standing, v.Epoch))
}

// guardPerson knows what the code must be: a row that was altered is no match.
func (g *group) guardPerson(v identity.GuardPerson) error {
	return g.holds("standing_changed", "SELECT 1 FROM person WHERE id = ? AND standing = ? AND epoch = ? AND code = ?",
		v.ID[:], int64(v.Standing), int64(v.Epoch), g.personCode(v.ID, v.Standing, v.Epoch))
}
