package store

import (
	"context"
	"time"

	"netid/internal/identity"
)

const pushedQuery = "SELECT until, body, code FROM pushed_request WHERE id = ?"

// Pushed reads a pushed request, also one that has expired but is not swept
// yet. None is fault.NotFound, "request_uri_unknown".
func (s *Store) Pushed(ctx context.Context, id []byte) (identity.PushedRow, error) {
	const op = "store.Pushed"
	p := identity.PushedRow{ID: id}
	var until int64
	var code []byte
	err := s.readOne(ctx, op, "request_uri_unknown", pushedQuery, []any{&until, &p.Body, &code}, id)
	if err == nil {
		err = unavailable(op, s.vouched(code, "pushed_request", id, until, p.Body))
	}
	if err != nil {
		return identity.PushedRow{}, err
	}
	p.Until = time.UnixMicro(until).UTC()
	return p, nil
}

func (g *group) putPushed(n identity.PutPushed) error {
	p, until := n.Row, n.Row.Until.UnixMicro()
	return g.must("request_exists", "INSERT INTO pushed_request (id, until, body, code) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		p.ID, until, p.Body, g.store.code("pushed_request", p.ID, until, p.Body))
}

// takePushed refuses a request that was altered: to drop it would hide that.
func (g *group) takePushed(n identity.TakePushed) error {
	_, err := g.one(pushedQuery, func(r Row) error {
		var until int64
		var body, code []byte
		if err := r.Scan(&until, &body, &code); err != nil {
			return err
		}
		return g.store.vouched(code, "pushed_request", n.ID, until, body)
	}, n.ID)
	if err != nil {
		return err
	}
	return g.must("request_used", "DELETE FROM pushed_request WHERE id = ?", n.ID)
}
