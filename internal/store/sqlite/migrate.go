package sqlite

import (
	"context"
	"net/url"
	"os"

	"netid/internal/fault"
	"netid/internal/store"
)

// Versions are those of the schema at path, and of the newest that this program
// speaks. A missing store is fault.NotFound, "store_missing".
func Versions(ctx context.Context, path string) (have, newest int64, err error) {
	const op = "sqlite.Versions"
	if _, err := os.Stat(path); err != nil {
		return 0, 0, fault.Wrap(op, fault.NotFound, "store_missing", err)
	}
	db, err := connectReading(path, readValues())
	if err != nil {
		return 0, 0, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	defer db.Close()
	p, err := provider(db)
	if err == nil {
		have, newest, err = p.GetVersions(ctx)
	}
	return have, newest, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
}

// Down takes back the newest migration, for the program of before; the caller
// keeps others out. One that would lose something, and a schema that is not the
// newest, are refused (fault.Conflict, "schema_stays") and left as they are.
func Down(ctx context.Context, at string) error {
	const op = "sqlite.Down"
	have, newest, err := Versions(ctx, at)
	if err != nil {
		return fault.At(op, err)
	}
	if have != newest {
		return fault.Newf(op, fault.Conflict, "schema_stays", "the schema is %d and not the newest, %d: this program takes back its newest alone", have, newest)
	}
	if err := store.Reversible(migrations, "migrations"); err != nil {
		return fault.Wrap(op, fault.Conflict, "schema_stays", err)
	}
	db, err := connect(at, 1, url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(" + busyTimeout + ")", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)"}})
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	defer db.Close()
	p, err := provider(db)
	if err == nil {
		_, err = p.Down(ctx)
	}
	return fault.Wrap(op, fault.Conflict, "schema_stays", err)
}
