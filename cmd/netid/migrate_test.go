package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	postgrestest "netid/test/postgres"
)

func TestMigrate(t *testing.T) {
	s := used(t)
	migrates(t, s, "")
}

func TestMigratePostgreSQL(t *testing.T) {
	server := postgrestest.Ready(t)
	s, _ := peopled(t)
	rows := server.Database(t)
	if out, err := mover(t, s.Data, rows, server.Database(t), ""); err != nil {
		t.Fatal(out, err)
	}
	migrates(t, s, rows)
}

// migrates goes one step back and forth; while something waits, or a server
// runs, nothing changes.
func migrates(t *testing.T, s settings, rows string) {
	t.Helper()
	at, err := siteOf(s.Data, rows, "")
	if err != nil {
		t.Fatal(err)
	}
	_, newest, err := at.schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	migrate := func(verb string, code int, want string) {
		t.Helper()
		out, errs, got := said("migrate", verb, "--data", s.Data, "--store", rows)
		if got != code || !strings.Contains(out+errs, want) {
			t.Errorf("migrate %s: status %d, %s%s(wanted %q)", verb, got, out, errs, want)
		}
	}
	is := func(n int64) string {
		return fmt.Sprintf("schema %d, the newest that this program speaks is %d", n, newest)
	}
	statement := func(text string) {
		t.Helper()
		db, err := at.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		tx, err := db.Begin(t.Context())
		if err == nil {
			_, err = tx.Exec(text)
		}
		if err == nil {
			err = tx.Commit()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	migrate("status", 0, is(newest))
	migrate("up", 0, is(newest))
	// What the service recorded of its own work stays: while there is a record, nothing goes back.
	statement("INSERT INTO dossier (id, shelf, version, body, code) SELECT nonce, nonce, 1, nonce, nonce FROM single_use")
	migrate("down", 1, "")
	migrate("status", 0, is(newest))
	statement("DELETE FROM dossier")
	migrate("down", 0, is(newest-1))
	migrate("down", 1, "takes back its newest alone")
	migrate("status", 0, is(newest-1))
	migrate("up", 0, is(newest))
	held, err := lock(s.Data, syscall.LOCK_SH) // a server
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	migrate("down", 1, "another server")
	migrate("up", 1, "another server")
}
