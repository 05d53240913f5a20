package sqlite_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/store/storetest"
)

func reading(t testing.TB, path string) *store.Store {
	t.Helper()
	db, err := sqlite.OpenReadOnly(path)
	must(t, err)
	s, err := store.Open(context.Background(), db, nil, time.Now)
	must(t, err)
	t.Cleanup(s.Close)
	return s
}

// TestReadOnlyBesideServer reads while the writer writes, sees what was
// acknowledged, and writes nothing.
func TestReadOnlyBesideServer(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "netid.db")
	s := open(t, path)
	p := storetest.NewPerson(1)
	must(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: p.Open()}))
	r := reading(t, path)
	for range 20 {
		e := p.Entry()
		must(t, s.Commit(ctx, identity.Change{Entry: e}))
		if _, err := r.Entry(ctx, e.EntryKey); err != nil {
			t.Fatal("acknowledged and not seen:", err)
		}
	}
	if size := storetest.Check(t, r); size != 21 {
		t.Fatal("size", size)
	}
	for _, err := range []error{
		r.Commit(ctx, identity.Change{Entry: storetest.Entry()}), r.Jot(ctx), r.Settle(ctx), r.Sweep(ctx, time.Now()),
	} {
		if !fault.Because(err, "store_read_only") {
			t.Fatal(err)
		}
	}
	// Reading does not hold up an erasure; a snapshot does, for as long as it lasts.
	storetest.Tombstone(t, s, p)
	must(t, s.Settle(ctx))
}

// TestSettleWaitsForSnapshot keeps an older state open: Settle says so, and
// succeeds afterwards, while changes go on.
func TestSettleWaitsForSnapshot(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "netid.db")
	s := open(t, path)
	r := reading(t, path)
	must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
	view, err := sqlite.OpenReadOnly(path)
	must(t, err)
	defer view.Close()
	_ = r
	err = view.View(ctx, func(q store.Reader) error {
		must(t, q.Query(ctx, "SELECT seq FROM ledger_event", func(store.Row) error { return nil }))
		must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
		if err := s.Settle(ctx); !fault.Because(err, "store_busy") {
			t.Error("settled under a snapshot:", err)
		}
		short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		if err := s.Settle(short); !fault.Is(err, fault.Unavailable) {
			t.Error("settled under a snapshot:", err)
		}
		must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
		return nil
	})
	must(t, err)
	must(t, s.Settle(ctx))
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		t.Fatal("the log is not empty:", log.Size())
	}
}

// TestReadOnlyStopped opens after the server stopped and after it was killed,
// and leaves the database file as it was.
func TestReadOnlyStopped(t *testing.T) {
	for _, how := range []string{"stopped", "killed"} {
		t.Run(how, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "netid.db")
			acknowledged := killed(t, path, 100*time.Millisecond)
			if how == "stopped" {
				open(t, path).Close()
			}
			before := content(t, path)
			r := reading(t, path)
			if size := storetest.Check(t, r); size < uint64(len(acknowledged)) {
				t.Fatal("size", size)
			}
			r.Close()
			if !slices.Equal(before, content(t, path)) {
				t.Fatal("the database file changed")
			}
			names, err := os.ReadDir(filepath.Dir(path))
			must(t, err)
			for _, n := range names {
				if !slices.Contains([]string{"netid.db", "netid.db-wal", "netid.db-shm"}, n.Name()) {
					t.Fatal("a file too many:", n.Name())
				}
			}
			must(t, open(t, path).Settle(context.Background())) // the server starts as ever
		})
	}
}

// TestReadOnlyMedia reads a stopped store as a user who may write nothing.
func TestReadOnlyMedia(t *testing.T) {
	if path := os.Getenv(mediaPath); path != "" {
		if size := storetest.Check(t, reading(t, path)); size != 1 {
			t.Fatal("size", size)
		}
		return
	}
	if os.Getuid() != 0 {
		t.Skip("needs root to become somebody else")
	}
	dir, err := os.MkdirTemp("", "netid-media")
	must(t, err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "netid.db")
	s := open(t, path)
	must(t, s.Commit(context.Background(), identity.Change{Entry: storetest.Entry()}))
	s.Close()
	must(t, os.Chmod(dir, 0o755))
	must(t, os.Chmod(path, 0o644))
	program := filepath.Join(dir, "child")
	binary, err := os.ReadFile(os.Args[0])
	must(t, err)
	must(t, os.WriteFile(program, binary, 0o755))
	child := exec.Command(program, "-test.run=^TestReadOnlyMedia$")
	child.Env = append(os.Environ(), mediaPath+"="+path)
	child.Dir = dir
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

const mediaPath = "NETID_TEST_MEDIA_STORE"

func TestReadOnlyRefuses(t *testing.T) {
	dir := t.TempDir()
	_, err := sqlite.OpenReadOnly(filepath.Join(dir, "none.db"))
	if !fault.Is(err, fault.NotFound) || !fault.Because(err, "store_missing") {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Fatal("it made", left)
	}
	path := filepath.Join(dir, "netid.db")
	open(t, path).Close()
	db := plain(t, path)
	_, err = db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
	must(t, err)
	must(t, db.Close())
	if _, err := sqlite.OpenReadOnly(path); !fault.Because(err, "store_version") {
		t.Fatal("a store of the future:", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "text.db"), []byte("this is no database, whatever its name says"), 0o600))
	if _, err := sqlite.OpenReadOnly(filepath.Join(dir, "text.db")); !fault.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(filepath.Join(dir, "text.db")); !fault.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}
