package kit

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"netid/internal/store/sqlite"
)

// blank is a store of today's schema with nothing in it. To make one is most of
// what a small test costs, and it is the same for all of a process.
var blank = sync.OnceValues(func() ([]byte, error) {
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

// laid puts a blank store where there is none yet.
func laid(t testing.TB, file string) string {
	t.Helper()
	if _, err := os.Stat(file); err == nil {
		return file
	}
	b, err := blank()
	must(t, err)
	must(t, os.WriteFile(file, b, 0o600))
	return file
}
