package sqlite_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/store/storetest"
	"netid/internal/suite"
)

// A copy made while others write is one moment of the store, whole, without a
// trace of anybody who was erased before, and says that it is a copy.
func TestCopyBesideTheWriter(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	path, to := filepath.Join(dir, "netid.db"), filepath.Join(dir, "copy.db")
	s := open(t, path)
	crowd := crowded(t, s, 40)
	gone := traces{}
	for _, p := range crowd[:10] {
		gone.add(p)
		storetest.Tombstone(t, s, p)
	}
	must(t, s.Settle(ctx))
	before := storetest.Check(t, s)
	var all sync.WaitGroup
	end := make(chan struct{})
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
					if err := s.Commit(ctx, identity.Change{Entry: storetest.Entry()}); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	must(t, sqlite.Copy(ctx, path, to))
	close(end)
	all.Wait()
	after := storetest.Check(t, s)

	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if _, err := os.Stat(to + suffix); !os.IsNotExist(err) {
			t.Error("left", suffix)
		}
	}
	if dirty, pages := gaps(t, to); dirty > 0 || pages < 20 {
		t.Errorf("%d of %d pages hold what no row uses", dirty, pages)
	}
	if found := gone.search(t, to); len(found) > 0 {
		t.Errorf("the erased are in the copy: %q", found)
	}
	copied := reading(t, to)
	if size := storetest.Check(t, copied); size < before || size > after {
		t.Errorf("%d entries, of %d to %d", size, before, after)
	}
	for s, want := range map[*store.Store]bool{s: false, copied: true} {
		if e, err := s.Epoch(ctx); err != nil || e.Copied != want || e.Number != 1 || len(e.Nonce) != 16 || !e.Since.IsZero() {
			t.Errorf("%+v, %v", e, err)
		}
	}
	if err := sqlite.Copy(ctx, path, to); err == nil {
		t.Error("a copy over a file that is there")
	}
	if err := sqlite.Copy(ctx, filepath.Join(dir, "none.db"), filepath.Join(dir, "x.db")); !fault.Because(err, "store_missing") {
		t.Error(err)
	}
}

// Raising the epoch ends the copy's refusal once, draws another nonce and
// forgets drafts and what waited to be delivered; who comes second is told. A
// copy never has what waits: it may be kept for longer than anything may wait.
func TestRaise(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	path, to := filepath.Join(dir, "netid.db"), filepath.Join(dir, "copy.db")
	s := open(t, path)
	must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
	must(t, s.Jot(ctx, identity.PutDraft{Draft: identity.DraftRow{ID: suite.Random(16), Version: 1, Expires: time.Now().Add(time.Hour), Body: suite.Random(64)}}))
	letter := func() identity.Deliver {
		return identity.Deliver{ID: identity.NewDeliveryID(), Slot: suite.Random(32), Due: time.Now(), Body: suite.Random(1400)}
	}
	waits := letter()
	must(t, s.Jot(ctx, waits))
	must(t, sqlite.Copy(ctx, path, to))
	b, err := os.ReadFile(to)
	must(t, err)
	if left, err := s.Deliveries(ctx, false, 9); err != nil || len(left) != 1 || bytes.Contains(b, waits.Body[:64]) || bytes.Contains(b, waits.Slot) {
		t.Error("the copy has what waits, or the original lost it", len(left), err)
	}
	c := open(t, to)
	if in, err := c.Deliveries(ctx, false, 9); err != nil || len(in) > 0 {
		t.Error(len(in), err)
	}
	must(t, c.Jot(ctx, letter(), identity.PutPushed{Row: identity.PushedRow{ID: []byte("p"), Until: time.Now(), Body: []byte("b")}})) // as a store put in place by hand would have them
	old, err := c.Epoch(ctx)
	must(t, err)
	at := time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)
	raise := identity.RaiseEpoch{From: 1, Nonce: suite.Random(16), At: at}
	must(t, c.Commit(ctx, identity.Change{Entry: storetest.Entry(), Verbs: []identity.Verb{raise}}))
	e, err := c.Epoch(ctx)
	if err != nil || e.Copied || e.Number != 2 || !e.Since.Equal(at) || e.Label("code") == old.Label("code") || e.Label("code") == e.Label("access") {
		t.Errorf("%+v, %v", e, err)
	}
	if err := c.Commit(ctx, identity.Change{Entry: storetest.Entry(), Verbs: []identity.Verb{raise}}); !fault.Because(err, "epoch_raised") {
		t.Error(err)
	}
	if storetest.Check(t, c) != 2 {
		t.Error("a refused raise left an entry")
	}
	c.Close()
	db := plain(t, to)
	defer db.Close()
	var drafts, letters, pushed int
	if err := db.QueryRow("SELECT (SELECT count(*) FROM draft), (SELECT count(*) FROM outbox), (SELECT count(*) FROM pushed_request)").Scan(&drafts, &letters, &pushed); err != nil || drafts+letters+pushed != 0 {
		t.Error(drafts, letters, pushed, err)
	}
}
