package store

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Escrow reads what is left to the officers' quorum at an index. None is
// fault.NotFound, "escrow_unknown".
func (s *Store) Escrow(ctx context.Context, index []byte) (body []byte, err error) {
	const op = "store.Escrow"
	var month, class int64
	var code []byte
	err = s.readOne(ctx, op, "escrow_unknown", "SELECT month, class, body, code FROM escrow WHERE idx = ?", []any{&month, &class, &body, &code}, index)
	if err == nil {
		err = unavailable(op, s.vouched(code, "escrow", index, month, class, body))
	}
	if err != nil {
		return nil, err
	}
	return body, nil
}

// Held reads up to limit entries of erased persons that are held for a period, oldest first.
func (l rows) Held(ctx context.Context, p identity.Period, limit int) ([]identity.EntryRow, error) {
	return l.entries(ctx, "store.Held", "WHERE state IN (4, 5) AND state = ? AND day >= ? AND day < ? AND "+kept+" ORDER BY day, seq LIMIT ?",
		int64(p.Class.Held()), int64(p.Month.FirstDay()), int64((p.Month + 1).FirstDay()), int64(limit))
}

// Remains reports whether anything is held or left for a period.
func (l rows) Remains(ctx context.Context, p identity.Period) (any bool, err error) {
	held, err := l.Held(ctx, p, 1)
	if err != nil || len(held) > 0 {
		return err == nil, err
	}
	err = read(ctx, l.reader, "store.Remains", "SELECT 1 FROM escrow WHERE month = ? AND class = ? LIMIT 1", func(Row) error {
		any = true
		return nil
	}, int64(p.Month), int64(p.Class))
	return any, err
}

// DropEscrow removes what was left for a period whose key is destroyed: it opens
// to nobody. It goes in small steps between the changes of others.
func (s *Store) DropEscrow(ctx context.Context, p identity.Period) error {
	for removed := int64(sweepBatch); removed == sweepBatch; {
		err := s.submit(ctx, "store.DropEscrow", &request{apply: func(g *group) (err error) {
			removed, err = g.exec("DELETE FROM escrow WHERE idx IN (SELECT idx FROM escrow WHERE month = ? AND class = ? LIMIT ?)",
				int64(p.Month), int64(p.Class), int64(sweepBatch))
			return err
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *group) keepEscrow(v identity.KeepEscrow) error {
	_, err := g.exec("INSERT INTO escrow (idx, month, class, body, code) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		v.Index, int64(v.Period.Month), int64(v.Period.Class), v.Body, g.store.code("escrow", v.Index, int64(v.Period.Month), int64(v.Period.Class), v.Body))
	return err
}

// expireHeld takes exactly the named bodies, so that the event's set is what went.
func (g *group) expireHeld(v identity.ExpireHeld) error {
	if !v.Class.Held().Holds() {
		return fault.Newf("store.expireHeld", fault.Internal, "internal", "nothing is held for %s", v.Class)
	}
	for _, key := range v.Entries {
		all, err := g.entries("WHERE public = 0 AND day = ? AND id = ? AND state = ? AND day >= ?", int64(key.Day), key.ID, int64(v.Class.Held()), int64(g.floor.Day))
		if err != nil {
			return err
		}
		if len(all) != 1 {
			return refuse("events_moved")
		}
		if err := g.dropEntry(all[0]); err != nil {
			return err
		}
	}
	return nil
}

func (g *group) entries(where string, args ...any) (all []identity.EntryRow, err error) {
	err = g.query(entryColumns+where, func(r Row) error {
		e, err := scanEntry(r)
		all = append(all, e)
		return err
	}, args...)
	return all, err
}

// dropEntry takes the body, owner and bucket of an entry; the leaf stays.
func (g *group) dropEntry(was identity.EntryRow) error {
	e := was
	e.Bucket, e.Owner, e.Body, e.State = 0, nil, nil, identity.EntryErased
	_, err := g.exec("UPDATE ledger_event SET bucket = 0, owner = NULL, body = NULL, state = ?, mac = ? WHERE public = 0 AND day = ? AND id = ? AND seq = ?",
		int64(e.State), g.code(was, e), int64(e.Day), e.ID, int64(e.Index))
	return err
}

// holdEntry leaves an entry as it is, to the officers' quorum.
func (g *group) holdEntry(was identity.EntryRow, c identity.Class) error {
	e := was
	e.State = c.Held()
	_, err := g.exec("UPDATE ledger_event SET state = ?, mac = ? WHERE public = 0 AND day = ? AND id = ? AND seq = ?",
		int64(e.State), g.code(was, e), int64(e.Day), e.ID, int64(e.Index))
	return err
}

// code is the integrity code of a row that changes. A row that somebody altered
// before keeps its old one, which fits neither form, so it stays named for ever:
// with a new code another person's entry that was given to somebody who leaves,
// or called held, would go without a trace. The row itself changes all the same:
// an altered row keeps nobody from leaving.
func (g *group) code(was, is identity.EntryRow) []byte {
	if !g.store.keeper.Fits(was) {
		return append([]byte{}, was.MAC...) // never NULL
	}
	return g.store.keeper.MAC(is)
}
