package store

import (
	"context"
	"sync/atomic"

	"netid/internal/fault"
	"netid/internal/identity"
)

// groupLimit bounds how many changes share one durable commit, and how many
// callers wait in the queue before the next one waits to enter it.
const groupLimit = 256

// request is one caller's work on its way to the writer.
type request struct {
	apply func(*group) error          // inside the group's transaction
	alone func(context.Context) error // outside any transaction (settle); apply is nil then
	entry *identity.Entry             // nil: notes, no event

	state  atomic.Int32
	answer chan error // holds one
	err    error      // the writer's verdict before the commit
}

const (
	waiting   int32 = iota
	taken           // the writer has it: from here the answer is the truth
	withdrawn       // its caller left in time
)

// submit hands r to the writer and waits. A context that ends before the
// writer takes r withdraws it, and nothing of it happens; after that the wait goes on
// until the truth is known.
func (s *Store) submit(ctx context.Context, op string, r *request) error {
	r.answer = make(chan error, 1)
	if err := s.enqueue(ctx, op, r); err != nil {
		return err
	}
	select {
	case err := <-r.answer:
		return err
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, withdrawn) {
			return cancelled(op, ctx)
		}
		return <-r.answer
	}
}

func (s *Store) enqueue(ctx context.Context, op string, r *request) error {
	if s.db.ReadOnly() {
		return fault.New(op, fault.Unavailable, "store_read_only")
	}
	if ctx.Err() != nil {
		return cancelled(op, ctx)
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return fault.New(op, fault.Unavailable, "store_closed")
	}
	select {
	case s.queue <- r:
		return nil
	case <-ctx.Done():
		return cancelled(op, ctx)
	}
}

func cancelled(op string, ctx context.Context) error {
	return fault.Wrap(op, fault.Unavailable, "cancelled", context.Cause(ctx))
}
