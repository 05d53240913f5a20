package sqlite

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"netid/internal/fault"
	"netid/internal/store"
)

// Heap is a store on its way to be one: the same tables, written in the order
// of arrival, without the indexes over random keys, each of which would cost a
// page of its own for every row. Build then puts every table into the order of its
// key at once. A store can be opened on it to write; what it reads by a random key
// reads the whole table, so whoever fills it asks nothing and is alone.
//
// What is written is kept by Keep alone, all since the last one or nothing: the
// changes between share its sync, and a cut leaves the heap at the last Keep.
type Heap struct {
	*Database
	heaps  map[string]bool   // tables without their unique keys
	plain  map[string]string // statements as this schema takes them
	open   bool              // a transaction is
	broken error             // what it was given up for
}

var _ store.Database = (*Heap)(nil)

// OpenHeap opens the heap at path, or begins one, for the one process that fills it.
func OpenHeap(ctx context.Context, path string) (*Heap, error) {
	const op = "sqlite.OpenHeap"
	if err := create(path); err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	h := &Heap{Database: &Database{path: path, write: statements{}, read: statements{}}, heaps: map[string]bool{}, plain: map[string]string{}}
	if err := h.begin(ctx); err != nil {
		h.Close()
		return nil, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	return h, nil
}

func (h *Heap) begin(ctx context.Context) (err error) {
	h.writing, err = connect(h.path, 1, url.Values{"mode": {"rw"}, "_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(0)", "cache_size(-65536)"}})
	if err != nil {
		return err
	}
	if err := h.found(ctx); err != nil {
		return err
	}
	if h.conn, err = h.writing.Conn(ctx); err != nil {
		return err
	}
	h.reading, err = connect(h.path, readers(), readValues())
	return err
}

// The tables that lost their keys are told in the heap itself, which begins with that.
const (
	heapsThere = "SELECT name FROM sqlite_master WHERE name = 'heap_table'"
	heapsBegin = "CREATE TABLE heap_table (name TEXT NOT NULL)"
	heapsTell  = "INSERT INTO heap_table (name) VALUES (?)"
	heapsTold  = "SELECT name FROM heap_table"
)

// found lets the migrations make a store of this version, once, and heaps of its tables.
func (h *Heap) found(ctx context.Context) error {
	if err := migrate(ctx, h.writing); err != nil {
		return err
	}
	there, err := list(ctx, h.writing, heapsThere)
	if err == nil && len(there) == 0 {
		err = h.strip(ctx)
	}
	if err != nil {
		return err
	}
	names, err := list(ctx, h.writing, heapsTold)
	for _, name := range names {
		h.heaps[name] = true
	}
	return err
}

// strip is one transaction: a cut leaves all tables as they were, or heaps.
func (h *Heap) strip(ctx context.Context) error {
	tables, err := describe(ctx, h.writing)
	if err != nil {
		return err
	}
	tx, err := h.writing.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, heapsBegin); err != nil {
		return err
	}
	for _, t := range tables {
		if len(t.heap) == 0 {
			continue
		}
		for _, query := range t.heap {
			if _, err := tx.ExecContext(ctx, query); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, heapsTell, t.name); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Kept is what the last Keep was given.
func (h *Heap) Kept(ctx context.Context) (n int, err error) {
	err = h.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&n)
	return n, fault.Wrap("sqlite.Kept", fault.Unavailable, "store_unavailable", err)
}

// Keep makes everything durable that was committed so far, together with n, how
// far that is. Nobody may be writing meanwhile.
func (h *Heap) Keep(ctx context.Context, n int) error {
	const op = "sqlite.Keep"
	tx, err := h.Begin(ctx)
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	if err = h.pragma(ctx, fmt.Sprintf("PRAGMA user_version = %d", n)); err == nil {
		_, err = h.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		tx.Rollback()
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	h.open = false
	return fault.Wrap(op, fault.Unavailable, "store_unavailable", h.pragma(ctx, "PRAGMA wal_checkpoint(PASSIVE)"))
}

// Begin goes on in the transaction that the next Keep ends.
func (h *Heap) Begin(ctx context.Context) (store.Tx, error) {
	if h.broken != nil {
		return nil, h.broken
	}
	if !h.open {
		if _, err := h.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return nil, err
		}
		h.open = true
	}
	return heapTx{tx{h.Database, ctx}, h}, nil
}

// Tidy and Settle leave a heap as it is: it is no store yet, and its file goes.
func (h *Heap) Tidy(context.Context) error   { return nil }
func (h *Heap) Settle(context.Context) error { return nil }

// Close drops what was not kept.
func (h *Heap) Close() error {
	var errs []error
	if h.reading != nil {
		errs = append(errs, h.reading.Close())
	}
	for _, s := range h.write {
		s.Close()
	}
	if h.conn != nil {
		errs = append(errs, h.conn.Close())
	}
	if h.writing != nil {
		errs = append(errs, h.writing.Close())
	}
	return errors.Join(errs...)
}

type heapTx struct {
	tx
	heap *Heap
}

func (t heapTx) Exec(query string, args ...any) (int64, error) {
	return t.tx.Exec(t.heap.taken(query), args...)
}

func (t heapTx) Defer(query string, rows func(n int64), args ...any) error {
	return t.tx.Defer(t.heap.taken(query), rows, args...)
}

func (t heapTx) Commit() error { return nil }

// Rollback would take back what others were told is there: it ends the heap until it is opened anew.
func (t heapTx) Rollback() error {
	if t.heap.broken == nil {
		t.heap.broken = errors.New("the heap was cut: open it again, at the last Keep")
		_, err := t.tx.run("ROLLBACK")
		return err
	}
	return nil
}

// taken is the statement as a heap takes it: a table without unique keys knows no conflict.
func (h *Heap) taken(query string) string {
	plain, known := h.plain[query]
	if !known {
		plain = query
		if rest, insert := strings.CutPrefix(query, "INSERT INTO "); insert {
			if name, _, _ := strings.Cut(rest, " "); h.heaps[name] {
				plain, _, _ = strings.Cut(query, " ON CONFLICT")
			}
		}
		h.plain[query] = plain
	}
	return plain
}
