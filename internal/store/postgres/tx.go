package postgres

import (
	"context"
	"fmt"

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
		err := d.enter(ctx)
		if err == nil {
			return &tx{Database: d, ctx: ctx}, nil
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
func (d *Database) enter(ctx context.Context) error {
	var b pgx.Batch
	b.Queue("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
	b.Queue("SELECT pg_advisory_xact_lock($1)", int64(turnKey))
	return d.writing.SendBatch(ctx, &b).Close()
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
	queued []string // silent statements that travel with the next one
}

func (t *tx) Exec(query string, args ...any) (int64, error) {
	if silent(query) {
		t.queued = append(t.queued, query)
		return 0, nil
	}
	if len(t.queued) == 0 {
		done, err := t.writing.Exec(t.ctx, t.texts.of(query), args...)
		return done.RowsAffected(), err
	}
	results, err := t.send(query, args)
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
	if len(t.queued) == 0 {
		rows, err := t.writing.Query(t.ctx, t.texts.of(query), args...)
		return walk(rows, err, each)
	}
	results, err := t.send(query, args)
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

// send puts the query behind what is queued and reads up to its answer.
func (t *tx) send(query string, args []any) (pgx.BatchResults, error) {
	var b pgx.Batch
	for _, q := range t.queued {
		b.Queue(q)
	}
	b.Queue(t.texts.of(query), args...)
	results := t.writing.SendBatch(t.ctx, &b)
	for range t.queued {
		if _, err := results.Exec(); err != nil {
			results.Close()
			return nil, err
		}
	}
	t.queued = t.queued[:0]
	return results, nil
}

// Commit is durable when the server says COMMIT. (Of a transaction that failed
// before it says ROLLBACK, and calls that no error.) After an error nobody knows;
// the connection is given up, so that no later answer is taken for this one.
func (t *tx) Commit() error {
	results, err := t.send("COMMIT", nil)
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
