package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/internal/store/sqlite"
	"netid/internal/suite"
	"netid/internal/vault"
	postgrestest "netid/test/postgres"
)

// peopled is a data directory with a party and a shelf of four slots, of which
// one was destroyed and one does not open.
func peopled(t *testing.T) (settings, map[uint64]identity.Secret) {
	t.Helper()
	h := built(t, true)
	_, _, err := h.admit.Keep(context.Background(), admit.Application{ID: "shop", Name: "Some Shop", NameZH: "某商店", Public: true,
		RedirectURIs: []string{"https://shop.example/cb"}, Purpose: "Sign you in", PurposeZH: "为您登录",
		Otherwise: []identity.Way{{Text: identity.Text{ZH: "柜台", EN: "Counter"}}}, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	slots := map[uint64]identity.Secret{}
	for range 4 {
		k := suite.NewSecret(h.ring.Profile().Suite())
		slot, err := h.shelf.Put(k)
		if err != nil {
			t.Fatal(err)
		}
		slots[slot] = k
	}
	if err := h.shelf.Destroy(2); err != nil {
		t.Fatal(err)
	}
	h.Close()
	f, err := os.OpenFile(shelfFile(h.Data), os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteAt([]byte("odd"), 3*64+40)
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	delete(slots, 2)
	delete(slots, 3)
	return h.settings, slots
}

// mover runs a move, cut after a step.
func mover(t *testing.T, data, rows, secrets, cut string) (out string, err error) {
	t.Helper()
	to, err := siteOf(data, rows, secrets)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	m := &moving{surroundings: &surroundings{ctx: context.Background(), out: &said, errs: &said}, to: to}
	m.after = func(step string) error {
		if step == cut {
			return errCut
		}
		return nil
	}
	err = m.run()
	return said.String(), err
}

var errCut = errors.New("cut")

// A move that is cut after any step leaves the old deployment as it was, or is
// finished by the next run; never do both serve, and never is the half of one served.
func TestAMoveToPostgreSQLThatWasCut(t *testing.T) {
	server := postgrestest.Ready(t)
	for _, step := range []string{"claim", "rows", "shelf", "compare", "point", "rename", "leave", "finish", "clear"} {
		t.Run(step, func(t *testing.T) {
			s, slots := peopled(t)
			rows, secrets := server.Database(t), server.Database(t)
			shelfBefore := read(t, shelfFile(s.Data))
			if _, err := mover(t, s.Data, rows, secrets, step); !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			there := s
			there.Site, _ = siteOf(s.Data, rows, secrets)
			old, new := starts(s), starts(there)
			late := step == "finish" || step == "clear"
			if late != (new == nil) || strings.Contains("claim rows shelf compare", step) != (old == nil) {
				t.Errorf("served: the old one %v, the new one %v", old, new)
			}
			if !late && old == nil && !bytes.Equal(shelfBefore, read(t, shelfFile(s.Data))) {
				t.Error("the shelf's file changed")
			}
			if step == "finish" { // it serves meanwhile
				h := mustBuild(t, there)
				if _, err := h.shelf.Put(suite.NewSecret(h.ring.Profile().Suite())); err != nil {
					t.Error(err)
				}
				h.Close()
			}
			if out, err := mover(t, s.Data, rows, secrets, ""); err != nil || !strings.Contains(out, "is now the store of") {
				t.Fatal(out, err)
			}
			if starts(s) == nil {
				t.Error("the old one serves beside the new one")
			}
			moved(t, there, slots)
		})
	}
}

// starts tries to serve.
func starts(s settings) error {
	h, err := build(context.Background(), s)
	if err == nil {
		h.Close()
	}
	return err
}

func mustBuild(t *testing.T, s settings) *house {
	t.Helper()
	h, err := build(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// moved looks at what is there after a move.
func moved(t *testing.T, s settings, slots map[uint64]identity.Secret) {
	t.Helper()
	h := mustBuild(t, s)
	defer h.Close()
	for slot, want := range slots {
		if k, err := h.shelf.Get(slot); err != nil || k != want {
			t.Errorf("slot %d: %v", slot, err)
		}
	}
	if _, err := h.shelf.Get(2); err == nil || !strings.Contains(err.Error(), "person_erased") {
		t.Error("a destroyed slot:", err)
	}
	if _, err := h.shelf.Get(3); err == nil {
		t.Error("a slot that did not open opens")
	}
	if slot, err := h.shelf.Put(suite.NewSecret(h.ring.Profile().Suite())); err != nil || slot < 5 {
		t.Errorf("slot %d is given out again: %v", slot, err)
	}
	if _, err := h.store.Party(context.Background(), "shop"); err != nil {
		t.Error(err)
	}
	for _, path := range []string{storeFile(s.Data), storeFile(s.Data) + "-wal", shelfFile(s.Data), leftFile(s.Data) + "-wal"} {
		if !lost(path) {
			t.Error("left:", filepath.Base(path))
		}
	}
	back := filepath.Join(t.TempDir(), "data") // the copy, put in place by hand
	err := errors.Join(os.CopyFS(back, os.DirFS(s.Data)), os.Rename(leftFile(back), storeFile(back)), os.Remove(elsewhere(back)))
	if err != nil {
		t.Fatal(err)
	}
	s.Data, s.Site = back, site{data: back}
	if err := starts(s); err == nil || !strings.Contains(err.Error(), "restore --raise") {
		t.Errorf("the store that was left behind is served: %v", err)
	}
}

// What is refused moves nothing: the old deployment serves on.
func TestRefusedMovesToPostgreSQL(t *testing.T) {
	server := postgrestest.Ready(t)
	s, _ := peopled(t)
	refused := func(want, data, rows, secrets string) {
		t.Helper()
		if out, err := mover(t, data, rows, secrets, ""); err == nil || !strings.Contains(out+err.Error(), want) {
			t.Errorf("%s%v (wanted %q)", out, err, want)
		}
		if !lost(elsewhere(data)) || !lost(leftFile(data)) {
			t.Error("and yet it moved")
		}
	}
	clone := func() string {
		dir := filepath.Join(t.TempDir(), "data")
		if err := os.CopyFS(dir, os.DirFS(s.Data)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	empty := func(at, table string) {
		t.Helper()
		if n := server.RunAt(t, at, "SELECT count(*) FROM pg_tables WHERE tablename = '"+table+"'"); n != "0" {
			t.Errorf("%s was made", table)
		}
	}
	rows, secrets := server.Database(t), server.Database(t)
	refused("no store in", filepath.Join(t.TempDir(), "none"), rows, secrets)

	h := mustBuild(t, s)
	refused("stop it first", s.Data, rows, secrets)
	h.Close()

	other, _ := peopled(t)
	dir := clone()
	if err := errors.Join(os.RemoveAll(keyringDir(dir)), os.CopyFS(keyringDir(dir), os.DirFS(keyringDir(other.Data)))); err != nil {
		t.Fatal(err)
	}
	refused("the head is not signed by this ledger's key", dir, rows, secrets)

	dir = clone()
	alter(t, storeFile(dir), "UPDATE ledger_event SET day = day + 1 WHERE seq = 0")
	refused("first bad: index 0", dir, rows, secrets)
	empty(rows, "person")
	empty(secrets, "shelf_slot")

	dir = clone()
	alter(t, storeFile(dir), "UPDATE single_use SET copied = 1")
	refused("restore --raise", dir, rows, secrets)

	dir = clone()
	alter(t, storeFile(dir), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
	refused("a store of this version", dir, rows, secrets)

	dir = clone()
	if err := os.Remove(shelfFile(dir)); err != nil {
		t.Fatal(err)
	}
	refused("shelf:", dir, rows, secrets)

	taken := server.Database(t)
	if out, err := mover(t, other.Data, taken, secrets, ""); err != nil {
		t.Fatal(out, err)
	}
	refused("name an empty database", s.Data, taken, server.Database(t))
	refused("has another shelf", s.Data, rows, secrets)
	if out, err := mover(t, s.Data, rows, server.Database(t), "shelf"); !errors.Is(err, errCut) {
		t.Fatal(out, err)
	}
	there := s
	there.Site, _ = siteOf(s.Data, rows, secrets)
	if err := starts(there); err == nil || !strings.Contains(err.Error(), "netid store copy") {
		t.Error("beside the store in the directory:", err)
	}
	if err := starts(s); err != nil {
		t.Error("the old one:", err)
	}
	dir = clone()
	last := server.Database(t)
	if out, err := mover(t, s.Data, rows, last, ""); err != nil {
		t.Fatal(out, err)
	}
	refused("is served already", dir, rows, last)

	_, errs, code := said("store", "copy", "--data", other.Data, "--to", rows)
	if code == 0 || strings.Contains(errs, "panic") {
		t.Error(errs)
	}
	_, errs, code = said("store", "copy", "--data", dir, "--to", rows, "--to-shelf", rows)
	if code == 0 || !strings.Contains(errs, "a database of its own") {
		t.Error(errs)
	}
}

// A production directory names its shelf.
func TestAMoveNamesTheShelf(t *testing.T) {
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	if _, errs, code := said("store", "copy", "--data", t.TempDir(), "--to", "postgres://u@localhost/x"); code == 0 || !strings.Contains(errs, "--to-shelf") {
		t.Error(errs)
	}
	var _ vault.Shelf = shelf(nil)
}

func alter(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin(context.Background())
	if err == nil {
		_, err = tx.Exec(statement)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		t.Fatal(err)
	}
}
