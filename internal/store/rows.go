package store

import (
	"context"
	"math"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// Snapshot lets use read the ledger as it is at one moment, whatever is
// committed meanwhile, so that rows, tiles and head belong together. It delays
// Settle for as long as it lasts.
func (s *Store) Snapshot(ctx context.Context, use func(ledger.Rows) error) error {
	var failed error
	err := s.db.View(ctx, func(r Reader) error {
		failed = use(rows{r})
		return failed
	})
	if failed != nil {
		return failed
	}
	return unavailable("store.Snapshot", err)
}

// rows reads the ledger's tables: ledger.Rows and more.
type rows struct{ reader Reader }

const (
	entryColumns = "SELECT seq, public, id, day, bucket, owner, leaf, body, state, mac FROM ledger_event "

	// kept leaves out what is closed: it is on its way out, and no erasure takes it.
	kept = "day >= (SELECT coalesce(max(day), -2147483648) FROM ledger_floor)"
)

// Entry reads one entry by its key. None is fault.NotFound, "record_unknown".
func (l rows) Entry(ctx context.Context, key identity.EntryKey) (identity.EntryRow, error) {
	all, err := l.entries(ctx, "store.Entry", "WHERE public IN (0, 1) AND day = ? AND id = ?", int64(key.Day), key.ID)
	if err == nil && len(all) == 0 {
		err = fault.New("store.Entry", fault.NotFound, "record_unknown")
	}
	if err != nil {
		return identity.EntryRow{}, err
	}
	return all[0], nil
}

// EntriesOf reads all entries of one owner that are kept, oldest first.
func (l rows) EntriesOf(ctx context.Context, owner []byte) ([]identity.EntryRow, error) {
	return l.entries(ctx, "store.EntriesOf", "WHERE owner = ? AND "+kept+" ORDER BY seq", owner)
}

// Entries reads up to limit entries from a position on, in the tree's order.
// From zero on it also gives what somebody put before the first, whose index is
// then beyond any that a tree has: whoever checks rows must see all that queries find.
func (l rows) Entries(ctx context.Context, from uint64, limit int) ([]identity.EntryRow, error) {
	first := int64(from)
	if from == 0 {
		first = math.MinInt64
	}
	return l.entries(ctx, "store.Entries", "WHERE seq >= ? ORDER BY seq LIMIT ?", first, int64(limit))
}

func (l rows) entries(ctx context.Context, op, where string, args ...any) (all []identity.EntryRow, err error) {
	err = read(ctx, l.reader, op, entryColumns+where, func(r Row) error {
		e, err := scanEntry(r)
		all = append(all, e)
		return err
	}, args...)
	return all, err
}

// scanEntry reads a row as it is, also one that somebody altered. What a row of
// this package can't have (a leaf of another length, a number that its type cuts) has
// no integrity code: cut to what it resembles it would pass for that, while
// queries by the column go on finding another row.
func scanEntry(r Row) (e identity.EntryRow, err error) {
	var seq, public, day, bucket, state int64
	var leaf []byte
	err = r.Scan(&seq, &public, &e.ID, &day, &bucket, &e.Owner, &leaf, &e.Body, &state, &e.MAC)
	e.Index, e.Day, e.Bucket, e.State = uint64(seq), int32(day), uint16(bucket), identity.EntryState(state)
	copy(e.Leaf[:], leaf)
	if len(leaf) != len(e.Leaf) || int64(e.Day) != day || int64(e.Bucket) != bucket || int64(e.State) != state || (public != 0) != (e.State == identity.EntryPublic) {
		e.MAC = nil
	}
	return e, err
}

// Head is the signed head over all entries. None is fault.NotFound,
// "head_unknown": nothing was ever recorded.
func (l rows) Head(ctx context.Context) (note []byte, err error) {
	err = readOne(ctx, l.reader, "store.Head", "head_unknown", "SELECT note FROM ledger_head", []any{&note})
	return note, err
}

// Tile reads the root of one full subtree; false when it is not there.
func (l rows) Tile(ctx context.Context, level uint8, index uint64) (hash [32]byte, found bool, err error) {
	err = read(ctx, l.reader, "store.Tile", "SELECT hash FROM ledger_tile WHERE level = ? AND idx = ?", func(r Row) error {
		var b []byte
		err := r.Scan(&b)
		found = copy(hash[:], b) == len(hash)
		return err
	}, int64(level), int64(index))
	return hash, found, err
}

// Tiles reads up to limit tiles of one level from an index on.
func (l rows) Tiles(ctx context.Context, level uint8, from uint64, limit int) (tiles []ledger.Tile, err error) {
	err = read(ctx, l.reader, "store.Tiles", "SELECT idx, hash FROM ledger_tile WHERE level = ? AND idx >= ? ORDER BY idx LIMIT ?", func(r Row) error {
		var index int64
		var b []byte
		err := r.Scan(&index, &b)
		t := ledger.Tile{Level: level, Index: uint64(index)}
		copy(t.Hash[:], b)
		tiles = append(tiles, t)
		return err
	}, int64(level), int64(from), int64(limit))
	return tiles, err
}
