package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"netid/internal/act/publish"
	"netid/internal/identity"
	"netid/internal/store"
)

// inOrder hands out numbers while people are made, who are alone in a heap that
// is asked for nothing: as many are taken as people are kept, and taken says so once the store is made.
type inOrder struct {
	next    atomic.Uint64
	shuffle publish.Shuffle
}

func (h *house) inOrder(kept int) *inOrder {
	p := &inOrder{shuffle: h.placing().Shuffle}
	p.next.Store(identity.ShardSize + uint64(kept))
	return p
}

func (p *inOrder) Next(context.Context) (identity.Place, error) {
	n := p.next.Add(1) - 1
	shard := uint32(n / identity.ShardSize)
	index, err := p.shuffle(shard, n%identity.ShardSize)
	return identity.PlaceIn(shard, index), err
}

// taken puts down which numbers the people have, so that nobody else gets one. Cut, it
// is done again.
func (c *populateCmd) taken(ctx context.Context) error {
	ring, err := found(c.Data)
	if err != nil {
		return err
	}
	db, err := site{data: c.Data}.open(ctx)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	rows, err := store.Open(ctx, db, keeperOf(ring), time.Now)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer rows.Close()
	next, _, err := rows.PlacesTaken(ctx)
	if err != nil {
		return err
	}
	const block = identity.PlacesTaken
	end := (identity.ShardSize + uint64(c.People) + block - 1) / block * block
	for next < end {
		to := next + block // the first block of a list opens it
		if next%identity.ShardSize != 0 {
			to = min(end, (next/identity.ShardSize+1)*identity.ShardSize)
		}
		if err := rows.Jot(ctx, identity.TakePlaces{From: next, To: to, Until: time.Now().AddDate(0, 7, 0)}); err != nil {
			return err
		}
		next = to
	}
	return nil
}
