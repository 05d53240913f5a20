package ledger

import (
	"context"
	"sync"
)

// turns lets one record per person run at a time in this process. Without it
// 64 tabs of one person would mostly beat each other to the chain's head and
// give up; with it only other nodes can move the head in between.
type turns struct {
	mu      sync.Mutex // guards waiting and every turn's users
	waiting map[string]*turn
}

type turn struct {
	free  chan struct{} // holds one token while nobody has the turn
	users int
}

// take waits for the turn of key and returns what gives it back.
func (t *turns) take(ctx context.Context, key string) (leave func(), err error) {
	t.mu.Lock()
	one := t.waiting[key]
	if one == nil {
		one = &turn{free: make(chan struct{}, 1)}
		one.free <- struct{}{}
		t.waiting[key] = one
	}
	one.users++
	t.mu.Unlock()
	select {
	case <-one.free:
		return func() { one.free <- struct{}{}; t.drop(key, one) }, nil
	case <-ctx.Done():
		t.drop(key, one)
		return nil, ctx.Err()
	}
}

// drop forgets a turn that nobody waits for, so memory follows the people who
// are writing, not those who ever wrote.
func (t *turns) drop(key string, one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(t.waiting, key)
	}
}
