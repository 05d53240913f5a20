package sqlite_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/store/storetest"
)

const childPath = "NETID_TEST_CHILD_STORE"

// TestKilled kills a process in the middle of its commits, several times on one
// store: what it had acknowledged is there, whole, and the ledger verifies.
// (The page cache survives: this is about the log and our own order of things;
// power cuts are another test's.)
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	path := filepath.Join(t.TempDir(), "netid.db")
	var acknowledged []string
	for run := range 4 {
		acknowledged = append(acknowledged, killed(t, path, time.Duration(150+70*run)*time.Millisecond)...)
		began := time.Now()
		s := open(t, path)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("reopening took %v", took)
		}
		if dirty, pages := gaps(t, path); dirty > 0 {
			t.Errorf("reopened: %d of %d pages keep bytes that no row uses", dirty, pages)
		}
		for _, line := range acknowledged {
			entry, row, _ := strings.Cut(line, " ")
			_, err := s.Entry(context.Background(), identity.EntryKey{Day: storetest.Entry().Day, ID: unhex(t, entry)})
			must(t, err)
			_, err = s.Identity(context.Background(), unhex(t, row))
			must(t, err)
		}
		if size := storetest.Check(t, s); size < uint64(len(acknowledged)) {
			t.Fatalf("%d entries, %d were acknowledged", size, len(acknowledged))
		}
		s.Close()
	}
	t.Logf("%d acknowledged changes survived 4 kills", len(acknowledged))
}

// killed runs the child for a while after its first answer and gives what it acknowledged.
func killed(t *testing.T, path string, after time.Duration) (acknowledged []string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestChild$")
	child.Env = append(os.Environ(), childPath+"="+path)
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line, whole := strings.CutSuffix(lines.Text(), " ok")
		if !whole {
			continue // the line that the kill cut off
		}
		if len(acknowledged) == 0 {
			time.AfterFunc(after, func() { child.Process.Kill() })
		}
		acknowledged = append(acknowledged, line)
	}
	child.Wait() // it was killed: that is its error
	if len(acknowledged) == 0 {
		t.Fatal("the child acknowledged nothing")
	}
	return acknowledged
}

// TestChild is the process that gets killed: it commits and says so until then.
func TestChild(t *testing.T) {
	path := os.Getenv(childPath)
	if path == "" {
		t.Skip("only as a child of TestKilled")
	}
	db, err := sqlite.Open(path)
	must(t, err)
	s, err := store.Open(context.Background(), db, storetest.Keeper(), time.Now)
	must(t, err)
	for range 8 {
		go func() {
			for {
				p := storetest.NewPerson(1)
				e := p.Entry()
				if err := s.Commit(context.Background(), identity.Change{Entry: e, Verbs: p.Open()}); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				fmt.Printf("%x %x ok\n", e.ID, p.Row)
			}
		}()
	}
	time.Sleep(30 * time.Second) // the parent kills it long before
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	must(t, err)
	return b
}
