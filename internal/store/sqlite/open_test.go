package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/store/storetest"
)

// TestPromises asks the connections what they run with: durability, what
// deletion leaves, and who may read the files are settings that one word loses.
func TestPromises(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a dir?with #signs", "netid.db")
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	db, err := sqlite.Open(path)
	must(t, err)
	defer db.Close()
	ctx := context.Background()
	tx, err := db.Begin(ctx)
	must(t, err)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "wal_autocheckpoint": "0",
		"temp_store": "2", "mmap_size": "0", "max_page_count": "33554431", "trusted_schema": "0",
	} {
		var got string
		must(t, tx.Query("PRAGMA "+pragma, func(r store.Row) error { return r.Scan(&got) }))
		if got != want {
			t.Errorf("%s is %q, not %q", pragma, got, want)
		}
	}
	must(t, tx.Rollback())
	var tables []string
	must(t, db.Query(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'ledger%' ORDER BY name", func(r store.Row) error {
		tables = append(tables, "")
		return r.Scan(&tables[len(tables)-1])
	}))
	if !slices.Equal(tables, []string{"ledger_event", "ledger_floor", "ledger_head", "ledger_past", "ledger_tile"}) {
		t.Error(tables)
	}
	if err := db.Query(ctx, "DELETE FROM ledger_event", func(store.Row) error { return nil }); err == nil {
		t.Error("the reading side writes")
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
	}
}

// TestTampered refuses to write to a ledger that was altered, and still lets
// it be read, so that the check can say where.
func TestTampered(t *testing.T) {
	for name, edit := range map[string]string{
		"last leaf":         "UPDATE ledger_event SET leaf = randomblob(32) WHERE seq = 9",
		"last row deleted":  "DELETE FROM ledger_event WHERE seq = 9",
		"row added":         "INSERT INTO ledger_event SELECT 10, public, day, randomblob(16), bucket, owner, leaf, state, mac, body FROM ledger_event WHERE seq = 9",
		"head deleted":      "DELETE FROM ledger_head",
		"head of less":      "UPDATE ledger_head SET note = CAST(replace(CAST(note AS TEXT), char(10) || '10' || char(10), char(10) || '9' || char(10)) AS BLOB)",
		"everything erased": "DELETE FROM ledger_event",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "netid.db")
			s := open(t, path)
			for range 10 {
				must(t, s.Commit(context.Background(), identity.Change{Entry: storetest.Entry()}))
			}
			s.Close()
			plainly := plain(t, path)
			_, err := plainly.Exec(edit)
			must(t, err)
			must(t, plainly.Close())
			db, err := sqlite.Open(path)
			must(t, err)
			if _, err := store.Open(context.Background(), db, storetest.Keeper(), time.Now); !fault.Is(err, fault.Internal) {
				t.Fatal("opened:", err)
			}
			if _, err := reading(t, path).Entries(context.Background(), 0, 20); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestTwoWriters is what must never be, and happens when somebody starts the
// server twice: no position is given twice, and the ledger verifies.
func TestTwoWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netid.db")
	a, b := open(t, path), open(t, path)
	for range 20 {
		must(t, a.Commit(context.Background(), identity.Change{Entry: storetest.Entry()}))
		must(t, b.Commit(context.Background(), identity.Change{Entry: storetest.Entry()}))
	}
	if size := storetest.Check(t, a); size != 40 {
		t.Fatal("size", size)
	}
}

// FuzzClearGap: whatever the page, it changes nothing but the gap and never
// breaks.
func FuzzClearGap(f *testing.F) {
	f.Add(uint32(1), make([]byte, 512))
	leaf := make([]byte, 512)
	leaf[0], leaf[4], leaf[5] = 0x0d, 1, 1
	f.Add(uint32(2), leaf)
	f.Fuzz(func(t *testing.T, number uint32, page []byte) {
		if len(page) < 512 {
			return
		}
		before := append([]byte(nil), page...)
		dirty, err := sqlite.ClearGap(number, page)
		changed := 0
		for i := range page {
			if page[i] != before[i] {
				changed++
				if page[i] != 0 {
					t.Fatal("wrote something else than zero")
				}
			}
		}
		if dirty != (changed > 0) || err != nil && changed > 0 {
			t.Fatal(dirty, changed, err)
		}
		if again, _ := sqlite.ClearGap(number, page); again {
			t.Fatal("dirty after clearing")
		}
	})
}
