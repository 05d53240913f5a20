package store

import (
	"context"

	"netid/internal/identity"
)

// Identity reads a sealed real identity of the vault's side. None is
// fault.NotFound, "person_unknown".
func (s *Store) Identity(ctx context.Context, row []byte) (body []byte, err error) {
	err = s.readOne(ctx, "store.Identity", "person_unknown",
		"SELECT body FROM vault_identity WHERE id = ?", []any{&body}, row)
	return body, err
}

// Index reads what a blind index leads to. None is fault.NotFound, "person_unknown".
func (s *Store) Index(ctx context.Context, index []byte) (body []byte, err error) {
	err = s.readOne(ctx, "store.Index", "person_unknown",
		"SELECT body FROM vault_index WHERE idx = ?", []any{&body}, index)
	return body, err
}

func (g *group) keepIdentity(v identity.KeepIdentity) error {
	if v.From != nil {
		return g.must("identity_changed", "UPDATE vault_identity SET body = ? WHERE id = ? AND body = ?", v.Body, v.Row, v.From)
	}
	_, err := g.exec("INSERT INTO vault_identity (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
		v.Row, v.Body)
	return err
}

func (g *group) claimIndex(v identity.ClaimIndex) error {
	for _, other := range v.Others {
		if err := g.free("SELECT 1 FROM vault_index WHERE idx = ?", other); err != nil {
			return err
		}
	}
	if len(v.Beyond) > 0 {
		if err := g.free("SELECT 1 FROM vault_index WHERE idx >= ? LIMIT 1", v.Beyond); err != nil {
			return err
		}
	}
	return g.must("index_taken", "INSERT INTO vault_index (idx, body) VALUES (?, ?) ON CONFLICT DO NOTHING", v.Index, v.Body)
}

func (g *group) freeIndex(v identity.FreeIndex) error {
	var freed int64
	for _, index := range v.Indexes {
		n, err := g.exec("DELETE FROM vault_index WHERE idx = ?", index)
		if err != nil {
			return err
		}
		freed += n
	}
	if freed == 0 {
		return refuse("index_gone")
	}
	return nil
}

// free fails unless the query gives no row.
func (g *group) free(query string, arg []byte) error {
	taken := false
	err := g.query(query, func(Row) error { taken = true; return nil }, arg)
	if err == nil && taken {
		return refuse("index_taken")
	}
	return err
}
