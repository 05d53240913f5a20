package store

import (
	"context"
	"time"

	"netid/internal/identity"
)

// Pushed reads a pushed request, also one that has expired but is not swept
// yet. None is fault.NotFound, "request_uri_unknown".
func (s *Store) Pushed(ctx context.Context, id []byte) (identity.PushedRow, error) {
	p := identity.PushedRow{ID: id}
	var until int64
	err := s.readOne(ctx, "store.Pushed", "request_uri_unknown",
		"SELECT until, body FROM pushed_request WHERE id = ?", []any{&until, &p.Body}, id)
	p.Until = time.UnixMicro(until).UTC()
	return p, err
}

func (g *group) putPushed(n identity.PutPushed) error {
	return g.must("request_exists", "INSERT INTO pushed_request (id, until, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		n.Row.ID, n.Row.Until.UnixMicro(), n.Row.Body)
}

func (g *group) takePushed(n identity.TakePushed) error {
	return g.must("request_used", "DELETE FROM pushed_request WHERE id = ?", n.ID)
}
