package sqlite

import (
	"context"
	"database/sql"

	"netid/internal/store"
)

// Query reads what is committed, on any free connection of the pool. A context
// that can end would cost two goroutines for each of its reads, which take
// microseconds: it is looked at between rows instead.
func (d *Database) Query(ctx context.Context, query string, each func(store.Row) error, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := d.prepared(ctx, query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(context.WithoutCancel(ctx), args...)
	return walk(ctx, rows, err, each)
}

// prepared gives the one statement of a query text; database/sql prepares it
// on each connection that runs it.
func (d *Database) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	d.mu.RLock()
	s := d.read[query]
	d.mu.RUnlock()
	if s != nil {
		return s, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.read[query]; s != nil {
		return s, nil
	}
	s, err := d.reading.PrepareContext(ctx, query)
	if err == nil {
		d.read[query] = s
	}
	return s, err
}

// View keeps one read transaction open while use runs. No checkpoint passes it.
func (d *Database) View(ctx context.Context, use func(store.Reader) error) error {
	tx, err := d.reading.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // it wrote nothing
	return use(view{tx})
}

type view struct{ tx *sql.Tx }

func (v view) Query(ctx context.Context, query string, each func(store.Row) error, args ...any) error {
	rows, err := v.tx.QueryContext(context.WithoutCancel(ctx), query, args...)
	return walk(ctx, rows, err, each)
}

func walk(ctx context.Context, rows *sql.Rows, err error, each func(store.Row) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
