package store

import (
	"context"
	"runtime"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// writer is the one goroutine that writes. It takes what waits, and no more
// than that: under load groups grow by themselves, without a timer.
type writer struct {
	store *Store
	tree  ledger.Tree // of what is committed; it advances only after COMMIT succeeded
}

func (w *writer) run() {
	defer close(w.store.stopped)
	for r := range w.store.queue {
		w.serve(w.gather(r))
		// Upkeep that fails is due again later; no caller's answer depends on it,
		// and what made it fail shows in the next commit or Settle.
		_ = w.store.db.Tidy(context.Background())
	}
}

// gather takes first and what waits behind it.
func (w *writer) gather(first *request) []*request {
	runtime.Gosched() // callers that the last group answered hand in their next change
	group := take(nil, first)
	for len(group) < groupLimit {
		select {
		case r, open := <-w.store.queue:
			if !open {
				return group
			}
			group = take(group, r)
		default:
			return group
		}
	}
	return group
}

func take(group []*request, r *request) []*request {
	if r.state.CompareAndSwap(waiting, taken) {
		return append(group, r)
	}
	return group
}

// serve answers every request once. Changes share a transaction; work that
// must be outside of one runs between them.
func (w *writer) serve(requests []*request) {
	var changes []*request
	for _, r := range requests {
		if r.apply != nil {
			changes = append(changes, r)
			continue
		}
		w.commit(changes)
		changes = nil
		r.answer <- r.alone(context.Background())
	}
	w.commit(changes)
}

// commit makes the changes durable in one transaction. When the database (not
// a guard) fails, nothing of the group is there, and each change gets a
// transaction of its own, so that one bad change spoils no other.
func (w *writer) commit(changes []*request) {
	if len(changes) == 0 {
		return
	}
	err := w.attempt(changes)
	if err == nil {
		return
	}
	if len(changes) == 1 {
		changes[0].answer <- err
		return
	}
	for _, r := range changes {
		w.commit([]*request{r})
	}
}

// attempt answers all changes and returns nil, or leaves nothing behind,
// answers nobody and returns why.
func (w *writer) attempt(changes []*request) error {
	g, err := w.begin()
	if err != nil {
		return err
	}
	for _, r := range changes {
		r.err = g.try(r.apply)
		if g.broken != nil {
			g.tx.Rollback()
			return r.err
		}
	}
	if err := g.seal(); err != nil {
		g.tx.Rollback()
		return err
	}
	if err := g.tx.Commit(); err != nil {
		g.tx.Rollback()
		w.store.parties.forget()
		return w.resolve(changes, err)
	}
	w.store.commits.Add(1)
	if g.parties {
		w.store.parties.forget()
	}
	w.tree = g.tree
	for _, r := range changes {
		r.answer <- r.err
	}
	return nil
}

// begin opens a group on the committed tree. If another process moved the
// ledger meanwhile, the tree follows it: positions are never given twice.
func (w *writer) begin() (*group, error) {
	tx, err := w.store.db.Begin(context.Background())
	if err != nil {
		return nil, unavailable("store.Commit", err)
	}
	g := &group{store: w.store, tx: tx}
	err = w.store.agrees(tx.Began())
	var size uint64
	var floor identity.Floor
	if err == nil {
		size, floor, err = g.begun()
	}
	if err == nil && size != w.tree.Size() {
		err = w.follow(context.Background())
	}
	if err != nil {
		tx.Rollback()
		return nil, fault.At("store.Commit", err)
	}
	g.tree, g.floor = w.tree, floor
	return g, nil
}
