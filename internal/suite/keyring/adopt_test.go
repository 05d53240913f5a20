package keyring_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/suite/keyring"
)

// What came later in a copy of a ring is taken over, key by key, and only of
// the use that was asked for; rings that went apart are refused.
func TestAdopt(t *testing.T) {
	dir, master := paths(t)
	first := open(t, dir, master).Secret("shelf")
	older := copyDir(t, dir)
	plain := func(dir string) keyring.Master { return keyring.MasterFile(filepath.Join(dir, "master")) }
	rotate(t, dir, master, "shelf")
	rotate(t, dir, master, "shelf")
	rotate(t, dir, master, "backup")
	later := open(t, dir, master)
	if n, err := keyring.Adopt(older, dir, plain(older), "shelf"); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := keyring.Adopt(older, dir, plain(older), "shelf"); n != 0 || err != nil {
		t.Fatal("again:", n, err)
	}
	r := open(t, older, plain(older))
	keyring.SetClock(r, func() time.Time { return time.Now().Add(time.Minute) }) // all are announced by then
	if got := r.Secrets("shelf")(); len(got) != 3 || got[2] != first || got[0] != later.Secret("shelf") {
		t.Error(states(r, "shelf"))
	}
	if states(r, "backup") != "current" || r.Secret("backup") == later.Secret("backup") {
		t.Error("another use came along")
	}
	rotate(t, older, plain(older), "backup")
	before := listing(t, older)
	if _, err := keyring.Adopt(older, dir, plain(older), "backup"); !fault.Because(err, "key_versions") || listing(t, older) != before {
		t.Error("two that went apart:", err)
	}
	strange, strangers := paths(t)
	open(t, strange, strangers)
	if _, err := keyring.Adopt(older, strange, plain(older), "shelf"); err == nil || listing(t, older) != before {
		t.Error("a ring under another master:", err)
	}
}

// A ring of another service that happens to be under the same master is no later
// state of this one, also when all that both had a key for is destroyed there.
func TestAdoptTakesNothingFromAnotherRing(t *testing.T) {
	dir, master := paths(t)
	open(t, dir, master)
	other := copyDir(t, dir)
	plain := keyring.MasterFile(filepath.Join(other, "master"))
	for _, f := range []string{"*.key", "manifest.json"} { // the master alone stays
		names, err := filepath.Glob(filepath.Join(other, f))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := open(t, other, plain)
	rotate(t, other, plain, "backup")
	var id string
	for _, e := range first.List() {
		if e.Use == "backup" {
			id = e.ID
		}
	}
	if _, err := keyring.Retire(other, plain, id, true); err != nil {
		t.Fatal(err)
	}
	before := listing(t, dir)
	if n, err := keyring.Adopt(dir, other, master, "backup"); n != 0 || !fault.Because(err, "key_versions") || listing(t, dir) != before {
		t.Errorf("%d taken, %v", n, err)
	}
}
