package ledger

import (
	"bytes"

	"netid/internal/identity"
)

// lose notes a row without a body.
func (a *audit) lose(index uint64, leaf [32]byte) {
	a.absent = AddToSet(a.absent, a.k.SetElement(leaf))
	if a.firstAbsent < 0 {
		a.firstAbsent = int64(index)
	}
	if a.orphan < 0 {
		a.orphan = int64(index)
	}
}

// claim notes what a tombstone, a restore or an expiry commits to. What it
// dropped came before it.
func (a *audit) claim(r identity.EntryRow) {
	e, _, err := OpenEntry(identity.Keys{}, r)
	if err != nil || e.Set == nil || len(e.Set.Sum) != 32 {
		return
	}
	if e.Set.Count > a.absent.Count-min(a.absent.Count, a.claimed.Count) {
		a.excess = true
		a.report(int64(r.Index), "the tombstone speaks of %d bodies, fewer are absent before it", e.Set.Count)
	}
	a.claimed = identity.ErasedSet{Count: a.claimed.Count + e.Set.Count, Sum: add(a.claimed.Sum, e.Set.Sum)}
	a.settled, a.lastErased, a.orphan = a.absent, int64(r.Index), -1
}

// erased compares what is absent with what tombstones account for. Once a row
// was altered or cut off it may have been a tombstone, and sums accuse nobody.
func (a *audit) erased() error {
	agree := a.settled.Count == a.claimed.Count && bytes.Equal(a.settled.Sum, a.claimed.Sum)
	if agree && a.orphan < 0 && !a.excess {
		return nil
	}
	if len(a.altered) > 0 {
		a.report(int64(a.altered[0]), "absent bodies and tombstones do not agree, as entries were altered")
		return nil
	}
	if a.orphan >= 0 {
		a.report(a.orphan, "the body is absent and no tombstone or expiry follows")
	}
	if agree {
		return nil
	}
	return a.accuse()
}

// accuse names what the sums disagree about: one row too many or too few by
// its own element, more than one only by where the absent ones begin.
func (a *audit) accuse() error {
	index, err := a.element(sub(a.settled.Sum, a.claimed.Sum), sub(a.claimed.Sum, a.settled.Sum))
	if err != nil {
		return err
	}
	switch {
	case index >= 0:
		a.report(index, "absent bodies and tombstones disagree about this entry")
	case a.excess: // reported where it was found
	case a.firstAbsent >= 0:
		a.report(a.firstAbsent, "of the absent bodies, from here on, some are not those that tombstones speak of")
	default:
		a.report(a.lastErased, "tombstones commit to bodies that are not absent")
	}
	return nil
}

// element looks for the one row whose element is the difference of the sums.
func (a *audit) element(extra, missing []byte) (int64, error) {
	for from := uint64(0); ; {
		batch, err := a.rows.Entries(a.ctx, from, page)
		if err != nil {
			return -1, err
		}
		next := from
		for _, r := range batch {
			e := a.k.SetElement(r.Leaf)
			if gone := r.State == identity.EntryErased || r.State != identity.EntryPublic && a.below(r.Day); gone && bytes.Equal(e, extra) || !gone && bytes.Equal(e, missing) {
				return int64(r.Index), nil
			}
			next = max(next, r.Index+1)
		}
		if next == from {
			return a.pastElement(extra)
		}
		from = next
	}
}
