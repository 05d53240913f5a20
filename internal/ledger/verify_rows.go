package ledger

import (
	"math"

	"netid/internal/identity"
	"netid/internal/suite"
)

// entries walks the rows and grows the tree over them.
func (a *audit) entries() error {
	a.meet()
	for !a.stopped {
		from := a.tree.Size()
		batch, err := a.rows.Entries(a.ctx, from, page)
		if err != nil {
			return err
		}
		for _, r := range batch {
			if err := a.entry(r); err != nil {
				return err
			}
		}
		if a.tree.Size() == from { // nothing more, or nothing new
			return nil
		}
	}
	return nil
}

func (a *audit) entry(r identity.EntryRow) error {
	if a.stopped {
		return nil
	}
	if r.Index > math.MaxInt64 { // no tree is so large: a database counts so below zero
		a.alter(0, "a row stands before the first entry")
		return nil
	}
	if r.Index < a.tree.Size() {
		a.alter(r.Index, "the entry is there twice")
		return nil
	}
	if err := a.fill(r.Index); err != nil || a.stopped {
		return err
	}
	if _, err := a.past(r.Index / Width); err != nil { // each is read once, also where no row is gone yet
		return err
	}
	a.row(r)
	return a.grow(r.Leaf)
}

// row checks one row against its own keyed hash and its form.
func (a *audit) row(r identity.EntryRow) {
	switch what := a.flaw(r); {
	case what != "":
		a.alter(r.Index, "%s", what)
	case r.State == identity.EntryErased, r.State != identity.EntryPublic && a.below(r.Day): // the latter is gone as soon as it was said
		a.lose(r.Index, r.Leaf)
	}
	if r.State == identity.EntryPublic {
		a.claim(r)
	}
}

func (a *audit) flaw(r identity.EntryRow) string {
	if !a.k.Fits(r) {
		return "the row was altered: its keyed hash does not fit"
	}
	sealed := r.State == identity.EntrySealed || r.State.Holds() // to its person, or to the officers' quorum
	switch {
	case len(r.ID) != idLength:
		return "the id has another length"
	case r.State == identity.EntryErased && (len(r.Body) > 0 || len(r.Owner) > 0):
		return "an erased entry still has a body or an owner"
	case sealed && (len(r.Body) <= overSeal || (len(r.Body)-overSeal)%grain != 0):
		return "the sealed body is missing or cut"
	case sealed && len(r.Owner) == 0:
		return "a sealed entry belongs to nobody"
	case r.State == identity.EntryPublic:
		return a.publicFlaw(r)
	case !sealed && r.State != identity.EntryErased:
		return "the state is unknown"
	}
	return ""
}

func (a *audit) publicFlaw(r identity.EntryRow) string {
	e, _, err := OpenEntry(identity.Keys{}, r)
	switch {
	case err != nil:
		return "the public body is not what the leaf commits to"
	case !a.named(e, r.ID):
		return "the id is not the event's"
	case len(r.Owner) > 0:
		return "a public entry belongs to somebody"
	case identity.DayOf(e.Time) != r.Day:
		return "the day is not the event's"
	case drops(e.Kind) != (e.Set != nil) || e.Set != nil && len(e.Set.Sum) != 32:
		return "the tombstone commits to nothing"
	}
	return ""
}

func (a *audit) named(e identity.Event, id []byte) bool {
	own, err := identity.ParseEventID(e.ID)
	return err == nil && suite.Equal(a.k.EntryKey(own).ID, id)
}

// drops are the public events under which bodies may be absent.
func drops(k identity.EventKind) bool {
	return k == identity.Erased || k == identity.Restored || k == identity.Expired
}

// grow appends a leaf and compares what that completes.
func (a *audit) grow(leaf [32]byte) error {
	tree, done := a.tree.Append(leaf)
	a.tree = tree
	for _, t := range done {
		width := uint64(1) << (uint(t.Level) * tileBits)
		from := t.Index * width
		stored, ok, err := a.rows.Tile(a.ctx, t.Level, t.Index)
		if err != nil {
			return err
		}
		if ok && stored == t.Hash {
			continue
		}
		at := a.blame(from, from+width)
		a.suspect = append(a.suspect, uint64(at))
		if ok {
			a.report(at, "entries %d to %d do not hash to tile %d of level %d", from, from+width-1, t.Index, t.Level)
		} else {
			a.report(at, "tile %d of level %d is missing", t.Index, t.Level)
		}
	}
	a.meet()
	return nil
}

// end looks for what is there beyond the last row, and for heads that were
// signed over rows which are no longer there.
func (a *audit) end() error {
	if err := a.tail(); err != nil {
		return err
	}
	size := a.tree.Size()
	if p, err := a.past(size/Width + 1); err != nil {
		return err
	} else if p.Leaves != nil || len(a.kept) > 0 {
		a.report(a.blame(size, size+1), "cut off: leaves are kept of entries that are not there")
	}
	for _, m := range a.marks {
		a.alter(size, "cut off: %s was signed over %d entries, %d are there", m.name, m.size, size)
	}
	if a.head != nil && *a.head < size {
		a.report(a.blame(*a.head, size), "%d entries are not covered by the head", size-*a.head)
	}
	for level := uint8(1); level <= maxLevel; level++ {
		bits := uint(level) * tileBits
		beyond, err := a.rows.Tiles(a.ctx, level, size>>bits, 1)
		if err != nil {
			return err
		}
		if len(beyond) > 0 {
			a.report(a.blame(size, size+1), "cut off: a tile of level %d covers entries that are not there", level)
		}
	}
	return nil
}
