package keyring

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/suite"
)

// nextSuffix ends the name of what a source's next master is taken from: a
// file beside the present one, or another variable.
const (
	nextSuffix   = ".next"
	nextVariable = "_NEXT"
)

// RotateMaster puts another master in the place of the one that a ring is
// under. Every key file is sealed anew, and the former master and every share
// of it open nothing that is written from then on. The keys themselves stay:
// whoever has the former master and an older copy of the directory has them.
//
// The new master is drawn where the present one lies; that of an environment
// variable is taken from the variable of the same name and _NEXT. No server
// runs meanwhile: that is for the caller to make sure of.
//
// The order: the new master, durable, beside the present one; then every key
// file under both; then the manifest under both; then the new master takes the
// place of the former; then files and manifest under the new one alone. A cut
// before the exchange leaves a ring under the former master, one after it a ring under the new one;
// the next start, or the next change, clears the other away.
func RotateMaster(dir string, master Master) error {
	const op = "keyring.RotateMaster"
	release, err := disk.Exclusive(dir)
	if err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	defer release()
	o, _, err := existing(dir, master)
	if err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, o.rotateMaster(master, disk.Machine{}))
}

func (o opening) rotateMaster(master Master, d disk.Disk) error {
	const op = "keyring.rotateMaster"
	o.disk, o.create = d, time.Now
	if _, err := changing(o, func(opening, *manifest) (Entry, error) { return Entry{}, nil }); err != nil { // whole, and nothing left half done
		return err
	}
	m, err := o.readManifest()
	if err != nil {
		return err
	}
	staged, exchange := master.source.next()
	if exchange != nil {
		if err := d.Remove(exchange.staged); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a rotation that was cut
			return fault.Wrap(op, fault.Internal, "internal", err)
		}
	}
	secret, err := staged.read(d, true, o.profile.Suite())
	if err != nil {
		return err
	}
	to := o
	if to.key = fileKey(secret); to.key == o.key {
		return fault.Newf(op, fault.Invalid, "key_unknown", "the next master is the present one")
	}
	if err := o.sealTwice(&m, to); err != nil {
		return err
	}
	if exchange != nil {
		if err := d.Rename(exchange.staged, exchange.place); err != nil {
			return fault.Wrap(op, fault.Internal, "internal", err)
		}
		if err := d.Sync(filepath.Dir(exchange.place)); err != nil {
			return fault.Wrap(op, fault.Internal, "internal", err)
		}
	}
	return to.settle(&m)
}

// exchanged is a file that takes another's place.
type exchanged struct{ staged, place string }

func (p plainFile) next() (source, *exchanged) {
	return plainFile(string(p) + nextSuffix), &exchanged{string(p) + nextSuffix, string(p)}
}

func (f sealedFile) next() (source, *exchanged) {
	return sealedFile{f.path + nextSuffix, f.ask}, &exchanged{f.path + nextSuffix, f.path}
}

func (f hsmFile) next() (source, *exchanged) {
	return hsmFile{f.path + nextSuffix, f.module}, &exchanged{f.path + nextSuffix, f.path}
}

func (v variable) next() (source, *exchanged) { return variable(string(v) + nextVariable), nil }

// sealTwice writes every live key, and then the manifest, under both masters.
func (o opening) sealTwice(m *manifest, to opening) error {
	for _, e := range m.Keys {
		if !e.Retired.IsZero() {
			continue
		}
		made, key, err := o.readKey(e)
		if err != nil {
			return err
		}
		both := keyFile{version, made, suite.Wrap(o.key, key, made.aad()), suite.Wrap(to.key, key, made.aad())}
		if err := o.writeJSON(made.file(), both); err != nil {
			return err
		}
	}
	return o.writeManifestUnder(m, &to)
}

// settle leaves a ring under the master that opened it alone, when it is under
// two: of a rotation that was cut, or its last step. The manifest comes last.
func (o opening) settle(m *manifest) error {
	if len(m.NextMAC) == 0 {
		return nil
	}
	for _, e := range m.Keys {
		if !e.Retired.IsZero() {
			continue
		}
		made, key, err := o.readKey(e)
		if err == nil {
			err = o.writeKey(made, key)
		}
		if err != nil {
			return err
		}
	}
	return o.writeManifest(m)
}

// checks reports whether a MAC of the manifest is this master's.
func (o opening) checks(m manifest) bool {
	mac := o.seal(m)
	return slices.ContainsFunc([][]byte{m.MAC, m.NextMAC}, func(one []byte) bool { return len(one) > 0 && suite.Equal(one, mac) })
}
