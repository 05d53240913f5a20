package keyring_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"netid/internal/suite/keyring"
)

// FuzzRingFiles: whatever lies in the place of a file of the ring, the ring
// does not open, or it is the ring that it was.
func FuzzRingFiles(f *testing.F) {
	dir, master := paths(f)
	want := open(f, dir, master)
	list, id := want.List(), want.Signer("token").KeyID()
	names := []string{"manifest.json", "token.key", "session.key"}
	var whole [][]byte
	for n, name := range names {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			f.Fatal(err)
		}
		whole = append(whole, b)
		for m := range names { // each in each other's place, too
			f.Add(byte(m), b)
		}
		f.Add(byte(n), b[:len(b)/2])
		f.Add(byte(n), append([]byte("{}"), b...))
	}
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		n := int(which) % len(names)
		path := filepath.Join(dir, names[n])
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		ring, err := keyring.OpenExisting(dir, master)
		if err == nil && (!reflect.DeepEqual(ring.List(), list) || ring.Signer("token").KeyID() != id) {
			t.Errorf("%s: another ring opened", names[n])
		}
		if err := os.WriteFile(path, whole[n], 0o600); err != nil {
			t.Fatal(err)
		}
	})
}
