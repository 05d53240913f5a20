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
	const op = "store.Draft"
	var version, expires int64
	var code []byte
	err := s.readOne(ctx, op, "draft_unknown", draftQuery, []any{&version, &expires, &d.Body, &code}, id)
	if err == nil {
		err = unavailable(op, s.vouched(code, "draft", id, version, expires, d.Body))
	}
	if err != nil {
		return identity.DraftRow{}, err
	}
	d.Version, d.Expires = uint64(version), time.UnixMicro(expires).UTC()
	return d, nil
}

const draftQuery = "SELECT version, expires, body, code FROM draft WHERE id = ?"

// soundDraft refuses a draft that was altered: what is written over it, or drops it, would hide that.
func (g *group) soundDraft(id []byte) error {
	_, err := g.one(draftQuery, func(r Row) error {
		var version, expires int64
		var body, code []byte
		if err := r.Scan(&version, &expires, &body, &code); err != nil {
			return err
		}
		return g.store.vouched(code, "draft", id, version, expires, body)
	}, id)
	return err
}

func (g *group) draftCode(d identity.DraftRow) []byte {
	return g.store.code("draft", d.ID, int64(d.Version), d.Expires.UnixMicro(), d.Body)
}

func (g *group) putDraft(n identity.PutDraft) error {
	d := n.Draft
	return g.must("draft_exists", "INSERT INTO draft (id, version, expires, body, code) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		d.ID, int64(d.Version), d.Expires.UnixMicro(), d.Body, g.draftCode(d))
}

func (g *group) swapDraft(n identity.SwapDraft) error {
	d := n.Draft
	if err := g.soundDraft(d.ID); err != nil {
		return err
	}
	return g.must("draft_moved", "UPDATE draft SET version = ?, expires = ?, body = ?, code = ? WHERE id = ? AND version = ?",
		int64(d.Version), d.Expires.UnixMicro(), d.Body, g.draftCode(d), d.ID, int64(n.From))
}

func (g *group) dropDraft(n identity.DropDraft) error {
	if err := g.soundDraft(n.ID); err != nil {
		return err
	}
	return g.must("draft_moved", "DELETE FROM draft WHERE id = ? AND version = ?", n.ID, int64(n.Version))
}

func (g *group) guardDraft(v identity.GuardDraft) error {
	return g.finds("draft_changed", draftQuery, func(r Row) (bool, error) {
		var version, expires int64
		var body, code []byte
		if err := r.Scan(&version, &expires, &body, &code); err != nil {
			return false, err
		}
		return uint64(version) == v.Version, g.store.vouched(code, "draft", v.ID, version, expires, body)
	}, v.ID)
}
