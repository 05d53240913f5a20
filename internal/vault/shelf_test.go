package vault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/vault"
)

func put(t testing.TB, s *vault.FileShelf, k identity.Secret) uint64 {
	t.Helper()
	slot, err := s.Put(k)
	if err != nil {
		t.Fatal(err)
	}
	return slot
}

func TestShelfKeepsAndForgets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.shelf")
	s := openShelf(t, path)
	for n := range byte(5) {
		if slot := put(t, s, secret(100+n)); slot != uint64(n)+1 {
			t.Errorf("slot %d", slot)
		}
	}
	for range 2 {
		if err := s.Destroy(3); err != nil {
			t.Fatal(err)
		}
	}
	check := func(s *vault.FileShelf) {
		t.Helper()
		for n := range byte(5) {
			got, err := s.Get(uint64(n) + 1)
			switch {
			case n == 2 && (!fault.Is(err, fault.Gone) || !fault.Because(err, "person_erased") || !got.Zero()):
				t.Errorf("the destroyed slot: %v", err)
			case n != 2 && (err != nil || got != secret(100+n)):
				t.Errorf("slot %d: %v", n+1, err)
			}
		}
	}
	check(s)
	reading, err := vault.OpenShelfReadOnly(path, suite.Only(secret(9)))
	if err != nil {
		t.Fatal(err)
	}
	check(reading)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openShelf(t, path)
	check(s)
	if slot := put(t, s, secret(1)); slot != 6 {
		t.Errorf("slot %d: a slot must never be used again", slot)
	}
	if got, err := reading.Get(6); err != nil || got != secret(1) {
		t.Errorf("a reader does not see a new slot: %v", err)
	}
	if err := reading.Close(); err != nil {
		t.Error(err)
	}
}

func TestShelfRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.shelf")
	s := openShelf(t, path)
	put(t, s, secret(1))
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, slot := range []uint64{0, 2, 1 << 40, 1 << 58, 1 << 63, ^uint64(0)} {
		if k, err := s.Get(slot); !fault.Is(err, fault.Internal) || !k.Zero() {
			t.Errorf("get %d: %v", slot, err)
		}
		if err := s.Destroy(slot); !fault.Is(err, fault.Internal) {
			t.Errorf("destroy %d: %v", slot, err)
		}
	}
	if _, err := vault.OpenShelf(path, suite.Only(secret(9))); !fault.Is(err, fault.Conflict) || !fault.Because(err, "shelf_busy") {
		t.Errorf("a second writer: %v", err)
	}
	reading, err := vault.OpenShelfReadOnly(path, suite.Only(secret(9)))
	if err != nil {
		t.Fatal(err)
	}
	defer reading.Close()
	if _, err := reading.Put(secret(1)); err == nil {
		t.Error("a reader put")
	}
	if err := reading.Destroy(1); err == nil {
		t.Error("a reader destroyed")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(secret(1)); err == nil {
		t.Error("put after close")
	}
	if err := s.Destroy(1); err == nil {
		t.Error("destroyed after close")
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a refusal changed the file: %v", err)
	}
	if _, err := vault.OpenShelfReadOnly(filepath.Join(t.TempDir(), "none"), suite.Only(secret(9))); err == nil {
		t.Error("read a shelf that is not there")
	}
	if _, err := vault.OpenShelf(filepath.Join(t.TempDir(), "no", "dir"), suite.Only(secret(9))); err == nil {
		t.Error("made a shelf nowhere")
	}
	if _, err := vault.OpenShelf(filepath.Join(t.TempDir(), "x"), suite.Only(identity.Secret{})); err == nil {
		t.Error("a key that was never set")
	}
}

func TestWhatIsNoShelfIsLeftAlone(t *testing.T) {
	good := filepath.Join(t.TempDir(), "people.shelf")
	put(t, openShelf(t, good), secret(1))
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"empty": nil, "half a header": b[:40], "other magic": append([]byte("netid shelf v2\r\n"), b[16:]...), "text": bytes.Repeat([]byte("x"), 200),
		"header changed": append(append(bytes.Clone(b[:63]), b[63]^1), b[64:]...), "zeros": make([]byte, 128),
	} {
		path := filepath.Join(t.TempDir(), "people.shelf")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		for how, open := range map[string]func(string, suite.Versions) (*vault.FileShelf, error){"write": vault.OpenShelf, "read": vault.OpenShelfReadOnly} {
			if _, err := open(path, suite.Only(secret(9))); !fault.Is(err, fault.Internal) {
				t.Errorf("%s, to %s: %v", name, how, err)
			}
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
			t.Errorf("%s was written to: %v", name, err)
		}
	}
	if _, err := vault.OpenShelfReadOnly(good, suite.Only(secret(8))); !fault.Is(err, fault.Internal) {
		t.Errorf("another key: %v", err)
	}
}

func TestMovedSlotsDoNotOpen(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	sa, sb := openShelf(t, a), openShelf(t, b)
	for n := range byte(3) {
		put(t, sa, secret(10+n))
		put(t, sb, secret(20+n))
	}
	other, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	for name, slot := range map[string][]byte{"another slot": mine[128:192], "another file's": other[64:128], "the header": mine[:64]} {
		moved := append(append(bytes.Clone(mine[:64]), slot...), mine[128:]...)
		if err := os.WriteFile(a, moved, 0o600); err != nil {
			t.Fatal(err)
		}
		if k, err := sa.Get(1); !fault.Is(err, fault.Internal) || !k.Zero() {
			t.Errorf("%s: %v", name, err)
		}
		if k, err := sa.Get(2); err != nil || k != secret(11) {
			t.Errorf("%s: its neighbour: %v", name, err)
		}
	}
}

// 64 people at once: every slot is another one, and each leads to its own
// secret while others are put and destroyed.
func TestShelfUnderManyHands(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.shelf")
	s := openShelf(t, path)
	var mu sync.Mutex
	kept, gone := map[uint64]identity.Secret{}, map[uint64]bool{}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			k := suite.NewSecret(identity.ES256)
			slot, err := s.Put(k)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := s.Get(slot); err != nil || got != k {
				t.Errorf("slot %d right after: %v", slot, err)
			}
			if i%4 == 0 {
				if err := s.Destroy(slot); err != nil {
					t.Error(err)
				}
				if _, err := s.Get(slot); !fault.Because(err, "person_erased") {
					t.Errorf("slot %d after its end: %v", slot, err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if _, twice := kept[slot]; twice {
				t.Errorf("slot %d was given out twice", slot)
			}
			kept[slot], gone[slot] = k, i%4 == 0
		})
	}
	wg.Wait()
	for slot, k := range kept {
		got, err := s.Get(slot)
		if gone[slot] && !fault.Because(err, "person_erased") || !gone[slot] && (err != nil || got != k) {
			t.Errorf("slot %d: %v", slot, err)
		}
	}
}
