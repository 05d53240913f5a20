package store

import (
	"context"
	"math"

	"netid/internal/identity"
)

const feedQuery = "SELECT count, since, until, code FROM counter WHERE idx = ?"

// forever is an end that no sweep comes to: how far a feed was followed is a
// counter like others, but for that.
const forever = int64(math.MaxInt64)

// Followed is how far a feed was acted on: 0 before its first news.
func (s *Store) Followed(ctx context.Context, feed []byte) (seq uint64, err error) {
	err = s.read(ctx, "store.Followed", feedQuery, func(r Row) (err error) {
		seq, err = s.scanFeed(r, feed)
		return err
	}, feed)
	return seq, err
}

func (s *Store) scanFeed(r Row, feed []byte) (uint64, error) {
	var count, since, until int64
	var code []byte
	if err := r.Scan(&count, &since, &until, &code); err != nil {
		return 0, err
	}
	return uint64(count), s.vouched(code, "counter", feed, count, since, until)
}

// moveFeed: who has the turn has the row, as for any counter.
func (g *group) moveFeed(v identity.MoveFeed) error {
	var is uint64
	_, err := g.one(feedQuery, func(r Row) (err error) {
		is, err = g.store.scanFeed(r, v.Feed)
		return err
	}, v.Feed)
	if err != nil {
		return err
	}
	if is != v.From || v.To <= v.From {
		return refuse("feed_moved")
	}
	to := int64(v.To)
	return g.run("INSERT INTO counter (idx, count, since, until, code) VALUES (?, ?, 0, ?, ?) ON CONFLICT (idx) DO UPDATE SET count = excluded.count, since = excluded.since, until = excluded.until, code = excluded.code",
		v.Feed, to, forever, g.store.code("counter", v.Feed, to, int64(0), forever))
}
