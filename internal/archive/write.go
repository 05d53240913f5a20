package archive

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"netid/internal/disk"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Writing is an archive on its way to its file. Nothing is at the file's name
// before Close returns nil; then the old file there is replaced in one step.
type Writing struct {
	path   string
	file   *os.File
	sealed io.WriteCloser
	tar    *tar.Writer
	m      Manifest
}

const partial = ".part"

// Create begins an archive.
func Create(path string, kind Kind, made time.Time, head []byte, to ...Recipient) (*Writing, error) {
	f, err := os.OpenFile(path+partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	sealed, err := age.Encrypt(f, to...)
	if err != nil {
		f.Close()
		os.Remove(path + partial)
		return nil, err
	}
	return &Writing{path, f, sealed, tar.NewWriter(sealed), Manifest{Version: version, Kind: kind, Made: made.UTC().Truncate(time.Second), Head: string(head)}}, nil
}

// Add puts the file at path into the archive under a name.
func (w *Writing) Add(name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return w.Put(name, info.Size(), f)
}

// Put is Add for what is no file yet: exactly size bytes of from.
func (w *Writing) Put(name string, size int64, from io.Reader) error {
	if !plainName(name) || name == manifestName {
		return fmt.Errorf("%q is no name for a file of an archive", name)
	}
	if err := w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600}); err != nil {
		return err
	}
	sum, n, err := suite.CopyDigest(w.tar, from)
	if err != nil {
		return err
	}
	if n != size {
		return fmt.Errorf("%s has %d bytes, not %d", name, n, size)
	}
	w.m.Files = append(w.m.Files, File{name, n, sum[:]})
	return nil
}

// Close writes the list under the key and puts the archive in its place.
func (w *Writing) Close(key identity.Secret) error {
	w.m.MAC = w.m.seal(key)
	b, err := json.Marshal(w.m)
	if err == nil {
		err = w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: manifestName, Size: int64(len(b)), Mode: 0o600})
	}
	if err == nil {
		_, err = w.tar.Write(b)
	}
	if err == nil {
		err = errors.Join(w.tar.Close(), w.sealed.Close(), w.file.Sync(), w.file.Close())
	}
	if err == nil {
		err = os.Rename(w.path+partial, w.path)
	}
	if err != nil {
		w.Abandon()
		return err
	}
	return disk.Sync(filepath.Dir(w.path))
}

// Abandon leaves nothing of an archive that is not finished.
func (w *Writing) Abandon() {
	w.file.Close()
	os.Remove(w.path + partial)
}
