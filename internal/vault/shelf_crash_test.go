package vault_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/vault"
)

// A cut in the middle of a Put leaves the first n bytes of a slot, or what the
// disk had there. Nobody was told that slot's number, so it is dropped, and
// whatever is put next is read as itself.
func TestTornLastSlot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.shelf")
	s := openShelf(t, path)
	for n := range byte(3) {
		put(t, s, secret(100+n))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	three, last := whole[:64*3], whole[64*3:] // two slots, and the third one whole
	for n := 1; n < 64; n++ {
		for name, torn := range map[string][]byte{"part of a slot": last[:n], "zeros": make([]byte, n), "noise": suite.Random(n)} {
			if err := os.WriteFile(path, append(bytes.Clone(three), torn...), 0o600); err != nil {
				t.Fatal(err)
			}
			reading, err := vault.OpenShelfReadOnly(path, suite.Only(secret(9)))
			if err != nil {
				t.Fatal(err)
			}
			if k, err := reading.Get(3); !fault.Is(err, fault.Internal) || !k.Zero() {
				t.Errorf("%s, %d bytes: read as %v", name, n, err)
			}
			reading.Close()
			s := openShelf(t, path)
			if k, err := s.Get(3); !fault.Is(err, fault.Internal) || !k.Zero() {
				t.Errorf("%s, %d bytes: %v", name, n, err)
			}
			if slot := put(t, s, secret(7)); slot != 3 {
				t.Errorf("%s, %d bytes: next slot %d", name, n, slot)
			}
			for slot, want := range map[uint64]identity.Secret{1: secret(100), 2: secret(101), 3: secret(7)} {
				if k, err := s.Get(slot); err != nil || k != want {
					t.Errorf("%s, %d bytes: slot %d: %v", name, n, slot, err)
				}
			}
			s.Close()
		}
	}
}

// After a power cut a file may have its new length without its new bytes.
// Such a slot was never given out; it is nobody's, and what follows is whole.
func TestLastSlotWithoutItsBytes(t *testing.T) {
	for name, tail := range map[string][]byte{"zeros": make([]byte, 64), "noise": suite.Random(64), "a tag and noise": append([]byte("pk\x00\x01"), suite.Random(60)...), "two and a half": suite.Random(160)} {
		path := filepath.Join(t.TempDir(), "people.shelf")
		s := openShelf(t, path)
		put(t, s, secret(1))
		s.Close()
		appendTo(t, path, tail)
		s = openShelf(t, path)
		if k, err := s.Get(2); err == nil || !k.Zero() {
			t.Errorf("%s: read as a secret", name)
		}
		slot := put(t, s, secret(2))
		if slot != uint64(len(tail)/64)+2 {
			t.Errorf("%s: slot %d", name, slot)
		}
		for slot, want := range map[uint64]identity.Secret{1: secret(1), slot: secret(2)} {
			if k, err := s.Get(slot); err != nil || k != want {
				t.Errorf("%s: slot %d: %v", name, slot, err)
			}
		}
	}
}

// A cut in the middle of a Destroy never gives the secret back, and the next
// one finishes it.
func TestTornDestroy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.shelf")
	s := openShelf(t, path)
	for n := 1; n < 64; n++ {
		slot := put(t, s, secret(1))
		for sealed := slotAt(t, path, slot); bytes.Count(sealed[n:], []byte{0}) == 64-n; sealed = slotAt(t, path, slot) {
			slot = put(t, s, secret(1)) // its tail is zeros by chance: so overwritten it would be destroyed
		}
		overwrite(t, path, int64(slot)*64, make([]byte, n))
		if k, err := s.Get(slot); !fault.Is(err, fault.Internal) || !k.Zero() {
			t.Errorf("%d zeros: %v", n, err)
		}
		if err := s.Destroy(slot); err != nil {
			t.Error(err)
		}
		if _, err := s.Get(slot); !fault.Because(err, "person_erased") {
			t.Errorf("%d zeros, destroyed again: %v", n, err)
		}
	}
}

// A cut before the shelf has its name leaves a file of another name.
func TestShelfThatWasCutShortAtItsBirth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.shelf")
	if err := os.WriteFile(path+".new-123", []byte("netid she"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openShelf(t, path)
	if put(t, s, secret(1)) != 1 {
		t.Error("not a new shelf")
	}
}

// kill -9 at any moment: every slot that was acknowledged is there with its
// own secret, every end that was acknowledged is final, and the next slot is
// one that nobody was given.
func TestKilledShelf(t *testing.T) {
	if path := os.Getenv("NETID_TEST_SHELF"); path != "" {
		fill(t, path)
		return
	}
	for range 4 {
		path := filepath.Join(t.TempDir(), "people.shelf")
		kept, gone := killed(t, path)
		s := openShelf(t, path)
		for slot, k := range kept {
			got, err := s.Get(slot)
			switch {
			case gone[slot] && !fault.Because(err, "person_erased"):
				t.Errorf("slot %d came back: %v", slot, err)
			case !gone[slot] && (err != nil && !fault.Is(err, fault.Gone) || err == nil && got != k):
				t.Errorf("slot %d: %v", slot, err) // Gone: its end was on the way
			case !gone[slot] && slot%2 == 1 && err != nil:
				t.Errorf("slot %d was never to be destroyed: %v", slot, err)
			}
		}
		if slot := put(t, s, secret(1)); !kept[slot].Zero() {
			t.Errorf("slot %d was given out twice", slot)
		}
		if len(kept) == 0 {
			t.Error("the child acknowledged nothing before its end")
		}
	}
}

// fill puts for ever with eight hands, and destroys every second slot.
func fill(t *testing.T, path string) {
	s, err := vault.OpenShelf(path, suite.Only(secret(9)))
	if err != nil {
		t.Fatal(err)
	}
	var out sync.Mutex
	say := func(format string, args ...any) {
		out.Lock()
		defer out.Unlock()
		fmt.Printf(format, args...)
	}
	for range 8 {
		go func() {
			for {
				k := suite.NewSecret(identity.ES256)
				slot, err := s.Put(k)
				if err != nil {
					os.Exit(3)
				}
				say("key %d %s\n", slot, hex.EncodeToString(k.Bytes()))
				if slot%2 == 0 && s.Destroy(slot) == nil {
					say("end %d\n", slot)
				}
			}
		}()
	}
	select {}
}

func killed(t *testing.T, path string) (kept map[uint64]identity.Secret, gone map[uint64]bool) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(exe, "-test.run=^TestKilledShelf$")
	child.Env = append(os.Environ(), "NETID_TEST_SHELF="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kept, gone = map[uint64]identity.Secret{}, map[uint64]bool{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if len(kept) == 0 { // it has begun, however slow the machine is
			time.AfterFunc(100*time.Millisecond, func() { child.Process.Kill() }) // SIGKILL
		}
		var slot uint64
		var key string
		switch n, _ := fmt.Sscanf(lines.Text(), "key %d %s", &slot, &key); {
		case n == 2 && len(key) == 64:
			b, err := hex.DecodeString(key)
			if err != nil || kept[slot] != (identity.Secret{}) {
				t.Errorf("slot %d twice, or %v", slot, err)
			}
			kept[slot] = identity.NewSecret(identity.ES256, [32]byte(b))
		case strings.HasPrefix(lines.Text(), "end "):
			if n, _ := fmt.Sscanf(lines.Text(), "end %d", &slot); n == 1 && kept[slot] != (identity.Secret{}) {
				gone[slot] = true
			}
		}
	}
	child.Wait()
	return kept, gone
}

// A full disk refuses one Put and leaves a shelf that goes on when there is room.
func TestFullDisk(t *testing.T) {
	path := os.Getenv("NETID_TEST_FULL")
	if path == "" {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		child := exec.Command(exe, "-test.run=^TestFullDisk$", "-test.v")
		child.Env = append(os.Environ(), "NETID_TEST_FULL="+filepath.Join(t.TempDir(), "people.shelf"))
		if out, err := child.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("PASS: TestFullDisk")) {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	s := openShelf(t, path)
	put(t, s, secret(1))
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64*2 + 10, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Put(secret(2))
	if e := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); e != nil {
		t.Fatal(e)
	}
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("a disk with room for 10 bytes takes 64: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 64*2 {
		t.Errorf("left %d bytes: %v", info.Size(), err)
	}
	if slot := put(t, s, secret(3)); slot != 2 {
		t.Errorf("slot %d", slot)
	}
	for slot, want := range map[uint64]identity.Secret{1: secret(1), 2: secret(3)} {
		if k, err := s.Get(slot); err != nil || k != want {
			t.Errorf("slot %d: %v", slot, err)
		}
	}
}

func appendTo(t *testing.T, path string, b []byte) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, info.Size(), b)
}

func slotAt(t *testing.T, path string, slot uint64) []byte {
	t.Helper()
	all, err := os.ReadFile(path)
	if err != nil || len(all) < int(slot+1)*64 {
		t.Fatal(len(all), err)
	}
	return all[slot*64:][:64]
}

func overwrite(t *testing.T, path string, at int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}
