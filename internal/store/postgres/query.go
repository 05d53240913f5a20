package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"netid/internal/store"
)

// live uses a free connection of a pool. One that turns out to be dead, as after
// a failover, is replaced once if use says that doing it again is safe; and so are
// those that idle beside it, which are as dead.
func live(ctx context.Context, pool *pgxpool.Pool, use func(c *pgxpool.Conn) (again bool, err error)) error {
	for first := true; ; first = false {
		c, err := pool.Acquire(ctx)
		if err != nil {
			return plain(err)
		}
		again, err := use(c)
		lost := c.Conn().IsClosed()
		c.Release()
		if err == nil || !lost || !again || !first || ctx.Err() != nil {
			return err
		}
		pool.Reset()
	}
}

// Query reads what is committed. Until it gave a row, reading twice is reading.
func (d *Database) Query(ctx context.Context, query string, each func(store.Row) error, args ...any) error {
	begun := false
	return live(ctx, d.pool, func(c *pgxpool.Conn) (bool, error) {
		rows, err := c.Query(ctx, d.texts.of(query), args...)
		err = walk(rows, err, func(r store.Row) error {
			begun = true
			return each(r)
		})
		return !begun, err
	})
}

// View gives one snapshot of the server. No writer waits for it.
func (d *Database) View(ctx context.Context, use func(store.Reader) error) error {
	return live(ctx, d.pool, func(c *pgxpool.Conn) (again bool, err error) {
		tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
		if err != nil {
			return true, plain(err)
		}
		defer tx.Rollback(context.WithoutCancel(ctx)) // it wrote nothing
		return false, use(view{tx, d})
	})
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

var _ store.Reader = view{}
