package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, filepath.Join(t.TempDir(), "netid.db")) })
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
		db, err := sqlite.Open(filepath.Join(t.TempDir(), "netid.db"))
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
