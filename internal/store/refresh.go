package store

import "netid/internal/identity"

const turnQuery = "SELECT turn, until, code FROM refresh_turn WHERE id = ?"

// turnRefresh takes the turn after the last one. A row is written with the
// first turn, so a family of refresh tokens that was never used has none. Who has
// the writer's turn has the row: nothing comes between reading and writing it.
func (g *group) turnRefresh(v identity.TurnRefresh) error {
	var turn int64
	_, err := g.one(turnQuery, func(r Row) error {
		var until int64
		var code []byte
		if err := r.Scan(&turn, &until, &code); err != nil {
			return err
		}
		return g.store.vouched(code, "refresh_turn", v.ID, turn, until)
	}, v.ID)
	if err != nil {
		return err
	}
	if v.Turn == 0 || int64(v.Turn) != turn+1 {
		return refuse("refresh_reused")
	}
	until := v.Until.UnixMicro()
	return g.run("INSERT INTO refresh_turn (id, turn, until, code) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET turn = excluded.turn, until = excluded.until, code = excluded.code",
		v.ID, int64(v.Turn), until, g.store.code("refresh_turn", v.ID, int64(v.Turn), until))
}

// guardVerification also takes a revocation that is over and not swept yet for
// one: to refuse too long is safe.
func (g *group) guardVerification(v identity.GuardVerification) error {
	revoked, err := g.one(revokedQuery, func(r Row) error {
		_, err := g.store.scanUntil(r, "revoked_verification", v.ID)
		return err
	}, v.ID)
	if err == nil && revoked {
		err = refuse("verification_over")
	}
	return err
}
