package erase

import (
	"cmp"
	"slices"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// part opens the person's entries, by their own key and for the last time, to
// ask the law of each whether it outlives them. It adds those that do to the
// erasure, and gives the leaves of those that go and what the receipt says of the rest.
func (a *Act) part(o identity.Opened, rows []identity.EntryRow, gone *identity.ErasePerson) (leaves [][32]byte, held []Held, err error) {
	for _, r := range rows {
		class, err := a.outlives(o, r)
		if err != nil {
			return nil, nil, err
		}
		if class == identity.Unkept {
			leaves = append(leaves, r.Leaf)
			continue
		}
		gone.Hold = append(gone.Hold, identity.Hold{ID: r.ID, Class: class})
		held = count(held, Held{Class: class, Records: 1, Until: law.Ends(identity.Period{Month: identity.MonthOf(r.Day), Class: class})})
	}
	slices.SortFunc(held, func(x, y Held) int { return cmp.Or(x.Until.Compare(y.Until), cmp.Compare(x.Class, y.Class)) })
	return leaves, held, nil
}

// outlives: what does not open to its own person opens to no officer either.
// It goes with the rest; a damaged record keeps nobody from leaving.
func (a *Act) outlives(o identity.Opened, r identity.EntryRow) (identity.Class, error) {
	e, _, err := ledger.OpenEntry(o.Keys, r)
	if err != nil {
		return identity.Unkept, nil
	}
	return a.Law.Outlasts(e.Kind, identity.MonthOf(r.Day), a.Now())
}

func count(all []Held, one Held) []Held {
	i := slices.IndexFunc(all, func(h Held) bool { return h.Class == one.Class && h.Until.Equal(one.Until) })
	if i < 0 {
		return append(all, one)
	}
	all[i].Records += one.Records
	return all
}
