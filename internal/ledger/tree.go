package ledger

import (
	"slices"

	"github.com/transparency-dev/merkle/rfc6962"
)

// Tree is a Merkle tree (RFC 6962 §2.1) by its right edge: the roots of the
// full subtrees that it is made of, largest first. It is a value: Append
// leaves the old tree as it was, so a commit that fails costs nothing.
type Tree struct {
	size uint64
	edge [][32]byte
}

// Tile is the root of a full subtree of 256^Level leaves, Level 1 or more.
// Tiles are kept so that proofs and restarts need not read every leaf; they
// are a convenience, never evidence.
type Tile struct {
	Level uint8
	Index uint64 // among the tiles of its level, from 0
	Hash  [32]byte
}

const (
	tileBits  = 8
	tileWidth = 1 << tileBits
	maxLevel  = 7 // 256^7 leaves: more than there will ever be
)

func (t Tree) Size() uint64 { return t.size }

// Root is the tree's hash; of the empty tree it is SHA-256 of nothing.
func (t Tree) Root() [32]byte {
	if t.size == 0 {
		return [32]byte(rfc6962.DefaultHasher.EmptyRoot())
	}
	root := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		root = node(t.edge[i], root)
	}
	return root
}

// Append adds one leaf and returns the new tree and the tiles that it completes.
func (t Tree) Append(leaf [32]byte) (Tree, []Tile) {
	return t.join(0, leafHash(leaf))
}

// join adds a full subtree of 2^level leaves to the right; the size must be a
// multiple of that.
func (t Tree) join(level uint, hash [32]byte) (Tree, []Tile) {
	var done []Tile
	edge := t.edge
	index := t.size >> level
	for {
		if level > 0 && level%tileBits == 0 {
			done = append(done, Tile{uint8(level / tileBits), index, hash})
		}
		if index&1 == 0 {
			break
		}
		hash = node(edge[len(edge)-1], hash)
		edge = edge[:len(edge)-1]
		level, index = level+1, index>>1
	}
	size := (index + 1) << level
	return Tree{size, append(slices.Clip(edge), hash)}, done
}

func leafHash(leaf [32]byte) [32]byte {
	return [32]byte(rfc6962.DefaultHasher.HashLeaf(leaf[:]))
}

func node(left, right [32]byte) [32]byte {
	return [32]byte(rfc6962.DefaultHasher.HashChildren(left[:], right[:]))
}
