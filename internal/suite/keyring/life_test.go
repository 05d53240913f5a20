package keyring_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"netid/internal/disk/disktest"
	"netid/internal/fault"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

// Every use of every profile has its place in the table, with what an operator
// is told about it.
func TestEveryUseHasALife(t *testing.T) {
	for _, p := range []suite.Profile{suite.International, suite.Guomi, suite.Dual} {
		dir := filepath.Join(t.TempDir(), "keyring")
		r, err := keyring.Open(dir, keyring.MasterFile(filepath.Join(dir, "master")), p)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.List() {
			if why, known := keyring.LifeOf(e.Use); !known {
				t.Errorf("%s: %s is not in the table: %s", p, e.Use, why)
			}
		}
	}
}

// A new secret is live before it makes anything: whoever makes under it later,
// in this process or another, meets nobody who cannot open it.
func TestANewSecretIsAnnounced(t *testing.T) {
	dir, master := paths(t)
	r := open(t, dir, master)
	first := r.Versions("vault-index").Now()
	second := rotate(t, dir, master, "vault-index")
	if _, err := r.Refresh(); err != nil {
		t.Fatal(err)
	}
	now := second.Created.Add(2 * time.Second)
	keyring.SetClock(r, func() time.Time { return now })
	v := r.Versions("vault-index")
	if all := v.Live(); len(all) != 2 || all[0] != first || all[1].Turn != 1 || v.Now() != first {
		t.Errorf("before its time: %d live, turn %d makes", len(all), v.Now().Turn)
	}
	now = second.Created.Add(3 * time.Second)
	if all := v.Live(); len(all) != 2 || all[0].Turn != 1 || all[1] != first || all[0].Key != r.Secret("vault-index") {
		t.Error("it does not make")
	}
	if one, ok := v.Of(0); !ok || one != first {
		t.Error("the first is not found by its turn")
	}
	if _, ok := v.Of(2); ok {
		t.Error("a turn that never was")
	}
}

// What accrues is never ended by time; what wraps is never ended by this
// package alone, compromised or not.
func TestFormerKeysThatStay(t *testing.T) {
	dir, master := paths(t)
	r := open(t, dir, master)
	first := map[string]string{}
	for _, e := range r.List() {
		first[e.Use] = e.ID
	}
	var last, shelf time.Time
	for use, c := range map[string]struct {
		waiting, compromised string // reasons; none: it ends
	}{
		"vault-index":   {"key_accrues", "key_accrues"},
		"pepper":        {"key_accrues", ""},
		"number":        {"key_accrues", ""},
		"backup":        {"key_accrues", ""},
		"vault-subject": {"key_wraps", "key_wraps"},
		"shelf":         {"key_wraps", "key_wraps"},
	} {
		last = rotate(t, dir, master, use).Created
		if use == "shelf" { // in no order: a second may have passed since
			shelf = last
		}
		if _, err := keyring.RetireAt(dir, master, first[use], last.AddDate(100, 0, 0)); !fault.Because(err, c.waiting) {
			t.Errorf("%s after a hundred years: %v", use, err)
		}
		_, err := keyring.Retire(dir, master, first[use], true)
		if c.compromised == "" && err != nil || c.compromised != "" && !fault.Because(err, c.compromised) {
			t.Errorf("%s, compromised: %v", use, err)
		}
	}
	if _, err := keyring.RetireEmptiedAt(dir, master, first["shelf"], shelf.Add(9*time.Second)); !fault.Because(err, "key_overlap") {
		t.Error("while it may still wrap:", err)
	}
	if e, err := keyring.RetireEmptiedAt(dir, master, first["shelf"], shelf.Add(11*time.Second)); err != nil || e.State != keyring.Destroyed {
		t.Error(e.State, err)
	}
	rotate(t, dir, master, "token")
	if _, err := keyring.RetireEmptiedAt(dir, master, first["token"], last.AddDate(1, 0, 0)); !fault.Because(err, "key_unknown") {
		t.Error("a key that wraps nothing:", err)
	}
	rotate(t, dir, master, "vault-subject")
	if _, err := keyring.RetireEmptied(dir, master, rotate(t, dir, master, "vault-subject").ID); !fault.Because(err, "key_current") {
		t.Error("the current key:", err)
	}
	if keyring.MostOf("vault-index") != 32 || keyring.MostOf("shelf") != 8 || keyring.MostOf("token") != 8 {
		t.Error("a version has a byte, and each is looked up")
	}
}

// Retiring a key that wraps is cut after each of its file operations, like the rest.
func TestRetiringWhatWrapsIsCutAfterEachWrite(t *testing.T) {
	whole, wholeMaster := paths(t)
	r := open(t, whole, wholeMaster)
	var first string
	for _, e := range r.List() {
		if e.Use == "vault-record" {
			first = e.ID
		}
	}
	rotate(t, whole, wholeMaster, "vault-record")
	for steps := 0; ; steps++ {
		dir := copyDir(t, whole)
		master := keyring.MasterFile(filepath.Join(dir, "master"))
		err := keyring.RetireEmptiedCut(dir, master, first, &disktest.Cut{Left: steps})
		if err != nil && !errors.Is(err, disktest.ErrCut) {
			t.Fatalf("step %d: %v", steps, err)
		}
		if got := states(open(t, dir, master), "vault-record"); got != "former current" && got != "destroyed current" {
			t.Errorf("step %d: %s", steps, got)
		}
		if err == nil {
			if steps < 6 {
				t.Errorf("only %d steps", steps)
			}
			return
		}
	}
}
