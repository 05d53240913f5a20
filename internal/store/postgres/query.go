package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"netid/internal/store"
)

// Query reads what is committed, on any free connection of the pool. One that
// turns out to be dead, as after a failover, is replaced once: nothing was read
// from it, and reading twice is reading.
func (d *Database) Query(ctx context.Context, query string, each func(store.Row) error, args ...any) error {
	begun, lost, err := d.ask(ctx, query, each, args)
	if err != nil && lost && !begun && ctx.Err() == nil {
		_, _, err = d.ask(ctx, query, each, args)
	}
	return err
}

func (d *Database) ask(ctx context.Context, query string, each func(store.Row) error, args []any) (begun, lost bool, err error) {
	c, err := d.pool.Acquire(ctx)
	if err != nil {
		return false, false, plain(err)
	}
	defer c.Release()
	rows, err := c.Query(ctx, d.texts.of(query), args...)
	err = walk(rows, err, func(r store.Row) error {
		begun = true
		return each(r)
	})
	return begun, c.Conn().IsClosed(), err
}

// View gives one snapshot of the server. No writer waits for it.
func (d *Database) View(ctx context.Context, use func(store.Reader) error) error {
	tx, err := d.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return plain(err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) // it wrote nothing
	return use(view{tx, d})
}

type view struct {
	tx pgx.Tx
	*Database
}

func (v view) Query(ctx context.Context, query string, each func(store.Row) error, args ...any) error {
	rows, err := v.tx.Query(ctx, v.texts.of(query), args...)
	return walk(rows, err, each)
}

func walk(rows pgx.Rows, err error, each func(store.Row) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

var _ store.Reader = view{tx: (*pgxpool.Tx)(nil)}
