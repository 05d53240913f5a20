package vault_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/vault"
)

func copied(t *testing.T, path string) (*vault.ShelfCopy, []byte) {
	t.Helper()
	c, err := vault.OpenShelfCopy(path, suite.Only(secret(9)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b, err := io.ReadAll(c)
	if err != nil || int64(len(b)) != c.Size() {
		t.Fatal(len(b), c.Size(), err)
	}
	return c, b
}

func TestShelfCopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.shelf")
	s := openShelf(t, path)
	for n := range byte(5) {
		put(t, s, secret(100+n))
	}
	if err := s.Destroy(2); err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, 4*64+40, []byte("damage"))
	appendTo(t, path, []byte("half a slot"))
	c, b := copied(t, path)
	if c.Held != 3 || c.Destroyed != 1 || c.Odd != 1 || len(b) != 6*64 {
		t.Errorf("%d, %d, %d of %d bytes", c.Held, c.Destroyed, c.Odd, len(b))
	}
	other := filepath.Join(t.TempDir(), "people.shelf")
	if err := os.WriteFile(other, b, 0o600); err != nil {
		t.Fatal(err)
	}
	back := openShelf(t, other)
	for slot, want := range map[uint64]identity.Secret{1: secret(100), 3: secret(102), 5: secret(104)} {
		if k, err := back.Get(slot); err != nil || k != want {
			t.Errorf("slot %d: %v", slot, err)
		}
	}
	if _, err := back.Get(2); !fault.Because(err, "person_erased") {
		t.Error(err)
	}
	if _, err := vault.OpenShelfCopy(path, suite.Only(secret(8))); err == nil {
		t.Error("a copy under another key")
	}
}

// Beside a writer that puts and destroys, no slot of a copy is half of something.
func TestShelfCopyBesideTheWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.shelf")
	s := openShelf(t, path)
	for n := range byte(50) {
		put(t, s, secret(n))
	}
	var all sync.WaitGroup
	end := make(chan struct{})
	all.Go(func() {
		for {
			select {
			case <-end:
				return
			default:
			}
			slot, err := s.Put(secret(7))
			if err != nil || s.Destroy(slot) != nil {
				t.Error(slot, err)
				return
			}
		}
	})
	for range 30 {
		c, b := copied(t, path)
		if c.Odd > 0 || c.Held < 50 || !bytes.HasPrefix(b, []byte("netid shelf v1")) {
			t.Fatalf("%d held, %d destroyed, %d odd", c.Held, c.Destroyed, c.Odd)
		}
	}
	close(end)
	all.Wait()
}
