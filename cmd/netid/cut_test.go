package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A ceremony that was cut leaves whole shares or none, is begun again beside
// them, and replaces nothing.
func TestACeremonyThatWasCut(t *testing.T) {
	data, _ := ring(t)
	out := t.TempDir()
	first, third := filepath.Join(out, "share-1.txt"), filepath.Join(out, "share-3.txt")
	for path, text := range map[string]string{first + ".new": "netid master", third: "of an earlier ceremony"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, errs, code := said("keys", "ceremony", "split", "--data", data, "--out", out); code == 0 || !strings.Contains(errs, "share-3.txt") {
		t.Fatal("put over a share that was there:", errs)
	}
	if b, err := os.ReadFile(third); err != nil || string(b) != "of an earlier ceremony" {
		t.Errorf("%q, %v", b, err)
	}
	if left, err := filepath.Glob(filepath.Join(out, "*.new")); err != nil || len(left) > 0 {
		t.Error("half shares are left:", left)
	}
	again := t.TempDir()
	if _, errs, code := said("keys", "ceremony", "split", "--data", data, "--out", again); code != 0 {
		t.Fatal(errs)
	}
	rebuild := func(to string, shares ...string) (string, int) {
		_, errs, code := said(append([]string{"keys", "ceremony", "rebuild", "--out", to}, shares...)...)
		return errs, code
	}
	share := func(n string) string { return filepath.Join(again, "share-"+n+".txt") }
	key := filepath.Join(out, "key")
	if errs, code := rebuild(key, first, share("2"), share("3")); code == 0 || !strings.Contains(errs, "another ceremony") {
		t.Error("shares of two ceremonies:", errs)
	}
	if err := os.WriteFile(key+".new", []byte("0123"), 0o600); err != nil {
		t.Fatal(err)
	}
	if errs, code := rebuild(key, share("1"), share("2"), share("3")); code != 0 {
		t.Fatal(errs)
	}
	if b, err := os.ReadFile(key); err != nil || len(b) != 65 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if _, code := rebuild(key, share("1"), share("2"), share("3")); code == 0 {
		t.Error("put over a key that was there")
	}
}
