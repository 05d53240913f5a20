package crash_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/store/storetest"
	"netid/internal/suite"
	"netid/internal/vault"
)

// commit says the number of each entry that it made durable, until it can't.
func commit(path string) error {
	db, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	s, err := store.Open(context.Background(), db, storetest.Keeper(), time.Now)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		if err := s.Commit(context.Background(), identity.Change{Entry: storetest.Entry()}); err != nil {
			return fmt.Errorf("%w; dead: %v", err, s.Dead())
		}
		fmt.Println(n)
	}
}

// A process ends since a sync of its log failed. Somebody looks at the store, and
// so brings what was never synced back into it; the next process writes behind
// that. Then the power goes, and the log must have no hole.
func TestAHoleInTheLogIsWrittenAgain(t *testing.T) {
	d := newDisk(t)
	at := filepath.Join(d.mount, "netid.db")
	first := role("committer", at)
	var errs strings.Builder
	first.Stderr = &errs
	before := writesUntil(t, first, func() {
		d.answers(t, "sync 1 netid.db-wal")
		for began := time.Now(); !strings.Contains(errs.String(), "dead") && time.Since(began) < startLimit; time.Sleep(time.Millisecond) {
		}
	})
	if n := d.well(t); n != 1 || !strings.Contains(errs.String(), "dead: disk I/O error") {
		t.Fatalf("%d syncs failed, and the writer says %q", n, errs.String())
	}
	look, err := sqlite.OpenReadOnly(at)
	if err != nil {
		t.Fatal(err)
	}
	var after int
	err = look.View(t.Context(), func(r store.Reader) error {
		err := r.Query(t.Context(), "SELECT count(*) FROM ledger_event", func(store.Row) error { return nil })
		second := role("committer", at)
		after = writesUntil(t, second, func() {
			second.Process.Signal(syscall.SIGSTOP)
			d.cut()
		})
		return err
	})
	if err != nil || before == 0 || after == 0 {
		t.Fatal(before, after, err)
	}
	there, err := sqlite.OpenReadOnly(filepath.Join(d.behind, "netid.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	var n int
	if err := there.Query(t.Context(), "SELECT count(*) FROM ledger_event", func(r store.Row) error { return r.Scan(&n) }); err != nil || n < before+after {
		t.Errorf("%d and %d entries were acknowledged, and %d are there: %v", before, after, n, err)
	}
}

// A pass that seals the shelf anew is cut short by a sync that fails. What it
// wrote shows as written, and is on no disk: the next pass writes it once more,
// or the former key would be destroyed while a slot still needs it.
func TestAShelfIsSealedAnewOnTheDisk(t *testing.T) {
	d := newDisk(t)
	former, newest := suite.Version{Key: identity.NewSecret(identity.ES256, [32]byte{1})}, suite.Version{Turn: 1, Key: identity.NewSecret(identity.ES256, [32]byte{2})}
	open := func(dir string, versions ...suite.Version) *vault.FileShelf {
		t.Helper()
		s, err := vault.OpenShelf(filepath.Join(dir, "people.shelf"), func() []suite.Version { return versions })
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	secret := identity.NewSecret(identity.ES256, [32]byte{3})
	s := open(d.mount, former)
	slot, err := s.Put(secret)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open(d.mount, newest, former)
	d.answers(t, "sync 1 people.shelf")
	if _, err := s.Reseal(1, 10); err == nil || s.Dead() == nil {
		t.Fatal("a sync failed, and the pass goes on:", err)
	}
	if _, err := s.Put(secret); err == nil {
		t.Fatal("a shelf whose sync failed takes another secret")
	}
	s.Close()
	d.well(t)
	s = open(d.mount, newest, former)
	if next, err := s.Reseal(1, 10); err != nil || next != 0 {
		t.Fatal(next, err)
	}
	s.Close()
	d.cut()
	s = open(d.behind, newest)
	defer s.Close()
	if got, err := s.Get(slot); err != nil || string(got.Bytes()) != string(secret.Bytes()) {
		t.Errorf("the slot does not open under the new key alone: %v", err)
	}
}
