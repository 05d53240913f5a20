package ledger

import (
	"context"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"netid/internal/fault"
)

// Inclusion proves that the entry at index is in the tree of size leaves
// (RFC 6962 §2.1.1). It reads at most two groups of 256 hashes a level,
// whatever the size.
func Inclusion(ctx context.Context, rows Rows, index, size uint64) ([][32]byte, error) {
	return NewProver(rows, size).Inclusion(ctx, index)
}

// Consistency proves that the tree of from leaves is a prefix of the tree of
// to leaves (RFC 6962 §2.1.2).
func Consistency(ctx context.Context, rows Rows, from, to uint64) ([][32]byte, error) {
	return NewProver(rows, to).Consistency(ctx, from)
}

// Prover makes many proofs in one tree and reads each group of hashes once.
// It is not safe for concurrent use.
type Prover struct {
	rows Rows
	size uint64
	seen map[place][][32]byte
}

// NewProver proves in the tree of size leaves.
func NewProver(rows Rows, size uint64) *Prover {
	return &Prover{rows, size, map[place][][32]byte{}}
}

// Inclusion proves that the entry at index is in the prover's tree.
func (p *Prover) Inclusion(ctx context.Context, index uint64) ([][32]byte, error) {
	const op = "ledger.Inclusion"
	nodes, err := proof.Inclusion(index, p.size)
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "proof_range", err)
	}
	hashes, err := p.fill(ctx, nodes)
	return hashes, fault.At(op, err)
}

// Consistency proves that the tree of from leaves is a prefix of the prover's.
func (p *Prover) Consistency(ctx context.Context, from uint64) ([][32]byte, error) {
	const op = "ledger.Consistency"
	nodes, err := proof.Consistency(from, p.size)
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "proof_range", err)
	}
	hashes, err := p.fill(ctx, nodes)
	return hashes, fault.At(op, err)
}

func (p *Prover) fill(ctx context.Context, nodes proof.Nodes) ([][32]byte, error) {
	r := reader{ctx, p.rows, p.size, p.seen}
	raw := make([][]byte, len(nodes.IDs))
	for i, id := range nodes.IDs {
		h, err := r.node(id)
		if err != nil {
			return nil, err
		}
		raw[i] = h[:]
	}
	raw, err := nodes.Rehash(raw, rfc6962.DefaultHasher.HashChildren)
	if err != nil {
		return nil, fault.Wrap("ledger.fill", fault.Internal, "internal", err)
	}
	hashes := make([][32]byte, len(raw))
	for i, h := range raw {
		hashes[i] = [32]byte(h)
	}
	return hashes, nil
}

// place names 256 neighbouring hashes of one tile level; level 0 are leaves.
type place struct {
	level uint8
	group uint64
}

// reader reads the hashes of a tree of size leaves in groups of 256.
type reader struct {
	ctx  context.Context
	rows Rows
	size uint64
	seen map[place][][32]byte
}

func newReader(ctx context.Context, rows Rows, size uint64) reader {
	return reader{ctx, rows, size, map[place][][32]byte{}}
}

// node hashes a full subtree of any height from the tile level below it.
func (r reader) node(id compact.NodeID) ([32]byte, error) {
	level, up := uint8(id.Level/tileBits), id.Level%tileBits
	first := id.Index << up
	group, err := r.group(level, first/tileWidth)
	if err != nil {
		return [32]byte{}, err
	}
	at, n := first%tileWidth, uint64(1)<<up
	if at+n > uint64(len(group)) {
		return [32]byte{}, short(level)
	}
	hashes := append([][32]byte(nil), group[at:at+n]...)
	for len(hashes) > 1 {
		for i := range len(hashes) / 2 {
			hashes[i] = node(hashes[2*i], hashes[2*i+1])
		}
		hashes = hashes[:len(hashes)/2]
	}
	return hashes[0], nil
}

// hash is one hash of a tile level.
func (r reader) hash(level uint8, index uint64) ([32]byte, error) {
	return r.node(compact.NewNodeID(uint(level)*tileBits, index))
}

func (r reader) group(level uint8, group uint64) ([][32]byte, error) {
	if g, ok := r.seen[place{level, group}]; ok {
		return g, nil
	}
	from := group * tileWidth
	want := min(tileWidth, r.size>>(uint(level)*tileBits)-from)
	g, err := r.read(level, from, int(want))
	if err != nil {
		return nil, err
	}
	if uint64(len(g)) != want {
		return nil, short(level)
	}
	r.seen[place{level, group}] = g
	return g, nil
}

func (r reader) read(level uint8, from uint64, n int) ([][32]byte, error) {
	if level == 0 {
		return r.leaves(from, n)
	}
	tiles, err := r.rows.Tiles(r.ctx, level, from, n)
	if err != nil {
		return nil, err
	}
	hashes := make([][32]byte, len(tiles))
	for i, t := range tiles {
		if t.Level != level || t.Index != from+uint64(i) {
			return nil, short(level)
		}
		hashes[i] = t.Hash
	}
	return hashes, nil
}

func (r reader) leaves(from uint64, n int) ([][32]byte, error) {
	hashes, err := leaves(r.ctx, r.rows, from, n)
	for i, leaf := range hashes {
		hashes[i] = leafHash(leaf)
	}
	return hashes, err
}

// leaves reads up to n leaves from from on, without a gap.
func leaves(ctx context.Context, rows Rows, from uint64, n int) ([][32]byte, error) {
	if only, ok := rows.(Leaves); ok {
		return only.Leaves(ctx, from, n)
	}
	entries, err := rows.Entries(ctx, from, n)
	if err != nil {
		return nil, err
	}
	all := make([][32]byte, len(entries))
	for i, e := range entries {
		if e.Index != from+uint64(i) {
			return nil, short(0)
		}
		all[i] = e.Leaf
	}
	return all, nil
}

func short(level uint8) error {
	return fault.Newf("ledger.proof", fault.Internal, "internal", "hashes of level %d are missing", level)
}
