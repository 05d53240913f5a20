package keyring

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"netid/internal/disk"
	"netid/internal/fault"
)

// Rotate draws a new key of a use. From when the manifest names it, it signs
// and seals; the former ones verify and open until they are retired. It works
// beside a running server, which notices. Fails with Invalid "key_unknown",
// Forbidden "key_fixed" for a use that does not rotate, Conflict
// "key_versions" when as many are live as its use may have. The keys that others
// pin change in Succeed alone.
func Rotate(dir string, master Master, use string) (Entry, error) {
	return change(dir, master, func(o opening, m *manifest) (Entry, error) { return o.rotate(m, use) })
}

// Retire ends a former key: nothing opens or verifies by it any more, its file
// is destroyed, and the manifest keeps the record. The id may be cut to its
// first eight characters or more. Before the overlap is over it fails with
// Conflict "key_overlap", and of a use that accrues with Conflict
// "key_accrues", unless the key is compromised; of a use that rewraps always,
// with Conflict "key_wraps" (RetireEmptied). The current key of a use is never
// retired (Conflict "key_current"): rotate first. Unknown ids are NotFound
// "key_unknown".
func Retire(dir string, master Master, id string, compromised bool) (Entry, error) {
	return change(dir, master, func(o opening, m *manifest) (Entry, error) { return o.retire(m, id, compromised) })
}

// RetireEmptied is Retire of a former key under which the caller has made sure
// that nothing is wrapped any more: this package knows no store. Of any other
// use than those that rewrap it fails with Invalid "key_unknown".
func RetireEmptied(dir string, master Master, id string) (Entry, error) {
	return change(dir, master, func(o opening, m *manifest) (Entry, error) { return o.retireEmptied(m, id) })
}

func change(dir string, master Master, how func(opening, *manifest) (Entry, error)) (Entry, error) {
	release, err := disk.Exclusive(dir)
	if err != nil {
		return Entry{}, fault.Wrap("keyring.change", fault.Internal, "internal", err)
	}
	defer release()
	o, _, err := existing(dir, master)
	if err != nil {
		return Entry{}, err
	}
	o.disk, o.create = disk.Machine{}, time.Now
	return changing(o, how)
}

// changing opens the whole ring first: what does not open is not built upon.
func changing(o opening, how func(opening, *manifest) (Entry, error)) (Entry, error) {
	m, err := o.readManifest()
	if err != nil {
		return Entry{}, err
	}
	if _, err := o.load(m); err != nil {
		return Entry{}, err
	}
	if err := o.settle(&m); err != nil { // what a cut left half done
		return Entry{}, err
	}
	if err := o.destroy(&m); err != nil {
		return Entry{}, err
	}
	return how(o, &m)
}

func (o opening) rotate(m *manifest, use string) (Entry, error) {
	const op = "keyring.Rotate"
	if _, known := uses(o.profile)[use]; !known {
		return Entry{}, fault.Newf(op, fault.Invalid, "key_unknown", "no key has the use %q", use)
	}
	if lifeOf(use).class == Fixed {
		return Entry{}, fault.Newf(op, fault.Forbidden, "key_fixed", "%s does not rotate: %s", use, lifeOf(use).why)
	}
	turn, live := 0, 0
	for _, e := range m.Keys {
		if e.Use == use {
			turn = max(turn, e.Turn+1)
			if e.Retired.IsZero() {
				live++
			}
		}
	}
	if live >= lifeOf(use).most() {
		return Entry{}, fault.Newf(op, fault.Conflict, "key_versions", "%d versions of %s are live: retire the oldest first", live, use)
	}
	if err := o.recorded(use); err != nil {
		return Entry{}, fault.At(op, err)
	}
	e, err := o.newKey(use, turn) // a cut before the manifest leaves a file that the next rotation writes over
	if err != nil {
		return e, fault.At(op, err)
	}
	at := 1 + slices.IndexFunc(m.Keys, func(o Entry) bool { return o.Use == use && o.Turn == turn-1 })
	if e.Succession, err = o.succession(m.Keys[at-1], e); err != nil {
		return e, fault.At(op, err)
	}
	m.Keys = slices.Insert(m.Keys, at, e)
	e.State = Current
	return e, fault.At(op, o.writeManifest(m))
}

func (o opening) retire(m *manifest, id string, compromised bool) (Entry, error) {
	const op = "keyring.Retire"
	at, until, err := o.former(m, id)
	if err != nil {
		return Entry{}, fault.At(op, err)
	}
	e := m.Keys[at]
	switch l := lifeOf(e.Use); {
	case l.class == Rewraps:
		return e, fault.Newf(op, fault.Conflict, "key_wraps", "what is wrapped under it is lost with it")
	case l.class == Accrues && (!compromised || l.forever):
		return e, fault.Newf(op, fault.Conflict, "key_accrues", "what it made has no end: %s", l.why)
	case o.create().Before(until) && !compromised:
		return e, fault.Newf(op, fault.Conflict, "key_overlap", "what it made may be in use until %s", until.Format(time.RFC3339))
	}
	return o.end(m, at, compromised)
}

// retireEmptied waits for the announcement of the next key alone: before it
// this one still wraps.
func (o opening) retireEmptied(m *manifest, id string) (Entry, error) {
	const op = "keyring.RetireEmptied"
	at, until, err := o.former(m, id)
	if err != nil {
		return Entry{}, fault.At(op, err)
	}
	e := m.Keys[at]
	if lifeOf(e.Use).class != Rewraps {
		return e, fault.Newf(op, fault.Invalid, "key_unknown", "nothing is wrapped under a key of %s", e.Use)
	}
	if o.create().Before(until) {
		return e, fault.Newf(op, fault.Conflict, "key_overlap", "it may still wrap until %s", until.Format(time.RFC3339))
	}
	return o.end(m, at, false)
}

// former finds a live key that a newer one has followed, and says until when
// its overlap lasts.
func (o opening) former(m *manifest, id string) (at int, until time.Time, err error) {
	const op = "keyring.former"
	at, err = find(m.Keys, id)
	if err != nil {
		return 0, until, err
	}
	e := m.Keys[at]
	if !e.Retired.IsZero() {
		return 0, until, fault.Newf(op, fault.Gone, "key_retired", "it was retired at %s", e.Retired.Format(time.RFC3339))
	}
	next := slices.IndexFunc(m.Keys, func(o Entry) bool { return o.Use == e.Use && o.Turn > e.Turn })
	if next < 0 {
		return 0, until, fault.Newf(op, fault.Conflict, "key_current", "it is the current key of %s: rotate it first", e.Use)
	}
	return at, m.Keys[next].Created.Add(lifeOf(e.Use).overlap), nil
}

func (o opening) end(m *manifest, at int, compromised bool) (Entry, error) {
	const op = "keyring.end"
	m.Keys[at].Retired, m.Keys[at].Compromised = o.create().UTC().Truncate(time.Second), compromised
	if err := o.writeManifest(m); err != nil {
		return m.Keys[at], fault.At(op, err)
	}
	if err := o.destroy(m); err != nil {
		return m.Keys[at], fault.At(op, err)
	}
	done := m.Keys[at]
	done.State = Destroyed
	return done, nil
}

func find(keys []Entry, id string) (int, error) {
	found := -1
	for i, e := range keys {
		if e.ID == id || len(id) >= 8 && strings.HasPrefix(e.ID, id) {
			if found >= 0 {
				return 0, fault.Newf("keyring.find", fault.Invalid, "key_unknown", "several keys begin so")
			}
			found = i
		}
	}
	if found < 0 {
		return 0, fault.Newf("keyring.find", fault.NotFound, "key_unknown", "no key has this id")
	}
	return found, nil
}

// destroy writes over the files of retired keys and removes them, then records
// it. It may be cut anywhere and done again.
func (o opening) destroy(m *manifest) error {
	const op = "keyring.destroy"
	done := false
	for i := range m.Keys {
		e := &m.Keys[i]
		if e.Retired.IsZero() || !e.Destroyed.IsZero() {
			continue
		}
		path := filepath.Join(o.dir, e.file())
		if err := disk.Shred(o.disk, path); err != nil {
			return fault.Wrap(op, fault.Internal, "internal", fmt.Errorf("%s: %w", e.Use, err))
		}
		e.Destroyed, done = o.create().UTC().Truncate(time.Second), true
	}
	if !done {
		return nil
	}
	return fault.At(op, o.writeManifest(m)) // syncs the removals first
}

// RotateFrom is Rotate of a use whose current key still has an id, and Succeed with a
// record: whoever decided about that key decides about no other, however often it is
// carried out. Another current key is Conflict "key_moved".
func RotateFrom(dir string, master Master, use, id string, record Record) (Entry, error) {
	return change(dir, master, func(o opening, m *manifest) (Entry, error) {
		newest := Entry{Turn: -1}
		for _, e := range m.Keys {
			if e.Use == use && e.Turn > newest.Turn {
				newest = e
			}
		}
		if newest.Turn >= 0 && newest.ID != id {
			return newest, fault.Newf("keyring.RotateFrom", fault.Conflict, "key_moved", "the current key of %s is another by now", use)
		}
		o.record = record
		return o.rotate(m, use)
	})
}

// Until is when the overlap of a former key is over, after which it may end. Zero for the
// current key of a use, for one that has ended, and where something else than time says it.
func (r *Ring) Until(id string) time.Time {
	all := r.now.Load().entries
	at := slices.IndexFunc(all, func(e Entry) bool { return e.ID == id })
	if at < 0 || all[at].State != Former || lifeOf(all[at].Use).class != Rotates {
		return time.Time{}
	}
	next := slices.IndexFunc(all, func(e Entry) bool { return e.Use == all[at].Use && e.Turn == all[at].Turn+1 })
	if next < 0 {
		return time.Time{}
	}
	return all[next].Created.Add(lifeOf(all[at].Use).overlap)
}
