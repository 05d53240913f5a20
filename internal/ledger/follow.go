package ledger

import (
	"context"

	"netid/internal/fault"
)

// followed bounds how many leaves Follow reads one by one: a few groups of
// other writers. Beyond that Resume reads less.
const followed = 2048

// Follow goes on from a tree that was the whole ledger at an earlier moment,
// when another writer has moved it since. It reads only what came after, and
// demands what Resume demands: a head of this keeper that covers exactly the
// entries that are there.
func (k *Keeper) Follow(ctx context.Context, rows Rows, from Tree) (Tree, error) {
	const op = "ledger.Follow"
	signed, err := newestHead(ctx, rows)
	if err != nil {
		return Tree{}, fault.At(op, err)
	}
	size, root, err := k.CheckHead(signed)
	if err != nil || size < from.Size() || size-from.Size() > followed {
		return k.Resume(ctx, rows)
	}
	all, err := leaves(ctx, rows, from.Size(), int(size-from.Size())+1) // one more: none may follow
	if err != nil {
		return Tree{}, fault.At(op, err)
	}
	t := from
	for _, leaf := range all {
		t, _ = t.Append(leaf)
	}
	if t.Size() != size || t.Root() != root {
		return k.Resume(ctx, rows) // which says what does not fit
	}
	return t, nil
}
