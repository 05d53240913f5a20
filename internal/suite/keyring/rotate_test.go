package keyring_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/disk/disktest"
	"netid/internal/fault"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

func rotate(t testing.TB, dir string, m keyring.Master, use string) keyring.Entry {
	t.Helper()
	e, err := keyring.Rotate(dir, m, use)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRotationOverlapsAndRetirementEnds(t *testing.T) {
	dir, master := paths(t)
	r := open(t, dir, master)
	box := suite.NewRotatingBox(r.Secrets("code"), "code")
	before, err := box.Seal("x")
	if err != nil {
		t.Fatal(err)
	}
	old, first := r.List(), r.Secret("code")
	e := rotate(t, dir, master, "code")
	if r.Secret("code") != first {
		t.Error("the ring changed without being asked")
	}
	if changed, err := r.Refresh(); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if changed, err := r.Refresh(); err != nil || changed {
		t.Error("nothing changed, and yet", changed, err)
	}
	if live := r.Secrets("code")(); len(live) != 2 || live[0] != first {
		t.Error("a new key seals before every server had the time to take it over")
	}
	keyring.SetClock(r, func() time.Time { return time.Now().Add(4 * time.Second) })
	live := r.Secrets("code")()
	if len(live) != 2 || live[1] != first || live[0] == first || r.Secret("code") != live[0] {
		t.Error("newest first, and both")
	}
	var v string
	if err := box.Open(before, &v); err != nil {
		t.Error("overlap:", err)
	}
	formerID := old[slices.IndexFunc(old, func(e keyring.Entry) bool { return e.Use == "code" })].ID
	if got := states(r, "code"); got != "former current" || e.State != keyring.Current {
		t.Error(got, e.State)
	}
	gone, err := keyring.Retire(dir, master, formerID, true)
	if err != nil || gone.State != keyring.Destroyed || gone.Retired.IsZero() || gone.Destroyed.IsZero() {
		t.Fatalf("%+v %v", gone, err)
	}
	if _, err := r.Refresh(); err != nil {
		t.Fatal(err)
	}
	if err := box.Open(before, &v); !fault.Because(err, "sealed_invalid") {
		t.Error("a retired key opens:", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "code.key")); !os.IsNotExist(err) {
		t.Error("its file is still there")
	}
	if again := open(t, dir, master); !slices.Equal(again.List(), r.List()) || states(again, "code") != "destroyed current" {
		t.Error("the record does not last:", states(again, "code"))
	}
	if third := rotate(t, dir, master, "code"); third.Turn != 2 {
		t.Errorf("a turn is used again: %d", third.Turn)
	}
}

func states(r *keyring.Ring, use string) string {
	var s []string
	for _, e := range r.List() {
		if e.Use == use {
			s = append(s, string(e.State))
		}
	}
	return strings.Join(s, " ")
}

// A new signer is published before it signs.
func TestANewSignerIsAnnounced(t *testing.T) {
	dir, master := paths(t)
	first := open(t, dir, master).Signer("token").KeyID()
	second := rotate(t, dir, master, "token")
	third := rotate(t, dir, master, "token")
	r := open(t, dir, master)
	now := second.Created.Add(time.Second)
	keyring.SetClock(r, func() time.Time { return now })
	for _, c := range []struct {
		at   time.Time
		want []string
	}{
		{second.Created.Add(2 * time.Second), []string{first, third.ID, second.ID}},
		{third.Created.Add(3 * time.Second), []string{third.ID, second.ID, first}},
		{third.Created.Add(-time.Hour), []string{first, third.ID, second.ID}},
	} {
		now = c.at
		var got []string
		for _, s := range r.Signers("token")() {
			got = append(got, s.KeyID())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, not %v", c.at, got, c.want)
		}
	}
}

func TestRotationsThatAreRefused(t *testing.T) {
	dir, master := paths(t)
	open(t, dir, master)
	rotatable := keyring.Rotatable(suite.International)
	for _, use := range append(slices.Clone(secrets), "token", "certificate", "ledger") {
		if slices.Contains(rotatable, use) {
			continue
		}
		before := listing(t, dir)
		_, err := keyring.Rotate(dir, master, use)
		if !fault.Because(err, "key_fixed") || strings.HasSuffix(err.Error(), ": ") || listing(t, dir) != before {
			t.Errorf("%s: %v", use, err)
		}
	}
	if want := []string{"access", "anchor", "answer", "attestation", "backup", "bundle", "certificate", "challenge", "code", "dossier-body", "invitation", "ledger", "nonce", "number", "outbox", "pepper", "push", "refresh", "request", "session", "shelf", "sid", "slip", "status", "token",
		"vault-identity", "vault-index", "vault-record", "vault-subject", "verifier"}; !slices.Equal(rotatable, want) {
		t.Error(rotatable)
	}
	for _, use := range []string{"ledger", "ledger-sm"} { // without a record; and of another profile
		if _, err := keyring.Rotate(dir, master, use); err == nil {
			t.Errorf("%s: rotated", use)
		}
	}
	if _, err := keyring.Rotate(dir, master, "sesion"); !fault.Because(err, "key_unknown") {
		t.Error(err)
	}
	for range 7 {
		rotate(t, dir, master, "access")
	}
	if _, err := keyring.Rotate(dir, master, "access"); !fault.Because(err, "key_versions") {
		t.Error(err)
	}
	if _, err := keyring.Rotate(t.TempDir(), master, "access"); err == nil {
		t.Error("rotated in an empty directory")
	}
}

func TestRetirementsThatAreRefused(t *testing.T) {
	dir, master := paths(t)
	r := open(t, dir, master)
	first := r.Signer("token").KeyID()
	if _, err := keyring.Retire(dir, master, first, true); !fault.Because(err, "key_current") {
		t.Error("the current key:", err)
	}
	next := rotate(t, dir, master, "token")
	for _, early := range []time.Duration{0, 31*24*time.Hour - time.Minute} {
		if _, err := keyring.RetireAt(dir, master, first, next.Created.Add(early)); !fault.Because(err, "key_overlap") {
			t.Errorf("after %v: %v", early, err)
		}
	}
	if e, err := keyring.RetireAt(dir, master, first, next.Created.Add(31*24*time.Hour)); err != nil || e.State != keyring.Destroyed {
		t.Error(e.State, err)
	}
	if _, err := keyring.Retire(dir, master, first, true); !fault.Because(err, "key_retired") {
		t.Error(err)
	}
	for _, id := range []string{"", "short", "nobody-has-this-id", first[:7]} {
		if _, err := keyring.Retire(dir, master, id, true); !fault.Because(err, "key_unknown") {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// Each operation is cut after each of its file operations. What the next start
// opens is the ring of before or the ring of after, and the operation can be
// done again.
func TestEveryOperationIsCutAfterEachWrite(t *testing.T) {
	whole, wholeMaster := paths(t)
	first := open(t, whole, wholeMaster).Signer("token").KeyID()
	next := rotate(t, whole, wholeMaster, "token").ID // token has two: one to retire
	at := func(t *testing.T) (string, keyring.Master) {
		dir := copyDir(t, whole)
		return dir, keyring.MasterFile(filepath.Join(dir, "master"))
	}
	for name, op := range map[string]struct {
		do            func(dir string, m keyring.Master, c *disktest.Cut) error
		use           string
		before, after string
	}{
		"rotate a secret": {func(dir string, m keyring.Master, c *disktest.Cut) error {
			_, err := keyring.RotateCut(dir, m, "session", c)
			return err
		}, "session", "current", "former current"},
		"rotate a signer": {func(dir string, m keyring.Master, c *disktest.Cut) error {
			_, err := keyring.RotateCut(dir, m, "token", c)
			return err
		}, "token", "former current", "former former current"},
		"retire": {func(dir string, m keyring.Master, c *disktest.Cut) error {
			_, err := keyring.RetireCut(dir, m, first, c)
			if fault.Because(err, "key_retired") {
				return nil
			}
			return err
		}, "token", "former current", "destroyed current"},
	} {
		t.Run(name, func(t *testing.T) {
			steps := 0
			for ; ; steps++ {
				dir, master := at(t)
				running := open(t, dir, master)
				err := op.do(dir, master, &disktest.Cut{Left: steps})
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
					t.Errorf("step %d: a reader: %v", steps, err)
				} else if got := states(reading, op.use); got != op.before && got != op.after && got != "retired current" {
					t.Errorf("step %d: %s", steps, got)
				}
				again := open(t, dir, master)
				if got := states(again, op.use); got != op.before && got != op.after {
					t.Errorf("step %d: after the next start %s", steps, got)
				}
				if got := states(again, op.use); got == op.before {
					if err := op.do(dir, master, &disktest.Cut{Left: 1000}); err != nil {
						t.Errorf("step %d: done again: %v", steps, err)
					}
				}
				if got := states(open(t, dir, master), op.use); got != op.after {
					t.Errorf("step %d: in the end %s", steps, got)
				}
				if op.use == "token" && name == "retire" && open(t, dir, master).Signer("token").KeyID() != next {
					t.Errorf("step %d: another key signs", steps)
				}
			}
			if steps < 6 {
				t.Errorf("only %d steps: the cuts do not reach the disk", steps)
			}
		})
	}
}

// The first start, cut after each file operation, is finished by the next.
func TestAFirstStartIsCutAfterEachWrite(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	for steps := 0; ; steps++ {
		dir := t.TempDir()
		m := keyring.MasterFile(filepath.Join(dir, "master"))
		_, err := keyring.OpenCut(dir, m, &disktest.Cut{Left: steps})
		if err != nil && !errors.Is(err, disktest.ErrCut) {
			t.Fatalf("step %d: %v", steps, err)
		}
		r := open(t, dir, m)
		if again := open(t, dir, m); !slices.Equal(again.List(), r.List()) {
			t.Errorf("step %d: the ring does not last", steps)
		}
		if err == nil {
			if steps < 40 {
				t.Errorf("only %d steps", steps)
			}
			return
		}
	}
}

// A start under a passphrase that is cut before its first key is made again.
func TestASealedMasterIsCutAfterEachWrite(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	for steps := range 6 {
		dir := t.TempDir()
		m := keyring.MasterPassphrase(filepath.Join(dir, "master.sealed"), func(bool) ([]byte, error) { return []byte("correct horse battery"), nil })
		if _, err := keyring.OpenCut(dir, m, &disktest.Cut{Left: steps}); !errors.Is(err, disktest.ErrCut) {
			t.Fatalf("step %d: %v", steps, err)
		}
		r := open(t, dir, m)
		if again, err := keyring.OpenExisting(dir, m); err != nil || again.Secret("shelf") != r.Secret("shelf") {
			t.Errorf("step %d: %v", steps, err)
		}
	}
}

// What one goroutine seals opens in the next, whatever the ring does between.
func TestARingChangesUnderItsUsers(t *testing.T) {
	dir, master := paths(t)
	r := open(t, dir, master)
	box := suite.NewRotatingBox(r.Secrets("code"), "code")
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var v string
				sealed, err := box.Seal("x")
				if err == nil {
					err = box.Open(sealed, &v)
				}
				if s := r.Signers("token")(); err != nil || len(s) == 0 || r.List()[0].ID == "" {
					t.Error(err, len(s))
					return
				}
			}
		})
	}
	for _, use := range []string{"code", "token", "code", "token", "code"} {
		rotate(t, dir, master, use)
		if _, err := r.Refresh(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	all.Wait()
	if got := states(r, "code"); got != "former former former current" {
		t.Error(got)
	}
}

func TestARunningRingRefusesWhatIsWrong(t *testing.T) {
	dir, master := paths(t)
	r := open(t, dir, master)
	older := copyDir(t, dir)
	rotate(t, dir, master, "token")
	if _, err := r.Refresh(); err != nil {
		t.Fatal(err)
	}
	signs := r.Signer("token").KeyID()
	for name, damage := range map[string]func(t *testing.T, dir string){
		"an older manifest": func(t *testing.T, dir string) {
			copyFile(t, filepath.Join(older, "manifest.json"), filepath.Join(dir, "manifest.json"))
		},
		"a state is changed": func(t *testing.T, dir string) {
			edit(t, dir, "manifest.json", `"turn": 1`, `"retired": "2026-01-02T03:04:05Z", "turn": 1`)
		},
		"no manifest": func(t *testing.T, dir string) { remove(t, dir, "manifest.json") },
		"a generation more": func(t *testing.T, dir string) {
			edit(t, dir, "manifest.json", `"generation": 2`, `"generation": 3`)
		},
	} {
		was := copyDir(t, dir)
		damage(t, dir)
		if changed, err := r.Refresh(); err == nil || changed {
			t.Errorf("%s: %v %v", name, changed, err)
		}
		if r.Signer("token").KeyID() != signs || len(r.Signers("token")()) != 2 {
			t.Errorf("%s: the ring changed", name)
		}
		copyFile(t, filepath.Join(was, "manifest.json"), filepath.Join(dir, "manifest.json"))
	}
	if _, err := r.Refresh(); err != nil {
		t.Error(err)
	}
}

// Rings of before keys rotated have a manifest of version 1.
func TestAManifestOfTheFirstVersionIsRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keyring")
	if err := os.CopyFS(dir, os.DirFS("testdata/first")); err != nil {
		t.Fatal(err)
	}
	master := keyring.MasterFile(filepath.Join(dir, "master"))
	var listed struct{ Keys []struct{ ID, Use string } }
	if b, err := os.ReadFile(filepath.Join(dir, "manifest.json")); err != nil || json.Unmarshal(b, &listed) != nil {
		t.Fatal(err)
	}
	was := open(t, dir, master) // with uses that came since
	for _, k := range listed.Keys {
		if !slices.ContainsFunc(was.List(), func(e keyring.Entry) bool { return e.ID == k.ID && e.Use == k.Use }) {
			t.Errorf("%s is not kept", k.Use)
		}
	}
	id := was.Signer("token").KeyID()
	rotate(t, dir, master, "token")
	again := open(t, dir, master)
	if got := again.Signers("token")(); len(got) != 2 || got[0].KeyID() != id { // the new one is announced
		t.Error("the key of before is not kept")
	}
}
