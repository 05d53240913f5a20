package ledger_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

func leaf(n int) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// root is RFC 6962 §2.1 word for word.
func root(leaves [][32]byte) [32]byte {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0][:]...))
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	l, r := root(leaves[:k]), root(leaves[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:]))
}

func TestTreeIsRFC6962(t *testing.T) {
	var leaves [][32]byte
	var tree ledger.Tree
	for n := range 600 {
		if tree.Size() != uint64(n) || tree.Root() != root(leaves) {
			t.Fatalf("size %d", n)
		}
		before, want := tree, tree.Root()
		next, tiles := tree.Append(leaf(n))
		if before.Root() != want || tree.Root() != want {
			t.Fatalf("Append changed the tree of size %d", n)
		}
		other, _ := tree.Append(leaf(-n)) // a commit that failed, tried with another leaf
		if n > 0 && other.Root() == next.Root() || next.Root() != root(append(slices.Clone(leaves), leaf(n))) {
			t.Fatalf("two trees grown from size %d disturb each other", n)
		}
		leaves = append(leaves, leaf(n))
		if full := (n + 1) % 256; (full == 0) != (len(tiles) == 1) {
			t.Fatalf("size %d: %d tiles", n+1, len(tiles))
		}
		for _, tile := range tiles {
			if tile.Level != 1 || tile.Index != uint64(n/256) || tile.Hash != root(leaves[n-255:]) {
				t.Fatalf("tile %+v at size %d", tile, n+1)
			}
		}
		tree = next
	}
}

// grown is a ledger whose rows hold nothing but leaves.
func grown(n int) *memory {
	m := newMemory()
	for i := range n {
		m.rows = append(m.rows, identity.EntryRow{Index: uint64(i), Leaf: leaf(i)})
		m.grow(leaf(i))
	}
	m.sign()
	return m
}

func bytesOf(hashes [][32]byte) [][]byte {
	var all [][]byte
	for _, h := range hashes {
		all = append(all, h[:])
	}
	return all
}

// Proofs from tiles are checked by somebody else's verifier.
func TestProofs(t *testing.T) {
	h := rfc6962.DefaultHasher
	const most = 66_000 // past the first tile of level 2
	m := grown(most)
	roots := map[uint64][]byte{}
	sizes := []uint64{1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 1000, 65535, 65536, 65537, most}
	var tree ledger.Tree
	for i := range most {
		tree, _ = tree.Append(leaf(i))
		if slices.Contains(sizes, tree.Size()) {
			r := tree.Root()
			roots[tree.Size()] = r[:]
		}
	}
	for _, size := range sizes {
		for _, index := range []uint64{0, 1, 2, 254, 255, 256, 257, size / 3, size / 2, size - 2, size - 1} {
			if index >= size {
				continue
			}
			p, err := ledger.Inclusion(t.Context(), m, index, size)
			if err != nil {
				t.Fatalf("%d in %d: %v", index, size, err)
			}
			l := leaf(int(index))
			if err := proof.VerifyInclusion(h, index, size, h.HashLeaf(l[:]), bytesOf(p), roots[size]); err != nil {
				t.Fatalf("%d in %d: %v", index, size, err)
			}
		}
		for _, from := range sizes {
			if from > size {
				continue
			}
			p, err := ledger.Consistency(t.Context(), m, from, size)
			if err != nil {
				t.Fatalf("%d to %d: %v", from, size, err)
			}
			if err := proof.VerifyConsistency(h, from, size, bytesOf(p), roots[from], roots[size]); err != nil {
				t.Fatalf("%d to %d: %v", from, size, err)
			}
		}
	}
}

func TestProofsRefuse(t *testing.T) {
	m := grown(600)
	if _, err := ledger.Inclusion(t.Context(), m, 600, 600); !fault.Because(err, "proof_range") {
		t.Errorf("index beyond the size: %v", err)
	}
	if _, err := ledger.Inclusion(t.Context(), m, 0, 0); !fault.Because(err, "proof_range") {
		t.Errorf("empty tree: %v", err)
	}
	if _, err := ledger.Consistency(t.Context(), m, 601, 600); !fault.Because(err, "proof_range") {
		t.Errorf("backwards: %v", err)
	}
	if _, err := ledger.Inclusion(t.Context(), m, 599, 5000); !fault.Is(err, fault.Internal) {
		t.Errorf("a size that is not there: %v", err)
	}
	delete(m.tiles[1], 0)
	if _, err := ledger.Inclusion(t.Context(), m, 599, 600); !fault.Is(err, fault.Internal) {
		t.Errorf("tile missing: %v", err)
	}
	m.rows = slices.Delete(m.rows, 300, 301)
	if _, err := ledger.Inclusion(t.Context(), m, 301, 600); !fault.Is(err, fault.Internal) {
		t.Errorf("row missing: %v", err)
	}
}

// counting counts what a proof reads.
type counting struct {
	*memory
	leaves int
}

func (c *counting) Leaves(ctx context.Context, from uint64, limit int) ([][32]byte, error) {
	rows, err := c.memory.Entries(ctx, from, limit)
	var all [][32]byte
	for _, r := range rows {
		all = append(all, r.Leaf)
	}
	c.leaves += len(all)
	return all, err
}

func (c *counting) Entries(context.Context, uint64, int) ([]identity.EntryRow, error) {
	return nil, errors.New("bodies are not needed")
}

func TestProofsReadLittle(t *testing.T) {
	c := &counting{memory: grown(20_000)}
	p := ledger.NewProver(c, 20_000)
	first, err := p.Inclusion(t.Context(), 7_000)
	if err != nil {
		t.Fatal(err)
	}
	if c.leaves > 512 {
		t.Errorf("one proof read %d leaves", c.leaves)
	}
	read := c.leaves
	second, err := p.Inclusion(t.Context(), 7_001)
	if err != nil || c.leaves != read {
		t.Errorf("a neighbour's proof read %d more, %v", c.leaves-read, err)
	}
	if again, err := p.Inclusion(t.Context(), 7_000); err != nil || !slices.Equal(again, first) || slices.Equal(first, second) {
		t.Error("the second proof spoilt the first")
	}
}

func TestRebuild(t *testing.T) {
	for _, n := range []int{0, 1, 255, 256, 257, 700, 65_536, 65_800} {
		m := grown(n)
		if n == 0 {
			m.head = nil
		}
		tree, err := m.keeper.Resume(t.Context(), m)
		if err != nil || tree.Size() != uint64(n) || tree.Root() != m.tree.Root() {
			t.Fatalf("%d: size %d, %v", n, tree.Size(), err)
		}
		x, _ := tree.Append(leaf(n))
		y, _ := m.tree.Append(leaf(n))
		if x.Root() != y.Root() {
			t.Fatalf("%d: the rebuilt tree grows differently", n)
		}
	}
}

func TestRebuildRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*memory){
		"leaf changed":         func(m *memory) { m.rows[599].Leaf[0] ^= 1 },
		"tile changed":         func(m *memory) { m.tiles[1][1] = leaf(0) },
		"tile missing":         func(m *memory) { delete(m.tiles[1], 0) },
		"row missing":          func(m *memory) { m.rows = m.rows[:599] },
		"row after the head":   func(m *memory) { m.rows = append(m.rows, identity.EntryRow{Index: 600}) },
		"no head":              func(m *memory) { m.head = nil },
		"head of nothing":      func(m *memory) { m.head = []byte("x") },
		"head of another tree": func(m *memory) { m.head = grown(600 - 1).head },
		"unsigned head": func(m *memory) {
			m.head = []byte(strings.Replace(string(m.head), "time 2026", "time 2027", 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := grown(600)
			spoil(m)
			if _, err := m.keeper.Resume(t.Context(), m); !fault.Is(err, fault.Internal) {
				t.Errorf("%v", err)
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	var tree ledger.Tree
	l := leaf(1)
	for b.Loop() {
		tree, _ = tree.Append(l)
	}
}

func BenchmarkInclusion(b *testing.B) {
	m := grown(66_000)
	i := uint64(0)
	for b.Loop() {
		if _, err := ledger.Inclusion(b.Context(), m, i%66_000, 66_000); err != nil {
			b.Fatal(err)
		}
		i += 7919
	}
}
