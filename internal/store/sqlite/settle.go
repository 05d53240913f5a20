package sqlite

import (
	"context"

	"netid/internal/fault"
	"netid/internal/store"
)

const (
	busyTimeout   = "5000" // ms
	settleTimeout = "100"  // ms; the writer waits, and with it every change
	// checkpointAfter rows the log is copied into the database file: some tens of
	// megabytes of it, so that a restart stays quick and the copying is rare.
	checkpointAfter = 16384
)

// Tidy copies the log into the database file when enough has gathered. Readers
// in the way only make it copy less.
func (d *Database) Tidy(ctx context.Context) error {
	if d.changed < checkpointAfter {
		return nil
	}
	d.changed = 0
	_, err := d.checkpoint(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	return err
}

// DropDays has nothing that is kept apart by days: the store removes rows.
func (d *Database) DropDays(context.Context, int32) error { return nil }

// Settle wipes what no row uses, copies the log into the database file and
// empties it. A reader of an older state, in any process, is
// fault.Unavailable, "store_busy".
func (d *Database) Settle(ctx context.Context) error {
	if err := d.pragma(ctx, "PRAGMA busy_timeout = "+settleTimeout); err != nil {
		return err
	}
	busy, err := d.checkpoint(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	if again := d.pragma(ctx, "PRAGMA busy_timeout = "+busyTimeout); err == nil {
		err = again
	}
	if err == nil && busy {
		return fault.New("sqlite.Settle", fault.Unavailable, "store_busy")
	}
	return err
}

// checkpoint wipes first: what it copies stays.
func (d *Database) checkpoint(ctx context.Context, pragma string) (busy bool, err error) {
	if err := d.wipe(ctx); err != nil {
		return false, err
	}
	var frames, copied int64
	err = d.conn.QueryRowContext(ctx, pragma).Scan(&busy, &frames, &copied)
	return busy, d.heard(err)
}

// wipe clears the pages that changed since the last time, in a transaction of
// its own. Pages are reached through sqlite_dbpage, so they go through the log
// like any change, and a crash at any moment leaves them as they were or clear.
func (d *Database) wipe(ctx context.Context) error {
	if err := d.Dead(); err != nil {
		return err
	}
	pages, _, err := logged(d.path, d.wiped)
	if err != nil || len(pages) == 0 {
		return err
	}
	t, err := d.Begin(ctx)
	if err != nil {
		return err
	}
	for number := range pages {
		if err := wipePage(t, number); err != nil {
			t.Rollback()
			return err
		}
	}
	if err := t.Commit(); err != nil {
		t.Rollback()
		return err
	}
	_, d.wiped, err = logged(d.path, d.wiped)
	return err
}

func wipePage(t store.Tx, number uint32) error {
	var page []byte
	err := t.Query("SELECT data FROM sqlite_dbpage WHERE pgno = ?", func(r store.Row) error {
		return r.Scan(&page)
	}, int64(number))
	if err != nil || len(page) == 0 { // of a change that was rolled back: the file never grew so far
		return err
	}
	dirty, err := clearGap(number, page)
	if err != nil || !dirty {
		return err
	}
	_, err = t.Exec("UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?", page, int64(number))
	return err
}

func (d *Database) pragma(ctx context.Context, query string) error {
	_, err := d.conn.ExecContext(ctx, query)
	return err
}
