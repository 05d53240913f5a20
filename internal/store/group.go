package store

import (
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// group is one transaction with several changes in it.
type group struct {
	store   *Store
	tx      Tx
	tree    ledger.Tree // with the entries of this group
	grown   bool        // the head is to be signed
	floor   identity.Floor
	turn    int64 // of the newest mark, once one of the changes marks
	parties bool  // one of the changes is about a party
	refused error // first guard of the change under way that failed, as far as that is known
	broken  error // first failure of the database itself; the transaction is lost
}

// try applies one change. A failed guard takes back what the change did and
// leaves the other changes of the group as they are.
func (g *group) try(apply func(*group) error) error {
	if err := g.run("SAVEPOINT one_change"); err != nil {
		return err
	}
	tree, grown, floor := g.tree, g.grown, g.floor
	refused := apply(g)
	if err := g.flush(); err != nil { // a guard that came before what apply says, or the database
		refused = err
	}
	g.refused = nil
	if g.broken != nil {
		return g.broken
	}
	if refused != nil {
		g.tree, g.grown, g.floor = tree, grown, floor
		if err := g.run("ROLLBACK TO SAVEPOINT one_change"); err != nil {
			return err
		}
	}
	if err := g.run("RELEASE SAVEPOINT one_change"); err != nil {
		return err
	}
	return refused
}

// later gives a statement to the transaction, which may run it with those that
// follow. What comes after a guard that fails is undone with it, so it does no harm
// that it was not waited for; the first guard that failed is the one that speaks.
func (g *group) later(rows func(n int64), query string, args ...any) error {
	if g.broken != nil {
		return g.broken
	}
	if err := g.tx.Defer(query, rows, args...); err != nil {
		g.broken = unavailable("store.Commit", err)
		return g.broken
	}
	return g.refused
}

// flush waits for what was given to the transaction, and tells the first guard that failed.
func (g *group) flush() error {
	if g.broken != nil {
		return g.broken
	}
	if err := g.tx.Flush(); err != nil {
		g.broken = unavailable("store.Commit", err)
		return g.broken
	}
	return g.refused
}

// run runs a statement of which only its failure is of interest.
func (g *group) run(query string, args ...any) error {
	return g.later(nil, query, args...)
}

// exec runs one statement, counts the rows that it changed, and remembers a
// failure of the database: after one SQLite may have left the transaction by
// itself, so nothing more may run.
func (g *group) exec(query string, args ...any) (int64, error) {
	if err := g.flush(); err != nil {
		return 0, err
	}
	n, err := g.tx.Exec(query, args...)
	if err != nil {
		g.broken = unavailable("store.Commit", err)
	}
	return n, g.broken
}

// query is exec for statements that give rows.
func (g *group) query(query string, each func(Row) error, args ...any) error {
	if err := g.flush(); err != nil {
		return err
	}
	if err := g.tx.Query(query, each, args...); err != nil {
		if a, is := altered(err); is { // the change is refused, the transaction is sound
			return refuseAltered("store.Commit", a)
		}
		g.broken = unavailable("store.Commit", err)
	}
	return g.broken
}

// must runs a statement that is its own guard: if it changes no row, the guard failed.
func (g *group) must(guard, query string, args ...any) error {
	return g.later(g.wants(guard), query, args...)
}

// holds fails with the guard unless the query gives a row.
func (g *group) holds(guard, query string, args ...any) error {
	return g.later(g.wants(guard), query, args...)
}

// finds is holds for a row that must be read to be believed: fits says whether it is
// what the guard wants, or that it was altered.
func (g *group) finds(guard, query string, fits func(Row) (bool, error), args ...any) error {
	if g.broken != nil {
		return g.broken
	}
	found := false
	err := g.tx.Look(query, func(r Row) error {
		ok, err := fits(r)
		if a, is := altered(err); is {
			if g.refused == nil {
				g.refused = refuseAltered("store.Commit", a)
			}
			return nil
		}
		found = found || ok
		return err
	}, func(int64) {
		if !found && g.refused == nil {
			g.refused = refuse(guard)
		}
	}, args...)
	if err != nil {
		g.broken = unavailable("store.Commit", err)
		return g.broken
	}
	return g.refused
}

// one reads a row that is to be changed; false: there is none.
func (g *group) one(query string, scan func(Row) error, args ...any) (found bool, err error) {
	err = g.query(query, func(r Row) error {
		found = true
		return scan(r)
	}, args...)
	return found, err
}

func (g *group) wants(guard string) func(n int64) {
	return func(n int64) {
		if n == 0 && g.refused == nil {
			g.refused = refuse(guard)
		}
	}
}

func refuse(guard string) error { return fault.New("store.Commit", fault.Conflict, guard) }
