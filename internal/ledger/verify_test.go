package ledger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"netid/internal/identity"
	"netid/internal/ledger"
)

// The honest store: two tiles and a tail; B's rows 304, 305 and D's 560, 561
// are erased under the tombstones 306 and 562.
const (
	publicRow  = 3
	erasedRow  = 304
	tombstone  = 306
	tombstone2 = 562
	total      = 573
)

// honest builds the store and keeps every head that was ever signed.
func honest(t testing.TB) (*memory, map[int][]byte) {
	m, heads := newMemory(), map[int][]byte{}
	a, b, c, d := person(10), person(20), person(30), person(40)
	keep := func() { heads[len(m.rows)] = bytes.Clone(m.head) }
	for range 3 {
		record(t, m, a, identity.SignedIn)
	}
	if _, err := ledger.NewBook(m, kept{}, noon).RecordPublic(t.Context(), identity.Event{Kind: identity.PartyAdmitted, Party: "shop"}); err != nil {
		t.Fatal(err)
	}
	m.filler(46)
	keep() // 50
	m.filler(250)
	keep() // 300
	m.filler(4)
	record(t, m, b, identity.Enrolled)
	record(t, m, b, identity.Issued)
	erase(t, m, b)
	m.filler(93)
	keep() // 400
	record(t, m, c, identity.Enrolled)
	m.filler(159)
	record(t, m, d, identity.Enrolled)
	record(t, m, d, identity.Issued)
	erase(t, m, d)
	m.filler(10)
	keep() // 573
	if len(m.rows) != total || m.rows[erasedRow].State != identity.EntryErased || m.rows[tombstone2].State != identity.EntryPublic {
		t.Fatalf("the store is not as the tests think: %d rows", len(m.rows))
	}
	return m, heads
}

func TestVerifyHonest(t *testing.T) {
	m, heads := honest(t)
	r, err := ledger.Verify(t.Context(), m, m.keeper, heads[50], heads[300], heads[300], heads[400], heads[total])
	if err != nil || !r.OK() || r.Size != total || r.Root != m.tree.Root() {
		t.Fatalf("%+v, %v", r, err)
	}
	empty := newMemory()
	if r, err := ledger.Verify(t.Context(), empty, empty.keeper); err != nil || !r.OK() || r.Size != 0 {
		t.Errorf("an empty store: %+v, %v", r, err)
	}
	empty.sign()
	if r, err := ledger.Verify(t.Context(), empty, empty.keeper, empty.head); err != nil || !r.OK() {
		t.Errorf("an empty store with a head: %+v, %v", r, err)
	}
	big := newMemory()
	big.filler(3000) // several pages
	if r, err := ledger.Verify(t.Context(), big, big.keeper); err != nil || !r.OK() || r.Size != 3000 {
		t.Errorf("several pages: %+v, %v", r, err)
	}
}

// tamper is one thing done to the store and the first index to be named.
type tamper struct {
	do       func(t *testing.T, m *memory)
	remember []int // sizes of heads kept from earlier
	first    int64
}

func caught(t *testing.T, cases map[string]tamper) {
	t.Helper()
	whole, heads := honest(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := whole.copy()
			c.do(t, m)
			var remembered [][]byte
			for _, n := range c.remember {
				remembered = append(remembered, heads[n])
			}
			r, err := ledger.Verify(t.Context(), m, m.keeper, remembered...)
			if err != nil {
				t.Fatal(err)
			}
			first, found := r.First()
			if !found || r.OK() || first.Index != c.first {
				t.Errorf("first bad index %d, found %v, want %d; all: %v", first.Index, found, c.first, r.Problems)
			}
		})
	}
}

// Every column of every kind of row, edited with access to the store alone.
func TestVerifyNamesTheEditedRow(t *testing.T) {
	columns := map[string]func(*identity.EntryRow){
		"id":           func(r *identity.EntryRow) { r.ID[0] ^= 1 },
		"id cut":       func(r *identity.EntryRow) { r.ID = r.ID[:8] },
		"day":          func(r *identity.EntryRow) { r.Day++ },
		"bucket":       func(r *identity.EntryRow) { r.Bucket++ },
		"owner":        func(r *identity.EntryRow) { r.Owner = bytes.Repeat([]byte{9}, 32) },
		"leaf":         func(r *identity.EntryRow) { r.Leaf[0] ^= 1 },
		"body":         func(r *identity.EntryRow) { r.Body = append(r.Body, 1) },
		"body emptied": func(r *identity.EntryRow) { r.Body, r.ID[1] = nil, r.ID[1]^1 },
		"mac":          func(r *identity.EntryRow) { r.MAC[0] ^= 1 },
		"mac gone":     func(r *identity.EntryRow) { r.MAC = nil },
		"state zero":   func(r *identity.EntryRow) { r.State = 0 },
		"state next":   func(r *identity.EntryRow) { r.State = r.State%3 + 1 },
		"state before": func(r *identity.EntryRow) { r.State = (r.State+1)%3 + 1 },
	}
	rows := map[string]int{"first": 0, "public": publicRow, "last of a tile": 255, "first of a tile": 256, "inside": 303,
		"erased": erasedRow, "tombstone": tombstone, "tail": 515, "last erased": tombstone2 - 1, "last tombstone": tombstone2, "last": total - 1}
	cases := map[string]tamper{}
	for column, change := range columns {
		for row, i := range rows {
			cases[column+" of "+row] = tamper{do: func(_ *testing.T, m *memory) { change(&m.rows[i]) }, first: int64(i)}
		}
	}
	caught(t, cases)
}

// Whoever has the row key too can give a row another id; of a public one the
// event says which it was, and a sealed one does not open under another.
func TestVerifyNamesAPublicRowWithAnotherID(t *testing.T) {
	caught(t, map[string]tamper{"public": {do: func(_ *testing.T, m *memory) {
		r := &m.rows[publicRow]
		r.ID = append([]byte{r.ID[0] ^ 1}, r.ID[1:]...)
		r.MAC = m.keeper.MAC(*r)
	}, first: publicRow}})
}

func renumber(m *memory) {
	for i := range m.rows {
		m.rows[i].Index = uint64(i)
	}
}

func TestVerifyNamesWhatMoved(t *testing.T) {
	cut := func(n int) func(*testing.T, *memory) {
		return func(_ *testing.T, m *memory) { m.rows = m.rows[:n] }
	}
	remove := func(n int) func(*testing.T, *memory) {
		return func(_ *testing.T, m *memory) { m.rows = slices.Delete(m.rows, n, n+1) }
	}
	cases := map[string]tamper{
		"deleted first":      {do: remove(0), first: 0},
		"deleted inside":     {do: remove(100), first: 100},
		"deleted tombstone":  {do: remove(tombstone), first: tombstone},
		"deleted erased row": {do: remove(erasedRow), first: erasedRow},
		"deleted last":       {do: remove(total - 1), first: total - 1},
		"deleted many": {do: func(_ *testing.T, m *memory) {
			m.rows = slices.Delete(m.rows, 100, 500)
		}, first: 100},
		"deleted and renumbered": {do: func(t *testing.T, m *memory) {
			remove(100)(t, m)
			renumber(m)
		}, first: 100},
		"swapped with their numbers": {do: func(_ *testing.T, m *memory) {
			m.rows[100], m.rows[101] = m.rows[101], m.rows[100]
			renumber(m)
		}, first: 100},
		"swapped far": {do: func(_ *testing.T, m *memory) {
			m.rows[520], m.rows[7] = m.rows[7], m.rows[520]
			renumber(m)
		}, first: 7},
		"out of order": {do: func(_ *testing.T, m *memory) {
			m.rows[100], m.rows[101] = m.rows[101], m.rows[100]
		}, first: 100},
		"inserted and renumbered": {do: func(_ *testing.T, m *memory) {
			m.rows = slices.Insert(m.rows, 200, m.rows[7])
			renumber(m)
		}, first: 200},
		"inserted as a second": {do: func(_ *testing.T, m *memory) {
			m.rows = slices.Insert(m.rows, 201, m.rows[200])
		}, first: 200},
		"appended": {do: func(_ *testing.T, m *memory) {
			m.rows = append(m.rows, m.rows[7])
			renumber(m)
		}, first: total},
		"number far away": {do: func(_ *testing.T, m *memory) {
			m.rows[total-1].Index = 1 << 50
		}, first: total - 1},
		"cut one":         {do: cut(total - 1), first: total - 1},
		"cut a tombstone": {do: cut(tombstone2), first: tombstone2},
		"cut inside":      {do: cut(400), first: 400},
		"cut to one tile": {do: cut(256), first: 256},
		"cut to nothing":  {do: cut(0), first: 0},
		"cut, head of then": {do: func(t *testing.T, m *memory) {
			cut(400)(t, m)
			_, heads := honest(t) // another run's: not a prefix of this one
			m.head = heads[400]
		}, first: 0},
	}
	caught(t, cases)
}

// A store rolled back as a whole, head and tiles with it, is a true older
// state: only a head kept elsewhere shows what is gone.
func TestVerifyRollback(t *testing.T) {
	m, heads := honest(t)
	m.rows, m.head = m.rows[:400], heads[400]
	r, err := ledger.Verify(t.Context(), m, m.keeper)
	if first, _ := r.First(); err != nil || first.Index != 400 {
		t.Errorf("tiles were left behind: %+v, %v", r, err)
	}
	delete(m.tiles[1], 1)
	if r, err := ledger.Verify(t.Context(), m, m.keeper, heads[300], heads[400]); err != nil || !r.OK() {
		t.Errorf("a true older state: %+v, %v", r, err)
	}
	r, err = ledger.Verify(t.Context(), m, m.keeper, heads[300], heads[total])
	if first, _ := r.First(); err != nil || first.Index != 400 {
		t.Errorf("with the head of %d remembered: %+v, %v", total, r, err)
	}
}

func TestVerifyTilesAndHeads(t *testing.T) {
	caught(t, map[string]tamper{
		"first tile replaced":  {do: func(_ *testing.T, m *memory) { m.tiles[1][0] = leaf(1) }, first: 0},
		"second tile replaced": {do: func(_ *testing.T, m *memory) { m.tiles[1][1] = leaf(1) }, first: 256},
		"tiles swapped": {do: func(_ *testing.T, m *memory) {
			m.tiles[1][0], m.tiles[1][1] = m.tiles[1][1], m.tiles[1][0]
		}, first: 0},
		"tile missing":      {do: func(_ *testing.T, m *memory) { delete(m.tiles[1], 1) }, first: 256},
		"tile too many":     {do: func(_ *testing.T, m *memory) { m.tiles[1][2] = leaf(1) }, first: total},
		"tile of level two": {do: func(_ *testing.T, m *memory) { m.tiles[2] = map[uint64][32]byte{0: leaf(1)} }, first: total},
		"head gone":         {do: func(_ *testing.T, m *memory) { m.head = nil }, first: -1},
		"head of no ledger": {do: func(_ *testing.T, m *memory) { m.head = []byte("x\n\n") }, first: -1},
		"head by another key": {do: func(_ *testing.T, m *memory) {
			m.head, _ = ledger.NewKeeper(secret(1), secret(2), newEd(9), origin).Head(m.tree, noon())
		}, first: -1},
		"older head": {do: func(t *testing.T, m *memory) {
			var tree ledger.Tree
			for _, r := range m.rows[:400] {
				tree, _ = tree.Append(r.Leaf)
			}
			m.head, _ = m.keeper.Head(tree, noon())
		}, first: 400},
		"head over other leaves": {do: func(_ *testing.T, m *memory) {
			m.head, _ = m.keeper.Head(grown(total).tree, noon())
		}, first: 0},
		"head over more": {do: func(_ *testing.T, m *memory) {
			m.head, _ = m.keeper.Head(grown(total+5).tree, noon())
		}, first: total},
	})
	m, _ := honest(t)
	other, _ := ledger.NewKeeper(secret(1), secret(2), newEd(9), origin).Head(m.tree, noon())
	if r, err := ledger.Verify(t.Context(), m, m.keeper, other); err != nil || r.OK() {
		t.Errorf("a remembered head of another key passes: %+v, %v", r, err)
	}
}

// Somebody who holds the row key, or all three, writes the past anew.
func TestVerifyRewrites(t *testing.T) {
	edit := func(i int) func(*memory) {
		return func(m *memory) { m.rows[i].Leaf[0] ^= 1; m.rows[i].MAC = m.keeper.MAC(m.rows[i]) }
	}
	m, heads := honest(t)
	check := func(name string, m *memory, want int64, remembered ...[]byte) {
		t.Helper()
		r, err := ledger.Verify(t.Context(), m, m.keeper, remembered...)
		first, found := r.First()
		if err != nil || found != (want >= 0) || found && first.Index != want {
			t.Errorf("%s: %+v, %v, want %d", name, r, err, want)
		}
	}
	row := m.copy()
	edit(300)(row)
	check("row key only: the tile that no longer fits", row, 256)

	signed := m.copy()
	edit(300)(signed)
	signed.again()
	check("signed anew, nothing remembered", signed, -1)
	check("signed anew, the head of 573 remembered", signed, 0, heads[total])
	check("signed anew, more heads narrow it", signed, 300, heads[50], heads[300], heads[400], heads[total])
	check("signed anew, a head from before the edit alone", signed, -1, heads[300])

	shorter := m.copy()
	shorter.rows = slices.Delete(shorter.rows, 320, 321)
	shorter.again()
	check("a row taken out and all signed anew", shorter, -1)
	check("a row taken out, head remembered", shorter, 300, heads[300], heads[400])
	check("a row taken out, the last head remembered", shorter, total-1, heads[total])

	if len(heads) != 4 {
		t.Fatal("heads")
	}
}

// A key that is not the ledger's makes every row wrong; the report stays short.
func TestVerifyWithAnotherKey(t *testing.T) {
	m, _ := honest(t)
	other := ledger.NewKeeper(secret(8), secret(2), newEd(3), origin)
	r, err := ledger.Verify(t.Context(), m, other)
	if first, _ := r.First(); err != nil || first.Index != 0 || len(r.Problems) > 64 || !r.More {
		t.Errorf("%d problems, more %v, %v", len(r.Problems), r.More, err)
	}
}

// failing is a store that cannot be read from some call on.
type failing struct {
	*memory
	left int
}

var errDisk = errors.New("disk")

func (f *failing) ok() bool { f.left--; return f.left >= 0 }
func (f *failing) Entries(ctx context.Context, from uint64, limit int) ([]identity.EntryRow, error) {
	if !f.ok() {
		return nil, errDisk
	}
	return f.memory.Entries(ctx, from, limit)
}
func (f *failing) Head(ctx context.Context) ([]byte, error) {
	if !f.ok() {
		return nil, errDisk
	}
	return f.memory.Head(ctx)
}
func (f *failing) Tile(ctx context.Context, level uint8, index uint64) ([32]byte, bool, error) {
	if !f.ok() {
		return [32]byte{}, false, errDisk
	}
	return f.memory.Tile(ctx, level, index)
}
func (f *failing) Tiles(ctx context.Context, level uint8, from uint64, limit int) ([]ledger.Tile, error) {
	if !f.ok() {
		return nil, errDisk
	}
	return f.memory.Tiles(ctx, level, from, limit)
}

// A store that cannot be read is an error, never a clean report.
func TestVerifyAndRebuildWithAFailingStore(t *testing.T) {
	m, _ := honest(t)
	m.blank(1) // so that the search for one element reads too
	for n := 0; ; n++ {
		_, err := ledger.Verify(t.Context(), &failing{m, n}, m.keeper)
		if err == nil {
			if n < 10 {
				t.Errorf("only %d reads could fail", n)
			}
			break
		}
		if !errors.Is(err, errDisk) {
			t.Fatalf("read %d: %v", n, err)
		}
	}
	for n := 0; ; n++ {
		_, err := m.keeper.Resume(t.Context(), &failing{m, n})
		if err == nil {
			break
		}
		if !errors.Is(err, errDisk) {
			t.Fatalf("read %d: %v", n, err)
		}
	}
}

func TestReportAsJSON(t *testing.T) {
	m := newMemory()
	m.filler(2)
	m.rows[1].Day++
	m.head = nil
	r, err := ledger.Verify(t.Context(), m, m.keeper)
	if err != nil || len(r.Problems) != 2 || r.Problems[0].Index != 1 || r.Problems[1].Index != -1 {
		t.Fatalf("%+v, %v", r, err)
	}
	b, err := json.Marshal(r)
	want := fmt.Sprintf(`{"size":2,"root":"%x","problems":[{"index":1,"what":%q},{"index":-1,"what":%q}],"more":false}`, r.Root, r.Problems[0].What, r.Problems[1].What)
	if err != nil || string(b) != want {
		t.Errorf("%s, %v, want %s", b, err, want)
	}
}

func BenchmarkVerify(b *testing.B) {
	m := newMemory()
	m.filler(10_000)
	for b.Loop() {
		r, err := ledger.Verify(b.Context(), m, m.keeper)
		if err != nil || !r.OK() {
			b.Fatal(r, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/row")
}
