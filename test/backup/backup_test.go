package backup_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"
)

// The whole story: a backup under load, an erasure after it, and the old store
// with the newest shelf put in its place; under either suite.
func TestNobodyComesBack(t *testing.T) {
	for _, profile := range []string{"international", "guomi"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			nobodyComesBack(t, found(t, "--profile", profile))
		})
	}
}

func nobodyComesBack(t *testing.T, w *world) {
	t.Helper()
	wallets := filepath.Join(w.dir, "wallets")
	w.signIn("adult")
	w.must("persona", "approve", "--server", w.URL, "--wallets", wallets, "overseas", w.conf.AuthCodeURL("s", oauth2.S256ChallengeOption(w.verifier)))
	w.must("persona", "freeze", "--server", w.URL, "--wallets", wallets, "overseas")
	w.must("persona", "thaw", "--server", w.URL, "--wallets", wallets, "overseas")
	used := w.code("adult")

	stop := w.load()
	w.must("backup", "--data", w.Data, "--out", w.file("store.age"), "--recipient", w.to, "--with-master")
	stop()
	w.must("backup", "--keys", "--data", w.Data, "--out", w.file("keys.age"), "--recipient", w.to)

	if err := w.redeem(used); err != nil { // after the copy: the copy does not know that it is used
		t.Fatal(err)
	}
	kept := filepath.Join(w.dir, "kept")
	copyDir(t, wallets, kept)
	w.must("persona", "erase", "--server", w.URL, "--wallets", wallets, "overseas")
	head := w.file("head")
	if err := os.WriteFile(head, []byte(w.must("ledger", "head", "--data", w.Data)), 0o600); err != nil {
		t.Fatal(err)
	}
	w.must("backup", "--keys", "--data", w.Data, "--out", w.file("keys.age"), "--recipient", w.to)
	w.refuse("is there already", "backup", "--data", w.Data, "--out", w.file("store.age"), "--recipient", w.to)
	w.Stop()
	if err := os.RemoveAll(w.Data); err != nil {
		t.Fatal(err)
	}

	out := w.must("restore", "--from", w.file("store.age"), "--keys", w.file("keys.age"), "--identity", w.key, "--data", w.Data)
	if !strings.Contains(out, "1 persons' secrets, 1 destroyed") {
		t.Error(out)
	}
	w.refuse("restore --raise", "sandbox", "--data", w.Data, "--addr", "localhost:0", "--shop", "127.0.0.1:0")
	w.refuse("cut off", "ledger", "verify", "--data", w.Data, "--head", head)
	if n := w.count(w.Data, "SELECT count(*) FROM person"); n != 2 {
		t.Fatalf("%d persons in the old copy", n)
	}
	out = w.must("restore", "--raise", "--data", w.Data)
	if !strings.Contains(out, "1 persons open. 1 who were erased") || !strings.Contains(out, "known are lost") {
		t.Error(out)
	}
	if out := w.must("ledger", "verify", "--data", w.Data); !strings.Contains(out, "ledger holds") {
		t.Error(out)
	}
	for table, want := range map[string]int{"person": 1, "person_key": 1, "vault_identity": 1, "person_chain": 1, "vault_index": 3, "certificate": 1, "pending_shred": 0} {
		if n := w.count(w.Data, "SELECT count(*) FROM "+table); n != want {
			t.Errorf("%s has %d rows, not %d", table, n, want)
		}
	}
	if n := w.count(w.Data, "SELECT count(DISTINCT owner) FROM ledger_event WHERE owner IS NOT NULL AND state = 1"); n != 1 {
		t.Errorf("records of %d persons are left", n)
	}
	if n := w.count(w.Data, "SELECT count(*) FROM ledger_event WHERE state = 5"); n < 3 {
		t.Errorf("%d records of the erased are held for the officers", n)
	}
	if n := w.count(w.Data, "SELECT count(*) FROM ledger_event WHERE state = 1 AND owner IN (SELECT owner FROM ledger_event WHERE state = 5)"); n != 0 {
		t.Errorf("%d records of the erased are as they were", n)
	}
	if out := w.must("officers", "list", "--data", w.Data); strings.Count(out, "live") != 26 {
		t.Errorf("the officers' months did not come back: %s", out)
	}

	w.Restart()
	if err := w.redeem(used); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("a used code lives again: %v", err)
	}
	w.refuse("device_unknown", "persona", "records", "--server", w.URL, "--wallets", kept, "overseas")
	if out := w.must("persona", "records", "--server", w.URL, "adult"); !strings.Contains(out, "enrolled") || !strings.Contains(out, "verified") {
		t.Error(out)
	}
	w.signIn("adult")
	w.signIn("overseas") // who enrols again is a new person
	w.refuse("", "ledger", "verify", "--data", w.Data, "--head", head)
	if out := w.must("ledger", "verify", "--data", w.Data); !strings.Contains(out, "ledger holds") {
		t.Error(out)
	}
}

// load has parties register without a pause; stop waits for them.
func (w *world) load() (stop func()) {
	var all sync.WaitGroup
	end, begun := make(chan struct{}), make(chan struct{})
	for hand := range 2 {
		all.Go(func() {
			for n := 0; ; n++ {
				w.Run("party", "add", "--server", w.URL, "--id", fmt.Sprintf("p-%d-%d", hand, n), "--name", "p", "--redirect-uri", redirect)
				if hand == 0 && n == 3 {
					close(begun)
				}
				select {
				case <-end:
					return
				default:
				}
			}
		})
	}
	<-begun
	return func() { close(end); all.Wait() }
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// What is refused leaves nothing where the store would have been.
func TestRestoreRefuses(t *testing.T) {
	w := found(t)
	w.signIn("adult")
	early := w.file("early.age")
	w.must("backup", "--keys", "--data", w.Data, "--out", early, "--recipient", w.to)
	w.signIn("adult")
	store, keys := w.file("store.age"), w.file("keys.age")
	if out := w.must("backup", "--data", w.Data, "--out", store, "--recipient", w.to); !strings.Contains(out, "keep that elsewhere") {
		t.Error(out)
	}
	w.must("backup", "--keys", "--data", w.Data, "--out", keys, "--recipient", w.to)
	master, err := os.ReadFile(filepath.Join(w.Data, "keyring", "master"))
	if err != nil {
		t.Fatal(err)
	}
	absent(t, filepath.Join(w.Data, "backup.part"))
	whole, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	if key, _ := hex.DecodeString(strings.TrimSpace(string(master))); len(key) != 32 {
		t.Fatal("the master has another form")
	}
	altered := func(name string, change func([]byte) []byte) string {
		path := w.file(name)
		if err := os.WriteFile(path, change(append([]byte(nil), whole...)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 1; return b }
	}
	foreign, _ := keyFile(t, w.file("other.key"))
	target := filepath.Join(w.dir, "new")
	try := func(want, from, keys, key string) {
		t.Helper()
		w.refuse(want, "restore", "--from", from, "--keys", keys, "--identity", key, "--data", target)
		absent(t, target)
		absent(t, target+".restoring")
	}
	try("is in no backup", store, keys, w.key)
	t.Setenv("NETID_MASTER_KEY", strings.Repeat("ab", 32))
	try("wrong master", store, keys, w.key)
	t.Setenv("NETID_MASTER_KEY", strings.TrimSpace(string(master)))
	try("identity did not match", store, keys, foreign)
	try("older than that of the store", store, early, w.key)
	try("is an archive of the keys", keys, keys, w.key)
	try("is an archive of the store", store, store, w.key)
	for _, at := range []int{40, len(whole) / 2, len(whole) - 3} {
		try("", altered("flipped", flip(at)), keys, w.key)
	}
	for _, n := range []int{0, 100, len(whole) / 2, len(whole) - 1} {
		try("", altered("cut", func(b []byte) []byte { return b[:n] }), keys, w.key)
	}
	try("", altered("longer", func(b []byte) []byte { return append(b, 0) }), keys, w.key)
	w.refuse("is not empty", "restore", "--from", store, "--keys", keys, "--identity", w.key, "--data", w.Data)
	w.refuse("another server works", "restore", "--raise", "--data", w.Data)
	w.refuse("restore needs", "restore", "--data", target)
	w.refuse("--with-master", "backup", "--keys", "--with-master", "--data", w.Data, "--out", w.file("x"), "--recipient", w.to)
	w.refuse("--recipient", "backup", "--data", w.Data, "--out", w.file("x"), "--recipient", "age1nobody")
	absent(t, w.file("x"))

	w.must("restore", "--from", store, "--keys", keys, "--identity", w.key, "--data", target, "--raise")
	if out := w.must("ledger", "verify", "--data", target); !strings.Contains(out, "ledger holds") {
		t.Error(out)
	}
	absent(t, filepath.Join(target, "keyring", "master"))
}

// An older copy put in place by hand, with the newest keys beside it, is not
// served either.
func TestOlderStorePutInPlaceByHand(t *testing.T) {
	w := found(t)
	w.signIn("adult")
	w.Stop()
	older := filepath.Join(w.dir, "older")
	copyDir(t, w.Data, older)
	w.Restart()
	used := w.code("adult")
	if err := w.redeem(used); err != nil {
		t.Fatal(err)
	}
	w.Stop()
	if err := exec.Command("cp", filepath.Join(older, "netid.db"), filepath.Join(w.Data, "netid.db")).Run(); err != nil {
		t.Fatal(err)
	}
	w.refuse("an older copy was put in its place", "sandbox", "--data", w.Data, "--addr", "localhost:0", "--shop", "127.0.0.1:0")
	w.must("restore", "--raise", "--data", w.Data)
	w.Restart()
	if err := w.redeem(used); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("a used code lives again: %v", err)
	}
	w.signIn("adult")
}

// A restore that is killed leaves nothing, or a store that is not served.
func TestKilledRestore(t *testing.T) {
	w := found(t)
	w.signIn("adult")
	store, keys := w.file("store.age"), w.file("keys.age")
	w.must("backup", "--data", w.Data, "--out", store, "--recipient", w.to, "--with-master")
	w.must("backup", "--keys", "--data", w.Data, "--out", keys, "--recipient", w.to)
	target := filepath.Join(w.dir, "new")
	for n := range 12 {
		killed := w.kill(n, "restore", "--from", store, "--keys", keys, "--identity", w.key, "--data", target)
		if _, err := os.Stat(target); err == nil {
			w.refuse("restore --raise", "sandbox", "--data", target, "--addr", "localhost:0", "--shop", "127.0.0.1:0")
			if err := os.RemoveAll(target); err != nil {
				t.Fatal(err)
			}
		} else if !killed {
			t.Fatal("it ended and there is nothing")
		}
	}
	w.must("restore", "--from", store, "--keys", keys, "--identity", w.key, "--data", target)
	absent(t, target+".restoring")
	for n := range 6 {
		w.kill(n, "restore", "--raise", "--data", target)
	}
	w.must("restore", "--raise", "--data", target)
	w.must("ledger", "verify", "--data", target)
}
