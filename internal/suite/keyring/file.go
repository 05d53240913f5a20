package keyring

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// A key file is USE.key, and USE.1.key, USE.2.key of the versions that rotation
// made: JSON, {"version":1, the entry, "sealed"}; sealed is AES-256-GCM over the
// 32 bytes, bound to use, kind, id, date and turn. The manifest (version 2; one
// of version 1, without turns and states, is still read) names every key, those
// that are destroyed too, counts its own generations and carries a MAC. Both
// keys come from the master.
const (
	suffix       = ".key"
	manifestName = "manifest.json"
	version      = 1 // of key files
	maxFile      = 256 << 10
)

type keyFile struct {
	Version int `json:"version"`
	Entry
	Sealed []byte `json:"sealed"`
	Next   []byte `json:"next,omitempty"` // the same under the next master, while the master is being rotated
}

type manifest struct {
	Version    int           `json:"version"`
	Profile    suite.Profile `json:"profile,omitempty"` // empty: international
	Generation uint64        `json:"generation,omitempty"`
	Keys       []Entry       `json:"keys"`
	MAC        []byte        `json:"mac"`
	NextMAC    []byte        `json:"next_mac,omitempty"` // as keyFile.Next
}

func fileKey(master identity.Secret) identity.Secret {
	return suite.Derive(master, "netid/keyring/file/v1")
}

func (e Entry) file() string {
	if e.Turn == 0 {
		return e.Use + suffix
	}
	return e.Use + "." + strconv.Itoa(e.Turn) + suffix
}

// aad binds a sealed key to its entry, with the hash of its own suite.
func (e Entry) aad() []byte {
	parts := [][]byte{[]byte("netid/keyring/file/v1"), []byte(e.Use), []byte(e.Kind), []byte(e.ID), []byte(e.Created.UTC().Format(time.RFC3339))}
	if e.Turn > 0 {
		parts = append(parts, []byte(strconv.Itoa(e.Turn)))
	}
	d := suite.DigestIn(e.Kind.suite(), parts...)
	return d[:]
}

// readKey reads a key of this use and turn; what else the file must say, the
// manifest knows.
func (o opening) readKey(want Entry) (Entry, identity.Secret, error) {
	const op = "keyring.readKey"
	var none identity.Secret
	var f keyFile
	if err := readJSON(filepath.Join(o.dir, want.file()), &f); err != nil {
		return Entry{}, none, err
	}
	if f.Version != version || f.Use != want.Use || f.Kind != want.Kind || f.Turn != want.Turn {
		return f.Entry, none, fault.Newf(op, fault.Internal, "internal", "file of another use, kind, turn or version")
	}
	key, err := suite.Unwrap(o.key, f.Sealed, f.aad())
	if err != nil && len(f.Next) > 0 {
		key, err = suite.Unwrap(o.key, f.Next, f.aad())
	}
	if err != nil {
		return f.Entry, none, fault.Newf(op, fault.Internal, "internal", "does not open: wrong master, or an altered file")
	}
	return f.Entry, as(f.Kind.suite(), key), nil
}

func (o opening) writeKey(e Entry, key identity.Secret) error {
	return o.writeJSON(e.file(), keyFile{version, e, suite.Wrap(o.key, key, e.aad()), nil})
}

func (o opening) readManifest() (manifest, error) {
	const op = "keyring.readManifest"
	var m manifest
	if err := readJSON(filepath.Join(o.dir, manifestName), &m); err != nil {
		return m, err
	}
	if m.profile() != o.profile { // first: another profile's master key checks nothing here
		return m, fault.Newf(op, fault.Invalid, "profile_fixed", "the ring was made for the profile %s and can't be used as %s", m.profile(), o.profile)
	}
	var whole bool
	switch m.Version {
	case 1:
		whole = len(m.NextMAC) == 0 && suite.Equal(m.MAC, o.sealFirst(m))
	case 2:
		whole = o.checks(m)
	default:
		return m, fault.Newf(op, fault.Internal, "internal", "version %d is not known", m.Version)
	}
	if !whole {
		return m, fault.Newf(op, fault.Internal, "internal", "manifest does not check: wrong master, or an altered file")
	}
	for _, e := range m.Keys {
		if kind, known := uses(o.profile)[e.Use]; !known || kind != e.Kind {
			return m, fault.Newf(op, fault.Internal, "internal", "unknown use %q: the ring belongs to a later release", e.Use)
		}
	}
	return m, nil
}

// writeManifest makes the names before it durable, then itself: what it lists
// is on the disk when it is.
func (o opening) writeManifest(m *manifest) error { return o.writeManifestUnder(m, nil) }

// writeManifestUnder writes it under this master, and under the next one too if
// there is any.
func (o opening) writeManifestUnder(m *manifest, next *opening) error {
	if err := o.disk.Sync(o.dir); err != nil {
		return fault.Wrap("keyring.write", fault.Internal, "internal", err)
	}
	m.Version, m.Generation = 2, m.Generation+1
	if o.profile != suite.International {
		m.Profile = o.profile
	}
	m.MAC, m.NextMAC = o.seal(*m), nil
	if next != nil {
		m.NextMAC = next.seal(*m)
	}
	if err := o.writeJSON(manifestName, m); err != nil {
		return err
	}
	return fault.Wrap("keyring.write", fault.Internal, "internal", o.disk.Sync(o.dir))
}

func (m manifest) profile() suite.Profile {
	if m.Profile == "" {
		return suite.International
	}
	return m.Profile
}

// foundProfile is the profile that the manifest in dir names; what it is worth,
// its MAC tells later. None when there is no manifest yet.
func foundProfile(dir string) (suite.Profile, error) {
	var m manifest
	err := readJSON(filepath.Join(dir, manifestName), &m)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return suite.ParseProfile(string(m.profile()))
}

// sealFirst is the MAC of a manifest from before keys rotated. It covers no
// state, so a manifest of that version must not claim any.
func (o opening) sealFirst(m manifest) []byte {
	var parts [][]byte
	for _, e := range m.Keys {
		if e != e.asMade() || e.Turn > 0 || m.Generation > 0 {
			return nil
		}
		parts = append(parts, e.aad())
	}
	mac := suite.MAC(o.key, "netid/keyring/manifest/v1", parts...)
	return mac[:]
}

func (o opening) seal(m manifest) []byte {
	parts := [][]byte{[]byte(strconv.FormatUint(m.Generation, 10))}
	if m.Profile != "" {
		parts = append(parts, []byte(m.Profile))
	}
	for _, e := range m.Keys {
		parts = append(parts, e.aad(), []byte(e.Retired.UTC().Format(time.RFC3339)), []byte(e.Destroyed.UTC().Format(time.RFC3339)))
		if e.Compromised || e.Succession != "" { // no other part begins so
			parts = append(parts, []byte("succession"), []byte(strconv.FormatBool(e.Compromised)), []byte(e.Succession))
		}
	}
	mac := suite.MAC(o.key, "netid/keyring/manifest/v2", parts...)
	return mac[:]
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

func (o opening) writeJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fault.Wrap("keyring.write", fault.Internal, "internal", err)
	}
	return fault.Wrap("keyring.write", fault.Internal, "internal", disk.Replace(o.disk, filepath.Join(o.dir, name), append(b, '\n')))
}
