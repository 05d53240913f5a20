package keyring

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"netid/internal/disk"
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
// altered, swapped or brought back from an older ring. A ring keeps the profile
// it was made for: without one given, a new ring is international; another than
// its own is Invalid "profile_fixed".
func Open(dir string, master Master, profile suite.Profile) (*Ring, error) {
	const op = "keyring.Open"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	if err := disk.Sync(filepath.Dir(filepath.Clean(dir))); err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	release, err := disk.Exclusive(dir) // two processes change a ring one after the other
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	defer release()
	r, err := open(dir, master, profile, disk.Machine{})
	return r, fault.At(op, err)
}

func open(dir string, master Master, profile suite.Profile, d disk.Disk) (*Ring, error) {
	fresh, err := empty(dir)
	if err != nil {
		return nil, fault.Wrap("keyring.open", fault.Internal, "internal", err)
	}
	if profile == "" {
		if profile, err = foundProfile(dir); err != nil {
			return nil, err
		}
	}
	if profile == "" {
		profile = suite.International
	}
	secret, err := master.read(d, fresh, profile.Suite())
	if err != nil {
		return nil, err
	}
	return opening{dir: dir, profile: profile, key: fileKey(secret), disk: d, create: time.Now}.open()
}

// OpenExisting opens a complete keyring to read, beside a running server or
// without one. It creates and changes nothing.
func OpenExisting(dir string, master Master) (*Ring, error) {
	const op = "keyring.OpenExisting"
	o, _, err := existing(dir, master)
	if err != nil {
		return nil, fault.At(op, err)
	}
	r, err := o.open()
	return r, fault.At(op, err)
}

// existing reads what opens the ring that is in dir.
func existing(dir string, master Master) (opening, identity.Secret, error) {
	profile, err := foundProfile(dir)
	if err != nil {
		return opening{}, identity.Secret{}, err
	}
	if profile == "" {
		profile = suite.International // there is no ring: whoever opens it says so
	}
	secret, err := master.read(disk.Machine{}, false, profile.Suite())
	return opening{dir: dir, profile: profile, key: fileKey(secret)}, secret, err
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

// opening is one run of Open, and what a ring needs to look again.
type opening struct {
	dir     string
	profile suite.Profile
	key     identity.Secret // seals the files
	disk    disk.Disk
	create  func() time.Time // nil: read only
	record  Record           // of a key that succeeds; nil: none is asked for
}

func (o opening) open() (*Ring, error) {
	const op = "keyring.open"
	m, err := o.readManifest()
	if errors.Is(err, fs.ErrNotExist) && o.create != nil {
		m, err = manifest{}, nil
	}
	if err != nil {
		return nil, fault.At(op, err)
	}
	before := len(m.Keys)
	if err := o.supply(&m); err != nil {
		return nil, fault.At(op, err)
	}
	h, err := o.load(m)
	if err != nil && o.create == nil {
		h, err = o.again(m, err)
	}
	if err != nil {
		return nil, fault.At(op, err)
	}
	if o.create != nil {
		if len(m.Keys) > before {
			if err := o.writeManifest(&m); err != nil {
				return nil, fault.At(op, err)
			}
		}
		if err := o.settle(&m); err != nil {
			return nil, fault.At(op, err)
		}
		if err := o.destroy(&m); err != nil {
			return nil, fault.At(op, err)
		}
		h.list(m)
	}
	r := &Ring{opening: o, clock: time.Now}
	r.now.Store(h)
	return r, nil
}

// supply adds the uses that the manifest does not list: those that a start cut
// short left, or new ones. A reader takes what lies there.
func (o opening) supply(m *manifest) error {
	listed := map[string]bool{}
	for _, e := range m.Keys {
		listed[e.Use] = true
	}
	for _, use := range sorted(uses(o.profile)) {
		if listed[use] {
			continue
		}
		e, _, err := o.readKey(Entry{Use: use, Kind: uses(o.profile)[use]})
		if errors.Is(err, fs.ErrNotExist) && o.create != nil {
			e, err = o.newKey(use, 0)
		}
		if err != nil {
			return fault.Newf("keyring.open", fault.Internal, "internal", "key %s: %w", use, err)
		}
		m.Keys = append(m.Keys, e.asMade())
	}
	slices.SortFunc(m.Keys, func(a, b Entry) int { return cmp.Or(strings.Compare(a.Use, b.Use), a.Turn-b.Turn) })
	return nil
}

// load brings every live key of the manifest into memory.
func (o opening) load(m manifest) (*held, error) {
	const op = "keyring.open"
	h := newHeld()
	for _, want := range slices.Backward(m.Keys) { // newest first
		if !want.Retired.IsZero() {
			continue
		}
		e, key, err := o.readKey(want)
		if err != nil {
			return nil, fault.Newf(op, fault.Internal, "internal", "key %s: %w", want.Use, err)
		}
		id, err := h.hold(e, key)
		if err != nil {
			return nil, fault.Newf(op, fault.Internal, "internal", "key %s: %w", want.Use, err)
		}
		if id != e.ID || e != want.asMade() {
			return nil, fault.Newf(op, fault.Internal, "internal", "key %s is not the one that the manifest lists", want.Use)
		}
	}
	for _, use := range sorted(uses(o.profile)) {
		if len(h.secrets[use])+len(h.signers[use]) == 0 {
			return nil, fault.Newf(op, fault.Internal, "internal", "no live key of %s", use)
		}
	}
	h.list(m)
	return h, nil
}

// list takes the manifest's entries over and says where each is in its life.
func (h *held) list(m manifest) {
	h.generation, h.entries = m.Generation, slices.Clone(m.Keys)
	newest := map[string]bool{}
	for i := len(h.entries) - 1; i >= 0; i-- {
		e := &h.entries[i]
		switch {
		case !e.Destroyed.IsZero():
			e.State = Destroyed
		case !e.Retired.IsZero():
			e.State = Retired
		case newest[e.Use]:
			e.State = Former
		default:
			e.State, newest[e.Use] = Current, true
		}
	}
}

// newKey draws a key of a use and writes its file. Nothing uses it before the
// manifest lists it.
func (o opening) newKey(use string, turn int) (Entry, error) {
	e := Entry{Use: use, Kind: uses(o.profile)[use], Turn: turn, Created: o.create().UTC().Truncate(time.Second)}
	key, err := draw(e.Kind)
	if err != nil {
		return e, err
	}
	if e.ID, err = newHeld().hold(e, key); err != nil {
		return e, err
	}
	return e, o.writeKey(e, key)
}

func sorted(m map[string]Kind) []string { return slices.Sorted(maps.Keys(m)) }
