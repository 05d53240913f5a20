package store

import (
	"context"
	"math"

	"netid/internal/identity"
)

// forever is an end that no sweep comes to: how far a feed was followed is a
// counter like others, but for that.
const forever = int64(math.MaxInt64)

// Followed is how far a feed was acted on: 0 before its first news.
func (s *Store) Followed(ctx context.Context, feed []byte) (uint64, error) {
	n, _, err := s.Counted(ctx, feed)
	return uint64(n), err
}

// moveFeed: who has the turn has the row, as for any counter.
func (g *group) moveFeed(v identity.MoveFeed) error {
	var is int64
	_, err := g.one(counterQuery, func(r Row) (err error) {
		is, _, _, err = g.store.scanCounter(r, v.Feed)
		return err
	}, v.Feed)
	if err != nil {
		return err
	}
	if uint64(is) != v.From || v.To <= v.From {
		return refuse("feed_moved")
	}
	to := int64(v.To)
	return g.setCounter(v.Feed, to, forever)
}
