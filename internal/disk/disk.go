// Package disk changes files so that a power cut at any point leaves the old
// bytes or the new ones, never a mixture and never a name without its bytes.
//
// It owns the order in which bytes and names become durable, and the list of all
// ways to change a file, at each of which a test can cut the power (disktest).
// It refuses to know what is in the files.
//
// Invariant: what a name shows is whole; and once the directory is synced, it is
// what was written last. Files are readable to their owner alone.
package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Partial ends the name of a file that is being written; a cut may leave one.
const Partial = ".new"

// Disk is every way in which files are changed.
type Disk interface {
	Write(path string, b []byte) error // whole and durable under a name that nobody reads
	Rename(from, to string) error
	Erase(path string) error // zeros over what is there, durable
	Remove(path string) error
	Sync(dir string) error // makes names durable: a rename is not until its directory is
}

// Replace changes a file whole: after a cut at any point the name holds the old
// bytes or the new ones. The new ones are sure once its directory is synced.
func Replace(d Disk, path string, b []byte) error { return replace(d, path+Partial, path, b) }

func replace(d Disk, via, path string, b []byte) error {
	err := d.Write(via, b)
	if err == nil {
		err = d.Rename(via, path)
	}
	if err != nil {
		d.Remove(via)
	}
	return err
}

// Shred ends a file; that there is none is no error. It may be cut anywhere and
// done again.
func Shred(d Disk, path string) error {
	for _, step := range []func(string) error{d.Erase, d.Remove} {
		if err := step(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Write replaces a file on the machine's disk; the new bytes are sure when it returns.
func Write(path string, b []byte) error { return WriteVia(path+Partial, path, b) }

// WriteVia is Write by a name that nobody else writes to, where several
// processes replace one file.
func WriteVia(via, path string, b []byte) error {
	if err := replace(Machine{}, via, path, b); err != nil {
		return err
	}
	return Sync(filepath.Dir(path))
}

// Sync makes the names in directories durable, one after the other.
func Sync(dirs ...string) error {
	for _, dir := range dirs {
		d, err := os.Open(dir)
		if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Exclusive waits until no other process has the directory. The lock is the
// directory's own, and ends with the process.
func Exclusive(dir string) (release func(), err error) {
	d, err := os.Open(dir)
	if err == nil {
		if err = syscall.Flock(int(d.Fd()), syscall.LOCK_EX); err != nil {
			d.Close()
		}
	}
	return func() { d.Close() }, err
}

// Machine is the disk of the machine.
type Machine struct{}

func (Machine) Write(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return fill(f, b)
}

func (Machine) Erase(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	return fill(f, make([]byte, info.Size()))
}

func fill(f *os.File, b []byte) error {
	_, err := f.Write(b)
	if err == nil { // half of it is not made durable
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (Machine) Rename(from, to string) error { return os.Rename(from, to) }
func (Machine) Remove(path string) error     { return os.Remove(path) }
func (Machine) Sync(dir string) error        { return Sync(dir) }

// Space says how many bytes the file system of a directory has, and how many of them
// whoever runs this may still take.
func Space(dir string) (free, all uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}
