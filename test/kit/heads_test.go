package kit_test

import (
	"bytes"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
	"netid/test/kit"
)

func newest(t *testing.T, k *kit.Kit) []byte {
	t.Helper()
	b, err := k.Store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What a citizen took away before a rotation checks after it, by the key that
// they held or by the new one; who holds one of two algorithms checks by that.
func TestExportsAndHeadsOutliveTheKeys(t *testing.T) {
	for _, profile := range []suite.Profile{suite.International, suite.Guomi, suite.Dual} {
		t.Run(string(profile), func(t *testing.T) {
			k := kit.OpenAs(t, t.TempDir(), law.New(), profile)
			c := k.Adult(1)
			if err := errors.Join(c.Enrol(t.Context()), c.SignIn(t.Context())); err != nil {
				t.Fatal(err)
			}
			export := func() []byte {
				t.Helper()
				b, err := k.Look.Export(t.Context(), c.Session)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			listing := func() string {
				t.Helper()
				s, err := k.Look.Keys(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			before, first := export(), strings.Fields(listing())
			if algorithms := 1 + strings.Count(string(profile), "guomi") + strings.Count(string(profile), "dual"); len(first) != algorithms {
				t.Fatalf("%q", first)
			}
			head := newest(t, k)
			k.Advance(time.Hour)
			k.RotateHeads(t)
			// nothing was written since, and the newest head is signed by all keys
			resigned := newest(t, k)
			if bytes.Equal(head, resigned) || !k.Keeper.Complete(resigned) {
				t.Error("the newest head is not signed by the new key")
			}
			k.Advance(time.Hour)
			after := export()
			now := listing()
			today, err := client.ParseKeys(now)
			if err != nil || today.Changes() != len(first) {
				t.Fatalf("%v\n%s", err, now)
			}
			for name, trusted := range map[string]string{
				"the first keys": strings.Join(first, "\n"), "the first Ed25519 key": first[0], "the last first key": first[len(first)-1], "the listing": now,
				"the first key with the changes": first[0] + "\n" + now[strings.Index(now, "netid-succession/1"):],
			} {
				for when, file := range map[string][]byte{"before": before, "after": after} {
					if _, err := client.CheckExport(bytes.NewReader(file), trusted); err != nil {
						t.Errorf("an export from %s, by %s: %v", when, name, err)
					}
				}
			}
			if _, err := client.CheckExport(bytes.NewReader(after), today.Newest().String()); err != nil {
				t.Error("by the new key alone:", err)
			}
			if _, err := client.CheckExport(bytes.NewReader(before), today.Newest().String()); err == nil {
				t.Error("an export from before is signed by the new key")
			}
			if r := verifyOpen(t, k, head, resigned); !r.OK() {
				t.Errorf("%+v", r)
			}
		})
	}
}

// verifyOpen reads the whole store of a kit that runs.
func verifyOpen(t *testing.T, k *kit.Kit, heads ...[]byte) ledger.Report {
	t.Helper()
	return verify(t, filepath.Join(k.Dir, "netid.db"), k.Keeper, heads...)
}

// A head of before a rotation hangs by its own keys; the next start signs it
// anew, wherever the change was cut off from the store.
func TestAStartSignsWithTheNewKey(t *testing.T) {
	dir := t.TempDir()
	k := kit.OpenAs(t, dir, law.New(), suite.Dual)
	register(t, k, "shop")
	before := newest(t, k)
	k.Close()
	ring := filepath.Join(dir, "keyring")
	master := keyring.MasterFile(filepath.Join(ring, "master"))
	for _, use := range []string{"ledger", "ledger-sm"} { // no server runs
		if _, err := keyring.Succeed(ring, master, use, ledger.Successor(kit.Origin)); err != nil {
			t.Fatal(err)
		}
	}
	k = kit.Open(t, dir, law.New())
	after := newest(t, k)
	if bytes.Equal(before, after) || !k.Keeper.Complete(after) || k.Keeper.Complete(before) {
		t.Errorf("%s", after)
	}
	k.Close()
	k = kit.Open(t, dir, law.New())
	if again := newest(t, k); !bytes.Equal(again, after) {
		t.Error("a whole head is signed again at each start")
	}
	register(t, k, "shop-2")
	if !k.Keeper.Complete(newest(t, k)) {
		t.Error("a former key signs no more")
	}
}

// Once a key is retired as compromised, a head that it alone signed is not
// built upon, and a head with one algorithm never is.
func TestAStartRefusesAHeadThatItsKeysDoNotCover(t *testing.T) {
	dir := t.TempDir()
	k := kit.OpenAs(t, dir, law.New(), suite.Dual)
	register(t, k, "shop")
	before := newest(t, k)
	k.RotateHeads(t)
	after := newest(t, k)
	ring := filepath.Join(dir, "keyring")
	master := keyring.MasterFile(filepath.Join(ring, "master"))
	r, err := keyring.OpenExisting(ring, master)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.List() {
		if (e.Use == "ledger" || e.Use == "ledger-sm") && e.State == keyring.Former {
			if _, err := keyring.Retire(ring, master, e.ID, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	k.Close()
	text, sigs, _ := strings.Cut(string(after), "\n\n")
	one := strings.SplitAfter(sigs, "\n")[0]
	for name, c := range map[string]struct {
		head []byte
		good bool
	}{
		"the newest": {after, true}, "by the compromised keys": {before, false}, "by one algorithm": {[]byte(text + "\n\n" + one), false},
	} {
		db, err := sql.Open("sqlite", filepath.Join(dir, "netid.db"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), "UPDATE ledger_head SET note = ?", c.head); err != nil {
			t.Fatal(err)
		}
		db.Close()
		lite, err := sqlite.Open(filepath.Join(dir, "netid.db"))
		if err != nil {
			t.Fatal(err)
		}
		if r, err = keyring.OpenExisting(ring, master); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(t.Context(), lite, kit.KeeperOf(r), time.Now)
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			s.Close()
		}
	}
}
