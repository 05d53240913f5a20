package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"netid/internal/disk"
	"netid/internal/fault"
)

// described is a table of a store as its schema has it, and the statements that
// make it of a heap: the schema writes them itself, and no value is ever in one.
type described struct {
	name string
	heap []string // what makes it a heap with its rows; none where no unique key is over blobs: random, or keyed
	bare []string // what leaves it empty and without indexes
	fill string   // takes over all rows, in the order of the key
	last []string // what puts the indexes back
}

// The tables but for the bookkeeping of their migrations; of each, what makes
// it of a heap.
const (
	schemaTables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%' ORDER BY name"

	schemaRandom = `SELECT c.name FROM pragma_index_list(?1) l, pragma_index_info(l.name) i, pragma_table_info(?1) c
		WHERE l."unique" = 1 AND c.cid = i.cid AND c.type = 'BLOB'`

	// A key that is one number stays: rows arrive in its order.
	schemaHeap = `SELECT format('CREATE TABLE heap_%w (%s%s)', ?1, group_concat(name || ' ' || type, ', '),
			CASE WHEN sum(pk) = 1 AND max(CASE WHEN pk = 1 THEN type END) = 'INTEGER' THEN format(', PRIMARY KEY (%w)', max(CASE WHEN pk = 1 THEN name END)) ELSE '' END)
			FROM (SELECT * FROM pragma_table_info(?1) ORDER BY cid)
		UNION ALL SELECT format('INSERT INTO heap_%w SELECT * FROM %w', ?1, ?1)
		UNION ALL SELECT format('DROP TABLE %w', ?1)
		UNION ALL SELECT format('ALTER TABLE heap_%w RENAME TO %w', ?1, ?1)`

	schemaBare = `SELECT format('DELETE FROM main.%w', ?1)
		UNION ALL SELECT format('DROP INDEX main.%w', name) FROM sqlite_master WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL`

	schemaFill = `SELECT format('INSERT INTO main.%w (%s) SELECT %s FROM heap.%w ORDER BY %s', ?1, names, names, ?1, keys) FROM
		(SELECT group_concat(name, ', ') AS names FROM (SELECT name FROM pragma_table_info(?1) ORDER BY cid)),
		(SELECT group_concat(name, ', ') AS keys FROM (SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk))`

	schemaLast = "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL ORDER BY name"
)

// describe reads a schema.
func describe(ctx context.Context, db *sql.DB) (all []described, err error) {
	names, err := list(ctx, db, schemaTables)
	for _, name := range names {
		t := described{name: name}
		random, err1 := list(ctx, db, schemaRandom, name)
		var err2 error
		if len(random) > 0 {
			t.heap, err2 = list(ctx, db, schemaHeap, name)
		}
		filled, err3 := list(ctx, db, schemaFill, name)
		var err4, err5 error
		t.bare, err4 = list(ctx, db, schemaBare, name)
		t.last, err5 = list(ctx, db, schemaLast, name)
		if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
			return nil, err
		}
		t.fill = filled[0]
		all = append(all, t)
	}
	return all, err
}

func list(ctx context.Context, db *sql.DB, query string, args ...any) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// Build makes the store at to from the heap at from, which nobody has open:
// table after table in the order of its key, indexes last, so that each page is
// written once and full. It takes its place in one step; cut before that, it is begun
// again. said hears each table that is done.
func Build(ctx context.Context, from, to string, said func(table string, rows int64)) error {
	const op = "sqlite.Build"
	half := to + ".half"
	if err := os.Remove(half); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	err := create(half)
	if err == nil {
		err = build(ctx, from, half, said)
	}
	if err == nil {
		err = settleFile(half)
	}
	if err == nil {
		err = os.Rename(half, to)
	}
	if err == nil {
		err = disk.Sync(filepath.Dir(to))
	}
	return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
}

// build writes without a journal and without syncs: before the last one the file is nothing. What is sorted
// may be gigabytes and lies beside the file, where there is room for it, and not where the system keeps small things.
func build(ctx context.Context, from, half string, said func(string, int64)) error {
	beside := "temp_store_directory('" + strings.ReplaceAll(filepath.Dir(half), "'", "''") + "')"
	db, err := connect(half, 1, url.Values{"mode": {"rw"}, "_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "secure_delete(ON)", "cache_size(-262144)", beside}})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := migrate(ctx, db); err != nil {
		return err
	}
	tables, err := describe(ctx, db)
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "ATTACH DATABASE ? AS heap", from); err != nil {
		return err
	}
	for _, t := range tables {
		rows, err := t.takeOver(ctx, conn)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		said(t.name, rows)
	}
	_, err = conn.ExecContext(ctx, "DETACH DATABASE heap")
	return errors.Join(err, conn.Close(), db.Close())
}

// takeOver fills one table.
func (t described) takeOver(ctx context.Context, conn *sql.Conn) (rows int64, err error) {
	for _, s := range t.bare {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return 0, err
		}
	}
	done, err := conn.ExecContext(ctx, t.fill)
	if err != nil {
		return 0, err
	}
	for _, s := range t.last {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return 0, err
		}
	}
	return done.RowsAffected()
}

// settleFile leaves nothing in the file but its rows, and makes it durable.
func settleFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(clearGaps(f), f.Sync(), f.Close())
}
