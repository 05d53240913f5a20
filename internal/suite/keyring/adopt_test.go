package keyring_test

import (
	"path/filepath"
	"testing"

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
