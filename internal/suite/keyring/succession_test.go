package keyring_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/disk/disktest"
	"netid/internal/fault"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

// record says who follows whom; both keys sign.
func record(former, next suite.Signer, at time.Time) (string, error) {
	text := former.KeyID() + " " + next.KeyID() + " " + at.Format(time.RFC3339)
	a, err := former.Sign([]byte(text))
	b, err2 := next.Sign([]byte(text))
	return fmt.Sprintf("%s %x %x", text, a[:4], b[:4]), errors.Join(err, err2)
}

func succeed(t testing.TB, dir string, m keyring.Master, use string) keyring.Entry {
	t.Helper()
	e, err := keyring.Succeed(dir, m, use, record)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAPinnedKeyChangesWithARecord(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keyring")
	master := keyring.MasterFile(filepath.Join(dir, "master"))
	r, err := keyring.Open(dir, master, suite.Dual)
	if err != nil {
		t.Fatal(err)
	}
	for _, use := range []string{"ledger", "ledger-sm"} {
		handovers := r.Handovers(use)
		first := r.Signer(use).KeyID()
		if len(handovers()) != 0 {
			t.Error("a handover from nothing")
		}
		second := succeed(t, dir, master, use)
		third := succeed(t, dir, master, use)
		if _, err := r.Refresh(); err != nil {
			t.Fatal(err)
		}
		all := handovers()
		if len(all) != 2 || !strings.HasPrefix(all[0].Record, first+" "+second.ID+" "+second.Created.Format(time.RFC3339)) ||
			!strings.HasPrefix(all[1].Record, second.ID+" "+third.ID) || !all[0].Retired.IsZero() || all[0].Compromised {
			t.Fatalf("%s: %+v", use, all)
		}
		for _, early := range []time.Duration{0, 399 * 24 * time.Hour} {
			if _, err := keyring.RetireAt(dir, master, first, second.Created.Add(early)); !fault.Because(err, "key_overlap") {
				t.Errorf("%s after %v: %v", use, early, err)
			}
		}
		if e, err := keyring.RetireAt(dir, master, first, second.Created.Add(401*24*time.Hour)); err != nil || e.Compromised {
			t.Error(err)
		}
		if e, err := keyring.Retire(dir, master, second.ID, true); err != nil || !e.Compromised {
			t.Error(err)
		}
		again := open(t, dir, master).Handovers(use)()
		if len(again) != 2 || again[0].Record != all[0].Record || again[1].Record != all[1].Record || again[0].Retired.IsZero() || again[0].Compromised ||
			again[1].Retired.IsZero() || !again[1].Compromised {
			t.Errorf("%s: the record does not last: %+v", use, again)
		}
	}
	if _, err := keyring.Succeed(dir, master, "token", record); !fault.Because(err, "key_unknown") {
		t.Error(err)
	}
	for name, bad := range map[string]keyring.Record{
		"none":     nil,
		"empty":    func(suite.Signer, suite.Signer, time.Time) (string, error) { return "", nil },
		"an error": func(suite.Signer, suite.Signer, time.Time) (string, error) { return "x", errors.New("no") },
	} {
		before := states(open(t, dir, master), "ledger")
		if _, err := keyring.Succeed(dir, master, "ledger", bad); err == nil {
			t.Errorf("%s: changed without a record", name)
		}
		if got := states(open(t, dir, master), "ledger"); got != before {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// What the manifest says of a change is under its MAC.
func TestARecordCannotBeRewritten(t *testing.T) {
	dir, master := paths(t)
	first := open(t, dir, master).Signer("ledger").KeyID()
	succeed(t, dir, master, "ledger")
	if _, err := keyring.Retire(dir, master, first, true); err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(dir string){
		"a record is altered": func(dir string) { edit(t, dir, "manifest.json", `"succession": "`, `"succession": "x`) },
		"a record is gone":    func(dir string) { edit(t, dir, "manifest.json", `"succession"`, `"id"`) },
		"no longer compromised": func(dir string) {
			edit(t, dir, "manifest.json", `"compromised": true`, `"compromised": false`)
		},
	} {
		spoiled := copyDir(t, dir)
		damage(spoiled)
		if _, err := keyring.OpenExisting(spoiled, keyring.MasterFile(filepath.Join(spoiled, "master"))); err == nil {
			t.Errorf("%s: it opens", name)
		}
	}
}

// A change of a pinned key is cut after each of its file operations: there is
// the ring of before, or that of after with the record, and never one without
// the other.
func TestASuccessionIsCutAfterEachWrite(t *testing.T) {
	whole, wholeMaster := paths(t)
	first := open(t, whole, wholeMaster).Signer("ledger").KeyID()
	steps := 0
	for ; ; steps++ {
		dir := copyDir(t, whole)
		master := keyring.MasterFile(filepath.Join(dir, "master"))
		running := open(t, dir, master)
		_, err := keyring.SucceedCut(dir, master, "ledger", record, &disktest.Cut{Left: steps})
		if err == nil {
			break
		}
		if !errors.Is(err, disktest.ErrCut) {
			t.Fatalf("step %d: %v", steps, err)
		}
		if _, err := running.Refresh(); err != nil {
			t.Errorf("step %d: the running server: %v", steps, err)
		}
		reading, err := keyring.OpenExisting(dir, master)
		if err != nil {
			t.Fatalf("step %d: a reader: %v", steps, err)
		}
		for _, r := range []*keyring.Ring{running, reading, open(t, dir, master)} {
			keys, records := len(r.Signers("ledger")()), len(r.Handovers("ledger")())
			if keys != 1+records || keys > 2 {
				t.Errorf("step %d: %d keys and %d records", steps, keys, records)
			}
			if !slices.ContainsFunc(r.Signers("ledger")(), func(s suite.Signer) bool { return s.KeyID() == first }) {
				t.Errorf("step %d: the first key is gone", steps)
			}
		}
		if states(open(t, dir, master), "ledger") == "current" {
			succeed(t, dir, master, "ledger")
		}
		if r := open(t, dir, master); states(r, "ledger") != "former current" || !strings.HasPrefix(r.Handovers("ledger")()[0].Record, first) {
			t.Errorf("step %d: in the end %s", steps, states(r, "ledger"))
		}
	}
	if steps < 6 {
		t.Errorf("only %d steps: the cuts do not reach the disk", steps)
	}
	if _, err := os.Stat(filepath.Join(whole, "ledger.1.key")); !os.IsNotExist(err) {
		t.Error("the original was written to")
	}
}
