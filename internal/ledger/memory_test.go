package ledger_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

// ed signs heads in tests.
type ed struct{ private ed25519.PrivateKey }

func newEd(seed byte) ed {
	return ed{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))}
}
func (e ed) KeyID() string                   { return "test" }
func (e ed) Alg() string                     { return "EdDSA" }
func (e ed) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(e.private, msg), nil }
func (e ed) PublicJWK() []byte {
	x := base64.RawURLEncoding.EncodeToString(e.private.Public().(ed25519.PublicKey))
	b, _ := json.Marshal(map[string]string{"kty": "OKP", "crv": "Ed25519", "x": x})
	return b
}

const origin = "id.example/ledger"

func secret(b byte) identity.Secret {
	return identity.NewSecret(identity.ES256, [32]byte(bytes.Repeat([]byte{b}, 32)))
}

func newKeeper() *ledger.Keeper { return ledger.NewKeeper(secret(1), secret(2), newEd(3), origin) }

func noon() time.Time { return time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC) }

// memory is a ledger in memory: a store that commits and Rows that can be
// tampered with.
type memory struct {
	mu      sync.Mutex
	keeper  *ledger.Keeper
	rows    []identity.EntryRow
	tree    ledger.Tree
	tiles   map[uint8]map[uint64][32]byte
	head    []byte
	chains  map[string]identity.ChainStep
	moves   int   // so many commits fail as if another node had moved the chain
	fails   error // every commit fails with it
	commits int
}

func newMemory() *memory {
	return &memory{keeper: newKeeper(), tiles: map[uint8]map[uint64][32]byte{}, chains: map[string]identity.ChainStep{}}
}

func (m *memory) Chain(_ context.Context, index []byte) (uint64, []byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.chains[string(index)]
	return c.ToSeq, c.ToHead, nil
}

func (m *memory) Commit(_ context.Context, c identity.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.commits++
	if m.fails != nil {
		return m.fails
	}
	e := c.Entry
	for _, r := range m.rows {
		if r.Day == e.Day && bytes.Equal(r.ID, e.ID) {
			return fault.New("memory", fault.Conflict, "already_recorded")
		}
	}
	if m.moves > 0 {
		m.moves--
		return fault.New("memory", fault.Conflict, "chain_moved")
	}
	if e.Chain != nil {
		if c := m.chains[string(e.Chain.Index)]; c.ToSeq != e.Chain.FromSeq || !bytes.Equal(c.ToHead, e.Chain.FromHead) {
			return fault.New("memory", fault.Conflict, "chain_moved")
		}
		m.chains[string(e.Chain.Index)] = *e.Chain
	}
	for _, v := range c.Verbs {
		if gone, ok := v.(identity.ErasePerson); ok {
			m.drop(gone.EventOwner)
		}
	}
	row := identity.EntryRow{EntryKey: e.EntryKey, Bucket: e.Bucket, Owner: e.Owner, Leaf: e.Leaf, Body: e.Body, State: identity.EntrySealed}
	if e.Public {
		row.State = identity.EntryPublic
	}
	m.append(row)
	return nil
}

// append places a row, extends the tree and signs it.
func (m *memory) append(r identity.EntryRow) {
	r.Index = uint64(len(m.rows))
	r.MAC = m.keeper.MAC(r)
	m.rows = append(m.rows, r)
	m.grow(r.Leaf)
	m.sign()
}

func (m *memory) grow(leaf [32]byte) {
	tree, tiles := m.tree.Append(leaf)
	m.tree = tree
	for _, t := range tiles {
		if m.tiles[t.Level] == nil {
			m.tiles[t.Level] = map[uint64][32]byte{}
		}
		m.tiles[t.Level][t.Index] = t.Hash
	}
}

func (m *memory) sign() {
	head, err := m.keeper.Head(m.tree, noon())
	if err != nil {
		panic(err)
	}
	m.head = head
}

func (m *memory) drop(owner []byte) {
	for i, r := range m.rows {
		if len(owner) > 0 && bytes.Equal(r.Owner, owner) {
			m.blank(i)
		}
	}
}

// blank erases a row as a store does.
func (m *memory) blank(i int) {
	r := &m.rows[i]
	r.Owner, r.Body, r.State = nil, nil, identity.EntryErased
	r.MAC = m.keeper.MAC(*r)
}

// again writes tree, tiles and head anew over the rows as they are now.
func (m *memory) again() {
	m.tree, m.tiles = ledger.Tree{}, map[uint8]map[uint64][32]byte{}
	for i := range m.rows {
		m.rows[i].Index = uint64(i)
		m.rows[i].MAC = m.keeper.MAC(m.rows[i])
		m.grow(m.rows[i].Leaf)
	}
	m.sign()
}

func (m *memory) copy() *memory {
	c := newMemory()
	c.keeper, c.tree, c.head = m.keeper, m.tree, bytes.Clone(m.head)
	for _, r := range m.rows {
		r.ID, r.Owner, r.Body, r.MAC = bytes.Clone(r.ID), bytes.Clone(r.Owner), bytes.Clone(r.Body), bytes.Clone(r.MAC)
		c.rows = append(c.rows, r)
	}
	for level, tiles := range m.tiles {
		c.tiles[level] = map[uint64][32]byte{}
		for i, h := range tiles {
			c.tiles[level][i] = h
		}
	}
	return c
}

func (m *memory) Entries(_ context.Context, from uint64, limit int) ([]identity.EntryRow, error) {
	at, _ := slices.BinarySearchFunc(m.rows, from, func(r identity.EntryRow, n uint64) int {
		switch {
		case r.Index < n:
			return -1
		case r.Index > n:
			return 1
		}
		return 0
	})
	return m.rows[at:min(at+limit, len(m.rows))], nil
}

func (m *memory) Head(context.Context) ([]byte, error) { return m.head, nil }

func (m *memory) Tile(_ context.Context, level uint8, index uint64) ([32]byte, bool, error) {
	h, ok := m.tiles[level][index]
	return h, ok, nil
}

func (m *memory) Tiles(_ context.Context, level uint8, from uint64, limit int) ([]ledger.Tile, error) {
	var tiles []ledger.Tile
	for i, h := range m.tiles[level] {
		if i >= from {
			tiles = append(tiles, ledger.Tile{Level: level, Index: i, Hash: h})
		}
	}
	slices.SortFunc(tiles, func(x, y ledger.Tile) int { return int(x.Index) - int(y.Index) })
	return tiles[:min(limit, len(tiles))], nil
}

func (m *memory) EntryKey(id identity.EventID) identity.EntryKey { return m.keeper.EntryKey(id) }

func person(seed byte) identity.Opened {
	o := identity.Opened{Standing: identity.Active, Epoch: 1}
	o.ID = identity.PersonID(bytes.Repeat([]byte{seed}, 16))
	o.Keys = identity.Keys{Identity: secret(seed), Subject: secret(seed + 1), Record: secret(seed + 2)}
	return o
}

func record(t testing.TB, m *memory, who identity.Opened, kind identity.EventKind) identity.Event {
	t.Helper()
	e, err := ledger.NewBook(m, kept{}, noon).Record(t.Context(), who, identity.Event{Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// erase drops what belongs to a person under a tombstone.
func erase(t testing.TB, m *memory, who identity.Opened) {
	t.Helper()
	owner := ledger.Owner(who.Keys)
	var leaves [][32]byte
	for _, r := range m.rows {
		if bytes.Equal(r.Owner, owner) {
			leaves = append(leaves, r.Leaf)
		}
	}
	set := m.keeper.Set(leaves)
	_, err := ledger.NewBook(m, kept{}, noon).RecordPublic(t.Context(), identity.Event{Kind: identity.Erased, Set: &set}, identity.ErasePerson{EventOwner: owner})
	if err != nil {
		t.Fatal(err)
	}
}

// filler appends sealed rows quickly, for trees of some size.
func (m *memory) filler(n int) {
	body := bytes.Repeat([]byte{7}, 1024+28)
	for range n {
		r := identity.EntryRow{EntryKey: identity.EntryKey{ID: suite.Random(16)}, Owner: suite.Random(32), Leaf: [32]byte(suite.Random(32)), Body: body, State: identity.EntrySealed}
		r.Index = uint64(len(m.rows))
		r.MAC = m.keeper.MAC(r)
		m.rows = append(m.rows, r)
		m.grow(r.Leaf)
	}
	m.sign()
}
