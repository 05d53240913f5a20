package keyring

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Open opens the keyring in dir for the server. At the first start, and after
// one that was cut short, it makes the directory, the master (if its source
// can) and every key. The order is safe against a cut at any point: the master,
// durable, then the keys, durable, then the manifest that names them all. No
// key is used before the manifest is durable. A release that adds a use adds
// its key and writes the manifest again.
//
// Errors are Internal and for the operator: a wrong master, a file missing,
// altered, swapped or brought back from an older ring.
func Open(dir string, master Master) (*Ring, error) {
	const op = "keyring.Open"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	if err := syncDir(filepath.Dir(filepath.Clean(dir))); err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	fresh, err := empty(dir)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	secret, err := master.read(fresh)
	if err != nil {
		return nil, fault.At(op, err)
	}
	o := opening{dir: dir, key: fileKey(secret), create: time.Now}
	r, err := o.open()
	return r, fault.At(op, err)
}

// OpenExisting opens a complete keyring to read, beside a running server or
// without one. It creates and changes nothing.
func OpenExisting(dir string, master Master) (*Ring, error) {
	const op = "keyring.OpenExisting"
	secret, err := master.read(false)
	if err != nil {
		return nil, fault.At(op, err)
	}
	o := opening{dir: dir, key: fileKey(secret)}
	r, err := o.open()
	return r, fault.At(op, err)
}

// empty reports whether dir holds no key yet. Only then may a master be made:
// a new master beside old keys would open none of them.
func empty(dir string) (bool, error) {
	names, err := os.ReadDir(dir)
	for _, n := range names {
		if strings.HasSuffix(n.Name(), suffix) || n.Name() == manifestName {
			return false, err
		}
	}
	return true, err
}

// opening is one run of Open.
type opening struct {
	dir    string
	key    identity.Secret  // seals the files
	create func() time.Time // nil: read only
}

func (o opening) open() (*Ring, error) {
	listed, err := o.readManifest()
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.create != nil:
		listed = nil
	case err != nil:
		return nil, fault.At("keyring.open", err)
	}
	r := &Ring{dir: o.dir, secrets: map[string]identity.Secret{}, signers: map[string]suite.Signer{}}
	for _, use := range sorted(uses()) {
		e, err := o.one(r, use, uses()[use], listed)
		if err != nil {
			return nil, err
		}
		r.entries = append(r.entries, e)
	}
	if o.create != nil && len(listed) < len(r.entries) {
		if err := o.complete(r.entries); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// complete makes the keys' names durable, then says so in the manifest.
func (o opening) complete(entries []Entry) error {
	if err := syncDir(o.dir); err != nil {
		return fault.Wrap("keyring.open", fault.Internal, "internal", err)
	}
	if err := o.writeManifest(entries); err != nil {
		return err
	}
	return fault.Wrap("keyring.open", fault.Internal, "internal", syncDir(o.dir))
}

// one brings one key into the ring: as the manifest lists it, or, while the
// ring is not complete, as a start that was cut short left it, or a new one.
func (o opening) one(r *Ring, use string, kind Kind, listed map[string]Entry) (Entry, error) {
	const op = "keyring.open"
	want, complete := listed[use]
	e, key, err := o.readKey(use, kind)
	if errors.Is(err, fs.ErrNotExist) && !complete && o.create != nil {
		e, key, err = o.newKey(use, kind)
	}
	if err != nil {
		return e, fault.Newf(op, fault.Internal, "internal", "key %s: %w", use, err)
	}
	id, err := r.hold(use, kind, key)
	if err != nil {
		return e, fault.Newf(op, fault.Internal, "internal", "key %s: %w", use, err)
	}
	if id != e.ID || complete && want != e {
		return e, fault.Newf(op, fault.Internal, "internal", "key %s is not the one that the manifest lists", use)
	}
	return e, nil
}

func (o opening) newKey(use string, kind Kind) (Entry, identity.Secret, error) {
	key, err := draw(kind)
	if err != nil {
		return Entry{}, key, err
	}
	scratch := Ring{secrets: map[string]identity.Secret{}, signers: map[string]suite.Signer{}}
	id, err := scratch.hold(use, kind, key)
	if err != nil {
		return Entry{}, key, err
	}
	e := Entry{ID: id, Use: use, Kind: kind, Created: o.create().UTC().Truncate(time.Second)}
	return e, key, o.writeKey(e, key)
}

func sorted(m map[string]Kind) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
