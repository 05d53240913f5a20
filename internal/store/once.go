package store

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// VerificationRevoked reports whether everything issued from the verification is dead.
func (s *Store) VerificationRevoked(ctx context.Context, id []byte) (revoked bool, err error) {
	err = s.read(ctx, "store.VerificationRevoked", revokedQuery, func(r Row) error {
		revoked = true
		_, err := s.scanUntil(r, "revoked_verification", id)
		return err
	}, id)
	return revoked, err
}

const revokedQuery = "SELECT until, code FROM revoked_verification WHERE id = ?"

func (s *Store) scanUntil(r Row, table string, id []byte) (until int64, err error) {
	var code []byte
	if err := r.Scan(&until, &code); err != nil {
		return 0, err
	}
	return until, s.vouched(code, table, id, until)
}

// takeOnce refuses an id for as long as its row is there, even when it has
// expired and is not swept yet: refusing too long is safe.
func (g *group) takeOnce(n identity.TakeOnce) error {
	return g.must("already_used", "INSERT INTO once (id, until, code) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		n.ID, n.Until.UnixMicro(), g.store.code("once", n.ID, n.Until.UnixMicro()))
}

func (g *group) revokeVerification(n identity.RevokeVerification) error {
	until := n.Until.UnixMicro()
	_, err := g.one(revokedQuery, func(r Row) error {
		there, err := g.store.scanUntil(r, "revoked_verification", n.ID)
		until = max(until, there) // never sooner
		return err
	}, n.ID)
	if err != nil {
		return err
	}
	return g.run("INSERT INTO revoked_verification (id, until, code) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET until = excluded.until, code = excluded.code",
		n.ID, until, g.store.code("revoked_verification", n.ID, until))
}

// count starts the window, starts it again when it is over, or adds to it if that
// stays within the limit. Who has the turn has the row: nothing comes between reading and writing it.
func (g *group) count(n identity.Count) error {
	tooMany := fault.New("store.Jot", fault.TooMany, "too_many_tries")
	by := int64(max(n.By, 1))
	if int64(n.Limit) < by {
		return tooMany
	}
	var count, since, until int64
	found, err := g.one(counterQuery, func(r Row) (err error) {
		count, since, until, err = g.store.scanCounter(r, n.Index)
		return err
	}, n.Index)
	switch {
	case err != nil:
		return err
	case !found || since <= n.Now.Add(-n.Window).UnixMicro():
		count, since, until = by, n.Now.UnixMicro(), n.Now.Add(n.Window).UnixMicro()
	case count+by > int64(n.Limit):
		return tooMany
	default:
		count += by
	}
	return g.run("INSERT INTO counter (idx, count, since, until, code) VALUES (?, ?, ?, ?, ?) ON CONFLICT (idx) DO UPDATE SET count = excluded.count, since = excluded.since, until = excluded.until, code = excluded.code",
		n.Index, count, since, until, g.store.code("counter", n.Index, count, since, until))
}

// Counted is how often a thing was counted in the window that runs, and since when.
func (s *Store) Counted(ctx context.Context, index []byte) (n int, since time.Time, err error) {
	err = s.read(ctx, "store.Counted", counterQuery, func(r Row) error {
		count, from, _, err := s.scanCounter(r, index)
		n, since = int(count), time.UnixMicro(from)
		return err
	}, index)
	return n, since, err
}

const counterQuery = "SELECT count, since, until, code FROM counter WHERE idx = ?"

func (s *Store) scanCounter(r Row, index []byte) (count, since, until int64, err error) {
	var code []byte
	if err := r.Scan(&count, &since, &until, &code); err != nil {
		return 0, 0, 0, err
	}
	return count, since, until, s.vouched(code, "counter", index, count, since, until)
}

func (g *group) uncount(n identity.Uncount) error {
	_, err := g.exec("DELETE FROM counter WHERE idx = ?", n.Index)
	return err
}
