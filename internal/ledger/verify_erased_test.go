package ledger_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"

	"netid/internal/identity"
	"netid/internal/ledger"
)

// Bodies may be absent only as tombstones say, even to somebody who holds
// every key but may not change leaves.
func TestVerifyErased(t *testing.T) {
	blank := func(rows ...int) func(*testing.T, *memory) {
		return func(_ *testing.T, m *memory) {
			for _, i := range rows {
				m.blank(i)
			}
		}
	}
	set := func(row int, change func(*identity.ErasedSet)) func(*testing.T, *memory) {
		return func(t *testing.T, m *memory) { rewriteSet(t, &m.rows[row], change); m.again() }
	}
	caught(t, map[string]tamper{
		"one body dropped early":            {do: blank(1), first: 1},
		"one body dropped between":          {do: blank(400), first: 400},
		"one body dropped after the last":   {do: blank(565), first: 565},
		"two bodies dropped after the last": {do: blank(565, 567), first: 565},
		"two bodies dropped first":          {do: blank(1, 2), first: 1},
		"two bodies dropped, later":         {do: blank(310, 311), first: erasedRow},
		"a public body dropped":             {do: blank(publicRow), first: publicRow},
		"a tombstone's body dropped":        {do: blank(tombstone), first: erasedRow},
		"a body put back": {do: func(_ *testing.T, m *memory) {
			r := &m.rows[erasedRow]
			r.State, r.Owner, r.Body = identity.EntrySealed, make([]byte, 32), make([]byte, 1052)
			r.MAC = m.keeper.MAC(*r)
		}, first: erasedRow},
		"one sum for another": {do: func(_ *testing.T, m *memory) {
			r := &m.rows[erasedRow]
			r.State, r.Owner, r.Body = identity.EntrySealed, make([]byte, 32), make([]byte, 1052)
			r.MAC = m.keeper.MAC(*r)
			m.blank(310)
		}, first: tombstone},
		"an erased row with an owner": {do: func(_ *testing.T, m *memory) {
			m.rows[erasedRow].Owner = []byte{1}
			m.rows[erasedRow].MAC = m.keeper.MAC(m.rows[erasedRow])
		}, first: erasedRow},
		"a sealed row without a body": {do: func(_ *testing.T, m *memory) {
			m.rows[400].Body = nil
			m.rows[400].MAC = m.keeper.MAC(m.rows[400])
		}, first: 400},
		"a sealed row without an owner": {do: func(_ *testing.T, m *memory) {
			m.rows[400].Owner = nil
			m.rows[400].MAC = m.keeper.MAC(m.rows[400])
		}, first: 400},
		"a public row with an owner": {do: func(_ *testing.T, m *memory) {
			m.rows[publicRow].Owner = []byte{1}
			m.rows[publicRow].MAC = m.keeper.MAC(m.rows[publicRow])
		}, first: publicRow},
		"a public row on another day": {do: func(_ *testing.T, m *memory) {
			m.rows[publicRow].Day++
			m.rows[publicRow].MAC = m.keeper.MAC(m.rows[publicRow])
		}, first: publicRow},
		"an unknown state": {do: func(_ *testing.T, m *memory) {
			m.rows[400].State = 7
			m.rows[400].MAC = m.keeper.MAC(m.rows[400])
		}, first: 400},
		"a short id": {do: func(_ *testing.T, m *memory) {
			m.rows[400].ID = m.rows[400].ID[:15]
			m.rows[400].MAC = m.keeper.MAC(m.rows[400])
		}, first: 400},
		"a tombstone with a wrong sum":   {do: set(tombstone2, func(s *identity.ErasedSet) { s.Sum[5] ^= 1 }), first: erasedRow},
		"a tombstone with a short sum":   {do: set(tombstone2, func(s *identity.ErasedSet) { s.Sum = s.Sum[:31] }), first: tombstone2},
		"a tombstone that says too much": {do: set(tombstone, func(s *identity.ErasedSet) { s.Count += 2 }), first: tombstone},
		"a tombstone that overflows":     {do: set(tombstone, func(s *identity.ErasedSet) { s.Count = 1<<64 - 1 }), first: tombstone},
		"a tombstone of nothing":         {do: set(tombstone, func(s *identity.ErasedSet) { *s = ledger.EmptySet() }), first: erasedRow},
	})
}

func TestVerifyTombstonesOfNobody(t *testing.T) {
	m := newMemory()
	m.filler(5)
	set := m.keeper.Set([][32]byte{m.rows[2].Leaf})
	if _, err := ledger.NewBook(m, kept{}, noon).RecordPublic(t.Context(), identity.Event{Kind: identity.Erased, Set: &set}); err != nil {
		t.Fatal(err)
	}
	r, err := ledger.Verify(t.Context(), m, m.keeper)
	if first, _ := r.First(); err != nil || first.Index != 2 {
		t.Errorf("a tombstone whose body stayed: %+v, %v", r, err)
	}
	m.blank(2)
	if r, err := ledger.Verify(t.Context(), m, m.keeper); err != nil || !r.OK() {
		t.Errorf("control: %+v, %v", r, err)
	}
	none := ledger.EmptySet()
	if _, err := ledger.NewBook(m, kept{}, noon).RecordPublic(t.Context(), identity.Event{Kind: identity.Erased, Set: &none}); err != nil {
		t.Fatal(err)
	}
	if r, err := ledger.Verify(t.Context(), m, m.keeper); err != nil || !r.OK() {
		t.Errorf("somebody with no events was erased: %+v, %v", r, err)
	}
	if _, err := ledger.NewBook(m, kept{}, noon).RecordPublic(t.Context(), identity.Event{Kind: identity.Erased}); err != nil {
		t.Fatal(err)
	}
	r, err = ledger.Verify(t.Context(), m, m.keeper)
	if first, _ := r.First(); err != nil || first.Index != 7 {
		t.Errorf("a tombstone without a set: %+v, %v", r, err)
	}
}

// rewriteSet writes a tombstone anew with another set, leaf and all.
func rewriteSet(t *testing.T, r *identity.EntryRow, change func(*identity.ErasedSet)) {
	e, _, err := ledger.OpenEntry(identity.Keys{}, *r)
	if err != nil {
		t.Fatal(err)
	}
	e.Set.Sum = bytes.Clone(e.Set.Sum)
	change(e.Set)
	canonical, _ := ledger.Canonical(e)
	salt := make([]byte, 32)
	r.Leaf = ledger.Leaf(salt, canonical)
	r.Body, _ = json.Marshal(map[string]string{"salt": base64.RawURLEncoding.EncodeToString(salt), "event": string(canonical)})
}
