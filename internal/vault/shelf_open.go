package vault

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// OpenShelf opens the shelf for the one process that writes it, and makes it
// at the first start. It holds a lock until Close: two writers would give out
// the same slot twice (Conflict "shelf_busy"). What a cut left half written at
// the end is dropped: nobody was ever told that slot's number.
func OpenShelf(path string, keys suite.Versions) (*FileShelf, error) {
	const op = "vault.OpenShelf"
	if keys.Now().Key.Zero() {
		return nil, broken(op, "the shelf's key was never set", nil)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeShelf(path, keys.Now().Key); err != nil {
			return nil, fault.Wrap(op, fault.Internal, "internal", err)
		}
		f, err = os.OpenFile(path, os.O_RDWR, 0)
	}
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	s, err := take(f, keys)
	if err != nil {
		f.Close()
		return nil, fault.At(op, err)
	}
	return s, nil
}

// OpenShelfReadOnly opens a shelf beside the process that writes it: Get alone.
func OpenShelfReadOnly(path string, keys suite.Versions) (*FileShelf, error) {
	const op = "vault.OpenShelfReadOnly"
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	s := &FileShelf{file: f, read: true}
	if s.slots, err = readHead(f, keys); err != nil {
		f.Close()
		return nil, fault.At(op, err)
	}
	return s, nil
}

func take(f *os.File, keys suite.Versions) (*FileShelf, error) {
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, fault.Wrap("vault.take", fault.Conflict, "shelf_busy", err)
	}
	form, err := readHead(f, keys)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, broken("vault.take", "size", err)
	}
	slots := info.Size() / slotSize
	if slots*slotSize != info.Size() {
		if err := f.Truncate(slots * slotSize); err != nil {
			return nil, broken("vault.take", "torn end", err)
		}
	}
	return &FileShelf{file: f, slots: form, next: uint64(slots)}, nil
}

func readHead(r io.ReaderAt, keys suite.Versions) (Slots, error) {
	b := make([]byte, slotSize)
	if _, err := r.ReadAt(b, 0); err != nil {
		return Slots{}, broken("vault.readHead", "no header", err)
	}
	return OpenSlots(keys, b)
}

// makeShelf writes the header to a name of its own and links that to the
// shelf's, so that the shelf is there whole or not at all, and a process that
// comes second keeps what the first made.
func makeShelf(path string, kek identity.Secret) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(NewSlots(kek))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Link(f.Name(), path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return disk.Sync(filepath.Dir(path))
}
