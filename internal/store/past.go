package store

import (
	"context"
	"encoding/binary"

	"netid/internal/identity"
	"netid/internal/ledger"
)

// Past gives what stays of groups of which rows are gone.
func (l rows) Past(ctx context.Context, from uint64, limit int) ([]ledger.Past, error) {
	return past(func(query string, each func(Row) error, args ...any) error {
		return read(ctx, l.reader, "store.Past", query, each, args...)
	}, "SELECT idx, leaves, days, mac FROM ledger_past WHERE idx >= ? ORDER BY idx LIMIT ?", int64(from), int64(limit))
}

func past(ask func(string, func(Row) error, ...any) error, query string, args ...any) (all []ledger.Past, err error) {
	err = ask(query, func(r Row) error {
		var idx int64
		var leaves, days []byte
		var p ledger.Past
		if err := r.Scan(&idx, &leaves, &days, &p.MAC); err != nil {
			return err
		}
		p.Group = uint64(idx)
		if len(leaves) != 8*len(days) || len(leaves)%32 != 0 || len(leaves) > 32*ledger.Width || idx < 0 {
			leaves, days, p.MAC = nil, nil, nil // no row of this package
		}
		for i := range len(days) / 4 {
			p.Leaves = append(p.Leaves, [32]byte(leaves[32*i:]))
			p.Days = append(p.Days, int32(binary.BigEndian.Uint32(days[4*i:])))
		}
		all = append(all, p)
		return nil
	}, args...)
	return all, err
}

func packed(p ledger.Past) (leaves, days []byte) {
	for i, leaf := range p.Leaves {
		leaves = append(leaves, leaf[:]...)
		days = binary.BigEndian.AppendUint32(days, uint32(p.Days[i]))
	}
	return leaves, days
}

// Leaves reads up to limit leaves from a position on, without the bodies, and
// stops before the first position of which nothing is left.
func (l rows) Leaves(ctx context.Context, from uint64, limit int) ([][32]byte, error) {
	return l.leaves(ctx, from, limit, identity.NoFloor)
}

// leaves reads those of rows since a day, and of rows that are gone.
func (l rows) leaves(ctx context.Context, from uint64, limit int, since int64) (leaves [][32]byte, err error) {
	next := func() uint64 { return from + uint64(len(leaves)) }
	broken := false
	fill := func(until uint64) error {
		for next() < until && len(leaves) < limit {
			all, err := l.Past(ctx, next()/ledger.Width, 1)
			i := int(next() % ledger.Width)
			if err != nil || len(all) == 0 || all[0].Group != next()/ledger.Width || i >= len(all[0].Leaves) {
				return err
			}
			n := min(uint64(len(all[0].Leaves)-i), until-next(), uint64(limit-len(leaves)))
			leaves = append(leaves, all[0].Leaves[i:i+int(n)]...)
		}
		return nil
	}
	var rows []leafRow
	err = read(ctx, l.reader, "store.Leaves", "SELECT seq, leaf FROM ledger_event WHERE seq >= ? AND seq < ? AND day >= ? ORDER BY seq", func(r Row) error {
		var one leafRow
		err := r.Scan(&one.seq, &one.leaf)
		rows = append(rows, one)
		return err
	}, int64(from), int64(from)+int64(limit), since)
	for _, r := range rows {
		if err == nil {
			err = fill(uint64(r.seq))
		}
		if broken = broken || err != nil || uint64(r.seq) != next() || len(r.leaf) != 32; broken {
			return leaves, err
		}
		leaves = append(leaves, [32]byte(r.leaf))
	}
	if err == nil {
		err = fill(from + uint64(limit))
	}
	return leaves, err
}

type leafRow struct {
	seq  int64
	leaf []byte
}
