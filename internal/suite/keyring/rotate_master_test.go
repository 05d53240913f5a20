package keyring_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netid/internal/disk/disktest"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

// Every source gives another master: the keys stay, the former master opens
// nothing, and the shares of the ceremony before end with it.
func TestAnotherMaster(t *testing.T) {
	word := func(bool) ([]byte, error) { return []byte("correct horse battery"), nil }
	for name, source := range map[string]func(dir string) keyring.Master{
		"a plain file": func(dir string) keyring.Master { return keyring.MasterFile(filepath.Join(dir, "master")) },
		"a sealed file": func(dir string) keyring.Master {
			return keyring.MasterPassphrase(filepath.Join(dir, "master.sealed"), word)
		},
		"a variable": func(string) keyring.Master { return keyring.MasterEnv("NETID_TEST_MASTER") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("NETID_TEST_MASTER", hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
			t.Setenv("NETID_TEST_MASTER_NEXT", hex.EncodeToString(bytes.Repeat([]byte{8}, 32)))
			dir := filepath.Join(t.TempDir(), "keyring")
			master := source(dir)
			r := open(t, dir, master)
			rotate(t, dir, master, "token")
			older := copyDir(t, dir)
			shares, err := keyring.SplitMaster(dir, master, 2, 3)
			if err != nil {
				t.Fatal(err)
			}
			if err := keyring.RotateMaster(dir, master); err != nil {
				t.Fatal(err)
			}
			if name == "a variable" {
				t.Setenv("NETID_TEST_MASTER", hex.EncodeToString(bytes.Repeat([]byte{8}, 32)))
			}
			again := open(t, dir, master)
			for _, use := range secrets {
				if again.Secret(use) != r.Secret(use) {
					t.Errorf("%s changed", use)
				}
			}
			if got := again.Signers("token")(); len(got) != 2 || !slices.ContainsFunc(got, func(s suite.Signer) bool { return s.KeyID() == r.Signer("token").KeyID() }) {
				t.Error("a signer is lost")
			}
			rotate(t, dir, master, "token") // and it goes on
			former, err := keyring.RebuildMaster(shares[:2])
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv("NETID_TEST_FORMER", hex.EncodeToString(former.Bytes()))
			if _, err := keyring.OpenExisting(dir, keyring.MasterEnv("NETID_TEST_FORMER")); err == nil || !strings.Contains(err.Error(), "wrong master") {
				t.Error("the former master opens the ring:", err)
			}
			if _, err := keyring.OpenExisting(older, keyring.MasterEnv("NETID_TEST_FORMER")); err != nil {
				t.Error("control: the shares are of the former master:", err)
			}
			for _, file := range strings.Fields(listing(t, dir)) {
				if strings.HasSuffix(file, ".next") {
					t.Error("left:", file)
				}
			}
			if _, err := r.Refresh(); err == nil {
				t.Error("a server that ran meanwhile takes over what it cannot check")
			}
		})
	}
	t.Setenv("NETID_TEST_MASTER", hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	t.Setenv("NETID_TEST_MASTER_NEXT", "")
	dir := filepath.Join(t.TempDir(), "keyring")
	open(t, dir, keyring.MasterEnv("NETID_TEST_MASTER"))
	before := listing(t, dir)
	for _, next := range []string{"", "nonsense", hex.EncodeToString(bytes.Repeat([]byte{7}, 32))} {
		t.Setenv("NETID_TEST_MASTER_NEXT", next)
		if err := keyring.RotateMaster(dir, keyring.MasterEnv("NETID_TEST_MASTER")); err == nil || listing(t, dir) != before {
			t.Errorf("%q: %v", next, err)
		}
	}
}

// The rotation of the master is cut after each of its file operations. The next
// start opens the ring under the master that lies there, former or new, and
// leaves it under that one alone.
func TestAnotherMasterIsCutAfterEachWrite(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	whole, wholeMaster := paths(t)
	was := open(t, whole, wholeMaster)
	rotate(t, whole, wholeMaster, "shelf")
	exchanged := 0
	for steps := 0; ; steps += 5 { // a file is written in two operations: no kind is passed over
		dir := copyDir(t, whole)
		path := filepath.Join(dir, "master")
		master := keyring.MasterFile(path)
		former, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		err = keyring.RotateMasterCut(dir, master, &disktest.Cut{Left: steps})
		if err != nil && !errors.Is(err, disktest.ErrCut) {
			t.Fatalf("step %d: %v", steps, err)
		}
		if _, err := keyring.OpenExisting(dir, master); err != nil {
			t.Fatalf("step %d: a reader: %v", steps, err)
		}
		now, e := os.ReadFile(path)
		if e != nil {
			t.Fatal(e)
		}
		r, e := keyring.OpenCut(dir, master, &disktest.Cut{Left: 1000})
		if e != nil {
			t.Fatalf("step %d: the next start: %v", steps, e)
		}
		if len(r.Secrets("shelf")()) != 2 || r.Secret("code") != was.Secret("code") {
			t.Fatalf("step %d: a key is lost", steps)
		}
		b, e := os.ReadFile(filepath.Join(dir, "manifest.json"))
		if e != nil || bytes.Contains(b, []byte("next_mac")) {
			t.Errorf("step %d: the ring is under two masters after a start: %v", steps, e)
		}
		if !bytes.Equal(now, former) {
			exchanged++
			if err := os.WriteFile(path, former, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := keyring.OpenExisting(dir, master); err == nil {
				t.Errorf("step %d: the former master still opens", steps)
			}
			if err := os.WriteFile(path, now, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if e := keyring.RotateMasterCut(dir, master, &disktest.Cut{Left: 1000}); e != nil {
			t.Fatalf("step %d: done again: %v", steps, e)
		}
		if _, err := keyring.OpenExisting(dir, master); err != nil {
			t.Fatalf("step %d: done again: %v", steps, err)
		}
		if err == nil {
			if steps < 60 || exchanged < 5 {
				t.Errorf("%d steps, %d of them after the exchange", steps, exchanged)
			}
			return
		}
	}
}
