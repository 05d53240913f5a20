package keyring_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/suite/keyring"
)

func split(t testing.TB, dir string, m keyring.Master) [][]byte {
	t.Helper()
	forms, err := keyring.SplitMaster(dir, m, 3, 5)
	if err != nil || len(forms) != 5 {
		t.Fatal(len(forms), err)
	}
	return forms
}

func TestAnyThreeOfFiveRebuildTheMaster(t *testing.T) {
	dir, master := paths(t)
	r := open(t, dir, master)
	forms := split(t, dir, master)
	kept, err := os.ReadFile(filepath.Join(dir, "master"))
	if err != nil {
		t.Fatal(err)
	}
	for mask := range 1 << 5 {
		var some [][]byte
		for i, f := range forms {
			if mask>>i&1 == 1 {
				some = append(some, f)
			}
		}
		got, err := keyring.RebuildMaster(some)
		if len(some) < 3 {
			if !fault.Because(err, "shares_invalid") || !got.Zero() {
				t.Errorf("%d shares: %v", len(some), err)
			}
			continue
		}
		if err != nil || hex.EncodeToString(got.Bytes())+"\n" != string(kept) {
			t.Errorf("%d shares: %v", len(some), err)
		}
	}
	rebuilt, err := keyring.RebuildMaster(forms[1:4])
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NETID_TEST_MASTER", hex.EncodeToString(rebuilt.Bytes()))
	again, err := keyring.OpenExisting(dir, keyring.MasterEnv("NETID_TEST_MASTER"))
	if err != nil || again.Secret("shelf") != r.Secret("shelf") {
		t.Error("the rebuilt master opens nothing:", err)
	}
}

func TestSharesThatDoNotRebuild(t *testing.T) {
	dir, master := paths(t)
	open(t, dir, master)
	forms, others := split(t, dir, master), split(t, dir, master)
	with := func(old, new string) []byte { return []byte(strings.Replace(string(forms[0]), old, new, 1)) }
	digit := func(name string) []byte { // the first digit of a line is another
		b := bytes.Clone(forms[0])
		i := bytes.Index(b, []byte(name+": ")) + len(name) + 2
		b[i] = "123456789abcdef0"[bytes.IndexByte([]byte("0123456789abcdef"), b[i])]
		return b
	}
	for name, some := range map[string][][]byte{
		"none": {}, "one twice": {forms[0], forms[1], forms[1]}, "two ceremonies": {forms[0], forms[1], others[2]},
		"a wrong value": {digit("value"), forms[1], forms[2]}, "a wrong place": {digit("share"), forms[1], forms[2]},
		"a wrong set": {digit("set"), forms[1], forms[2]}, "a wrong proof": {digit("proof"), forms[1], forms[2]},
		"a wrong check": {digit("check"), forms[1], forms[2]}, "fewer needed": {with("needed: 3", "needed: 2"), forms[1]},
		"another version": {with("v1", "v2"), forms[1], forms[2]}, "half": {forms[0][:80], forms[1], forms[2]},
		"too long": {append(bytes.Clone(forms[0]), make([]byte, 2000)...), forms[1], forms[2]}, "empty": {nil, forms[1], forms[2]},
	} {
		if got, err := keyring.RebuildMaster(some); !fault.Because(err, "shares_invalid") || !got.Zero() {
			t.Errorf("%s: %v", name, err)
		}
	}
	byHand := bytes.ReplaceAll(forms[0], []byte("\n"), []byte("  \r\n\r\n"))
	if _, err := keyring.RebuildMaster([][]byte{byHand, forms[4], forms[2]}); err != nil {
		t.Error("line ends and spaces matter:", err)
	}
	for _, c := range [][2]int{{1, 5}, {6, 5}, {3, 300}} {
		if _, err := keyring.SplitMaster(dir, master, c[0], c[1]); !fault.Because(err, "shares_invalid") {
			t.Errorf("%v: %v", c, err)
		}
	}
	if _, err := keyring.SplitMaster(t.TempDir(), master, 3, 5); err == nil {
		t.Error("split a master that opens nothing")
	}
}

// FuzzShare: whatever is in a file, it rebuilds nothing with two good shares
// unless it is a third.
func FuzzShare(f *testing.F) {
	dir, master := paths(f)
	open(f, dir, master)
	forms := split(f, dir, master)
	want, err := keyring.RebuildMaster(forms[:3])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(forms[2])
	f.Add([]byte("netid master key share v1\nset: 00\nshare: -1\nneeded: 99999999999999999999\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := keyring.RebuildMaster([][]byte{forms[0], forms[1], b}); err == nil && got != want {
			t.Fatal("another master was rebuilt")
		}
	})
}

func TestPassphraseMaster(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keyring")
	path := filepath.Join(dir, "master.sealed")
	var asked []bool
	with := func(word string) keyring.Master {
		return keyring.MasterPassphrase(path, func(fresh bool) ([]byte, error) {
			asked = append(asked, fresh)
			return []byte(word), nil
		})
	}
	if _, err := keyring.Open(dir, with("elevenchars"), ""); err == nil {
		t.Error("a short passphrase was taken")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("and a file made")
	}
	r := open(t, dir, with("correct horse battery"))
	again, err := keyring.OpenExisting(dir, with("correct horse battery"))
	if err != nil || again.Secret("shelf") != r.Secret("shelf") {
		t.Fatal(err)
	}
	if len(asked) != 3 || !asked[0] || !asked[1] || asked[2] {
		t.Error("asked as for a new one:", asked)
	}
	before := listing(t, dir)
	for name, m := range map[string]keyring.Master{"wrong": with("correct horse batterx"), "empty": with("")} {
		_, err := keyring.Open(dir, m, "")
		if err == nil || strings.Contains(err.Error(), "correct horse") || listing(t, dir) != before {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, damage := range map[string]func(t *testing.T, dir string){
		"missing":         func(t *testing.T, dir string) { remove(t, dir, "master.sealed") },
		"empty":           func(t *testing.T, dir string) { rewrite(t, dir, "master.sealed", func([]byte) []byte { return nil }) },
		"another version": func(t *testing.T, dir string) { edit(t, dir, "master.sealed", `"version":1`, `"version":2`) },
		"another salt":    func(t *testing.T, dir string) { edit(t, dir, "master.sealed", `"salt":"`, `"salt":"AAAA`) },
		"altered":         func(t *testing.T, dir string) { edit(t, dir, "master.sealed", `"sealed":"`, `"sealed":"AAAA`) },
	} {
		cut := copyDir(t, dir)
		damage(t, cut)
		before := listing(t, cut)
		m := keyring.MasterPassphrase(filepath.Join(cut, "master.sealed"), func(bool) ([]byte, error) { return []byte("correct horse battery"), nil })
		if _, err := keyring.Open(cut, m, ""); err == nil || listing(t, cut) != before {
			t.Errorf("%s: %v", name, err)
		}
	}
}
