package kit

import (
	"context"
	"errors"
	"sync"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/vault"
)

// ErrInjected is what a write gives that was chosen to fail.
var ErrInjected = errors.New("injected: the disk failed")

// Fault is how a chosen write goes wrong.
type Fault int

const (
	Fails     Fault = iota // any one write: it does nothing and answers an error, and the process goes on
	Dies                   // a durable step does nothing, and the process never writes again
	DiesAfter              // a durable step is done, its answer is lost, and the process never writes again
)

// Writes counts what a kit writes, below the store and above the shelf, and has
// the n-th go wrong. A statement is a write; a durable step is a COMMIT, or a
// secret put on the shelf or destroyed: what a kill finds done or not.
type Writes struct {
	mu    sync.Mutex // guards all below
	how   Fault
	at    int // 0: none
	dead  bool
	found bool
}

// Choose has the n-th write from now on go wrong.
func (w *Writes) Choose(how Fault, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.how, w.at, w.found = how, n, false
}

// Met reports whether there was an n-th write.
func (w *Writes) Met() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = 0
	return w.found
}

// step says whether a write is to be done, and what its caller hears.
func (w *Writes) step(durable bool) (do bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return false, ErrInjected
	}
	if w.at == 0 || w.how != Fails && !durable {
		return true, nil
	}
	if w.at--; w.at > 0 {
		return true, nil
	}
	w.found, w.dead = true, w.how != Fails
	return w.how == DiesAfter, ErrInjected
}

// through does a write as step says.
func (w *Writes) through(durable bool, do func() error) error {
	if w == nil {
		return do()
	}
	may, err := w.step(durable)
	if !may {
		return err
	}
	return errors.Join(do(), err)
}

type faultyDatabase struct {
	store.Database
	w *Writes
}

func (d faultyDatabase) Begin(ctx context.Context) (store.Tx, error) {
	var tx store.Tx
	err := d.w.through(false, func() (err error) {
		tx, err = d.Database.Begin(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return faultyTx{tx, d.w}, nil
}

type faultyTx struct {
	store.Tx
	w *Writes
}

func (t faultyTx) Defer(query string, rows func(n int64), args ...any) error {
	return t.w.through(false, func() error { return t.Tx.Defer(query, rows, args...) })
}

func (t faultyTx) Exec(query string, args ...any) (n int64, err error) {
	err = t.w.through(false, func() error {
		n, err = t.Tx.Exec(query, args...)
		return err
	})
	return n, err
}

func (t faultyTx) Query(query string, each func(store.Row) error, args ...any) error {
	return t.w.through(false, func() error { return t.Tx.Query(query, each, args...) })
}

func (t faultyTx) Look(query string, each func(store.Row) error, rows func(n int64), args ...any) error {
	return t.w.through(false, func() error { return t.Tx.Look(query, each, rows, args...) })
}

func (t faultyTx) Commit() error { return t.w.through(true, t.Tx.Commit) }

type faultyShelf struct {
	vault.Shelf
	w *Writes
}

func (s faultyShelf) Put(secret identity.Secret) (slot uint64, err error) {
	err = s.w.through(true, func() error {
		slot, err = s.Shelf.Put(secret)
		return err
	})
	return slot, away(err)
}

// away is what a shelf answers that cannot write.
func away(err error) error { return fault.Wrap("kit.Shelf", fault.Unavailable, "try_again", err) }

func (s faultyShelf) Destroy(slot uint64) error {
	return away(s.w.through(true, func() error { return s.Shelf.Destroy(slot) }))
}
