package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"netid/internal/store"
)

var errInjected = errors.New("injected: the disk failed")

// injector is a database that fails on purpose, below the store and above the driver.
type injector struct {
	store.Database
	mu      sync.Mutex // guards what follows
	failAt  int        // fail the n-th write from now on, once; 0: none
	writes  int
	commits int
	poison  []byte        // fail every write that carries it
	commit  commitFault   // what the next COMMIT does
	dead    bool          // fail every Begin
	hold    chan struct{} // Begin waits until it is closed
	entered chan struct{} // gets one for each Begin that waits
}

type commitFault int

const (
	works    commitFault = iota
	lost                 // answers an error and commits nothing
	kept                 // commits and answers an error
	lostThen             // lost, and the database is dead from then on
	keptThen             // kept, and the database is dead from then on
)

func (i *injector) Begin(ctx context.Context) (store.Tx, error) {
	i.mu.Lock()
	hold, dead := i.hold, i.dead
	i.mu.Unlock()
	if hold != nil {
		i.entered <- struct{}{}
		<-hold
	}
	if dead {
		return nil, errInjected
	}
	tx, err := i.Database.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return failing{tx, i}, nil
}

func (i *injector) set(change func(*injector)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change(i)
}

// due counts a write and reports whether it is to fail.
func (i *injector) due(args []any) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.writes++
	for _, a := range args {
		if b, is := a.([]byte); is && i.poison != nil && bytes.Equal(b, i.poison) {
			return true
		}
	}
	if i.failAt == 0 || i.writes < i.failAt {
		return false
	}
	i.failAt = 0
	return true
}

// stepwise reports whether each statement is to be waited for: a count of
// writes then means the same to every database.
func (i *injector) stepwise() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.failAt > 0
}

type failing struct {
	store.Tx
	by *injector
}

func (f failing) Exec(query string, args ...any) (int64, error) {
	if f.by.due(args) {
		return 0, errInjected
	}
	return f.Tx.Exec(query, args...)
}

func (f failing) Query(query string, each func(store.Row) error, args ...any) error {
	if f.by.due(nil) { // a statement like any other, as far as failing goes
		return errInjected
	}
	return f.Tx.Query(query, each, args...)
}

// Defer waits for each statement, so that the one that is to fail does, and those before it ran.
func (f failing) Defer(query string, rows func(n int64), args ...any) error {
	if f.by.due(args) {
		return errInjected
	}
	if err := f.Tx.Defer(query, rows, args...); err != nil || !f.by.stepwise() {
		return err
	}
	return f.Tx.Flush()
}

func (f failing) Commit() error {
	if f.by.due(nil) {
		return errInjected
	}
	f.by.mu.Lock()
	how := f.by.commit
	f.by.commit = works
	f.by.dead = how == lostThen || how == keptThen
	f.by.commits++
	f.by.mu.Unlock()
	if how == lost || how == lostThen {
		return errInjected
	}
	if err := f.Tx.Commit(); err != nil || how == works {
		return err
	}
	return errInjected
}
