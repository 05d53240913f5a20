package backup_test

import (
	"os"
	"strings"
	"testing"
	"time"
)

// An older copy of the store comes with the keyring of its day, and the newest
// shelf may be sealed under a key that came later: its archive brings that key.
func TestRestoreAcrossARotation(t *testing.T) {
	w := found(t)
	w.signIn("adult")
	w.must("backup", "--data", w.Data, "--out", w.file("store.age"), "--recipient", w.to, "--with-master")
	for _, use := range []string{"shelf", "backup", "vault-subject", "vault-index", "pepper", "number"} {
		w.must("keys", "rotate", use, "--data", w.Data)
	}
	for deadline := time.Now().Add(time.Minute); strings.Count(w.must("keys", "progress", "--data", w.Data), ", ended") < 3; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(w.must("keys", "progress", "--data", w.Data))
		}
	}
	w.signIn("adult")
	w.must("backup", "--keys", "--data", w.Data, "--out", w.file("keys.age"), "--recipient", w.to)
	w.must("backup", "--data", w.Data, "--out", w.file("newer.age"), "--recipient", w.to, "--with-master")
	w.Stop()
	for _, store := range []string{"store.age", "newer.age"} {
		if err := os.RemoveAll(w.Data); err != nil {
			t.Fatal(err)
		}
		if out := w.must("restore", "--from", w.file(store), "--keys", w.file("keys.age"), "--identity", w.key, "--data", w.Data); !strings.Contains(out, "0 that do not open") {
			t.Errorf("%s: %s", store, out)
		}
		absent(t, w.Data+"/keys.part")
		if out := w.must("restore", "--raise", "--data", w.Data); strings.Contains(out, "0 persons open") {
			t.Errorf("%s: %s", store, out)
		}
		w.Restart()
		w.signIn("adult")
		w.Stop()
	}
}
