package kit_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"netid/internal/act/erase"
	"netid/internal/fault"
	"netid/internal/law"
	"netid/internal/vault"
	"netid/test/kit"
)

// later is a vault whose shelf fails, so that a slot stays to be destroyed.
type later struct{ *vault.Guarded }

func (later) Shred(uint64) error { return fault.New("test", fault.Unavailable, "shelf_broken") }

var _ erase.Vault = later{}

// The secrets on the shelf lie in no other copy. Whoever can write to the store
// alone must not have them destroyed by asking in the service's name; and what an
// erasure left to be destroyed is destroyed all the same.
func TestNobodyIsEndedByARowInTheStore(t *testing.T) {
	k := kit.New(t, law.New())
	victim, leaving := k.Adult(1), k.Adult(2)
	for _, c := range []*kit.Citizen{victim, leaving} {
		if err := c.Enrol(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.SignIn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	whole := k.Erase.Vault
	k.Erase.Vault = later{k.Vault}
	if _, err := k.Erase.Erase(t.Context(), leaving.Session, leaving.Passcode); err == nil {
		t.Fatal("control: the shelf did not fail")
	}
	k.Erase.Vault = whole
	v, err := k.Vault.Visit(t.Context(), victim.Session)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(k.Dir, "netid.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	do("INSERT INTO pending_shred (slot, code) SELECT ?, code FROM pending_shred", int64(v.Slot)) // the code of another
	for n := 1; n <= 50; n++ {
		do("INSERT INTO pending_shred (slot) VALUES (?) ON CONFLICT DO NOTHING", n)
	}
	if err := k.Erase.Resume(t.Context()); !fault.Is(err, fault.Internal) {
		t.Errorf("nobody hears of it: %v", err)
	}
	if _, err := k.Vault.Visit(t.Context(), victim.Session); err != nil {
		t.Errorf("somebody was ended by a row in the store: %v", err)
	}
	var left int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM pending_shred").Scan(&left); err != nil || left != 49 { // of 50, less who left
		t.Error(left, err)
	}
	do("DELETE FROM pending_shred")
	if slots, err := k.Store.PendingShreds(t.Context()); err != nil || len(slots) != 0 {
		t.Error(slots, err)
	}
	if _, err := k.Vault.Open(t.Context(), leaving.Session.Person); err == nil {
		t.Error("who left still opens")
	}
}
