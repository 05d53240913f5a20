package postgres_test

import (
	"context"
	"testing"
	"time"

	"netid/internal/store"
	"netid/internal/store/postgres"
	"netid/internal/store/storetest"
	postgrestest "netid/test/postgres"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, postgrestest.Ready(t).Database(t)) })
}

func TestFaults(t *testing.T) {
	t.Parallel()
	storetest.Faults(t, func(t *testing.T, wrap func(store.Database) store.Database) *store.Store {
		return over(t, wrap(connect(t, postgrestest.Ready(t).Database(t))))
	})
}

func TestNodes(t *testing.T) {
	t.Parallel()
	storetest.Nodes(t, func(t *testing.T, n int) (nodes []*store.Store) {
		address := postgrestest.Ready(t).Database(t)
		for range n {
			nodes = append(nodes, open(t, address))
		}
		return nodes
	})
}

func BenchmarkCommit(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B) *store.Store { return open(b, postgrestest.Ready(b).Database(b)) })
}

func address(t testing.TB, s string) postgres.Address {
	t.Helper()
	a, err := postgres.ParseAddress(s)
	must(t, err)
	return a
}

func connect(t testing.TB, at string) *postgres.Database {
	t.Helper()
	db, err := postgres.Open(context.Background(), address(t, at))
	must(t, err)
	return db
}

func over(t testing.TB, db store.Database) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), db, storetest.Keeper(), time.Now)
	must(t, err)
	t.Cleanup(s.Close)
	return s
}

func open(t testing.TB, at string) *store.Store {
	t.Helper()
	return over(t, connect(t, at))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMoves(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	t.Parallel()
	fresh := func(t *testing.T) func() store.Database {
		at := postgrestest.Ready(t).Database(t)
		connect(t, at).Close()
		return func() store.Database { return connect(t, at) }
	}
	storetest.Moves(t, fresh, fresh)
	t.Run("days", func(t *testing.T) { storetest.Days(t, fresh) })
	t.Run("terms", func(t *testing.T) { storetest.Terms(t, fresh, "../../../docs/privacy.md") })
}

func TestCodesPostgreSQL(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	t.Parallel()
	storetest.Codes(t, func(t *testing.T) func() store.Database {
		at := postgrestest.Ready(t).Database(t)
		return func() store.Database { return connect(t, at) }
	})
}
