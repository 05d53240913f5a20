package store

import (
	"context"

	"netid/internal/fault"
)

// fill gives a code to every row of a store that a program of before left, once.
//
// That it is such a store, its newest entry says: its keyed hash has the form of
// before, which no program of today makes and nobody without the key. When all
// rows have their code, that entry gets a hash of today's form. From then on an empty code is
// refused like a wrong one, whatever is done to the store. A cut leaves some rows with their
// code and the entry as it was; the next start goes on.
//
// In a store without entries nobody can be: the epoch alone has its code made.
func (s *Store) fill(ctx context.Context, size uint64) error {
	const op = "store.fill"
	if size == 0 {
		return s.fillEpoch(ctx)
	}
	last, err := s.Entries(ctx, size-1, 1)
	if err != nil || len(last) != 1 || !s.keeper.Uncoded(last[0]) {
		return err
	}
	for _, t := range tables() {
		if t.coded == "" {
			continue
		}
		if err := s.fillTable(ctx, t); err != nil {
			return fault.At(op, err)
		}
	}
	if err := s.fillEpoch(ctx); err != nil {
		return fault.At(op, err)
	}
	_, err = set(ctx, s.db, "UPDATE ledger_event SET mac = ? WHERE seq = ? AND mac = ?", s.keeper.MAC(last[0]), int64(last[0].Index), last[0].MAC)
	return fault.At(op, err)
}

func (s *Store) fillEpoch(ctx context.Context) error {
	e, err := epochOf(ctx, s.db)
	if err != nil || e.copied != served || len(e.code) > 0 {
		return unavailable("store.fill", err)
	}
	_, err = set(ctx, s.db, "UPDATE single_use SET code = ? WHERE epoch = ? AND nonce = ? AND since = ?", s.epochCode(e), e.epoch, e.nonce, e.since)
	return err
}

func (s *Store) fillTable(ctx context.Context, t table) error {
	for last := t.first(); last != nil; {
		tx, err := s.db.Begin(ctx)
		if err != nil {
			return unavailable("store.fill", err)
		}
		last, err = s.fillPage(ctx, t, tx, last)
		if err == nil {
			err = tx.Commit()
		}
		if err != nil {
			tx.Rollback()
			return unavailable("store.fill", err)
		}
	}
	return nil
}

// fillPage gives the key of the last row that it looked at, nil behind the last page.
func (s *Store) fillPage(ctx context.Context, t table, tx Tx, last row) (row, error) {
	page, err := t.page(ctx, inside{tx}, last, movePage)
	if err != nil {
		return nil, err
	}
	at := len(t.sorts) - 1 // the code is the last column
	for _, r := range page {
		if len(r[at].([]byte)) > 0 {
			continue
		}
		r[at] = t.code(s.keeper, r)
		if err := tx.Defer(t.remove, nil, r[:t.keys]...); err != nil {
			return nil, err
		}
		if err := tx.Defer(t.insert, nil, r...); err != nil {
			return nil, err
		}
	}
	if len(page) < movePage {
		return nil, tx.Flush()
	}
	return page[len(page)-1], tx.Flush()
}

// inside reads in a transaction.
type inside struct{ Tx }

func (i inside) Query(_ context.Context, query string, each func(Row) error, args ...any) error {
	return i.Tx.Query(query, each, args...)
}
