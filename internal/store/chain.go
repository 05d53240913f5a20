package store

import (
	"context"

	"netid/internal/identity"
)

// EntryKey is where the store keeps an event.
func (s *Store) EntryKey(id identity.EventID) identity.EntryKey { return s.keeper.EntryKey(id) }

// Chain gives the head of a person's own numbering: 0, nil, nil when there is none.
func (s *Store) Chain(ctx context.Context, index []byte) (seq uint64, head []byte, err error) {
	err = s.read(ctx, "store.Chain", "SELECT seq, head, code FROM person_chain WHERE idx = ?", func(r Row) error {
		var n int64
		var code []byte
		if err := r.Scan(&n, &head, &code); err != nil {
			return err
		}
		seq = uint64(n)
		return s.vouched(code, "person_chain", index, n, head)
	}, index)
	if err != nil {
		return 0, nil, err
	}
	return seq, head, nil
}

func (g *group) moveChain(c identity.ChainStep) error {
	to := g.store.code("person_chain", c.Index, int64(c.ToSeq), c.ToHead)
	if c.FromSeq > 0 {
		return g.must("chain_moved", "UPDATE person_chain SET seq = ?, head = ?, code = ? WHERE idx = ? AND seq = ? AND head = ? AND code = ?",
			int64(c.ToSeq), c.ToHead, to, c.Index, int64(c.FromSeq), c.FromHead, g.store.code("person_chain", c.Index, int64(c.FromSeq), c.FromHead))
	}
	return g.must("chain_moved", "INSERT INTO person_chain (idx, seq, head, code) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		c.Index, int64(c.ToSeq), c.ToHead, to)
}
