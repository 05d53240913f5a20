package keyring_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"netid/internal/fault"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

// A ring keeps the profile that it was made for, and each of its keys belongs
// to that profile's suites.
func TestAProfileIsForLife(t *testing.T) {
	for _, p := range []suite.Profile{suite.International, suite.Guomi, suite.Dual} {
		dir := filepath.Join(t.TempDir(), "keyring")
		m := keyring.MasterFile(filepath.Join(dir, "master"))
		r, err := keyring.Open(dir, m, p)
		if err != nil {
			t.Fatal(err)
		}
		if r.Profile() != p || r.Secret("request").Suite() != p.Suite() {
			t.Errorf("%s: ring %s, suite %s", p, r.Profile(), r.Secret("request").Suite())
		}
		again, err := keyring.OpenExisting(dir, m)
		if err != nil || again.Profile() != p {
			t.Errorf("%s: %v", p, err)
		}
		if again, err = keyring.Open(dir, m, ""); err != nil || again.Profile() != p {
			t.Errorf("%s without a name: %v", p, err)
		}
		for _, other := range []suite.Profile{suite.International, suite.Guomi, suite.Dual} {
			if _, err := keyring.Open(dir, m, other); other != p && !fault.Because(err, "profile_fixed") {
				t.Errorf("%s opened as %s: %v", p, other, err)
			}
		}
	}
}

// The profile is under the manifest's MAC: a word changed in the file opens nothing.
func TestAProfileCannotBeRewritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keyring")
	m := keyring.MasterFile(filepath.Join(dir, "master"))
	if _, err := keyring.Open(dir, m, suite.Dual); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "manifest.json")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte(`"dual"`), []byte(`"guomi"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.OpenExisting(dir, m); err == nil {
		t.Error("a dual ring opens as guomi")
	}
}
