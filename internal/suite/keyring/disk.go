package keyring

import (
	"os"

	"netid/internal/fault"
)

// disk is every way in which this package changes files. Tests cut the power
// at each.
type disk interface {
	write(path string, b []byte) error // whole and durable, readable to the owner alone
	rename(from, to string) error
	erase(path string) error // zeros over what is there, durable
	remove(path string) error
	syncDir(dir string) error // makes names durable: a rename is not until its directory is
}

// replace changes a file whole: after a cut at any point the name holds the
// old bytes or the new ones. The new ones are sure once syncDir has returned.
func replace(d disk, path string, b []byte) error {
	err := d.write(path+partial, b)
	if err == nil {
		err = d.rename(path+partial, path)
	}
	if err != nil {
		d.remove(path + partial)
	}
	return fault.Wrap("keyring.write", fault.Internal, "internal", err)
}

// system is the disk of the machine.
type system struct{}

func (system) write(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

func (system) erase(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, info.Size()))
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

func (system) rename(from, to string) error { return os.Rename(from, to) }
func (system) remove(path string) error     { return os.Remove(path) }

func (system) syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
