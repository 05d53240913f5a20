package store

import (
	"bytes"
	"context"

	"netid/internal/fault"
)

// Move copies everything from one database into another that nobody serves,
// while nobody writes to the first. It may be cut at any point and run again:
// what the other has already is left, what the first changed in between is put
// right. Until Finish, the other is no store for anybody (Open refuses it).
//
// Rows go over in the order of their keys, which are random: a heap that keeps
// the order of arrival tells nothing by it.
type Move struct {
	From, To Database
	Said     func(table string, rows int64) // after each page; it may be nil
	claim    epochRow
}

// The states of a store in the column single_use.copied.
const (
	served = 0
	copied = 1 // a copy: its epoch is raised before it is served
	filled = 2 // another store is being copied into it
)

type epochRow struct {
	epoch, since, copied int64
	nonce, code          []byte
}

const epochQuery = "SELECT epoch, nonce, since, copied, code FROM single_use"

func readEpoch(r Row) (e epochRow, err error) {
	err = r.Scan(&e.epoch, &e.nonce, &e.since, &e.copied, &e.code)
	return e, err
}

func epochOf(ctx context.Context, from Reader) (e epochRow, err error) {
	err = from.Query(ctx, epochQuery, func(r Row) (err error) {
		e, err = readEpoch(r)
		return err
	})
	return e, err
}

// whole refuses a store that another is still being copied into.
func whole(ctx context.Context, db Reader) error {
	e, err := epochOf(ctx, db)
	if err == nil && e.copied == filled {
		return fault.Newf("store.Open", fault.Unavailable, "store_half_copied", "another store is being copied into this one: run netid store copy again, to its end")
	}
	return unavailable("store.Open", err)
}

// Claim takes the other database for this copy. One that holds anything is
// fault.Conflict, "target_not_empty", unless it is this very copy, half done.
// done: it was finished before, and may have been served since.
//
// A source that is a copy itself (put back from a backup, its epoch not raised)
// is fault.Conflict, "source_is_a_copy", unless resumed says that the mark is
// this move's own.
func (m *Move) Claim(ctx context.Context, resumed bool) (done bool, err error) {
	const op = "store.Move.Claim"
	if m.claim, err = epochOf(ctx, m.From); err != nil {
		return false, unavailable(op, err)
	}
	if m.claim.copied == filled || m.claim.copied == copied && !resumed {
		return false, fault.New(op, fault.Conflict, "source_is_a_copy")
	}
	tx, err := m.To.Begin(ctx)
	if err != nil {
		return false, unavailable(op, err)
	}
	done, fresh, err := m.take(tx)
	if err == nil && fresh {
		err = unavailable(op, tx.Commit())
	}
	if err != nil || !fresh {
		tx.Rollback()
	}
	return done, err
}

// take says that it was done before, or whether the claim is a fresh one, to be committed.
func (m *Move) take(tx Tx) (done, fresh bool, err error) {
	const op = "store.Move.Claim"
	var there epochRow
	err = tx.Query(epochQuery, func(r Row) (err error) {
		there, err = readEpoch(r)
		return err
	})
	if err != nil {
		return false, false, unavailable(op, err)
	}
	if bytes.Equal(there.nonce, m.claim.nonce) && there.epoch == m.claim.epoch && there.copied != copied {
		return there.copied == served, false, nil
	}
	for _, t := range tables() {
		n := 0
		err := tx.Query(t.read, func(Row) error { n++; return nil }, append(t.first(), int64(1))...)
		if err != nil {
			return false, false, unavailable(op, err)
		}
		if n > 0 || there.copied != served || there.epoch != 1 || there.since != 0 {
			return false, false, fault.New(op, fault.Conflict, "target_not_empty")
		}
	}
	_, err = tx.Exec("UPDATE single_use SET epoch = ?, nonce = ?, since = ?, copied = ?, code = ?", m.claim.epoch, m.claim.nonce, m.claim.since, int64(filled), some(m.claim.code))
	return false, true, unavailable(op, err)
}

// Copy brings every table of the other to what the first has. The ledger's head
// goes last. Where rows changed since a copy that was cut, what is no more as it
// was goes first: a row may have taken over what another had alone.
func (m *Move) Copy(ctx context.Context) error {
	const op = "store.Move.Copy"
	for _, t := range tables() {
		err := t.differences(ctx, m.To, m.From, func(odd []row, _ int64) error {
			return m.change(ctx, t.remove, odd, func(r row) []any { return r[:t.keys] })
		})
		if err != nil {
			return fault.At(op, err)
		}
		err = t.differences(ctx, m.From, m.To, func(missing []row, rows int64) error {
			if err := m.change(ctx, t.insert, missing, func(r row) []any { return r }); err != nil {
				return err
			}
			if m.Said != nil {
				m.Said(t.name(), rows)
			}
			return nil
		})
		if err != nil {
			return fault.At(op, err)
		}
	}
	return nil
}

// change runs one statement for each row, in one transaction, if the other
// database is still this copy's.
func (m *Move) change(ctx context.Context, query string, rows []row, args func(row) []any) (err error) {
	const op = "store.Move.Copy"
	if len(rows) == 0 {
		return nil
	}
	tx, err := m.To.Begin(ctx)
	if err != nil {
		return unavailable(op, err)
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	ours := false
	err = tx.Defer("SELECT 1 FROM single_use WHERE copied = ? AND nonce = ?", func(n int64) { ours = n == 1 }, int64(filled), m.claim.nonce)
	for _, r := range rows {
		if err == nil {
			err = tx.Defer(query, nil, args(r)...)
		}
	}
	if err == nil {
		err = tx.Flush()
	}
	if err != nil {
		return unavailable(op, err)
	}
	if !ours {
		return fault.New(op, fault.Conflict, "target_not_empty")
	}
	return unavailable(op, tx.Commit())
}

// Compare reads all of both, each against the other, and counts the rows. A
// difference is fault.Internal, and the table is named.
func (m *Move) Compare(ctx context.Context) (total int64, err error) {
	const op = "store.Move.Compare"
	for _, t := range tables() {
		var here int64
		equal := func(odd []row, rows int64) error {
			if len(odd) > 0 {
				return fault.Newf(op, fault.Internal, "internal", "table %s: %d rows differ, or are on one side alone", t.name(), len(odd))
			}
			here = rows
			return nil
		}
		if err = t.differences(ctx, m.To, m.From, equal); err == nil {
			err = t.differences(ctx, m.From, m.To, equal)
		}
		if err != nil {
			return 0, err
		}
		total += here
	}
	there, err := epochOf(ctx, m.To)
	if err != nil {
		return 0, unavailable(op, err)
	}
	if there.epoch != m.claim.epoch || !bytes.Equal(there.nonce, m.claim.nonce) || there.since != m.claim.since || !bytes.Equal(there.code, m.claim.code) {
		return 0, fault.Newf(op, fault.Internal, "internal", "the single-use epoch differs")
	}
	return total, nil
}

// Leave marks the first as a copy: however it is put in place, it is not served
// before its epoch is raised.
func (m *Move) Leave(ctx context.Context) error {
	_, err := set(ctx, m.From, "UPDATE single_use SET copied = ?", int64(copied))
	return err
}

// Finish makes the other the store.
func (m *Move) Finish(ctx context.Context) error {
	n, err := set(ctx, m.To, "UPDATE single_use SET copied = ? WHERE copied = ? AND nonce = ?", int64(served), int64(filled), m.claim.nonce)
	if err == nil && n != 1 {
		return fault.New("store.Move.Finish", fault.Conflict, "target_not_empty")
	}
	return err
}

func set(ctx context.Context, db Database, query string, args ...any) (n int64, err error) {
	const op = "store.Move"
	tx, err := db.Begin(ctx)
	if err != nil {
		return 0, unavailable(op, err)
	}
	if n, err = tx.Exec(query, args...); err == nil {
		err = tx.Commit()
	}
	if err != nil {
		tx.Rollback()
	}
	return n, unavailable(op, err)
}
