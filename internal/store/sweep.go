package store

import (
	"context"
	"time"
)

// sweepBatch bounds how long one sweep holds up the changes that wait behind it.
const sweepBatch = 256

// Sweep removes what has expired at now, which over a database of several nodes
// is twice Drift ago: drafts, single-use ids, counters, pushed requests,
// revocations of verifications, turns of refresh tokens, dead deliveries, standing consents, lists of statuses and the marks in them. It goes in small steps between the changes of
// others, and stops where it is when ctx ends.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	for _, query := range []string{
		"DELETE FROM draft WHERE id IN (SELECT id FROM draft WHERE expires <= ? LIMIT ?)",
		"DELETE FROM once WHERE id IN (SELECT id FROM once WHERE until <= ? LIMIT ?)",
		"DELETE FROM counter WHERE idx IN (SELECT idx FROM counter WHERE until <= ? LIMIT ?)",
		"DELETE FROM revoked_verification WHERE id IN (SELECT id FROM revoked_verification WHERE until <= ? LIMIT ?)",
		"DELETE FROM pushed_request WHERE id IN (SELECT id FROM pushed_request WHERE until <= ? LIMIT ?)",
		"DELETE FROM refresh_turn WHERE id IN (SELECT id FROM refresh_turn WHERE until <= ? LIMIT ?)",
		"DELETE FROM party_link WHERE generation = 0 AND idx IN (SELECT idx FROM party_link WHERE generation = 0 AND until > 0 AND until <= ? LIMIT ?)",
		"UPDATE party_link SET until = 0, consent = NULL WHERE idx IN (SELECT idx FROM party_link WHERE until > 0 AND until <= ? LIMIT ?)",
		"DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE dead = 1 AND due <= ? LIMIT ?)",
	} {
		for removed := int64(sweepBatch); removed == sweepBatch; {
			err := s.submit(ctx, "store.Sweep", &request{apply: func(g *group) (err error) {
				removed, err = g.exec(query, now.UnixMicro(), int64(sweepBatch))
				return err
			}})
			if err != nil {
				return err
			}
		}
	}
	return s.sweepMarks(ctx)
}
