package store

import "context"

// countMost is how far rows are counted: who has more knows enough.
const countMost = 100_000

// Burden is what waits in a store, and what lies about in it for a while.
type Burden struct {
	Queue, QueueMost int // changes that wait for the writer of this process, and how many may
	Drafts           int // begun and not finished; up to 100,000 are counted, of these and of the next two
	Waiting, Dead    int // deliveries
}

// Burden counts rows of nobody in particular, for whoever looks after the store.
func (s *Store) Burden(ctx context.Context) (b Burden, err error) {
	b.Queue, b.QueueMost = len(s.queue), groupLimit
	for query, into := range map[string]*int{
		"SELECT count(*) FROM (SELECT 1 AS one FROM draft LIMIT ?) AS few":                 &b.Drafts,
		"SELECT count(*) FROM (SELECT 1 AS one FROM outbox WHERE dead = 0 LIMIT ?) AS few": &b.Waiting,
		"SELECT count(*) FROM (SELECT 1 AS one FROM outbox WHERE dead = 1 LIMIT ?) AS few": &b.Dead,
	} {
		var n int64
		if err := s.readOne(ctx, "store.Burden", "internal", query, []any{&n}, int64(countMost)); err != nil {
			return b, err
		}
		*into = int(n)
	}
	return b, nil
}
