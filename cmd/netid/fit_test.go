package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// more writes something to a running server's ledger and gives its head then.
func more(t *testing.T, h *house, id string) []byte {
	t.Helper()
	_, _, err := h.admit.Keep(t.Context(), admit.Application{ID: id, Name: "Some Shop", NameZH: "某商店", Public: true,
		RedirectURIs: []string{"https://shop.example/cb"}, Purpose: "Sign you in", PurposeZH: "为您登录",
		Otherwise: []identity.Way{{Text: identity.Text{ZH: "柜台", EN: "Counter"}}}, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	head, err := h.store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func putHead(t *testing.T, data string, head []byte) {
	t.Helper()
	db, err := sql.Open("sqlite", storeFile(data))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE ledger_head SET note = ?", head); err != nil {
		t.Fatal(err)
	}
}

// Somebody who can write to the store alone puts an older head there for a
// second, and later an older copy of the store: what lies beside the keys must not
// have followed.
func TestAnOlderHeadIsNotRemembered(t *testing.T) {
	h := built(t, true)
	older := more(t, h, "one")
	copied, err := os.ReadFile(storeFile(h.Data))
	if err != nil {
		t.Fatal(err)
	}
	newer := more(t, h, "two")
	h.remember(t.Context(), "")
	for name, head := range map[string][]byte{"older": older, "nobody's": []byte("no head\n"), "altered": bytes.Replace(newer, []byte("\ntime 2"), []byte("\ntime 3"), 1)} {
		putHead(t, h.Data, head)
		for last, again := "", 0; again < 2; again++ {
			last = h.remember(t.Context(), last)
		}
		if kept, err := os.ReadFile(headFile(h.Data)); err != nil || !bytes.Equal(kept, newer) {
			t.Errorf("%s: what is kept followed the store: %q, %v", name, kept, err)
		}
	}
	h.Close() // it leaves the last head, as it finds it
	for _, suffix := range []string{"-wal", "-shm"} {
		os.Remove(storeFile(h.Data) + suffix)
	}
	if err := os.WriteFile(storeFile(h.Data), copied, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := build(context.Background(), h.settings)
	if err == nil {
		again.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "older copy") {
		t.Errorf("an older copy is served: %v", err)
	}
}

// With a key that signs heads in hand, and the store, somebody writes another
// history of as many entries or more. The server must not go on with it.
func TestAnotherHistoryIsNotBuiltUpon(t *testing.T) {
	s := used(t)
	h, err := build(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	more(t, h, "two")
	h.Close()
	db, err := sql.Open("sqlite", storeFile(s.Data))
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRow("SELECT count(*) FROM ledger_event").Scan(&n); err != nil || n < 2 || n > 255 {
		t.Fatal(n, err)
	}
	if _, err := db.Exec("UPDATE ledger_event SET leaf = randomblob(32) WHERE seq = 1"); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query("SELECT leaf FROM ledger_event ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	var tree ledger.Tree
	for rows.Next() {
		var leaf []byte
		if err := rows.Scan(&leaf); err != nil {
			t.Fatal(err)
		}
		tree, _ = tree.Append([32]byte(leaf))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	head, err := h.keeper.Head(tree, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	putHead(t, s.Data, head)
	again, err := build(context.Background(), s)
	if err == nil {
		again.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "another history") {
		t.Errorf("another history is served: %v", err)
	}
}

// A restore takes a shelf for new enough by the head in its archive. One that the
// ledger did not sign must not get there under the archive's own MAC.
func TestTheShelfIsNotBackedUpWithAMadeUpHead(t *testing.T) {
	s := used(t)
	backup := func() (string, int) {
		_, errs, code := said("backup", "--keys", "--data", s.Data, "--out", filepath.Join(t.TempDir(), "keys"), "--recipient", recipient)
		return errs, code
	}
	if errs, code := backup(); code != 0 {
		t.Fatal(errs)
	}
	putHead(t, s.Data, []byte("netid.ledger\n999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— x AAAAAAAA\n"))
	if errs, code := backup(); code == 0 || !strings.Contains(errs, "altered") {
		t.Errorf("status %d: %s", code, errs)
	}
}

// recipient is an age public key (of the specification's examples).
const recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
