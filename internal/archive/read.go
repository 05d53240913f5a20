package archive

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"filippo.io/age"

	"netid/internal/disk"
	"netid/internal/suite"
)

// Read opens an archive and lays its files under dir, each durable. The error
// is nil only if all of it was read to its end and is what the list says; what
// lies under dir otherwise is nothing to use. Who made it, Check says.
func Read(r io.Reader, dir string, with ...Identity) (Manifest, error) {
	plain, err := age.Decrypt(r, with...)
	if err != nil {
		return Manifest{}, fmt.Errorf("the archive does not open: %w", err)
	}
	return unpack(plain, dir)
}

func unpack(plain io.Reader, dir string) (Manifest, error) {
	var m Manifest
	var found []File
	t := tar.NewReader(plain)
	for {
		h, err := t.Next()
		if err != nil {
			return m, fmt.Errorf("the archive ends before its list: %w", err)
		}
		if h.Name == manifestName {
			m, err = readManifest(t, h)
			if err != nil {
				return m, err
			}
			break
		}
		f, err := lay(t, h, dir)
		if err != nil {
			return m, err
		}
		if found = append(found, f); len(found) > maxFiles {
			return m, errors.New("the archive has too many files")
		}
	}
	if h, err := t.Next(); err != io.EOF {
		return m, fmt.Errorf("the archive goes on behind its list: %v %w", h, err)
	}
	if err := nothingBehind(plain); err != nil { // the end of the sealed stream is checked by reaching it
		return m, err
	}
	if !slices.EqualFunc(found, m.Files, func(a, b File) bool {
		return a.Name == b.Name && a.Size == b.Size && bytes.Equal(a.Digest, b.Digest)
	}) {
		return m, errors.New("the files are not those that the archive lists")
	}
	return m, nil
}

func readManifest(t *tar.Reader, h *tar.Header) (m Manifest, err error) {
	if h.Typeflag != tar.TypeReg || h.Size > maxManifest || !dense(h) {
		return m, errors.New("the archive's list has another form")
	}
	b, err := io.ReadAll(t)
	if err != nil {
		return m, fmt.Errorf("the archive's list: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil || m.Version != version {
		return m, errors.New("the archive's list has another form or version")
	}
	return m, nil
}

// dense reports that a file is as long as what stands there for it: a sparse
// one makes any length out of nothing. A length beyond 8 GiB is a record of
// its own, the only one that our archives have.
func dense(h *tar.Header) bool {
	for record := range h.PAXRecords {
		if record != "size" {
			return false
		}
	}
	return true
}

// lay writes one file. Only plain files with plain names are laid.
func lay(t *tar.Reader, h *tar.Header, dir string) (File, error) {
	if h.Typeflag != tar.TypeReg || !plainName(h.Name) || !dense(h) {
		return File{}, fmt.Errorf("the archive holds %q, which is no plain file", h.Name)
	}
	path := filepath.Join(dir, filepath.FromSlash(h.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return File{}, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return File{}, err
	}
	sum, n, err := suite.CopyDigest(f, t)
	err = errors.Join(err, f.Sync(), f.Close(), disk.Sync(filepath.Dir(path)))
	if err != nil {
		return File{}, fmt.Errorf("the archive breaks off or was altered in %s: %w", h.Name, err)
	}
	return File{h.Name, n, sum[:]}, nil
}

// nothingBehind reads what pads a tar: zeros.
func nothingBehind(r io.Reader) error {
	b := make([]byte, 32<<10)
	for {
		n, err := r.Read(b)
		if len(bytes.Trim(b[:n], "\x00")) > 0 {
			return errors.New("the archive goes on behind its end")
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the archive breaks off or was altered at its end: %w", err)
		}
	}
}
