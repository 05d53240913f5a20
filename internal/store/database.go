package store

import (
	"context"
	"time"

	"netid/internal/fault"
)

// Database is one SQL database: driver, schema and locking, and no rule.
// Placeholders are "?", blobs are []byte (nil is NULL), numbers int64: what is
// said here must mean the same to every database.
type Database interface {
	Reader // what is committed at the moment of each query
	// View gives one committed state for as long as use runs.
	View(ctx context.Context, use func(Reader) error) error
	// ReadOnly reports whether it was opened for reading alone.
	ReadOnly() bool
	// Begin takes the write lock, among all processes that write. The store has
	// one transaction at a time, and whoever holds the lock sees all that was
	// committed before, also what a lost answer left open.
	Begin(ctx context.Context) (Tx, error)
	// Tidy is called by the writer between groups, never inside a transaction:
	// the moment for upkeep that is due.
	Tidy(ctx context.Context) error
	// Settle leaves nothing of replaced or deleted rows in any file, as far as
	// the database can (each says how far). It is called like Tidy. A reader in
	// the way is fault.Unavailable, "store_busy".
	Settle(ctx context.Context) error
	// Dead is why this process must not write any more, and nil while it may: a
	// sync failed, and what is on the disk is not what the system shows. Begin
	// then fails too. Another process may go on, which reads anew.
	Dead() error
	// Clock is the time of the machine that the database runs on; the zero time
	// when that is this one.
	Clock(ctx context.Context) (time.Time, error)
	// DropDays removes at once what it keeps apart and is wholly made of entries
	// about persons from before a day: perhaps nothing. It is called like Tidy.
	DropDays(ctx context.Context, before int32) error
	Close() error
}

// Reader reads beside the writer, and hands over each row.
type Reader interface {
	Query(ctx context.Context, query string, each func(Row) error, args ...any) error
}

// Tx is a transaction under the write lock. It is durable once Commit returned
// nil; an error of Commit leaves the outcome unknown.
type Tx interface {
	// Defer runs a statement now or later, but in its turn: before whatever is
	// asked after it, and at the latest with Flush or Commit, so that statements
	// whose rows nobody reads share one journey to a server. rows (it may be nil)
	// hears how many rows were changed, or were found.
	Defer(query string, rows func(n int64), args ...any) error
	// Look is Defer for a query of which each row is handed over, in its turn.
	Look(query string, each func(Row) error, rows func(n int64), args ...any) error
	// Flush runs what was deferred.
	Flush() error
	// Exec runs one statement and counts the rows that it changed.
	Exec(query string, args ...any) (int64, error)
	Query(query string, each func(Row) error, args ...any) error
	// Began is the database's Clock when the lock was taken.
	Began() time.Time
	Commit() error
	Rollback() error
}

// Row gives the columns of the current row.
type Row interface{ Scan(dest ...any) error }

// read hands over each row of a query.
func read(ctx context.Context, from Reader, op, query string, each func(Row) error, args ...any) error {
	return unavailable(op, from.Query(ctx, query, each, args...))
}

// readOne reads at most one row; none is fault.NotFound with the reason unknown.
func readOne(ctx context.Context, from Reader, op, unknown, query string, dest []any, args ...any) error {
	found := false
	err := read(ctx, from, op, query, func(r Row) error {
		found = true
		return r.Scan(dest...)
	}, args...)
	if err == nil && !found {
		return fault.New(op, fault.NotFound, unknown)
	}
	return err
}

func (s *Store) read(ctx context.Context, op, query string, each func(Row) error, args ...any) error {
	return read(ctx, s.db, op, query, each, args...)
}

func (s *Store) readOne(ctx context.Context, op, unknown, query string, dest []any, args ...any) error {
	return readOne(ctx, s.db, op, unknown, query, dest, args...)
}

func unavailable(op string, err error) error {
	if a, is := altered(err); is { // it is the row that fails, not the database
		return refuseAltered(op, a)
	}
	return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
}
