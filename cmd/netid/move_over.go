package main

import (
	"errors"
	"fmt"
	"os"

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/store/sqlite"
)

// point says in the directory that its store is elsewhere: from here on no
// command serves from it, and none from the copy before it is finished.
func (m *moving) point() error {
	return disk.Write(elsewhere(m.to.data), []byte("The store is in PostgreSQL.\n"))
}

// rename puts the embedded store out of the way. It is marked only then: an old
// one that is marked would be no source for a run that follows.
func (m *moving) rename() (err error) {
	left := leftFile(m.to.data)
	if m.source == left {
		return nil
	}
	if err := m.settle(); err != nil {
		return err
	}
	if err := os.Rename(m.source, left); err != nil {
		return err
	}
	if err := disk.Sync(m.to.data); err != nil {
		return err
	}
	m.source = left
	if m.from, err = sqlite.Open(left); err != nil {
		return err
	}
	m.move.From = m.from
	return nil
}

// leave marks it as a copy.
func (m *moving) leave() error {
	if err := m.move.Leave(m.ctx); err != nil {
		return err
	}
	return m.settle()
}

// settle closes the embedded store with everything in its one file.
func (m *moving) settle() error {
	err := m.from.Settle(m.ctx)
	if fault.Because(err, "store_busy") {
		return fmt.Errorf("somebody reads %s: run this again when that has ended", m.source)
	}
	if err == nil {
		err = m.from.Close()
	}
	if err != nil {
		return err
	}
	m.from = nil
	for _, suffix := range []string{"-wal", "-shm"} {
		if info, err := os.Stat(m.source + suffix); err == nil && suffix == "-wal" && info.Size() > 0 {
			return fmt.Errorf("%s%s is not empty: somebody reads the store", m.source, suffix)
		}
		if err := os.Remove(m.source + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (m *moving) finish() error {
	if m.finished {
		return nil
	}
	return m.move.Finish(m.ctx)
}

// clear destroys the shelf's file: an older copy of a shelf brings erased
// persons back. What a disk keeps of it opens with the shelf's key.
func (m *moving) clear() error {
	if err := disk.Shred(disk.Machine{}, shelfFile(m.to.data)); err != nil {
		return err
	}
	if err := disk.Sync(keyringDir(m.to.data)); err != nil {
		return err
	}
	fmt.Fprintf(m.out, `%s is now the store of %s, and %s the shelf: start the server with both (store: and shelf: in the configuration).
%s is left, marked as a copy; nothing serves it. The shelf's file was overwritten and removed: destroy older copies of it too.
`, m.to, m.to.data, m.to.shelf, leftFile(m.to.data))
	return nil
}
