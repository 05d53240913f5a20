package backup_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The ledger's key changes between the backup of the store and that of the
// shelf, and the former key is retired: the old keyring knows none of the keys
// that sign now. Both archives belong together all the same; what was kept
// from before still checks.
func TestBackupsAcrossAChangedLedgerKey(t *testing.T) {
	w := found(t)
	w.signIn("adult")
	head := w.file("head")
	if err := os.WriteFile(head, []byte(w.must("ledger", "head", "--data", w.Data)), 0o600); err != nil {
		t.Fatal(err)
	}
	store, keys, later := w.file("store.age"), w.file("keys.age"), w.file("later.age")
	w.must("backup", "--data", w.Data, "--out", store, "--recipient", w.to, "--with-master")
	w.must("keys", "rotate", "ledger", "--data", w.Data)
	var first string
	for _, line := range strings.Split(w.must("keys", "list", "--data", w.Data), "\n") {
		if f := strings.Fields(line); len(f) > 3 && f[1] == "ledger" && f[3] == "former" {
			first = f[0]
		}
	}
	w.Restart() // it signs with the new key at the latest now
	w.must("keys", "retire", first, "--compromised", "--data", w.Data)
	w.signIn("overseas")
	w.must("backup", "--data", w.Data, "--out", later, "--recipient", w.to, "--with-master")
	w.must("backup", "--keys", "--data", w.Data, "--out", keys, "--recipient", w.to)
	for name, from := range map[string]string{"of before": store, "of after": later} {
		target := filepath.Join(w.dir, strings.ReplaceAll(name, " ", "-"))
		if out := w.must("restore", "--from", from, "--keys", keys, "--identity", w.key, "--data", target); !strings.Contains(out, "were known") {
			t.Errorf("%s: %s", name, out)
		}
		w.must("restore", "--raise", "--data", target)
		w.must("ledger", "verify", "--data", target, "--head", head)
	}
}
