package store

import (
	"netid/internal/fault"
	"netid/internal/ledger"
)

// group is one transaction with several changes in it.
type group struct {
	store   *Store
	tx      Tx
	tree    ledger.Tree // with the entries of this group
	grown   bool        // the head is to be signed
	parties bool        // one of the changes is about a party
	broken  error       // first failure of the database itself; the transaction is lost
}

// try applies one change. A failed guard takes back what the change did and
// leaves the other changes of the group as they are.
func (g *group) try(apply func(*group) error) error {
	if _, err := g.exec("SAVEPOINT one_change"); err != nil {
		return err
	}
	tree, grown := g.tree, g.grown
	refused := apply(g)
	if g.broken != nil {
		return g.broken
	}
	if refused != nil {
		g.tree, g.grown = tree, grown
		if _, err := g.exec("ROLLBACK TO SAVEPOINT one_change"); err != nil {
			return err
		}
	}
	if _, err := g.exec("RELEASE SAVEPOINT one_change"); err != nil {
		return err
	}
	return refused
}

// exec runs one statement and remembers a failure of the database: after one
// SQLite may have left the transaction by itself, so nothing more may run.
func (g *group) exec(query string, args ...any) (int64, error) {
	if g.broken != nil {
		return 0, g.broken
	}
	n, err := g.tx.Exec(query, args...)
	if err != nil {
		g.broken = unavailable("store.Commit", err)
	}
	return n, g.broken
}

// query is exec for statements that give rows.
func (g *group) query(query string, each func(Row) error, args ...any) error {
	if g.broken != nil {
		return g.broken
	}
	if err := g.tx.Query(query, each, args...); err != nil {
		g.broken = unavailable("store.Commit", err)
	}
	return g.broken
}

// must runs a statement that is its own guard: if it changes no row, the guard failed.
func (g *group) must(guard, query string, args ...any) error {
	n, err := g.exec(query, args...)
	if err == nil && n == 0 {
		return refuse(guard)
	}
	return err
}

// holds fails with the guard unless the query gives a row.
func (g *group) holds(guard, query string, args ...any) error {
	found := false
	err := g.query(query, func(Row) error { found = true; return nil }, args...)
	if err == nil && !found {
		return refuse(guard)
	}
	return err
}

func refuse(guard string) error { return fault.New("store.Commit", fault.Conflict, guard) }
