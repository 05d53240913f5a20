package ledger_test

import (
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// Whatever others added, a writer that follows stands where one that starts
// anew stands.
func TestFollow(t *testing.T) {
	m := newMemory()
	at := ledger.Tree{}
	for _, more := range []int{0, 1, 0, 1, 2, 5, 250, 3, 600, 2500, 1} {
		for range more {
			m.append(identity.EntryRow{EntryKey: identity.EntryKey{ID: []byte{byte(len(m.rows)), byte(len(m.rows) >> 8)}}, Leaf: [32]byte{byte(len(m.rows)), byte(len(m.rows) >> 8), 9}})
		}
		want, err := m.keeper.Resume(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.keeper.Follow(t.Context(), m, at)
		if err != nil || got.Size() != want.Size() || got.Root() != want.Root() {
			t.Fatalf("%d of %d: %v", got.Size(), want.Size(), err)
		}
		at = got
	}
}

// What Resume would not build upon, Follow does not either.
func TestFollowRefuses(t *testing.T) {
	for name, spoil := range map[string]func(m *memory){
		"a leaf replaced":        func(m *memory) { m.rows[8].Leaf[0] ^= 1 },
		"an entry cut off":       func(m *memory) { m.rows = m.rows[:9] },
		"an entry after the end": func(m *memory) { m.rows = append(m.rows, identity.EntryRow{Index: 10, Leaf: [32]byte{1}}) },
		"no head":                func(m *memory) { m.head = nil },
		"another's head": func(m *memory) {
			own := m.keeper
			m.keeper = ledger.NewKeeper(secret(1), secret(2), newEd(4), origin)
			m.sign()
			m.keeper = own
		},
		"an older ledger": func(m *memory) {
			m.rows = m.rows[:4]
			m.again()
			m.rows[3].Leaf[0] ^= 1
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			var at ledger.Tree
			for n := range 10 {
				m.append(identity.EntryRow{EntryKey: identity.EntryKey{ID: []byte{byte(n)}}, Leaf: [32]byte{byte(n), 7}})
				if n == 5 {
					at = m.tree
				}
			}
			if _, err := m.keeper.Follow(t.Context(), m, at); err != nil {
				t.Fatal(err)
			}
			spoil(m)
			if _, err := m.keeper.Follow(t.Context(), m, at); !fault.Is(err, fault.Internal) {
				t.Error("followed:", err)
			}
		})
	}
}
