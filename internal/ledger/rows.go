package ledger

import (
	"context"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Rows is a store's ledger, as read. Implementations answer in ascending
// order and without holes of their own making; nothing here trusts that.
type Rows interface {
	// Entries gives up to limit rows from index from on, ascending.
	Entries(ctx context.Context, from uint64, limit int) ([]identity.EntryRow, error)
	// Head gives the newest signed note; none, or NotFound, when the ledger is empty.
	Head(ctx context.Context) (note []byte, err error)
	Tile(ctx context.Context, level uint8, index uint64) (hash [32]byte, ok bool, err error)
	// Tiles gives up to limit tiles of a level from index from on, ascending.
	Tiles(ctx context.Context, level uint8, from uint64, limit int) ([]Tile, error)
}

// Leaves is what Rows may also offer: the leaves alone, without their bodies,
// contiguous from from on. Proofs then read 8 KB where they would read 300.
type Leaves interface {
	Leaves(ctx context.Context, from uint64, limit int) ([][32]byte, error)
}

// Rebuild gives the tree that the store's head speaks of, from the largest
// tiles down to the last leaves: it reads at most 255 rows a level, however
// long the ledger is. It fails when rows, tiles and head do not agree, or when
// there are rows that the head does not cover: to sign those now would vouch
// for whatever somebody put there. It does not check the head's signature:
// Keeper.Resume does both.
func Rebuild(ctx context.Context, rows Rows) (Tree, error) {
	const op = "ledger.Rebuild"
	signed, err := newestHead(ctx, rows)
	if err != nil {
		return Tree{}, fault.At(op, err)
	}
	want := Tree{}.Root()
	size := uint64(0)
	if signed != nil {
		text, _, _ := strings.Cut(string(signed), "\n\n")
		if _, size, want, err = parseHead(text + "\n"); err != nil {
			return Tree{}, fault.Wrap(op, fault.Internal, "internal", err)
		}
	}
	t, err := assemble(ctx, rows, size)
	if err != nil {
		return Tree{}, fault.At(op, err)
	}
	if t.Root() != want {
		return Tree{}, fault.Newf(op, fault.Internal, "internal", "the entries do not hash to the head of size %d", size)
	}
	more, err := rows.Entries(ctx, size, 1)
	if err != nil {
		return Tree{}, fault.At(op, err)
	}
	if len(more) > 0 {
		return Tree{}, fault.Newf(op, fault.Internal, "internal", "there are entries after the head of size %d", size)
	}
	return t, nil
}

// RootAt gives the root that the first size entries have, read as Rebuild does.
func RootAt(ctx context.Context, rows Rows, size uint64) ([32]byte, error) {
	t, err := assemble(ctx, rows, size)
	return t.Root(), fault.At("ledger.RootAt", err)
}

// Resume is Rebuild for a writer: the head must also be signed by this keeper,
// so that a head that was put there is never built upon.
func (k *Keeper) Resume(ctx context.Context, rows Rows) (Tree, error) {
	const op = "ledger.Resume"
	if k.err != nil {
		return Tree{}, fault.At(op, k.err)
	}
	signed, err := newestHead(ctx, rows)
	if err != nil {
		return Tree{}, fault.At(op, err)
	}
	if signed != nil {
		if _, _, err := k.CheckHead(signed); err != nil {
			return Tree{}, fault.Wrap(op, fault.Internal, "internal", err)
		}
	}
	t, err := Rebuild(ctx, rows)
	return t, fault.At(op, err)
}

// newestHead gives nil for a ledger that has none yet.
func newestHead(ctx context.Context, rows Rows) ([]byte, error) {
	signed, err := rows.Head(ctx)
	if fault.Is(err, fault.NotFound) || err == nil && len(signed) == 0 {
		return nil, nil
	}
	return signed, err
}

func assemble(ctx context.Context, rows Rows, size uint64) (Tree, error) {
	r := newReader(ctx, rows, size)
	var t Tree
	for level := maxLevel; level >= 0; level-- {
		bits := uint(level * tileBits)
		for t.size>>bits < size>>bits {
			hash, err := r.hash(uint8(level), t.size>>bits)
			if err != nil {
				return Tree{}, err
			}
			t, _ = t.join(bits, hash)
		}
	}
	return t, nil
}
