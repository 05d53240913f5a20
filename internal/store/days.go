package store

import (
	"context"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

// Records about persons go by days. First the days are closed (CloseDays), so
// that nothing of them changes; then what stays of them is written (PackDays); then an
// event says which set is gone (ExpireDays); then the rows go (DropDays). Each may be
// cut and done again, and the ledger holds in between.

// floorRow is the row of ledger_floor; without one its columns are NULL.
type floorRow struct {
	day, said *int64
	mac       []byte
}

func (f floorRow) floor() identity.Floor {
	if f.day == nil || f.said == nil {
		return identity.Floor{Day: identity.NoFloor}
	}
	return identity.Floor{Day: int32(*f.day), Said: *f.said == 1}
}

// Floor gives the day below which entries about persons are closed, or gone.
func (l rows) Floor(ctx context.Context) (identity.Floor, []byte, error) {
	var f floorRow
	err := read(ctx, l.reader, "store.Floor", "SELECT day, said, mac FROM ledger_floor", func(r Row) error {
		return r.Scan(&f.day, &f.said, &f.mac)
	})
	return f.floor(), f.mac, err
}

// Outdated reports whether rows about persons are there from before a day.
func (l rows) Outdated(ctx context.Context, before int32) (any bool, err error) {
	err = read(ctx, l.reader, "store.Outdated", "SELECT 1 FROM ledger_event WHERE public = 0 AND day < ? LIMIT 1", func(Row) error {
		any = true
		return nil
	}, int64(before))
	return any, err
}

func (g *group) closeDays(n identity.CloseDays) error {
	if n.Before <= g.floor.Day {
		return nil
	}
	return g.setFloor(identity.Floor{Day: n.Before})
}

func (g *group) expireDays(v identity.ExpireDays) error {
	if g.floor != (identity.Floor{Day: v.Before}) {
		return refuse("days_moved")
	}
	return g.setFloor(identity.Floor{Day: v.Before, Said: true})
}

func (g *group) setFloor(f identity.Floor) error {
	said := int64(0)
	if f.Said {
		said = 1
	}
	g.floor = f
	return g.run(`INSERT INTO ledger_floor (id, day, said, mac) VALUES (1, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET day = excluded.day, said = excluded.said, mac = excluded.mac`,
		int64(f.Day), said, g.store.keeper.FloorCode(f))
}

// packRows is how many rows PackDays reads at a time, a multiple of a group.
const packRows = 8 * ledger.Width

// PackDays writes what stays of entries from before a closed day, and hands over
// the leaf of each body that is to go. Days in between share groups: a group is
// written once, when the first of its rows is to go, as far as it is there by then.
func (s *Store) PackDays(ctx context.Context, before int32, each func(leaf [32]byte)) error {
	const op = "store.PackDays"
	var first, last *int64
	err := s.readOne(ctx, op, "internal", "SELECT min(seq), max(seq) FROM ledger_event WHERE public = 0 AND day < ?", []any{&first, &last}, int64(before))
	if err != nil || first == nil {
		return err
	}
	for at := *first / ledger.Width * ledger.Width; at <= *last; at += packRows {
		all, err := s.entries(ctx, op, "WHERE seq >= ? AND seq < ? ORDER BY seq", at, at+packRows)
		if err != nil {
			return err
		}
		for _, r := range all {
			if r.State != identity.EntryErased && r.State != identity.EntryPublic && r.Day < before {
				each(r.Leaf)
			}
		}
		if err := s.packRows(ctx, all); err != nil {
			return fault.At(op, err)
		}
	}
	return nil
}

// packRows writes the groups of neighbouring rows in one change.
func (s *Store) packRows(ctx context.Context, all []identity.EntryRow) error {
	return s.submit(ctx, "store.PackDays", &request{apply: func(g *group) error {
		for len(all) > 0 {
			group := all[0].Index / ledger.Width
			end := slices.IndexFunc(all, func(r identity.EntryRow) bool { return r.Index/ledger.Width != group })
			if end < 0 {
				end = len(all)
			}
			if err := g.pack(group, all[:end]); err != nil {
				return err
			}
			all = all[end:]
		}
		return nil
	}})
}

// pack joins the rows of a group that are there to what was written of it when
// others went, and leaves a whole one alone.
func (g *group) pack(group uint64, there []identity.EntryRow) error {
	was, err := past(g.query, "SELECT idx, leaves, days, mac FROM ledger_past WHERE idx = ?", int64(group))
	if err != nil || len(was) == 1 && len(was[0].Leaves) == ledger.Width {
		return err
	}
	p := ledger.Past{Group: group}
	if len(was) == 1 {
		p = was[0]
	}
	// The rows behind what was written were written later and are whole: a row
	// goes only after its group was written up to it.
	behind := slices.IndexFunc(there, func(r identity.EntryRow) bool { return r.Index == group*ledger.Width+uint64(len(p.Leaves)) })
	if behind < 0 {
		return nil
	}
	whole := there[behind:]
	for i, r := range whole {
		if r.Index != whole[0].Index+uint64(i) { // a row is missing, which Verify names; what it finds behind is not to be hidden by this
			whole = whole[:i]
			break
		}
	}
	fits := suite.Equal(g.store.keeper.PastCode(p), p.MAC) || len(p.Leaves) == 0
	more := g.store.keeper.Remember(group, whole)
	p.Leaves, p.Days = append(p.Leaves, more.Leaves...), append(p.Days, more.Days...)
	if fits { // what somebody altered stays named
		p.MAC = g.store.keeper.PastCode(p)
	}
	leaves, days := packed(p)
	return g.run(`INSERT INTO ledger_past (idx, leaves, days, mac) VALUES (?, ?, ?, ?)
		ON CONFLICT (idx) DO UPDATE SET leaves = excluded.leaves, days = excluded.days, mac = excluded.mac`,
		int64(group), leaves, days, p.MAC)
}

// DropDays removes the rows about persons from before a day of which the ledger
// has said that they are gone. Whole days go at once where the database keeps them apart;
// the rest in small steps between the changes of others. A reader who holds a day is
// "store_busy": call it again later.
func (s *Store) DropDays(ctx context.Context, before int32) error {
	const op = "store.DropDays"
	err := s.submit(ctx, op, &request{alone: func(ctx context.Context) error {
		f, code, err := s.Floor(ctx)
		if err != nil {
			return err
		}
		if !s.keeper.FitsFloor(f, code) || !f.Said || f.Day < before {
			return refuse("days_moved")
		}
		err = s.db.DropDays(ctx, before)
		if fault.Because(err, "store_busy") {
			return err
		}
		return unavailable(op, err)
	}})
	if err != nil {
		return err
	}
	for removed := int64(sweepBatch); removed == sweepBatch; {
		err := s.submit(ctx, op, &request{apply: func(g *group) (err error) {
			if !g.floor.Said || g.floor.Day < before {
				return refuse("days_moved")
			}
			removed, err = g.exec(`DELETE FROM ledger_event WHERE public = 0 AND day < ? AND seq IN
				(SELECT seq FROM ledger_event WHERE public = 0 AND day < ? LIMIT ?)`, int64(before), int64(before), int64(sweepBatch))
			return err
		}})
		if err != nil {
			return err
		}
	}
	return nil
}
