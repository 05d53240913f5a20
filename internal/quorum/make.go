package quorum

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Ahead is how many months may be made at a time: what is made ahead is sealed
// to today's officers.
const Ahead = 120

// Found names the officers: any needed of them open a month together. Who is
// already named is Conflict "officers_founded", unless they are replaced: then the
// new ones are for months that are made from now on. At least two of them are needed, so
// that nobody is a quorum alone. Fails with Invalid "officers_invalid".
func (q *Quorum) Found(officers []suite.Recipient, needed int, replace bool) error {
	const op = "quorum.Found"
	if needed < 2 || needed > len(officers) || len(officers) > 255 {
		return fault.Newf(op, fault.Invalid, "officers_invalid", "any %d of %d officers: it takes at least 2 of them, and no more than are named (255 at most)", needed, len(officers))
	}
	var texts []string
	for _, o := range officers {
		if o.Suite() != q.key.Suite() {
			return fault.Newf(op, fault.Invalid, "officers_invalid", "%s is a key of the suite %s, and the service's are of %s", o.ID(), o.Suite(), q.key.Suite())
		}
		if slices.Contains(texts, o.Text()) {
			return fault.Newf(op, fault.Invalid, "officers_invalid", "%s is named twice", o.ID())
		}
		texts = append(texts, o.Text())
	}
	return q.change(op, func(m *manifest) error {
		if len(m.Officers) > 0 && !replace {
			return fault.Newf(op, fault.Conflict, "officers_founded", "%d officers are named already", len(m.Officers))
		}
		m.Officers, m.Needed = texts, needed
		return nil
	})
}

// Make draws the keys of the months from first to last that have none, each
// class its own, and splits each private half among the officers. until says
// when the key of a period is destroyed. It gives how many keys were made. A cut
// leaves all of them or none: nothing uses a key that the manifest does not name.
//
// It must not run in a process that serves, except a sandbox's.
func (q *Quorum) Make(first, last identity.Month, until func(identity.Period) time.Time) (made int, err error) {
	const op = "quorum.Make"
	if last < first || last-first >= Ahead {
		return 0, fault.Newf(op, fault.Invalid, "month_invalid", "%s to %s is not 1 to %d months", first, last, Ahead)
	}
	err = q.change(op, func(m *manifest) error {
		if len(m.Officers) == 0 {
			return fault.Newf(op, fault.Conflict, "officers_missing", "no officers are named yet")
		}
		for month := first; month <= last; month++ {
			for _, class := range identity.Classes() {
				p := identity.Period{Month: month, Class: class}
				if _, there := m.find(p); there { // also one that is destroyed: a period never has two keys
					continue
				}
				e, err := q.make(*m, p, until(p))
				if err != nil {
					return err
				}
				m.Months, made = append(m.Months, e), made+1
			}
		}
		if made == 0 {
			return errNothing
		}
		slices.SortFunc(m.Months, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Class, b.Class)) })
		return nil
	})
	if err != nil {
		return 0, err
	}
	return made, nil
}

// make draws and splits one key and writes the file of its shares. The private
// half is not kept.
func (q *Quorum) make(m manifest, p identity.Period, until time.Time) (Entry, error) {
	private, err := suite.NewEnvelopeSecret(q.key.Suite())
	if err != nil {
		return Entry{}, err
	}
	public, err := suite.RecipientOf(private)
	if err != nil {
		return Entry{}, err
	}
	shares, err := suite.Split(private, m.Needed, len(m.Officers))
	if err != nil {
		return Entry{}, err
	}
	f := shareFile{Version: version, ID: public.ID(), Needed: m.Needed}
	for i, text := range m.Officers {
		officer, err := suite.ParseRecipient(text)
		if err != nil {
			return Entry{}, err
		}
		sealed, err := suite.SealTo(officer, append([]byte{shares[i].X}, shares[i].Y.Bytes()...), sharePlace(q.key.Suite(), public.ID(), officer.ID()))
		if err != nil {
			return Entry{}, err
		}
		f.Shares = append(f.Shares, sealedShare{officer.ID(), sealed})
	}
	b, err := json.Marshal(f)
	if err != nil {
		return Entry{}, fault.Wrap("quorum.make", fault.Internal, "internal", err)
	}
	digest := suite.DigestIn(q.key.Suite(), b)
	e := Entry{ID: public.ID(), Month: p.Month.String(), Class: p.Class.String(), Created: seconds(q.now()), Until: seconds(until),
		Needed: m.Needed, Of: len(m.Officers), Public: public.Text(), Shares: digest[:]}
	return e, fault.Wrap("quorum.make", fault.Internal, "internal", disk.Replace(q.disk, filepath.Join(q.dir, shareName(p)), b))
}

// errNothing leaves the files as they are.
var errNothing = errors.New("nothing to change")

// change reads the files under the lock, lets how change them, and writes the
// manifest last.
func (q *Quorum) change(op string, how func(*manifest) error) error {
	if err := os.MkdirAll(q.dir, 0o700); err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	if err := q.disk.Sync(filepath.Dir(q.dir)); err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	release, err := disk.Exclusive(q.dir)
	if err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	defer release()
	m, err := readManifest(q.dir, q.key)
	if errors.Is(err, fs.ErrNotExist) {
		m, err = manifest{Months: []Entry{}}, nil
	}
	if err == nil {
		err = how(&m)
	}
	if errors.Is(err, errNothing) {
		return nil
	}
	if err == nil {
		err = q.write(&m)
	}
	if err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, q.Refresh())
}
