package store

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// record gives the entry the next position of the tree. The entry's id is a
// guard: "already_recorded".
func (g *group) record(e identity.Entry) error {
	row := identity.EntryRow{
		Index: g.tree.Size(), ID: e.ID, Day: e.Day, Bucket: e.Bucket, Owner: e.Owner,
		Leaf: e.Leaf, Body: e.Body, State: identity.EntrySealed,
	}
	if e.Public {
		row.State = identity.EntryPublic
	}
	row.MAC = g.store.keeper.MAC(row)
	err := g.must("already_recorded",
		`INSERT INTO ledger_event (seq, id, day, bucket, owner, leaf, body, state, mac)
		 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		int64(row.Index), row.ID, int64(row.Day), int64(row.Bucket), row.Owner, row.Leaf[:], row.Body, int64(row.State), row.MAC)
	if err != nil {
		return err
	}
	tree, tiles := g.tree.Append(row.Leaf)
	for _, t := range tiles {
		if err := g.run("INSERT INTO ledger_tile (level, idx, hash) VALUES (?, ?, ?)", int64(t.Level), int64(t.Index), t.Hash[:]); err != nil {
			return err
		}
	}
	g.tree, g.grown = tree, true
	return nil
}

// seal signs the head over the group's entries, once for all of them.
func (g *group) seal() error {
	if !g.grown {
		return nil
	}
	note, err := g.store.keeper.Head(g.tree, g.store.now())
	if err != nil {
		return fault.At("store.Commit", err)
	}
	return g.run(`INSERT INTO ledger_head (id, note, size) VALUES (1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET note = excluded.note, size = excluded.size`, note, int64(g.tree.Size()))
}

func (g *group) headSize() (size uint64, err error) {
	err = g.query("SELECT size FROM ledger_head", func(r Row) error {
		var n int64
		err := r.Scan(&n)
		size = uint64(n)
		return err
	})
	return size, err
}

// load reads the committed tree and refuses one that the signed head does not
// cover exactly.
func (w *writer) load(ctx context.Context) error {
	tree, err := w.store.keeper.Resume(ctx, w.store)
	if err == nil {
		w.tree = tree
	}
	return err
}

// follow is load for a writer that another process overtook.
func (w *writer) follow(ctx context.Context) error {
	tree, err := w.store.keeper.Follow(ctx, w.store, w.tree)
	if err == nil {
		w.tree = tree
	}
	return err
}
