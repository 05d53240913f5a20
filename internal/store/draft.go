package store

import (
	"context"
	"time"

	"netid/internal/identity"
)

// Draft reads an enrolment draft, also one that has expired but is not swept
// yet. None is fault.NotFound, "draft_unknown".
func (s *Store) Draft(ctx context.Context, id []byte) (identity.DraftRow, error) {
	d := identity.DraftRow{ID: id}
	var version, expires int64
	err := s.readOne(ctx, "store.Draft", "draft_unknown",
		"SELECT version, expires, body FROM draft WHERE id = ?", []any{&version, &expires, &d.Body}, id)
	d.Version, d.Expires = uint64(version), time.UnixMicro(expires).UTC()
	return d, err
}

func (g *group) putDraft(n identity.PutDraft) error {
	d := n.Draft
	return g.must("draft_exists", "INSERT INTO draft (id, version, expires, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		d.ID, int64(d.Version), d.Expires.UnixMicro(), d.Body)
}

func (g *group) swapDraft(n identity.SwapDraft) error {
	d := n.Draft
	return g.must("draft_moved", "UPDATE draft SET version = ?, expires = ?, body = ? WHERE id = ? AND version = ?",
		int64(d.Version), d.Expires.UnixMicro(), d.Body, d.ID, int64(n.From))
}

func (g *group) dropDraft(n identity.DropDraft) error {
	return g.must("draft_moved", "DELETE FROM draft WHERE id = ? AND version = ?", n.ID, int64(n.Version))
}
