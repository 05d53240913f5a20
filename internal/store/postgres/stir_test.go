package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/postgres"
	"netid/internal/store/storetest"
	"netid/internal/suite"
	postgrestest "netid/test/postgres"
)

var mixedTables = map[string]string{"person": "id", "person_key": "person", "certificate": "id", "party_link": "idx", "person_chain": "idx", "vault_identity": "id", "vault_index": "idx", "escrow": "idx"}

func enrol(t testing.TB, s *store.Store, n int) (all []*storetest.Person) {
	t.Helper()
	for range n {
		p := storetest.NewPerson(uint64(len(all)) + 1)
		must(t, s.Commit(context.Background(), identity.Change{Entry: p.Entry(), Verbs: append(p.Open(),
			identity.KeepEscrow{Index: suite.Random(32), Period: identity.Period{Month: 24322, Class: identity.Logs}, Body: suite.Random(145)})}))
		all = append(all, p)
	}
	return all
}

// heap gives the keys of a table in the order in which a dump gives them.
func heap(t testing.TB, server *postgrestest.Server, at, table string) []string {
	t.Helper()
	return strings.Fields(server.RunAt(t, at, "SELECT encode("+mixedTables[table]+", 'hex') FROM "+table+" ORDER BY ctid"))
}

// While nothing is stirred the n-th row of a table is the n-th of another (the
// control); afterwards no table lies in the order in which its rows came, and no
// two tables have rows of one transaction.
func TestStir(t *testing.T) {
	server := postgrestest.Ready(t)
	at := server.Database(t)
	db := connect(t, at)
	later := clocked(db)
	s := over(t, db)
	people := enrol(t, s, 30)
	var persons, identities []string
	for _, p := range people {
		persons, identities = append(persons, fmt.Sprintf("%x", p.ID[:])), append(identities, fmt.Sprintf("%x", p.Row))
	}
	if followed(heap(t, server, at, "person"), persons) < 25 || followed(heap(t, server, at, "vault_identity"), identities) < 25 {
		t.Error("the control shows nothing: rows do not lie in the order in which they came")
	}
	before := map[string][]string{}
	for table := range mixedTables {
		before[table] = heap(t, server, at, table)
	}
	later()
	must(t, s.Commit(context.Background(), identity.Change{Entry: storetest.Entry()})) // the next change has it done
	s.Close()
	seen := map[string]string{}
	for table := range mixedTables {
		keys := heap(t, server, at, table)
		if n := followed(keys, before[table]); len(keys) != len(before[table]) || n > 8 {
			t.Errorf("%s: %d of %d rows follow the one that they followed", table, n, len(keys))
		}
		for _, x := range strings.Fields(server.RunAt(t, at, "SELECT DISTINCT xmin FROM "+table)) {
			if seen[x] != "" {
				t.Errorf("%s and %s have rows of one transaction", table, seen[x])
			}
			seen[x] = table
		}
	}
	after := open(t, at)
	for _, p := range people {
		if row, err := after.Person(context.Background(), p.ID); err != nil || string(row.Profile) != string(p.Profile) {
			t.Error(err)
		}
		if body, err := after.Identity(context.Background(), p.Row); err != nil || string(body) != string(p.Identity) {
			t.Error(err)
		}
	}
	storetest.Check(t, after)
}

// clocked gives a database a clock that goes on by minutes when it is told to.
func clocked(db *postgres.Database) (later func()) {
	var minutes atomic.Int64
	begin := time.Now()
	postgres.SetClock(db, func() time.Time { return begin.Add(time.Duration(minutes.Load()) * time.Minute) })
	return func() { minutes.Add(2) }
}

// followed counts the rows that come right after the one that they came after before.
func followed(keys, before []string) (n int) {
	for i := 1; i < len(keys); i++ {
		if at := slices.Index(before, keys[i]); at > 0 && before[at-1] == keys[i-1] {
			n++
		}
	}
	return n
}

// In a large table a few new rows lie among many others. They are stirred by
// hand: at the end of a process that is slow it is given up, and due again.
func TestStirInALargeTable(t *testing.T) {
	server := postgrestest.Ready(t)
	at := server.Database(t)
	connect(t, at).Close()
	server.RunAt(t, at, "INSERT INTO vault_identity SELECT sha256(n::text::bytea), repeat('x', 1000)::bytea FROM generate_series(1, 4000) n")
	db := connect(t, at)
	defer db.Close()
	people := enrol(t, open(t, at), 20)
	must(t, postgres.Stir(db))
	keys := heap(t, server, at, "vault_identity")
	if len(keys) != 4020 {
		t.Fatal(len(keys), "rows")
	}
	first, last := len(keys), 0
	for _, p := range people {
		n := slices.Index(keys, fmt.Sprintf("%x", p.Row))
		first, last = min(first, n), max(last, n)
	}
	if first == last-19 || len(keys)-first < 40 { // of some 230 places at least: 20 in the last 40 come once in 10^15 runs
		t.Errorf("the twenty lie at %d to %d of %d", first, last, len(keys))
	}
}

// Whoever reads or writes beside it finds every row, once.
func TestStirBesideOthers(t *testing.T) {
	ctx := context.Background()
	at := postgrestest.Ready(t).Database(t)
	db := connect(t, at)
	defer db.Close()
	s := open(t, at)
	people := enrol(t, s, 20)
	end := make(chan struct{})
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for i := n; ; i++ {
				select {
				case <-end:
					return
				default:
				}
				p := people[i%len(people)]
				if _, err := s.Person(ctx, p.ID); err != nil {
					t.Error(err)
				}
				if c, err := s.Certificates(ctx, p.CertOwn); err != nil || len(c) != 2 {
					t.Error(len(c), err)
				}
				err := s.Commit(ctx, identity.Change{Entry: storetest.Entry(), Verbs: []identity.Verb{identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 1}}})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 15 {
		must(t, postgres.Stir(db))
	}
	close(end)
	all.Wait()
	storetest.Check(t, s)
}
