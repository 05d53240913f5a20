package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/store/storetest"
)

// openHeap is a store over a heap.
func openHeap(t *testing.T, path string) (*sqlite.Heap, *store.Store) {
	t.Helper()
	h, err := sqlite.OpenHeap(t.Context(), path)
	must(t, err)
	s, err := store.Open(t.Context(), h, storetest.Keeper(), time.Now)
	must(t, err)
	return h, s
}

// arrive is one person with an event, none of which reads anything.
func arrive(t *testing.T, s *store.Store, n byte) {
	t.Helper()
	id := identity.PersonID{255 - n}
	body := make([]byte, 540)
	must(t, s.Commit(t.Context(), identity.Change{
		Entry: identity.Entry{EntryKey: identity.EntryKey{Day: 20000, ID: []byte{n, 15: 0}}, Owner: make([]byte, 32), Leaf: [32]byte{n}, Body: body},
		Verbs: []identity.Verb{
			identity.OpenPerson{ID: id, Profile: body, Keys: identity.WrappedKeys{Locator: body, Identity: body, Subject: body, Record: body}},
			identity.KeepIdentity{Row: []byte{200 - n}, Body: body},
			identity.ClaimIndex{Index: []byte{100 - n}, Body: body},
		}}))
}

// A cut leaves the heap at the last Keep; what is built of it is a store like
// any other, its schema too, with its rows in the order of their keys.
func TestHeapBecomesAStore(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	path, at := filepath.Join(dir, "heap"), filepath.Join(dir, "netid.db")
	h, s := openHeap(t, path)
	arrive(t, s, 1)
	arrive(t, s, 2)
	must(t, h.Keep(ctx, 2))
	arrive(t, s, 3) // not kept
	s.Close()
	h, s = openHeap(t, path)
	if n, err := h.Kept(ctx); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	arrive(t, s, 4)
	must(t, h.Keep(ctx, 3))
	s.Close()

	must(t, os.WriteFile(at+".half", []byte("of a build that was cut"), 0o600))
	rows := map[string]int64{}
	must(t, sqlite.Build(ctx, path, at, func(table string, n int64) { rows[table] = n }))
	for table, want := range map[string]int64{"person": 3, "person_key": 3, "vault_identity": 3, "vault_index": 3, "ledger_event": 3, "single_use": 1, "party": 0} {
		if n, there := rows[table]; n != want || !there {
			t.Errorf("%s: %d rows", table, n)
		}
	}
	built := open(t, at) // checks the head against the rows
	if _, err := built.Person(ctx, identity.PersonID{255 - 4}); err != nil {
		t.Error(err)
	}
	if _, err := built.Person(ctx, identity.PersonID{255 - 3}); err == nil {
		t.Error("what was not kept is there")
	}
	arrive(t, built, 5)
	built.Close()
	other := filepath.Join(dir, "other.db")
	open(t, other).Close()
	if got, want := schema(t, at), schema(t, other); got != want {
		t.Errorf("%s\nis not\n%s", got, want)
	}
	if v := integrity(t, at); v != "ok" {
		t.Error(v)
	}
}

// A key that is taken twice is found when the store is built, and there is none.
func TestHeapHoldsNobodyTwice(t *testing.T) {
	dir := t.TempDir()
	path, at := filepath.Join(dir, "heap"), filepath.Join(dir, "netid.db")
	h, s := openHeap(t, path)
	arrive(t, s, 1)
	arrive(t, s, 1)
	must(t, h.Keep(t.Context(), 2))
	s.Close()
	if err := sqlite.Build(t.Context(), path, at, func(string, int64) {}); err == nil || !strings.Contains(err.Error(), "UNIQUE") {
		t.Errorf("built: %v", err)
	}
	if _, err := os.Stat(at); err == nil {
		t.Error("there is a store")
	}
}

// A heap that lost a transaction tells nobody that it goes on.
func TestHeapIsCutByAFailure(t *testing.T) {
	h, s := openHeap(t, filepath.Join(t.TempDir(), "heap"))
	defer s.Close()
	tx, err := h.Begin(t.Context())
	must(t, err)
	must(t, tx.Rollback())
	if _, err := h.Begin(t.Context()); err == nil {
		t.Error("it goes on")
	}
	if err := h.Keep(t.Context(), 7); err == nil {
		t.Error("it keeps what it lost")
	}
}

// schema is every statement that made it, whatever their order.
func schema(t *testing.T, path string) string {
	t.Helper()
	db := plain(t, path)
	defer db.Close()
	rows, err := db.Query("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name")
	must(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		must(t, rows.Scan(&one))
		all = append(all, one)
	}
	return strings.Join(all, "\n")
}
