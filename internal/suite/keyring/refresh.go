package keyring

import (
	"os"
	"path/filepath"

	"netid/internal/fault"
)

// Refresh looks whether another process changed the ring and takes the change
// over, all at once. What does not open leaves the ring as it was, and so does
// an older manifest that was put back.
func (r *Ring) Refresh() (changed bool, err error) {
	const op = "keyring.Refresh"
	r.refreshing.Lock()
	defer r.refreshing.Unlock()
	info, err := os.Stat(filepath.Join(r.dir, manifestName))
	if err != nil {
		return false, fault.Wrap(op, fault.Internal, "internal", err)
	}
	if r.seen != nil && os.SameFile(r.seen, info) && r.seen.ModTime().Equal(info.ModTime()) && r.seen.Size() == info.Size() {
		return false, nil
	}
	m, err := r.readManifest()
	if err != nil {
		return false, fault.At(op, err)
	}
	before := r.now.Load()
	if m.Generation < before.generation {
		return false, fault.Newf(op, fault.Internal, "internal", "the manifest is of generation %d, after %d was in force", m.Generation, before.generation)
	}
	if m.Generation > before.generation {
		h, err := r.load(m)
		if err != nil {
			h, err = r.again(m, err)
		}
		if err != nil {
			return false, fault.At(op, err)
		}
		r.now.Store(h)
	}
	r.seen = info // of before the reading: a change meanwhile is seen next time
	return m.Generation > before.generation, nil
}

// again reads once more when the manifest moved on while its keys were read:
// a retired key's file goes.
func (o opening) again(was manifest, cause error) (*held, error) {
	m, err := o.readManifest()
	if err != nil || m.Generation == was.Generation {
		return nil, cause
	}
	return o.load(m)
}
