package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"netid/internal/store"
)

// turnKey names the lock that makes the commits of all processes take turns:
// "netid" as a number. It belongs to one database, and to one transaction: the
// server gives it on after what that transaction did is visible to the next, or
// undone, whether its client lives or not.
const turnKey = 0x6e65746964

// Begin waits for the turn. It connects when there is no connection, and once
// more when the one there is turns out to be dead.
func (d *Database) Begin(ctx context.Context) (store.Tx, error) {
	for fresh := false; ; {
		if d.writing == nil || d.writing.IsClosed() {
			conn, err := d.address.connect(ctx)
			if err != nil {
				return nil, err
			}
			d.writing, fresh = conn, true
		}
		began, err := d.enter(ctx)
		if err == nil {
			return &tx{Database: d, ctx: ctx, began: began}, nil
		}
		lost := d.writing.IsClosed()
		d.drop() // and with it whatever it had begun
		if fresh || !lost {
			return nil, plain(err)
		}
	}
}

// enter begins and waits in one journey. What a statement sees is decided when
// it begins (READ COMMITTED), so whatever comes after the lock sees all that was
// committed before it.
func (d *Database) enter(ctx context.Context) (began time.Time, err error) {
	var b pgx.Batch
	var micros int64
	b.Queue("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
	b.Queue("SELECT pg_advisory_xact_lock($1)", int64(turnKey))
	b.Queue(clock).QueryRow(func(r pgx.Row) error { return r.Scan(&micros) })
	err = d.writing.SendBatch(ctx, &b).Close()
	return time.UnixMicro(micros), err
}

// clock is not the transaction's time, which is that of its begin.
const clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

// Clock asks the server.
func (d *Database) Clock(ctx context.Context) (at time.Time, err error) {
	err = d.Query(ctx, clock, func(r store.Row) error {
		var micros int64
		err := r.Scan(&micros)
		at = time.UnixMicro(micros)
		return err
	})
	return at, err
}

// drop ends the writing connection; the server undoes what was not committed.
func (d *Database) drop() {
	if d.writing != nil {
		d.writing.Close(context.Background())
		d.writing = nil
	}
}

// tx is the transaction of the writing connection. Only the writer uses it.
type tx struct {
	*Database
	ctx    context.Context
	began  time.Time
	queued []step
}

func (t *tx) Began() time.Time { return t.began }

// step is a statement that travels with the next one.
type step struct {
	query string
	args  []any
	each  func(store.Row) error // nil: rows are counted, not read
	rows  func(n int64)
}

func (t *tx) Defer(query string, rows func(n int64), args ...any) error {
	t.came(query)
	t.queued = append(t.queued, step{query: query, args: args, rows: rows})
	return nil
}

func (t *tx) Look(query string, each func(store.Row) error, rows func(n int64), args ...any) error {
	t.queued = append(t.queued, step{query, args, each, rows})
	return nil
}

func (t *tx) Flush() error {
	if len(t.queued) == 0 {
		return nil
	}
	results, err := t.send()
	if err != nil {
		return err
	}
	return results.Close()
}

func (t *tx) Exec(query string, args ...any) (int64, error) {
	t.came(query)
	results, err := t.send(step{query: query, args: args})
	if err != nil {
		return 0, err
	}
	done, err := results.Exec()
	if end := results.Close(); err == nil {
		err = end
	}
	return done.RowsAffected(), err
}

func (t *tx) Query(query string, each func(store.Row) error, args ...any) error {
	results, err := t.send(step{query: query, args: args})
	if err != nil {
		return err
	}
	rows, err := results.Query()
	err = walk(rows, err, each)
	if end := results.Close(); err == nil {
		err = end
	}
	return err
}

// send puts statements behind what is queued, in one journey, and reads up to
// the answer of the first of them.
func (t *tx) send(last ...step) (pgx.BatchResults, error) {
	queued := t.queued
	t.queued = nil
	var b pgx.Batch
	for _, s := range slices.Concat(queued, last) {
		b.Queue(t.texts.of(s.query), s.args...)
	}
	results := t.writing.SendBatch(t.ctx, &b)
	for _, s := range queued {
		n, err := s.answer(results)
		if err != nil {
			results.Close()
			return nil, err
		}
		if s.rows != nil {
			s.rows(n)
		}
	}
	return results, nil
}

// answer reads what the server says to one statement: how many rows it changed or gave.
func (s step) answer(results pgx.BatchResults) (int64, error) {
	if s.each == nil {
		done, err := results.Exec()
		return done.RowsAffected(), err
	}
	rows, err := results.Query()
	err = walk(rows, err, s.each)
	return rows.CommandTag().RowsAffected(), err
}

// Commit is durable when the server says COMMIT. (Of a transaction that failed
// before it says ROLLBACK, and calls that no error.) After an error nobody knows;
// the connection is given up, so that no later answer is taken for this one.
func (t *tx) Commit() error {
	results, err := t.send(step{query: "COMMIT"})
	if err == nil {
		done, e := results.Exec()
		if end := results.Close(); e == nil {
			e = end
		}
		if e == nil && done.String() != "COMMIT" {
			e = fmt.Errorf("the server answers COMMIT with %s", done)
		}
		err = e
	}
	if err != nil {
		t.drop()
	}
	return err
}

// Rollback never fails: without a connection there is nothing left to undo.
func (t *tx) Rollback() error {
	t.queued = nil
	if t.writing == nil {
		return nil
	}
	if _, err := t.writing.Exec(t.ctx, "ROLLBACK"); err != nil {
		t.drop()
	}
	return nil
}
