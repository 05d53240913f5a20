package keyring

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// A key file is USE.key, JSON: {"version":1, the entry, "sealed"}; sealed is
// AES-256-GCM over the 32 bytes, bound to name, kind, id and date. The
// manifest names every key and carries a MAC. Both keys come from the master.
const (
	suffix       = ".key"
	partial      = ".new" // a file that is being written; a cut may leave one
	manifestName = "manifest.json"
	version      = 1
	maxFile      = 64 << 10
)

type keyFile struct {
	Version int `json:"version"`
	Entry
	Sealed []byte `json:"sealed"`
}

type manifest struct {
	Version int     `json:"version"`
	Keys    []Entry `json:"keys"`
	MAC     []byte  `json:"mac"`
}

func fileKey(master identity.Secret) identity.Secret {
	return suite.Derive(master, "netid/keyring/file/v1")
}

func (e Entry) aad() []byte {
	d := suite.Digest([]byte("netid/keyring/file/v1"), []byte(e.Use), []byte(e.Kind), []byte(e.ID), []byte(e.Created.UTC().Format(time.RFC3339)))
	return d[:]
}

func (o opening) readKey(use string, kind Kind) (Entry, identity.Secret, error) {
	const op = "keyring.readKey"
	var none identity.Secret
	var f keyFile
	if err := readJSON(filepath.Join(o.dir, use+suffix), &f); err != nil {
		return Entry{}, none, err
	}
	if f.Version != version || f.Use != use || f.Kind != kind {
		return f.Entry, none, fault.Newf(op, fault.Internal, "internal", "file of another use, kind or version")
	}
	b, err := suite.Open(o.key, f.Sealed, f.aad())
	if err != nil || len(b) != len(none) {
		return f.Entry, none, fault.Newf(op, fault.Internal, "internal", "does not open: wrong master, or an altered file")
	}
	return f.Entry, identity.Secret(b), nil
}

func (o opening) writeKey(e Entry, key identity.Secret) error {
	return writeJSON(filepath.Join(o.dir, e.Use+suffix), keyFile{version, e, suite.Seal(o.key, key[:], e.aad())})
}

func (o opening) readManifest() (map[string]Entry, error) {
	const op = "keyring.readManifest"
	var m manifest
	if err := readJSON(filepath.Join(o.dir, manifestName), &m); err != nil {
		return nil, err
	}
	if m.Version != version {
		return nil, fault.Newf(op, fault.Internal, "internal", "version %d is not known", m.Version)
	}
	if !suite.Equal(m.MAC, o.seal(m.Keys)) {
		return nil, fault.Newf(op, fault.Internal, "internal", "manifest does not check: wrong master, or an altered file")
	}
	listed := map[string]Entry{}
	for _, e := range m.Keys {
		if _, known := uses()[e.Use]; !known {
			return nil, fault.Newf(op, fault.Internal, "internal", "unknown use %q: the ring belongs to a later release", e.Use)
		}
		listed[e.Use] = e
	}
	return listed, nil
}

func (o opening) writeManifest(keys []Entry) error {
	return writeJSON(filepath.Join(o.dir, manifestName), manifest{version, keys, o.seal(keys)})
}

func (o opening) seal(keys []Entry) []byte {
	var parts [][]byte
	for _, e := range keys {
		parts = append(parts, e.aad())
	}
	m := suite.MAC(o.key, "netid/keyring/manifest/v1", parts...)
	return m[:]
}

// readJSON passes on fs.ErrNotExist; any other failure means a file that this
// package did not write so.
func readJSON(path string, into any) error {
	info, err := os.Stat(path)
	if err != nil {
		return fault.Wrap("keyring.read", fault.Internal, "internal", err)
	}
	if info.Size() > maxFile {
		return fault.Newf("keyring.read", fault.Internal, "internal", "%s: %d bytes", filepath.Base(path), info.Size())
	}
	b, err := os.ReadFile(path)
	if err == nil {
		d := json.NewDecoder(strings.NewReader(string(b)))
		d.DisallowUnknownFields()
		err = d.Decode(into)
	}
	return fault.Wrap("keyring.read", fault.Internal, "internal", err)
}

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fault.Wrap("keyring.write", fault.Internal, "internal", err)
	}
	return writeFile(path, append(b, '\n'))
}

// writeFile replaces a file whole: after a cut at any point the name holds the
// old bytes or the new ones. The new ones are sure once syncDir has returned.
func writeFile(path string, b []byte) (err error) {
	defer func() { err = fault.Wrap("keyring.write", fault.Internal, "internal", err) }()
	f, err := os.OpenFile(path+partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
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
	if err == nil {
		err = os.Rename(path+partial, path)
	}
	if err != nil {
		os.Remove(path + partial)
	}
	return err
}

// syncDir makes names durable: a rename is not until its directory is.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
