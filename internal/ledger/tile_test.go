package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"

	"netid/internal/fault"
	"netid/internal/ledger"
)

// Every tile of a tree is what tlog-tiles defines over the leaves, byte for
// byte: MTH(D[(n*256+i)*256^l : (n*256+i+1)*256^l]).
func TestHashTilesFollowFromTheLeaves(t *testing.T) {
	const size = 70_000 // the specification's own example
	m := grown(size)
	var leaves [][32]byte
	for _, r := range m.rows {
		leaves = append(leaves, r.Leaf)
	}
	tile := func(level uint8, index uint64, width int) []byte {
		t.Helper()
		b, err := ledger.HashTile(t.Context(), m, size, level, index, width)
		if err != nil {
			t.Fatal(level, index, width, err)
		}
		return b
	}
	want := func(level, index, width int) (b []byte) {
		span := 1
		for range level {
			span *= 256
		}
		for i := range width {
			from := (index*256 + i) * span
			h := root(leaves[from : from+span])
			b = append(b, h[:]...)
		}
		return b
	}
	for _, c := range [][3]int{{0, 0, 256}, {0, 0, 1}, {0, 272, 256}, {0, 273, 112}, {0, 273, 5}, {1, 0, 256}, {1, 0, 17}, {1, 1, 17}, {2, 0, 1}} {
		if got := tile(uint8(c[0]), uint64(c[1]), c[2]); !bytes.Equal(got, want(c[0], c[1], c[2])) {
			t.Errorf("tile %v differs", c)
		}
	}
	for _, c := range [][3]int{{0, 273, 113}, {0, 273, 256}, {0, 274, 1}, {1, 1, 18}, {1, 2, 1}, {2, 0, 2}, {3, 0, 1}, {7, 0, 1}, {8, 0, 1}, {63, 0, 1}, {0, 0, 0}, {0, 0, 257}, {0, 0, -1}, {0, 1 << 60, 1}} {
		if _, err := ledger.HashTile(t.Context(), m, size, uint8(c[0]), uint64(c[1]), c[2]); !fault.Is(err, fault.NotFound) {
			t.Errorf("tile %v: %v", c, err)
		}
	}
	if _, err := ledger.HashTile(t.Context(), m, 0, 0, 0, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("a tile of nothing: %v", err)
	}
}

// An entry of a bundle hashes to its place in the tile; there is nothing else in it.
func TestBundlesHoldLeavesAlone(t *testing.T) {
	m := grown(300)
	b, err := ledger.Bundle(t.Context(), m, 300, 1, 44)
	if err != nil || len(b) != 44*34 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	hashes, err := ledger.HashTile(t.Context(), m, 300, 0, 1, 44)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 44 {
		entry := b[34*i:]
		leaf := m.rows[256+i].Leaf
		h := sha256.Sum256(append([]byte{0}, entry[2:34]...))
		if entry[0] != 0 || entry[1] != 32 || !bytes.Equal(entry[2:34], leaf[:]) || !bytes.Equal(h[:], hashes[32*i:32*i+32]) {
			t.Fatalf("entry %d", i)
		}
	}
	for _, c := range [][2]int{{1, 45}, {1, 256}, {2, 1}, {0, 0}} {
		if _, err := ledger.Bundle(t.Context(), m, 300, uint64(c[0]), c[1]); !fault.Is(err, fault.NotFound) {
			t.Errorf("bundle %v: %v", c, err)
		}
	}
}

// A row that is gone gives no tile: holes are not served as if they were there.
func TestNoTileOverAHole(t *testing.T) {
	m := grown(300)
	m.rows = slices.Delete(m.rows, 270, 271)
	if _, err := ledger.HashTile(t.Context(), m, 300, 0, 1, 44); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
	if _, err := ledger.Bundle(t.Context(), m, 300, 1, 44); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
}
