package store

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// VerificationRevoked reports whether everything issued from the verification is dead.
func (s *Store) VerificationRevoked(ctx context.Context, id []byte) (revoked bool, err error) {
	err = s.read(ctx, "store.VerificationRevoked", "SELECT 1 FROM revoked_verification WHERE id = ?",
		func(Row) error { revoked = true; return nil }, id)
	return revoked, err
}

// takeOnce refuses an id for as long as its row is there, even when it has
// expired and is not swept yet: refusing too long is safe.
func (g *group) takeOnce(n identity.TakeOnce) error {
	return g.must("already_used", "INSERT INTO once (id, until) VALUES (?, ?) ON CONFLICT DO NOTHING", n.ID, n.Until.UnixMicro())
}

func (g *group) revokeVerification(n identity.RevokeVerification) error {
	_, err := g.exec(`INSERT INTO revoked_verification (id, until) VALUES (?, ?)
		ON CONFLICT (id) DO UPDATE SET until = CASE WHEN excluded.until > revoked_verification.until THEN excluded.until ELSE revoked_verification.until END`, n.ID, n.Until.UnixMicro())
	return err
}

// count is one conditional statement: it starts the window, starts it again
// when it is over, or adds one if that stays within the limit.
func (g *group) count(n identity.Count) error {
	tooMany := fault.New("store.Jot", fault.TooMany, "too_many_tries")
	if n.Limit < 1 {
		return tooMany
	}
	over := n.Now.Add(-n.Window).UnixMicro()
	rows, err := g.exec(`INSERT INTO counter (idx, count, since, until) VALUES (?, 1, ?, ?)
		ON CONFLICT (idx) DO UPDATE SET
			count = CASE WHEN counter.since <= ? THEN 1 ELSE counter.count + 1 END,
			since = CASE WHEN counter.since <= ? THEN excluded.since ELSE counter.since END,
			until = CASE WHEN counter.since <= ? THEN excluded.until ELSE counter.until END
		WHERE counter.since <= ? OR counter.count < ?`,
		n.Index, n.Now.UnixMicro(), n.Now.Add(n.Window).UnixMicro(), over, over, over, over, int64(n.Limit))
	if err == nil && rows == 0 {
		return tooMany
	}
	return err
}

func (g *group) uncount(n identity.Uncount) error {
	_, err := g.exec("DELETE FROM counter WHERE idx = ?", n.Index)
	return err
}
