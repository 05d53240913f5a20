package publish

import (
	"context"
	"sync"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// A block is handed out for an hour and no longer, so that a list's end is known
// with its block: by then the last certificate from it is over.
const (
	blockLife = time.Hour
	certified = 7 // months: a certificate's six, and the days by which months differ
)

// Counter takes numbers for good.
type Counter interface {
	PlacesTaken(ctx context.Context) (next uint64, lives bool, err error)
	Jot(ctx context.Context, notes ...identity.Note) error
}

// Shuffle gives the place of the n-th of a list, the same for all time.
type Shuffle func(shard uint32, n uint64) (index uint64, err error)

// Places hands out places one by one. What a process took and did not hand
// out is lost with it, which costs nobody anything.
type Places struct {
	Counter Counter
	Shuffle Shuffle
	Now     func() time.Time

	mu       sync.Mutex // guards all below
	next, to uint64
	until    time.Time
}

// Next is a place that nobody has and nobody else gets, on no node, and after no cut.
func (p *Places) Next(ctx context.Context) (identity.Place, error) {
	const op = "publish.Next"
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.Now(); p.next == p.to || !now.Before(p.until) {
		if err := p.take(ctx, now); err != nil {
			return 0, fault.At(op, err)
		}
	}
	n := p.next
	p.next++
	shard := uint32(n / identity.ShardSize)
	index, err := p.Shuffle(shard, n%identity.ShardSize)
	return identity.PlaceIn(shard, index), fault.At(op, err)
}

// take begins a list where the last is full or its certificates are all over.
func (p *Places) take(ctx context.Context, now time.Time) error {
	for again := 0; ; again++ {
		from, lives, err := p.Counter.PlacesTaken(ctx)
		if err != nil {
			return err
		}
		first := from
		if rest := first % identity.ShardSize; rest != 0 && !lives {
			first += identity.ShardSize - rest
		}
		t := identity.TakePlaces{From: from, To: first + identity.PlacesTaken, Until: now.AddDate(0, certified, 0).Truncate(24 * time.Hour)}
		err = p.Counter.Jot(ctx, t)
		if err == nil {
			p.next, p.to, p.until = first, t.To, now.Add(blockLife)
			return nil
		}
		if !fault.Because(err, "places_moved") || again == 100 { // another node was quicker
			return err
		}
	}
}
