package vault_test

import (
	"os"
	"path/filepath"
	"testing"

	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/vault"
)

// A shelf file with any bytes written over it at any place and any length:
// what opens is the secret that was put there, or nothing.
func FuzzShelf(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, "good")
	s, err := vault.OpenShelf(path, suite.Only(secret(9)))
	if err != nil {
		f.Fatal(err)
	}
	want := map[uint64]identity.Secret{}
	for n := range byte(4) {
		want[put(f, s, secret(100+n))] = secret(100 + n)
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{}, uint16(0), uint16(len(good)))
	f.Add(make([]byte, 64), uint16(64), uint16(len(good)))
	f.Add(good[64:128], uint16(128), uint16(len(good)))
	f.Add(good, uint16(300), uint16(310))
	f.Add([]byte("netid shelf v1\r\n"), uint16(0), uint16(70))
	broken := filepath.Join(dir, "broken")
	f.Fuzz(func(t *testing.T, bytes []byte, at, size uint16) {
		b := append([]byte(nil), good...)
		for len(b) < int(at) {
			b = append(b, 0)
		}
		b = append(b[:at], append(append([]byte(nil), bytes...), b[min(len(b), int(at)+len(bytes)):]...)...)
		if err := os.WriteFile(broken, b[:min(len(b), int(size))], 0o600); err != nil {
			t.Fatal(err)
		}
		for _, open := range []func(string, suite.Versions) (*vault.FileShelf, error){vault.OpenShelfReadOnly, vault.OpenShelf} {
			s, err := open(broken, suite.Only(secret(9)))
			if err != nil {
				continue
			}
			for slot := range uint64(10) {
				k, err := s.Get(slot)
				if err == nil && k != want[slot] || err != nil && !k.Zero() {
					t.Errorf("slot %d gives what was never put there", slot)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}
