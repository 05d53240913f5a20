package store

import (
	"context"

	"netid/internal/identity"
)

// EntryID is what the store knows of an event's id.
func (s *Store) EntryID(id identity.EventID) []byte { return s.keeper.EntryID(id) }

// Chain gives the head of a person's own numbering: 0, nil, nil when there is none.
func (s *Store) Chain(ctx context.Context, index []byte) (seq uint64, head []byte, err error) {
	err = s.read(ctx, "store.Chain", "SELECT seq, head FROM person_chain WHERE idx = ?", func(r Row) error {
		var n int64
		err := r.Scan(&n, &head)
		seq = uint64(n)
		return err
	}, index)
	return seq, head, err
}

func (g *group) moveChain(c identity.ChainStep) error {
	if c.FromSeq > 0 {
		return g.must("chain_moved", "UPDATE person_chain SET seq = ?, head = ? WHERE idx = ? AND seq = ? AND head = ?",
			int64(c.ToSeq), c.ToHead, c.Index, int64(c.FromSeq), c.FromHead)
	}
	return g.must("chain_moved", "INSERT INTO person_chain (idx, seq, head) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		c.Index, int64(c.ToSeq), c.ToHead)
}
