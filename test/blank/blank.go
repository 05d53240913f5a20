// Package blank lays stores of today's schema with nothing in them, for tests. It owns
// one such store a process and refuses to know what is put into it.
//
// Invariant: what is laid is what sqlite.Open makes where there was nothing.
package blank

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"netid/internal/store/sqlite"
)

// made is the file. To make one is most of what a small test costs.
var made = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "netid-blank")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "netid.db")
	db, err := sqlite.Open(file)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// Lay puts a blank store where there is none yet, and gives its file.
func Lay(t testing.TB, file string) string {
	t.Helper()
	if _, err := os.Stat(file); err == nil {
		return file
	}
	b, err := made()
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}
