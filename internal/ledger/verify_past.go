package ledger

import (
	"netid/internal/identity"
	"netid/internal/suite"
)

// pastPage is how many groups are read at a time.
const pastPage = 64

// floor reads the day below which rows may be gone.
func (a *audit) floorOf() error {
	a.floor.Day = identity.NoFloor
	pasts, ok := a.rows.(Pasts)
	if !ok {
		return nil
	}
	a.pasts = pasts
	f, code, err := pasts.Floor(a.ctx)
	if err != nil {
		return err
	}
	if !a.k.FitsFloor(f, code) {
		a.report(-1, "the day below which entries are gone was altered")
		return nil
	}
	a.floor = f
	return nil
}

// below reports whether the ledger said that what is of this day is gone.
func (a *audit) below(day int32) bool { return a.floor.Said && day < a.floor.Day }

// past gives what is kept of a group, if anything is. Groups are asked for in
// ascending order.
func (a *audit) past(group uint64) (Past, error) {
	for a.pasts != nil {
		for len(a.kept) > 0 && a.kept[0].Group < group {
			a.kept = a.kept[1:]
		}
		if len(a.kept) > 0 {
			if a.kept[0].Group != group {
				return Past{}, nil
			}
			a.checkPast(a.kept[0])
			return a.kept[0], nil
		}
		if a.keptAll {
			return Past{}, nil
		}
		all, err := a.pasts.Past(a.ctx, a.keptNext, pastPage)
		if err != nil {
			return Past{}, err
		}
		a.keptAll = len(all) < pastPage
		for _, p := range all {
			a.keptNext = p.Group + 1
		}
		a.kept = all
	}
	return Past{}, nil
}

// checkPast names a group whose leaves are not what was kept, once.
func (a *audit) checkPast(p Past) {
	if p.Group < a.checked {
		return
	}
	a.checked = p.Group + 1
	if first := p.Group * Width; !suite.Equal(a.k.PastCode(p), p.MAC) {
		a.alter(max(first, a.tree.Size()), "the leaves that are kept of entries %d to %d were altered", first, first+Width-1)
	}
}

// gone gives the leaf of an entry whose row is not there, and whether it may be
// gone: its day is below the floor, and it was about somebody.
func (a *audit) gone(index uint64) (leaf [32]byte, known, gone bool, err error) {
	p, err := a.past(index / Width)
	i := index % Width
	if err != nil || i >= uint64(len(p.Leaves)) {
		return leaf, false, false, err
	}
	return p.Leaves[i], true, p.Days[i] != DayPublic && a.below(p.Days[i]), nil
}

// fill walks over the places of rows that are not there, up to one that is.
func (a *audit) fill(until uint64) error {
	for named := false; a.tree.Size() < until; {
		at := a.tree.Size()
		leaf, known, gone, err := a.gone(at)
		if err != nil {
			return err
		}
		switch {
		case gone:
			a.leave(at, leaf)
		case !known && until-at > maxGap:
			a.alter(at, "%d entries are missing", until-at)
			a.stopped = true
			return nil
		case !named:
			a.alter(at, "entries are missing, from here on")
		}
		named = !gone
		if err := a.grow(leaf); err != nil { // keep the place, so that later rows are still checked at theirs
			return err
		}
	}
	return nil
}

// leave notes a row that is gone with its day.
func (a *audit) leave(index uint64, leaf [32]byte) {
	if p := a.kept[0]; p.Days[index%Width] == DayAltered {
		a.alter(index, "the row was altered before it went: its keyed hash did not fit")
	}
	a.lose(index, leaf)
}

// tail walks over rows that are gone behind the last that is there.
func (a *audit) tail() error {
	for !a.stopped {
		at := a.tree.Size()
		leaf, _, gone, err := a.gone(at)
		if err != nil || !gone {
			return err
		}
		a.leave(at, leaf)
		if err := a.grow(leaf); err != nil {
			return err
		}
	}
	return nil
}

// pastElement looks for the one entry whose row is gone and whose element is this.
func (a *audit) pastElement(extra []byte) (int64, error) {
	for from := uint64(0); a.pasts != nil; {
		all, err := a.pasts.Past(a.ctx, from, pastPage)
		if err != nil {
			return -1, err
		}
		for _, p := range all {
			for i, leaf := range p.Leaves {
				if a.below(p.Days[i]) && suite.Equal(a.k.SetElement(leaf), extra) {
					return int64(p.Group*Width) + int64(i), nil
				}
			}
			from = p.Group + 1
		}
		if len(all) < pastPage {
			break
		}
	}
	return -1, nil
}
