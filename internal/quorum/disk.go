package quorum

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"netid/internal/fault"
)

// disk is every way in which this package changes files. Tests cut the power
// at each.
type disk interface {
	write(path string, b []byte) error // whole and durable, readable to the owner alone
	rename(from, to string) error
	erase(path string) error // zeros over what is there, durable
	remove(path string) error
	syncDir(dir string) error // makes names durable
}

const partial = ".new" // a file that is being written; a cut may leave one

// replace changes a file whole: after a cut at any point the name holds the old
// bytes or the new ones. The new ones are sure once syncDir has returned.
func replace(d disk, path string, b []byte) error {
	err := d.write(path+partial, b)
	if err == nil {
		err = d.rename(path+partial, path)
	}
	return fault.Wrap("quorum.write", fault.Internal, "internal", err)
}

// shred ends a file and may be cut anywhere and done again.
func shred(d disk, path string) error {
	for _, step := range []func(string) error{d.erase, d.remove} {
		if err := step(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrap("quorum.shred", fault.Internal, "internal", err)
		}
	}
	return nil
}

// exclusive keeps two processes from changing one quorum at a time. The lock is
// the directory's own, and ends with the process.
func exclusive(dir string) (release func(), err error) {
	d, err := os.Open(dir)
	if err == nil {
		if err = syscall.Flock(int(d.Fd()), syscall.LOCK_EX); err != nil {
			d.Close()
		}
	}
	return func() { d.Close() }, fault.Wrap("quorum.exclusive", fault.Internal, "internal", err)
}

// system is the disk of the machine.
type system struct{}

func (system) write(path string, b []byte) error {
	return durably(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, func(*os.File) ([]byte, error) { return b, nil })
}

func (system) erase(path string) error {
	return durably(path, os.O_WRONLY, func(f *os.File) ([]byte, error) {
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		return make([]byte, info.Size()), nil
	})
}

func durably(path string, how int, what func(*os.File) ([]byte, error)) error {
	f, err := os.OpenFile(path, how, 0o600)
	if err != nil {
		return err
	}
	b, err := what(f)
	if err == nil {
		_, err = f.Write(b)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (system) rename(from, to string) error { return os.Rename(from, to) }
func (system) remove(path string) error     { return os.Remove(path) }

func (system) syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
