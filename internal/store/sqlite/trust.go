package sqlite

import (
	"errors"
	"io"
	"io/fs"
	"os"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// After a failed sync the system holds bytes that it calls written and that are
// on no disk, and a second sync says that all is well. So this process
// writes no more (Dead), and the next one begins by writing the log again.

// heard keeps the first error after which the file is not to be written by this
// process any more.
func (d *Database) heard(err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() {
	case codes.SQLITE_IOERR_FSYNC, codes.SQLITE_IOERR_DIR_FSYNC, codes.SQLITE_IOERR_WRITE:
		d.dead.CompareAndSwap(nil, &err)
	}
	return err
}

// Dead is why nothing is written any more, or nil.
func (d *Database) Dead() error {
	if err := d.dead.Load(); err != nil {
		return *err
	}
	return nil
}

// rewrite writes a file over itself and syncs it: what was read from the
// system's memory is on the disk then, also where an earlier sync failed. Readers
// beside it see the same bytes. No file is no error.
func rewrite(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	b := make([]byte, 1<<20)
	for at := int64(0); ; {
		n, err := f.ReadAt(b, at)
		if n > 0 {
			if _, e := f.WriteAt(b[:n], at); e != nil {
				return errors.Join(e, f.Close())
			}
		}
		at += int64(n)
		if errors.Is(err, io.EOF) {
			return errors.Join(f.Sync(), f.Close())
		}
		if err != nil {
			return errors.Join(err, f.Close())
		}
	}
}
