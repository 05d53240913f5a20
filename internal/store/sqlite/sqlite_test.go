package sqlite_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/store/storetest"
	"netid/test/blank"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, blank.Lay(t, filepath.Join(t.TempDir(), "netid.db"))) })
}

func open(t testing.TB, path string) *store.Store {
	t.Helper()
	db, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), db, storetest.Keeper(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestFaults(t *testing.T) {
	storetest.Faults(t, func(t *testing.T, wrap func(store.Database) store.Database) *store.Store {
		db, err := sqlite.Open(blank.Lay(t, filepath.Join(t.TempDir(), "netid.db")))
		if err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(context.Background(), wrap(db), storetest.Keeper(), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	})
}

func BenchmarkCommit(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B) *store.Store { return open(b, filepath.Join(b.TempDir(), "netid.db")) })
}

// The end of a term reads by indexes: its cost does not grow with the ledger.
func TestATermEndsByIndex(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netid.db")
	open(t, path).Close()
	db := plain(t, path)
	defer db.Close()
	for query, want := range map[string]string{
		"SELECT seq FROM ledger_event WHERE state IN (4, 5) AND state = ? AND day >= ? AND day < ? ORDER BY day, seq LIMIT ?": "ledger_event_held",
		"SELECT 1 FROM escrow WHERE month = ? AND class = ? LIMIT 1":                                                          "escrow_period",
	} {
		var plan strings.Builder
		rows, err := db.Query("EXPLAIN QUERY PLAN "+query, 4, 1, 2, 1)
		must(t, err)
		for rows.Next() {
			var id, parent, unused int
			var what string
			must(t, rows.Scan(&id, &parent, &unused, &what))
			plan.WriteString(what + "\n")
		}
		must(t, rows.Err())
		rows.Close()
		if !strings.Contains(plan.String(), want) || strings.Contains(plan.String(), "SCAN") || strings.Contains(plan.String(), "TEMP B-TREE") {
			t.Errorf("%s:\n%s", query, plan.String())
		}
	}
}

func TestMoves(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	fresh := func(t *testing.T) func() store.Database {
		path := filepath.Join(t.TempDir(), "netid.db")
		return func() store.Database {
			db, err := sqlite.Open(path)
			must(t, err)
			return db
		}
	}
	storetest.Moves(t, fresh, fresh)
	t.Run("days", func(t *testing.T) { storetest.Days(t, fresh) })
	t.Run("terms", func(t *testing.T) { storetest.Terms(t, fresh, "../../../docs/privacy.md") })
}

func TestCodes(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	storetest.Codes(t, func(t *testing.T) func() store.Database {
		path := filepath.Join(t.TempDir(), "netid.db")
		return func() store.Database {
			db, err := sqlite.Open(path)
			must(t, err)
			return db
		}
	})
}
