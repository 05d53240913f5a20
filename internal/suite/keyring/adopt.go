package keyring

import (
	"cmp"
	"slices"
	"strings"

	"netid/internal/fault"
)

// Adopt takes into the ring in dir what another ring, a later state of the same
// one under the same master, has of a use and this one lacks. A copy of the
// store comes with the keyring of its day; what is kept outside of it and comes
// newer (the shelf, the MAC of its archive) may be under later keys. It says
// how many it took. Fails with Conflict "key_versions" when the two went apart:
// they have different keys of one turn, destroyed ones too: a ring of another
// service under the same master has those, whatever it still lists as live.
func Adopt(dir, later string, master Master, use string) (taken int, err error) {
	const op = "keyring.Adopt"
	from, _, err := existing(later, master)
	if err != nil {
		return 0, fault.At(op, err)
	}
	theirs, err := from.readManifest()
	if err == nil {
		_, err = from.load(theirs)
	}
	if err != nil {
		return 0, fault.At(op, err)
	}
	_, err = change(dir, master, func(o opening, m *manifest) (Entry, error) {
		for _, e := range theirs.Keys {
			if e.Use == use && slices.ContainsFunc(m.Keys, func(mine Entry) bool { return mine.Use == use && mine.Turn == e.Turn && mine.ID != e.ID }) {
				return e, fault.Newf(op, fault.Conflict, "key_versions", "another key is version %d of %s here", e.Turn, use)
			}
		}
		for _, e := range theirs.Keys {
			if e.Use != use || !e.Retired.IsZero() || slices.ContainsFunc(m.Keys, func(mine Entry) bool { return mine.Use == use && mine.ID == e.ID }) {
				continue
			}
			made, key, err := from.readKey(e)
			if err == nil {
				err = o.writeKey(made, key)
			}
			if err != nil {
				return e, err
			}
			m.Keys, taken = append(m.Keys, made), taken+1
		}
		if taken == 0 {
			return Entry{}, nil
		}
		slices.SortFunc(m.Keys, func(a, b Entry) int { return cmp.Or(strings.Compare(a.Use, b.Use), a.Turn-b.Turn) })
		return Entry{}, o.writeManifest(m)
	})
	return taken, fault.At(op, err)
}
