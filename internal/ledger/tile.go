package ledger

import (
	"context"
	"encoding/binary"

	"netid/internal/fault"
)

// HashTile gives the bytes of a tile as C2SP tlog-tiles has them: width hashes
// of 32 bytes, the index-th tile of its level in a tree of size leaves. They
// follow from the leaves alone, so every node that has the rows gives the
// same. What the tree of that size does not have yet fails with NotFound
// "tile_unknown".
func HashTile(ctx context.Context, rows Rows, size uint64, level uint8, index uint64, width int) ([]byte, error) {
	const op = "ledger.HashTile"
	if err := within(size, level, index, width); err != nil {
		return nil, fault.At(op, err)
	}
	hashes, err := newReader(ctx, rows, size).group(level, index)
	if err != nil {
		return nil, fault.At(op, err)
	}
	b := make([]byte, 0, 32*width)
	for _, h := range hashes[:width] {
		b = append(b, h[:]...)
	}
	return b, nil
}

// Bundle gives the index-th entry bundle of tlog-tiles: width entries, each
// two bytes of length (big-endian) and the entry. An entry of this ledger is
// the 32-byte leaf, a salted hash: what happened is in no bundle. Fails as
// HashTile does.
func Bundle(ctx context.Context, rows Rows, size uint64, index uint64, width int) ([]byte, error) {
	const op = "ledger.Bundle"
	if err := within(size, 0, index, width); err != nil {
		return nil, fault.At(op, err)
	}
	leaves, err := leaves(ctx, rows, index*tileWidth, width)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if len(leaves) != width {
		return nil, fault.At(op, short(0))
	}
	b := make([]byte, 0, 34*width)
	for _, leaf := range leaves {
		b = binary.BigEndian.AppendUint16(b, uint16(len(leaf)))
		b = append(b, leaf[:]...)
	}
	return b, nil
}

func within(size uint64, level uint8, index uint64, width int) error {
	unknown := fault.New("ledger.within", fault.NotFound, "tile_unknown")
	if width < 1 || width > tileWidth || level > maxLevel {
		return unknown
	}
	there := size >> (uint(level) * tileBits) // hashes of this level
	if index > there/tileWidth || there-index*tileWidth < uint64(width) {
		return unknown
	}
	return nil
}
