package store

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// record gives the entry the next position of the tree. The entry's day and id
// are a guard: "already_recorded". Of a day that is closed nothing is added
// ("day_over"): it would go unaccounted.
func (g *group) record(e identity.Entry) error {
	row := identity.EntryRow{
		Index: g.tree.Size(), EntryKey: e.EntryKey, Bucket: e.Bucket, Owner: e.Owner,
		Leaf: e.Leaf, Body: e.Body, State: identity.EntrySealed,
	}
	public := int64(0)
	if e.Public {
		row.State, public = identity.EntryPublic, 1
	} else if e.Day < g.floor.Day {
		return refuse("day_over")
	}
	row.MAC = g.store.keeper.MAC(row)
	err := g.must("already_recorded",
		`INSERT INTO ledger_event (seq, public, id, day, bucket, owner, leaf, body, state, mac)
		 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (public, day, id) DO NOTHING`,
		int64(row.Index), public, row.ID, int64(row.Day), int64(row.Bucket), row.Owner, row.Leaf[:], row.Body, int64(row.State), row.MAC)
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
	if err := g.keepTurn(); err != nil {
		return err
	}
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

// begun reads what a group begins with: the ledger's size, and the day below
// which nothing changes any more.
func (g *group) begun() (size uint64, floor identity.Floor, err error) {
	var n int64
	var f floorRow
	err = g.query(`SELECT coalesce((SELECT size FROM ledger_head), 0), f.day, f.said, f.mac
		FROM (SELECT 1 AS one) AS o LEFT JOIN ledger_floor AS f ON o.one = f.id`, func(r Row) error {
		return r.Scan(&n, &f.day, &f.said, &f.mac)
	})
	if err == nil && !g.store.keeper.FitsFloor(f.floor(), f.mac) {
		err = fault.Newf("store.Commit", fault.Internal, "internal", "the day below which entries are gone (table ledger_floor) was altered")
	}
	return uint64(n), f.floor(), err
}

// load reads the committed tree and refuses one that the signed head does not
// cover exactly. Head and rows are of one moment: other processes write on.
func (w *writer) load(ctx context.Context) error {
	return w.store.Snapshot(ctx, func(r ledger.Rows) error {
		tree, err := w.store.keeper.Resume(ctx, r)
		if err == nil {
			w.tree = tree
		}
		return err
	})
}

// follow is load for a writer that another process overtook. What came since is
// of these days nearly always, and a database that keeps days apart need not
// look into all of them.
func (w *writer) follow(ctx context.Context) error {
	tree, err := w.store.keeper.Follow(ctx, recent{w.store.rows, identity.DayOf(w.store.now()) - 2}, w.tree)
	if err != nil {
		return w.load(ctx)
	}
	w.tree = tree
	return nil
}

// recent reads the leaves of the last days alone.
type recent struct {
	rows
	since int32
}

func (l recent) Leaves(ctx context.Context, from uint64, limit int) ([][32]byte, error) {
	return l.leaves(ctx, from, limit, int64(l.since))
}
