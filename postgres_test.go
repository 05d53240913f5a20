package netid_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	postgrestest "netid/test/postgres"
	sandboxtest "netid/test/sandbox"
)

// The same journey, with the store and the shelf in PostgreSQL; the server's
// files, its log of changes among them, are searched for the erased person.
func TestJourneyOnPostgreSQL(t *testing.T) {
	for _, profile := range []string{"international", "guomi"} {
		t.Run(profile, func(t *testing.T) { journeyOnPostgreSQL(t, profile) })
	}
}

func journeyOnPostgreSQL(t *testing.T, profile string) {
	server := postgrestest.Ready(t)
	at := server.Database(t)
	t.Setenv("NETID_STORE", at) // of every command, as an operator would
	s := sandboxtest.Start(t, "--profile", profile)
	var files []string
	if server.Data != "" {
		oid := server.RunAt(t, at, "SELECT oid FROM pg_database WHERE datname = current_database()")
		files = []string{filepath.Join(server.Data, "base", oid, "*[0-9]"), filepath.Join(server.Data, "pg_wal", "0*")}
	}
	travel(t, s, profile, files...)
	if left, err := filepath.Glob(filepath.Join(s.Data, "netid.db*")); err != nil || len(left) > 0 {
		t.Error("a second store:", left, err)
	}
	if _, err := os.Stat(filepath.Join(s.Data, "keyring", "people.shelf")); err == nil {
		t.Error("a second shelf")
	}
}

// What would leave somebody without their keys, or a server on the wrong rows,
// is refused, and no password is printed.
func TestPostgreSQLRefusals(t *testing.T) {
	server := postgrestest.Ready(t)
	at := server.Database(t)
	t.Setenv("NETID_STORE", at)
	s := sandboxtest.Start(t)
	j := &journey{Sandbox: s, t: t}
	j.register("rp", "rp")
	s.Stop()
	refused := func(want string, args ...string) {
		t.Helper()
		out, errs, code := s.Run(args...)
		if code == 0 || !strings.Contains(errs, want) || strings.Contains(out+errs, "PassWord") {
			t.Errorf("netid %v: status %d, %s%s (wanted %q)", args, code, out, errs, want)
		}
	}
	sandbox := []string{"sandbox", "--addr", "localhost:0", "--shop", "127.0.0.1:0"}
	refused("no keyring", append(sandbox, "--data", t.TempDir())...)
	refused("an older copy was put in its place", append(sandbox, "--data", s.Data, "--store", server.Database(t))...)
	server.RunAt(t, at, "DELETE FROM netid_shelf.shelf_head")
	refused("no shelf beside a ledger", append(sandbox, "--data", s.Data)...)
	refused("sslmode=verify-full", append(sandbox, "--data", s.Data, "--store", "postgres://u:PassWord@db.example/x")...)
	t.Setenv("NETID_STORE", "")
	refused("is in PostgreSQL: name it", append(sandbox, "--data", s.Data)...)
	refused("is in PostgreSQL: name it", "ledger", "head", "--data", s.Data)
	refused("is in PostgreSQL: name it", "keys", "retire", "12345678", "--data", s.Data)
	t.Setenv("NETID_STORE", at)
	refused("a database of its own", append(sandbox, "--data", s.Data, "--shelf", at)...)
	refused("no store in postgres://", "ledger", "verify", "--data", s.Data, "--store", server.Database(t))
	refused("PostgreSQL's own means", "backup", "--data", s.Data, "--out", filepath.Join(t.TempDir(), "x.age"), "--recipient", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p")
	server.RunAt(t, at, "UPDATE single_use SET copied = 1")
	refused("netid restore --raise", append(sandbox, "--data", s.Data)...)
}

// The keys that wrap everybody rotate under two running nodes: everybody opens
// after it, and the former keys can be destroyed.
func TestKeysRotateOverPostgreSQL(t *testing.T) {
	nodes := twoNodes(t)
	j := &journey{Sandbox: nodes[0], t: t, profile: "international"}
	j.register("rp", "rp")
	j.signIn("adult")
	former := map[string]string{}
	for line := range strings.Lines(j.netid("keys", "list", "--data", j.Data)) {
		if f := strings.Fields(line); len(f) > 1 {
			former[f[1]] = f[0]
		}
	}
	uses := []string{"shelf", "vault-identity", "vault-record"}
	for _, use := range uses {
		j.netid("keys", "rotate", use, "--data", j.Data)
	}
	progress := ""
	for deadline := time.Now().Add(60 * time.Second); strings.Count(progress, ", ended") < 3; time.Sleep(200 * time.Millisecond) {
		if progress = j.netid("keys", "progress", "--data", j.Data); time.Now().After(deadline) {
			t.Fatal(progress)
		}
	}
	for _, use := range uses {
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(500 * time.Millisecond) {
			_, errs, code := j.Run("keys", "retire", "--data", j.Data, "--", former[use])
			if code == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %s", use, errs)
			}
		}
	}
	j.signIn("adult")
	for _, n := range nodes {
		n.Restart()
	}
	j.signIn("adult")
	j.netid("ledger", "verify", "--data", j.Data)
}
