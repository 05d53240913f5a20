package keyring_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/suite/keyring"
)

// A start that was cut short leaves the first so many files of a whole one, in
// the order in which they are made, and perhaps half a file under a name of its own.
func TestAStartThatWasCutShortIsFinished(t *testing.T) {
	dir, master := paths(t)
	whole := open(t, dir, master)
	var order []string // master, keys by name, manifest
	for _, e := range whole.List() {
		order = append(order, e.Use+".key")
	}
	order = append([]string{"master"}, append(order, "manifest.json")...)
	for n := range order {
		cut := filepath.Join(t.TempDir(), "keyring")
		if err := os.MkdirAll(cut, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range order[:n] {
			copyFile(t, filepath.Join(dir, name), filepath.Join(cut, name))
		}
		if err := os.WriteFile(filepath.Join(cut, order[n]+".new"), []byte(`{"version":1,"id":"hal`), 0o600); err != nil {
			t.Fatal(err)
		}
		m := keyring.MasterFile(filepath.Join(cut, "master"))
		if _, err := keyring.OpenExisting(cut, m); err == nil {
			t.Errorf("cut before %s: opened as it is", order[n])
		}
		r, err := keyring.Open(cut, m, "")
		if err != nil {
			t.Errorf("cut before %s: %v", order[n], err)
			continue
		}
		again := open(t, cut, m)
		for i, e := range r.List() {
			if kept := i+1 < n; kept && e != whole.List()[i] {
				t.Errorf("cut before %s: %s was made anew", order[n], e.Use)
			}
			if e != again.List()[i] {
				t.Errorf("cut before %s: %s does not last", order[n], e.Use)
			}
		}
	}
}

func TestACompleteRingIsOpenedWholeOrNotAtAll(t *testing.T) {
	whole, master := paths(t)
	open(t, whole, master)
	other, otherMaster := paths(t)
	open(t, other, otherMaster)
	for name, damage := range map[string]func(t *testing.T, dir string){
		"a key is missing": func(t *testing.T, dir string) { remove(t, dir, "pepper.key") },
		"a key is empty":   func(t *testing.T, dir string) { rewrite(t, dir, "pepper.key", func([]byte) []byte { return nil }) },
		"a key is cut": func(t *testing.T, dir string) {
			rewrite(t, dir, "pepper.key", func(b []byte) []byte { return b[:len(b)/2] })
		},
		"a key is not JSON":        func(t *testing.T, dir string) { rewrite(t, dir, "pepper.key", func(b []byte) []byte { return b[1:] }) },
		"a member is not known":    func(t *testing.T, dir string) { edit(t, dir, "pepper.key", `"version"`, `"more": 1, "version"`) },
		"two keys are swapped":     func(t *testing.T, dir string) { swap(t, dir, "code.key", "access.key") },
		"swapped and renamed":      func(t *testing.T, dir string) { swap(t, dir, "code.key", "access.key"); relabel(t, dir) },
		"a kind is changed":        func(t *testing.T, dir string) { edit(t, dir, "pepper.key", `"secret"`, `"EdDSA"`) },
		"a date is changed":        func(t *testing.T, dir string) { edit(t, dir, "pepper.key", `"created": "20`, `"created": "19`) },
		"a sealed byte is changed": func(t *testing.T, dir string) { edit(t, dir, "pepper.key", `"sealed": "`, `"sealed": "AA`) },
		"another version":          func(t *testing.T, dir string) { edit(t, dir, "pepper.key", `"version": 1`, `"version": 2`) },
		"another ring's key": func(t *testing.T, dir string) {
			copyFile(t, filepath.Join(other, "pepper.key"), filepath.Join(dir, "pepper.key"))
		},
		"another ring's manifest": func(t *testing.T, dir string) {
			copyFile(t, filepath.Join(other, "manifest.json"), filepath.Join(dir, "manifest.json"))
		},
		"another ring's master": func(t *testing.T, dir string) {
			copyFile(t, filepath.Join(other, "master"), filepath.Join(dir, "master"))
		},
		"the master is missing":  func(t *testing.T, dir string) { remove(t, dir, "master") },
		"a manifest line is cut": func(t *testing.T, dir string) { edit(t, dir, "manifest.json", `"use": "pepper"`, `"use": "demo"`) },
		"a key is far too long": func(t *testing.T, dir string) {
			rewrite(t, dir, "pepper.key", func(b []byte) []byte { return append(b, make([]byte, 1<<20)...) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyDir(t, whole)
			damage(t, dir)
			before := listing(t, dir)
			m := keyring.MasterFile(filepath.Join(dir, "master"))
			for how, f := range map[string]func(string, keyring.Master) (*keyring.Ring, error){"open": func(dir string, m keyring.Master) (*keyring.Ring, error) { return keyring.Open(dir, m, "") }, "existing": keyring.OpenExisting} {
				if _, err := f(dir, m); !fault.Is(err, fault.Internal) {
					t.Errorf("%s: %v", how, err)
				}
			}
			if listing(t, dir) != before {
				t.Error("the damage was written over")
			}
		})
	}
}

// Whoever can write the directory can't make a complete ring pass for a cut
// start that has yet to draw a key.
func TestManifestIsBoundToTheMaster(t *testing.T) {
	dir, master := paths(t)
	open(t, dir, master)
	remove(t, dir, "pepper.key")
	rewrite(t, dir, "manifest.json", func(b []byte) []byte {
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		keys := m["keys"].([]any)
		m["keys"] = slices.DeleteFunc(keys, func(k any) bool { return k.(map[string]any)["use"] == "pepper" })
		if len(m["keys"].([]any)) != len(keys)-1 {
			t.Fatal("no such line")
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	if _, err := keyring.Open(dir, master, ""); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "pepper.key")); !os.IsNotExist(err) {
		t.Errorf("a new key was drawn: %v", err)
	}
}

// Before there is a manifest, a file under another's name is known by itself.
func TestSwappedKeysOfACutStart(t *testing.T) {
	dir, master := paths(t)
	open(t, dir, master)
	remove(t, dir, "manifest.json")
	swap(t, dir, "code.key", "access.key")
	if _, err := keyring.Open(dir, master, ""); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
}

// An older file of the same ring, under the same master, is still not the key
// that the manifest lists: here one that a cut start had made anew.
func TestAnOlderKeyIsRefused(t *testing.T) {
	dir, master := paths(t)
	open(t, dir, master)
	older := copyDir(t, dir)
	remove(t, dir, "manifest.json")
	remove(t, dir, "pepper.key")
	open(t, dir, master)
	copyFile(t, filepath.Join(older, "pepper.key"), filepath.Join(dir, "pepper.key"))
	if _, err := keyring.Open(dir, master, ""); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
}

// kill -9 at any moment of a first start leaves a ring that the next start finishes.
func TestKilledStartsFinish(t *testing.T) {
	if dir := os.Getenv("NETID_TEST_KEYRING"); dir != "" { // the child
		for {
			if _, err := keyring.Open(filepath.Join(dir, time.Now().Format("150405.000000")), keyring.MasterFile(filepath.Join(dir, "master")), ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		dir := t.TempDir()
		child := exec.Command(exe, "-test.run=^TestKilledStartsFinish$")
		child.Env = append(os.Environ(), "NETID_TEST_KEYRING="+dir)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(120 * time.Millisecond)
		if err := child.Process.Kill(); err != nil { // SIGKILL
			t.Fatal(err)
		}
		child.Wait()
		names, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if !n.IsDir() {
				continue
			}
			ring := filepath.Join(dir, n.Name())
			first := open(t, ring, keyring.MasterFile(filepath.Join(dir, "master")))
			if second := open(t, ring, keyring.MasterFile(filepath.Join(dir, "master"))); second.Secret("shelf") != first.Secret("shelf") {
				t.Error("a key changed")
			}
		}
	}
}

func copyDir(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "keyring")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func rewrite(t *testing.T, dir, name string, f func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), f(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func edit(t *testing.T, dir, name, from, to string) {
	t.Helper()
	rewrite(t, dir, name, func(b []byte) []byte {
		if !strings.Contains(string(b), from) {
			t.Fatalf("%s has no %s:\n%s", name, from, b)
		}
		return []byte(strings.Replace(string(b), from, to, 1))
	})
}

func swap(t *testing.T, dir, a, b string) {
	t.Helper()
	copyFile(t, filepath.Join(dir, a), filepath.Join(dir, "swap"))
	copyFile(t, filepath.Join(dir, b), filepath.Join(dir, a))
	copyFile(t, filepath.Join(dir, "swap"), filepath.Join(dir, b))
	remove(t, dir, "swap")
}

// relabel makes swapped files say the use of their new names, so that only
// what is bound into the seal tells.
func relabel(t *testing.T, dir string) {
	t.Helper()
	edit(t, dir, "code.key", `"use": "access"`, `"use": "code"`)
	edit(t, dir, "access.key", `"use": "code"`, `"use": "access"`)
}
