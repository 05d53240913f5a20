package keyring

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/suite"
)

// most versions of one use are live at a time: each text may be tried under all.
const most = 8

// overlap is how long a former key of a use still opens or verifies before it
// may be retired: the longest life of what it made, and some more. A use that
// is not here does not rotate.
func overlap() map[string]time.Duration {
	return map[string]time.Duration{
		"token": time.Hour, "token-sm": time.Hour, // ID tokens live 5 minutes, copies of the key set as long
		"certificate": 185 * 24 * time.Hour, // a net certificate lives six months
		"request":     time.Hour, "code": time.Hour, "answer": time.Hour, "access": time.Hour, "challenge": time.Hour,
		"session": 13 * time.Hour,
		"ledger":  400 * 24 * time.Hour, "ledger-sm": 400 * 24 * time.Hour, // exports and remembered heads lie about with a verifier key for a year and more
		"outbox": 15 * 24 * time.Hour, // a delivery waits a week at most, and its row stays another when it died
	}
}

// fixed says of each use that does not rotate why.
func fixed(use string) string {
	switch use {
	case "ledger-row", "ledger-erase":
		return "every row and every tombstone of the ledger is bound under it: a new version would serve new entries only"
	case "number":
		return "every net certificate carries a number sealed under it, for as long as the certificate lives"
	case "vault-identity", "vault-subject", "vault-record", "vault-service", "shelf":
		return "every person's keys are wrapped under it: they would all have to be wrapped anew"
	case "vault-index":
		return "every person is found by it: a new version would serve new entries only, and one person could enrol twice"
	case "pepper":
		return "every passcode is checked under it: a new version would serve new passcodes only"
	case "backup":
		return "archives made under it are known by it"
	case "demo":
		return "it is the demonstration shop's password"
	}
	return "what it made stays in use for longer than two versions can overlap"
}

// Rotatable lists the uses of a profile that rotate.
func Rotatable(p suite.Profile) []string {
	return slices.DeleteFunc(sorted(uses(p)), func(use string) bool { return overlap()[use] == 0 })
}

// Rotate draws a new key of a use. From when the manifest names it, it signs
// and seals; the former ones verify and open until they are retired. It works
// beside a running server, which notices. Fails with Invalid "key_unknown",
// Forbidden "key_fixed" for a use that does not rotate, Conflict
// "key_versions" when eight are live. The keys that others pin change in Succeed alone.
func Rotate(dir string, master Master, use string) (Entry, error) {
	return change(dir, master, func(o opening, m *manifest) (Entry, error) { return o.rotate(m, use) })
}

// Retire ends a former key: nothing opens or verifies by it any more, its file
// is destroyed, and the manifest keeps the record. The id may be cut to its
// first eight characters or more. Before the overlap is over it fails with
// Conflict "key_overlap", unless the key is compromised. The current key of a
// use is never retired (Conflict "key_current"): rotate first. Unknown ids are
// NotFound "key_unknown".
func Retire(dir string, master Master, id string, compromised bool) (Entry, error) {
	return change(dir, master, func(o opening, m *manifest) (Entry, error) { return o.retire(m, id, compromised) })
}

func change(dir string, master Master, how func(opening, *manifest) (Entry, error)) (Entry, error) {
	release, err := exclusive(dir)
	if err != nil {
		return Entry{}, err
	}
	defer release()
	o, _, err := existing(dir, master)
	if err != nil {
		return Entry{}, err
	}
	o.disk, o.create = system{}, time.Now
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
	if err := o.destroy(&m); err != nil { // what a cut left half done
		return Entry{}, err
	}
	return how(o, &m)
}

func (o opening) rotate(m *manifest, use string) (Entry, error) {
	const op = "keyring.Rotate"
	if _, known := uses(o.profile)[use]; !known {
		return Entry{}, fault.Newf(op, fault.Invalid, "key_unknown", "no key has the use %q", use)
	}
	if overlap()[use] == 0 {
		return Entry{}, fault.Newf(op, fault.Forbidden, "key_fixed", "%s does not rotate in this version: %s", use, fixed(use))
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
	if live >= most {
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
	at, err := find(m.Keys, id)
	if err != nil {
		return Entry{}, fault.At(op, err)
	}
	e := &m.Keys[at]
	if !e.Retired.IsZero() {
		return *e, fault.Newf(op, fault.Gone, "key_retired", "it was retired at %s", e.Retired.Format(time.RFC3339))
	}
	next := slices.IndexFunc(m.Keys, func(o Entry) bool { return o.Use == e.Use && o.Turn > e.Turn })
	if next < 0 {
		return *e, fault.Newf(op, fault.Conflict, "key_current", "it is the current key of %s: rotate it first", e.Use)
	}
	now := o.create().UTC().Truncate(time.Second)
	if until := m.Keys[next].Created.Add(overlap()[e.Use]); now.Before(until) && !compromised {
		return *e, fault.Newf(op, fault.Conflict, "key_overlap", "what it made may be in use until %s", until.Format(time.RFC3339))
	}
	e.Retired, e.Compromised = now, compromised
	if err := o.writeManifest(m); err != nil {
		return *e, fault.At(op, err)
	}
	if err := o.destroy(m); err != nil {
		return *e, fault.At(op, err)
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
		if err := o.shred(path); err != nil {
			return fault.Wrap(op, fault.Internal, "internal", fmt.Errorf("%s: %w", e.Use, err))
		}
		e.Destroyed, done = o.create().UTC().Truncate(time.Second), true
	}
	if !done {
		return nil
	}
	return fault.At(op, o.writeManifest(m)) // syncs the removals first
}

func (o opening) shred(path string) error {
	if err := o.disk.erase(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := o.disk.remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
