// Package sqlite is the embedded database below package store: driver, schema,
// locking and the care that SQLite needs so that what is deleted is gone.
//
// It owns the file DIR/netid.db and its -wal and -shm, the migrations, the
// pragmas and the checkpoints. It refuses to know what any row means.
//
// Invariant: a Commit that returned nil survives a power cut (WAL,
// synchronous=FULL), also after a sync that failed: from then on this process writes nothing. And no page reaches the database file before the space in it that no row
// uses was set to zero; after Settle that holds for every byte of every file.
//
// SQLite 3.54 (file format: https://www.sqlite.org/fileformat2.html, WAL:
// https://www.sqlite.org/walformat.html). Decisions: docs/adr/0007-embedded-store.md.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	driver "modernc.org/sqlite"

	"netid/internal/fault"
	"netid/internal/store"
)

// Database is one SQLite file: a writing connection, and a pool of read-only ones.
type Database struct {
	path     string
	readOnly bool

	writing *sql.DB   // nil when read-only
	conn    *sql.Conn // the one connection of writing
	write   statements
	changed int64    // rows since the last checkpoint
	wiped   position // in the log, up to where pages were wiped
	dead    atomic.Pointer[error]

	reading *sql.DB
	mu      sync.RWMutex // guards read
	read    statements
}

var _ store.Database = (*Database)(nil)

// statements are prepared once per query text.
type statements map[string]*sql.Stmt

// maxPages keeps the first byte of a page number below 2, which is how a
// b-tree page is told from any other (see page.go): 128 GiB of 4 KiB pages.
const maxPages = "33554431"

// Open opens the store at path for the one process that writes, creates it
// (mode 0600) and brings its schema up to date. What a crash left in the log
// is settled first.
func Open(path string) (*Database, error) {
	const op = "sqlite.Open"
	if err := create(path); err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	// fdatasync syncs the data and the size, which is all that recovery reads;
	// where the platform lacks it SQLite keeps to fsync.
	if _, err := driver.Fdatasync(true); err != nil && !errors.Is(err, driver.ErrFdatasyncUnavailable) {
		return nil, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	d := &Database{path: path, write: statements{}, read: statements{}}
	if err := d.open(context.Background()); err != nil {
		d.Close()
		return nil, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	return d, nil
}

func (d *Database) open(ctx context.Context) (err error) {
	if err = rewrite(d.path + "-wal"); err != nil {
		return err
	}
	d.writing, err = connect(d.path, 1, url.Values{"mode": {"rw"}, "_pragma": {
		"busy_timeout(" + busyTimeout + ")",
		"journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(0)",
		"secure_delete(ON)", "temp_store(MEMORY)", "mmap_size(0)",
		"max_page_count(" + maxPages + ")", "cache_size(-65536)", "trusted_schema(OFF)",
	}})
	if err != nil {
		return err
	}
	if err = migrate(ctx, d.writing); err != nil {
		return err
	}
	if d.conn, err = d.writing.Conn(ctx); err != nil {
		return err
	}
	if err = d.Settle(ctx); err != nil && !fault.Because(err, "store_busy") {
		return err
	}
	d.reading, err = connect(d.path, readers(), readValues())
	return err
}

// create makes an empty file that only its owner may read; SQLite gives its
// companions the same mode.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func connect(path string, most int, values url.Values) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: values.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	if err := db.Ping(); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// ReadOnly reports whether it was opened for reading alone.
func (d *Database) ReadOnly() bool { return d.readOnly }

// Close wipes and releases the files. If pages could not be wiped, the writing
// connection is left open until the process ends: closing it would copy them
// from the log into the database file.
func (d *Database) Close() error {
	if d.reading != nil {
		d.reading.Close()
	}
	if d.conn == nil {
		return nil
	}
	if err := d.wipe(context.Background()); err != nil {
		return fault.Wrap("sqlite.Close", fault.Unavailable, "store_unavailable", err)
	}
	for _, s := range d.write {
		s.Close()
	}
	d.conn.Close()
	return d.writing.Close()
}
