package store

import (
	"context"

	"netid/internal/identity"
)

// PersonsAfter gives the ids of up to limit persons that come after one, in order,
// whether their row is sound or not.
func (s *Store) PersonsAfter(ctx context.Context, after []byte, limit int) (all []identity.PersonID, err error) {
	keys, err := s.keysAfter(ctx, "SELECT id FROM person WHERE id > ? ORDER BY id LIMIT ?", after, limit)
	for _, k := range keys {
		var id identity.PersonID
		copy(id[:], k)
		all = append(all, id)
	}
	return all, err
}

// ProfilesAfter reads what opens the profiles of up to limit persons whose ids come after
// one, in the order of the ids: the locator, the wrapped subject key and the sealed
// profile, and nothing else of them.
func (s *Store) ProfilesAfter(ctx context.Context, after []byte, limit int) (all []identity.PersonRow, err error) {
	err = s.read(ctx, "store.ProfilesAfter", "SELECT p.id, p.profile, k.locator, k.subject FROM person p JOIN person_key k ON k.person = p.id WHERE p.id > ? ORDER BY p.id LIMIT ?", func(r Row) error {
		var p identity.PersonRow
		var id []byte
		err := r.Scan(&id, &p.Profile, &p.Keys.Locator, &p.Keys.Subject)
		copy(p.ID[:], id)
		all = append(all, p)
		return err
	}, some(after), int64(limit))
	return all, err
}

// IndexesAfter gives up to limit blind indexes that come after one, in order.
func (s *Store) IndexesAfter(ctx context.Context, after []byte, limit int) ([][]byte, error) {
	return s.keysAfter(ctx, "SELECT idx FROM vault_index WHERE idx > ? ORDER BY idx LIMIT ?", after, limit)
}

func (s *Store) keysAfter(ctx context.Context, query string, after []byte, limit int) (all [][]byte, err error) {
	err = s.read(ctx, "store.keysAfter", query, func(r Row) error {
		var key []byte
		err := r.Scan(&key)
		all = append(all, key)
		return err
	}, some(after), int64(limit))
	return all, err
}

// LeavesOf gives the leaves of one owner's entries, oldest first, without what is in them.
func (s *Store) LeavesOf(ctx context.Context, owner []byte) (all [][]byte, err error) {
	err = s.read(ctx, "store.LeavesOf", "SELECT leaf FROM ledger_event WHERE owner = ? ORDER BY seq", func(r Row) error {
		var leaf []byte
		err := r.Scan(&leaf)
		all = append(all, leaf)
		return err
	}, owner)
	return all, err
}
