package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"netid/internal/store/postgres"
	postgrestest "netid/test/postgres"
)

// The production form with its store and its shelf in two databases: it starts
// twice over (as two nodes that share a directory), and the epoch is not raised
// under either.
func TestServeOnPostgreSQL(t *testing.T) {
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	server := postgrestest.Ready(t)
	rows, secrets := server.Database(t), server.Database(t)
	path := officeredBy(t, written(t, state(t, false), "listen:", "store: "+rows+"\nshelf: "+secrets+"\nlisten:"))
	conf, err := readConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	first, second := serving(t, path), serving(t, path)
	raise := func() (string, int) {
		var errs bytes.Buffer
		code := run(context.Background(), []string{"restore", "--raise", "--data", conf.Data, "--store", rows, "--shelf", secrets}, nil, &errs, &errs)
		return errs.String(), code
	}
	if said, code := raise(); code != 1 || !strings.Contains(said, "another server") {
		t.Errorf("raised under a server: status %d: %s", code, said)
	}
	first()
	second()
	for table, at := range map[string]string{"person": rows, "ledger_event": rows, "shelf_slot": secrets} {
		if n := server.RunAt(t, at, "SELECT count(*) FROM pg_tables WHERE tablename = '"+table+"'"); n != "1" {
			t.Errorf("%s is not where it belongs", table)
		}
	}
	if _, err := os.Stat(storeFile(conf.Data)); err == nil {
		t.Error("an embedded store too")
	}
	server.RunAt(t, rows, "UPDATE single_use SET copied = 1")
	var errs bytes.Buffer
	if code := run(context.Background(), []string{"serve", "--config", path}, nil, &errs, &errs); code != 1 || !strings.Contains(errs.String(), "restore --raise") {
		t.Errorf("served a copy: status %d: %s", code, errs.String())
	}
	if said, code := raise(); code != 0 || !strings.Contains(said, "Epoch 2 begins") {
		t.Errorf("status %d: %s", code, said)
	}
	if n := server.RunAt(t, rows, "SELECT count(*) FROM draft"); n != "1" { // all went, and then the command counted what it did
		t.Errorf("%s rows of figures", n)
	}
	serving(t, path)()
}

// serving starts a server and gives what stops it and waits.
func serving(t *testing.T, config string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	var errs lockedBuffer
	done := make(chan int, 1)
	go func() { done <- run(ctx, []string{"serve", "--config", config}, nil, &errs, &errs) }()
	for deadline := time.Now().Add(60 * time.Second); !strings.Contains(errs.String(), `"ready"`); time.Sleep(20 * time.Millisecond) {
		select {
		case code := <-done:
			t.Fatalf("status %d: %s", code, errs.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal("not ready:", errs.String())
		}
	}
	return func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("status %d: %s", code, errs.String())
		}
	}
}

// A trial's shelf has a schema of its own, unless it is given a database.
func TestSiteOfATrial(t *testing.T) {
	at, err := siteOf("data", "postgres://u@localhost/db", "")
	if err != nil {
		t.Fatal(err)
	}
	if at = at.forTrial(); at.shelf == nil || at.shelf.String() != at.store.String() {
		t.Errorf("%v beside %v", at.shelf, at.store)
	}
	at, err = siteOf("data", "postgres://u@localhost/db", "postgres://u@localhost/other")
	if err != nil || !strings.HasSuffix(at.forTrial().shelf.String(), "/other") {
		t.Errorf("%v, %v", at.shelf, err)
	}
	if at, err = siteOf("data", "", ""); err != nil || at.forTrial().shelf != nil || at.String() != storeFile("data") {
		t.Errorf("%+v, %v", at, err)
	}
	if _, err = siteOf("data", "netid.db", ""); err == nil {
		t.Error("a file is no database")
	}
	var _ shelf = (*postgres.Shelf)(nil)
}
