package sqlite

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"netid/internal/store"
)

// Begin takes the write lock at once: no later statement can find it taken.
func (d *Database) Begin(ctx context.Context) (store.Tx, error) {
	if err := d.Dead(); err != nil {
		return nil, err
	}
	t := tx{d, ctx}
	_, err := t.run("BEGIN IMMEDIATE")
	return t, err
}

// Clock is this machine's own.
func (d *Database) Clock(ctx context.Context) (time.Time, error) {
	return time.Time{}, d.Query(ctx, "SELECT 1", func(store.Row) error { return nil })
}

// tx is the transaction of the writing connection. Only the writer uses it, so
// its statements need no lock.
type tx struct {
	*Database
	ctx context.Context
}

func (t tx) Exec(query string, args ...any) (int64, error) {
	n, err := t.run(query, args...)
	t.changed += n
	return n, err
}

// Defer waits for nothing: there is no journey to share.
func (t tx) Defer(query string, rows func(n int64), args ...any) error {
	var n int64
	var err error
	if strings.HasPrefix(query, "SELECT") {
		err = t.Query(query, func(store.Row) error { n++; return nil }, args...)
	} else {
		n, err = t.Exec(query, args...)
	}
	if err == nil && rows != nil {
		rows(n)
	}
	return err
}

func (t tx) Look(query string, each func(store.Row) error, rows func(n int64), args ...any) error {
	var n int64
	err := t.Query(query, func(r store.Row) error { n++; return each(r) }, args...)
	if err == nil && rows != nil {
		rows(n)
	}
	return err
}

func (t tx) Flush() error { return nil }

// Began is not another machine's time.
func (t tx) Began() time.Time { return time.Time{} }

func (t tx) run(query string, args ...any) (int64, error) {
	s, err := t.statement(t.ctx, query)
	if err != nil {
		return 0, err
	}
	done, err := s.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, t.heard(err)
	}
	return done.RowsAffected()
}

func (t tx) Query(query string, each func(store.Row) error, args ...any) error {
	s, err := t.statement(t.ctx, query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(t.ctx, args...)
	return t.heard(walk(t.ctx, rows, err, each))
}

func (t tx) Commit() error {
	_, err := t.run("COMMIT")
	return err
}

func (t tx) Rollback() error {
	_, err := t.run("ROLLBACK")
	return err
}

func (d *Database) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	s := d.write[query]
	if s != nil {
		return s, nil
	}
	s, err := d.conn.PrepareContext(ctx, query)
	if err == nil {
		d.write[query] = s
	}
	return s, err
}
