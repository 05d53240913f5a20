package netid_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	_ "modernc.org/sqlite"

	sandboxtest "netid/test/sandbox"
)

// tamper edits a stopped store as somebody with the file would.
func tamper(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
}

// Somebody with the file thaws a frozen person: nothing is given out for them, scrub
// names the row, and with the value put back the row is what it was.
func TestAFrozenPersonThawedInTheFile(t *testing.T) {
	s := sandboxtest.Start(t)
	j := &journey{Sandbox: s, t: t}
	j.register("rp", "rp")
	conf, _ := j.rp()
	address := conf.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
	j.persona("approve", "elder", address)
	j.persona("freeze", "elder")
	if out := j.netid("store", "scrub", "--data", s.Data); !strings.Contains(out, "every row is as this store wrote it") || !strings.Contains(out, "persons: 1") { // beside the running server
		t.Error(out)
	}
	file := filepath.Join(s.Data, "netid.db")
	approves := func() string {
		t.Helper()
		out, errs, code := s.Run("persona", "approve", "--server", s.URL, "elder", address)
		if code == 0 {
			t.Errorf("a frozen person approves: %s", out)
		}
		return errs
	}
	s.Stop()
	tamper(t, file, "UPDATE person SET standing = 1")
	s.Restart()
	if errs := approves(); !strings.Contains(errs, "500") && !strings.Contains(errs, "internal") {
		t.Errorf("thawed in the file: %s", errs)
	}
	if !strings.Contains(s.Output(), "table person, row") {
		t.Error("the operator's log does not name the row")
	}
	if out, errs, code := s.Run("store", "scrub", "--data", s.Data); code != 1 || !strings.Contains(errs, "table person, row") {
		t.Errorf("scrub: status %d, %s%s", code, out, errs)
	}
	s.Stop()
	tamper(t, file, "UPDATE person SET standing = 2")
	s.Restart()
	if errs := approves(); !strings.Contains(errs, "certificate_frozen") {
		t.Errorf("put right: %s", errs)
	}
	j.netid("store", "scrub", "--data", s.Data)
}
