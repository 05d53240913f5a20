package store

import (
	"fmt"
	"io/fs"
	"strings"
)

// Reversible refuses a newest migration that says no way back: to run it
// backward would only forget that it was done.
func Reversible(files fs.FS, dir string) error {
	all, err := fs.ReadDir(files, dir)
	if err != nil || len(all) == 0 {
		return fmt.Errorf("no migrations: %w", err)
	}
	name := all[len(all)-1].Name()
	b, err := fs.ReadFile(files, dir+"/"+name)
	if err == nil && !strings.Contains(string(b), "-- +goose Down") {
		err = fmt.Errorf("%s has no way back: something would be lost", name)
	}
	return err
}
