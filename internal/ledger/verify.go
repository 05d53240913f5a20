package ledger

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Report is what Verify found.
type Report struct {
	Size     uint64    // entries read
	Root     [32]byte  // of the tree over them
	Problems []Problem // by index, those about the store as a whole last
	More     bool      // there are more problems than are listed
}

// Problem is one thing that is not as it was written.
type Problem struct {
	// Index is the first entry that the problem is about: exact for an altered
	// row, else the first that can no longer be vouched for. -1: it is about the
	// head or the store as a whole.
	Index int64  `json:"index"`
	What  string `json:"what"` // for the operator, in English
}

// MarshalJSON writes the root in hexadecimal, as `ledger verify --json` prints it.
func (r Report) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Size     uint64    `json:"size"`
		Root     string    `json:"root"`
		Problems []Problem `json:"problems"`
		More     bool      `json:"more"`
	}{r.Size, hex.EncodeToString(r.Root[:]), append([]Problem{}, r.Problems...), r.More})
}

// OK reports whether the store is exactly what was written and signed.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// First gives the problem with the lowest index; one about the store as a
// whole only when there is no other.
func (r Report) First() (Problem, bool) {
	if len(r.Problems) == 0 {
		return Problem{}, false
	}
	return r.Problems[0], true
}

const (
	page        = 1024 // rows read at a time
	maxProblems = 64   // listed; one flipped key would make as many as there are rows
	maxGap      = 1 << 16
)

// Verify reads a whole store once, in order, and names what is not as it was
// written: an edit of any column, a row deleted, inserted or moved, a body
// dropped without an erasure, rows cut off, tiles or head replaced. Remembered
// heads are signed notes kept from earlier (by a citizen's device, a witness):
// each must be a prefix of what is there, which also catches a whole history
// written and signed anew. It changes nothing and repairs nothing. The error
// is about reading; what was read and is wrong is in the Report.
func Verify(ctx context.Context, rows Rows, k *Keeper, remembered ...[]byte) (Report, error) {
	const op = "ledger.Verify"
	if k.err != nil {
		return Report{}, fault.At(op, k.err)
	}
	a := &audit{ctx: ctx, rows: rows, k: k, lastErased: -1, firstAbsent: -1, orphan: -1,
		absent: EmptySet(), settled: EmptySet(), claimed: EmptySet()}
	if err := a.heads(remembered); err != nil {
		return Report{}, fault.At(op, err)
	}
	for _, step := range []func() error{a.floorOf, a.entries, a.end, a.erased} {
		if err := step(); err != nil {
			return Report{}, fault.At(op, err)
		}
	}
	slices.SortStableFunc(a.problems, func(x, y Problem) int { return cmp.Compare(uint64(x.Index), uint64(y.Index)) }) // -1 becomes the largest
	return Report{a.tree.Size(), a.tree.Root(), a.problems, a.more}, nil
}

// audit is one run of Verify.
type audit struct {
	ctx  context.Context
	rows Rows
	k    *Keeper

	marks   []mark  // signed heads by size, smallest first
	agreed  uint64  // size of the largest head that the entries hashed to
	head    *uint64 // size of the store's own head, if it is a head
	tree    Tree
	stopped bool // the rows are in such disorder that reading on says nothing

	problems []Problem
	more     bool
	altered  []uint64 // rows named already, ascending
	suspect  []uint64 // where tiles first disagreed, ascending

	absent      identity.ErasedSet // over rows without body
	settled     identity.ErasedSet // the same, as of the last tombstone
	claimed     identity.ErasedSet // over tombstones
	excess      bool               // a tombstone claims more than is absent
	firstAbsent int64
	orphan      int64 // first absent row since the last tombstone
	lastErased  int64 // last tombstone

	pasts    Pasts          // nil: rows never go
	floor    identity.Floor // below which they are gone
	kept     []Past         // read ahead
	keptNext uint64
	keptAll  bool
	checked  uint64 // groups up to here
}

// mark is a signed head that the entries must hash to at its size.
type mark struct {
	size uint64
	root [32]byte
	name string
}

func (a *audit) report(index int64, format string, args ...any) {
	if len(a.problems) >= maxProblems {
		a.more = true
		return
	}
	a.problems = append(a.problems, Problem{index, fmt.Sprintf(format, args...)})
}

// alter names a row, once.
func (a *audit) alter(index uint64, format string, args ...any) {
	if n := len(a.altered); n == 0 || a.altered[n-1] < index {
		a.altered = append(a.altered, index)
	}
	a.report(int64(index), format, args...)
}

// blame gives the first row already named in [from, to), else the first that
// a tile disagreed about, else from: when a hash over many rows is wrong, the
// row that was altered is the one to name.
func (a *audit) blame(from, to uint64) int64 {
	for _, named := range [][]uint64{a.altered, a.suspect} {
		for _, i := range named {
			if i >= from && i < to {
				return int64(i)
			}
		}
	}
	return int64(from)
}

// heads checks the signatures of the store's head and the remembered ones.
func (a *audit) heads(remembered [][]byte) error {
	signed, err := newestHead(a.ctx, a.rows)
	if err != nil {
		return err
	}
	switch size, root, err := a.k.check(signed, own); {
	case signed == nil:
		first, err := a.rows.Entries(a.ctx, 0, 1)
		if err != nil {
			return err
		}
		if len(first) > 0 {
			a.report(-1, "there are entries but no head")
		} else {
			a.marks = append(a.marks, mark{0, Tree{}.Root(), "an empty ledger"})
		}
	case err != nil:
		a.report(-1, "the head is not signed by this ledger's key")
	default:
		text, err := a.k.missing(signed)
		if err != nil {
			return err
		}
		if text != "" {
			a.report(-1, "the head lacks the signature of %s, which was in force: it was altered, or the server did not take the key over", text)
		}
		a.head = &size
		a.marks = append(a.marks, mark{size, root, "the head"})
	}
	for n, signed := range remembered {
		size, root, err := a.k.CheckRemembered(signed)
		if err != nil {
			a.report(-1, "remembered head %d is not signed by this ledger's key", n+1)
			continue
		}
		a.marks = append(a.marks, mark{size, root, fmt.Sprintf("remembered head %d", n+1)})
	}
	slices.SortStableFunc(a.marks, func(x, y mark) int { return cmp.Compare(x.size, y.size) })
	return nil
}

// meet compares the tree with every head of its size.
func (a *audit) meet() {
	from := a.agreed
	for len(a.marks) > 0 && a.marks[0].size == a.tree.Size() {
		m := a.marks[0]
		a.marks = a.marks[1:]
		if a.tree.Root() == m.root {
			a.agreed = m.size
			continue
		}
		a.report(a.blame(from, max(m.size, 1)), "entries %d to %d do not hash to %s: they were written anew, or the head was", from, m.size, m.name)
	}
}
