package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"

	"netid/internal/fault"
)

// OpenReadOnly opens the store at path beside a running server or without one.
// It never writes to the database; SQLite itself may create the -wal and -shm
// that every reader of a WAL database needs. Where it may not (a copy on
// read-only media) the file is read as unchanging, if no log is left to read.
// A missing store is fault.NotFound, "store_missing"; one of another version
// fault.Unavailable, "store_version".
func OpenReadOnly(path string) (*Database, error) {
	const op = "sqlite.OpenReadOnly"
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(op, fault.NotFound, "store_missing")
	}
	values := readValues()
	db, err := connectReading(path, values)
	if err != nil && settled(path) {
		values.Set("immutable", "1")
		db, err = connectReading(path, values)
	}
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	if err := sameVersion(db); err != nil {
		db.Close()
		return nil, fault.Wrap(op, fault.Unavailable, "store_version", err)
	}
	return &Database{path: path, readOnly: true, reading: db, read: statements{}}, nil
}

func connectReading(path string, values url.Values) (*sql.DB, error) {
	db, err := connect(path, readers(), values)
	if err != nil {
		return nil, err
	}
	var n int
	if err := db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&n); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// settled reports whether everything committed is in the database file.
func settled(path string) bool {
	log, err := os.Stat(path + "-wal")
	return errors.Is(err, fs.ErrNotExist) || err == nil && log.Size() == 0
}

func sameVersion(db *sql.DB) error {
	p, err := provider(db)
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(context.Background())
	if err == nil && current != target {
		err = fmt.Errorf("schema %d, this program speaks %d", current, target)
	}
	return err
}

func readValues() url.Values {
	return url.Values{"mode": {"ro"}, "_pragma": {
		"busy_timeout(" + busyTimeout + ")", "query_only(ON)",
		"temp_store(MEMORY)", "mmap_size(0)", "cache_size(-8192)", "trusted_schema(OFF)",
	}}
}

func readers() int { return 2 * max(2, runtime.GOMAXPROCS(0)) }
