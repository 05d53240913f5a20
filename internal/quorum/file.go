package quorum

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// The manifest names the officers and every key there ever was, counts its own
// generations and carries a MAC over all of it. The sealed shares of a period
// lie in a file of their own, so that it can be destroyed; the manifest has its
// digest.
const (
	manifestName = "quorum.json"
	version      = 1
	maxFile      = 8 << 20 // a manifest of thousands of years
	maxShares    = 256 << 10
)

type manifest struct {
	Version    int      `json:"version"`
	Generation uint64   `json:"generation"`
	Needed     int      `json:"needed"`
	Officers   []string `json:"officers"` // suite.Recipient, as text
	Months     []Entry  `json:"months"`
	MAC        []byte   `json:"mac,omitempty"`
}

func (m manifest) find(p identity.Period) (Entry, bool) {
	i := slices.IndexFunc(m.Months, func(e Entry) bool { return e.Period() == p })
	if i < 0 {
		return Entry{}, false
	}
	return m.Months[i], true
}

func (m manifest) seal(key identity.Secret) ([]byte, error) {
	m.MAC = nil
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fault.Wrap("quorum.seal", fault.Internal, "internal", err)
	}
	mac := suite.MAC(key, "netid/quorum/manifest/v1", b)
	return mac[:], nil
}

func readManifest(dir string, key identity.Secret) (manifest, error) {
	b, err := readFile(filepath.Join(dir, manifestName), maxFile)
	if err != nil {
		return manifest{}, err
	}
	return parseManifest(b, key)
}

// parseManifest takes exactly what was written under the key.
func parseManifest(b []byte, key identity.Secret) (manifest, error) {
	const op = "quorum.manifest"
	var m manifest
	if err := strictly(b, &m); err != nil || m.Version != version {
		return manifest{}, fault.Newf(op, fault.Internal, "internal", "not a manifest of a version that is known: %v", err)
	}
	mac, err := m.seal(key)
	if err != nil {
		return manifest{}, err
	}
	if key.Zero() || !suite.Equal(mac, m.MAC) {
		return manifest{}, fault.Newf(op, fault.Internal, "internal", "the quorum's manifest does not check: another keyring's, or altered")
	}
	return m, nil
}

// write makes the names before it durable, then the manifest that lists them.
func (q *Quorum) write(m *manifest) error {
	const op = "quorum.write"
	if err := q.disk.Sync(q.dir); err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	m.Version, m.Generation = version, m.Generation+1
	var err error
	if m.MAC, err = m.seal(q.key); err != nil {
		return err
	}
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	if err := disk.Replace(q.disk, filepath.Join(q.dir, manifestName), append(b, '\n')); err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	return fault.Wrap(op, fault.Internal, "internal", q.disk.Sync(q.dir))
}

// shareFile are the shares of one period's private half, each sealed to one officer.
type shareFile struct {
	Version int           `json:"version"`
	ID      string        `json:"id"` // of the period's key
	Needed  int           `json:"needed"`
	Shares  []sealedShare `json:"shares"`
}

type sealedShare struct {
	Officer string `json:"officer"` // id of the officer's key
	Sealed  []byte `json:"sealed"`  // the share's place, 1 byte, and value, 32 bytes
}

func shareName(p identity.Period) string { return p.String() + ".shares" }

func parseShares(b []byte) (shareFile, error) {
	const op = "quorum.shares"
	var f shareFile
	if err := strictly(b, &f); err != nil || f.Version != version || f.Needed < 2 || f.Needed > len(f.Shares) || len(f.Shares) > 255 {
		return shareFile{}, fault.Newf(op, fault.Internal, "internal", "not a file of shares of a version that is known: %v", err)
	}
	return f, nil
}

// sharePlace is the associated data of one sealed share: {table, row, field, version}.
func sharePlace(s identity.Suite, key, officer string) []byte {
	d := suite.DigestIn(s, []byte("netid/quorum/v1"), []byte("shares"), []byte(key), []byte(officer))
	return d[:]
}

func strictly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fault.Wrap("quorum.parse", fault.Internal, "internal", err)
	}
	if len(bytes.TrimSpace(b[d.InputOffset():])) > 0 {
		return fault.Newf("quorum.parse", fault.Internal, "internal", "more than one value")
	}
	return nil
}

func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > limit {
		return nil, fault.Newf("quorum.read", fault.Internal, "internal", "%s: %d bytes", filepath.Base(path), info.Size())
	}
	if err != nil {
		return nil, fault.Wrap("quorum.read", fault.Internal, "internal", err)
	}
	b, err := os.ReadFile(path)
	return b, fault.Wrap("quorum.read", fault.Internal, "internal", err)
}

func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
