package store

import (
	"context"

	"netid/internal/fault"
)

// Reseal signs the newest head anew, over the same tree, when a key that lives
// has not signed it. A key that came since the last entry would otherwise sign
// nothing before the next one, and who has its verifier key alone could check
// nothing. The entries do not change, nor does what the head says of them but the time.
func (s *Store) Reseal(ctx context.Context) error {
	const op = "store.Reseal"
	note, err := s.Head(ctx)
	if fault.Is(err, fault.NotFound) || err == nil && s.keeper.Complete(note) {
		return nil
	}
	if err != nil {
		return fault.At(op, err)
	}
	return s.submit(ctx, op, &request{apply: func(g *group) error {
		g.grown = g.tree.Size() > 0
		return nil
	}})
}
