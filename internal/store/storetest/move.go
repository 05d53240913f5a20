package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

// NewDatabase makes an empty database and gives what opens it, any number of times.
type NewDatabase func(t *testing.T) (open func() store.Database)

// Moves is the suite for moving a store from one database into another.
func Moves(t *testing.T, from, to NewDatabase) {
	for _, part := range []struct {
		name string
		test func(*testing.T, NewDatabase, NewDatabase)
	}{
		{"cut at every commit", moveInPieces},
		{"what changed since a cut", moveAgain},
		{"refusals", moveRefusals},
		{"a difference is found", moveDiffers},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, from, to) })
	}
}

// furnish leaves something in every table, and more than one page in one.
func furnish(t *testing.T, open func() store.Database) *Person {
	t.Helper()
	ctx := context.Background()
	s, p := enrolled(t, func(t *testing.T) *store.Store { return served(t, open()) })
	defer s.Close()
	gone := NewPerson(8)
	ok(t, s.Commit(ctx, identity.Change{Entry: gone.Entry(), Verbs: gone.Open()}))
	Tombstone(t, s, gone)
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{
		identity.KeepEscrow{Index: suite.Random(32), Period: identity.Period{Month: 24322, Class: identity.Logs}, Body: suite.Random(145)}}}))
	for range 260 { // a tile
		ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry()}))
	}
	notes := []identity.Note{delivery("slot"), delivery(""), identity.BeginRewrap{What: identity.RewrapPersons, Target: 2, Total: 1},
		identity.RevokeVerification{ID: suite.Random(16), Until: epoch}, identity.TurnRefresh{ID: suite.Random(16), Turn: 1, Until: epoch}, identity.Count{Index: suite.Random(32), Now: epoch, Window: time.Hour, Limit: 3}}
	for range 600 { // more than a page
		notes = append(notes, identity.TakeOnce{ID: suite.Random(16), Until: epoch})
	}
	ok(t, s.Jot(ctx, notes...))
	old := NewPerson(9)
	e := old.Entry()
	e.Day = 1000
	ok(t, s.Commit(ctx, identity.Change{Entry: e}))
	forget(t, s, 1001)
	return p
}

func served(t *testing.T, db store.Database) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), db, Keeper(), time.Now)
	ok(t, err)
	t.Cleanup(s.Close)
	return s
}

// both opens the two sides of a move, for as long as the test is.
func both(t *testing.T, from, to func() store.Database) *store.Move {
	t.Helper()
	m := &store.Move{From: from(), To: to()}
	t.Cleanup(func() { m.From.Close(); m.To.Close() })
	return m
}

// move does all of it; resumed: an earlier one may have marked the source.
func move(m *store.Move, resumed bool) (rows int64, err error) {
	ctx := context.Background()
	done, err := m.Claim(ctx, resumed)
	if err != nil || done {
		return 0, err
	}
	if err := m.Copy(ctx); err != nil {
		return 0, err
	}
	if rows, err = m.Compare(ctx); err != nil {
		return rows, err
	}
	if err := m.Leave(ctx); err != nil {
		return rows, err
	}
	return rows, m.Finish(ctx)
}

// cutter fails its next commit, before it or after it was done.
type cutter struct {
	store.Database
	left int // commits before that
	kept bool
}

func (c *cutter) Begin(ctx context.Context) (store.Tx, error) {
	tx, err := c.Database.Begin(ctx)
	return &cut{tx, c}, err
}

type cut struct {
	store.Tx
	by *cutter
}

func (c *cut) Commit() error {
	c.by.left--
	if c.by.left >= 0 {
		return c.Tx.Commit()
	}
	if c.by.kept {
		return errors.Join(errInjected, c.Tx.Commit())
	}
	return errInjected
}

// moveInPieces cuts each run at its first commit, every second time after it was
// done, until there is nothing left to do: meanwhile the other is no store.
func moveInPieces(t *testing.T, from, to NewDatabase) {
	ctx := context.Background()
	here, there := from(t), to(t)
	p := furnish(t, here)
	m := both(t, here, there)
	cuts := &cutter{Database: m.To}
	m.To = cuts
	runs := 1
	for ; ; runs++ {
		cuts.left, cuts.kept = 0, runs%2 == 0
		_, err := move(m, runs > 1)
		if err == nil {
			break
		}
		if !errors.Is(err, errInjected) || runs > 100 {
			t.Fatal(runs, err)
		}
		if !cuts.kept || runs == 2 || runs%10 != 0 { // a look now and then
			continue
		}
		if _, err := store.Open(ctx, there(), Keeper(), time.Now); !fault.Because(err, "store_half_copied") && !finished(t, m) {
			t.Fatalf("half copied, and served: %v", err)
		}
	}
	if runs < 2*len(movedTables()) {
		t.Errorf("%d runs: not every table was cut", runs)
	}
	s := served(t, there())
	if n := Check(t, s); n != 266 {
		t.Errorf("%d entries", n)
	}
	if row, err := s.Person(ctx, p.ID); err != nil || string(row.Profile) != string(p.Profile) {
		t.Error(err)
	}
	refused(t, s.Jot(ctx, identity.TakeOnce{ID: []byte("taken"), Until: epoch}), fault.Conflict, "already_used")
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry()})) // the numbering goes on
	Check(t, s)
	old := served(t, here())
	e, err := old.Epoch(ctx)
	other, err2 := s.Epoch(ctx)
	if err != nil || err2 != nil || !e.Copied || other.Copied || e.Number != other.Number || e.Label("code") != other.Label("code") {
		t.Errorf("%+v %+v %v %v", e, other, err, err2)
	}
}

func finished(t *testing.T, m *store.Move) bool {
	t.Helper()
	done, err := m.Claim(context.Background(), true)
	return err == nil && done
}

func movedTables() (all []string) {
	for _, c := range store.Columns() {
		if table, _, _ := strings.Cut(c, "."); len(all) == 0 || all[len(all)-1] != table {
			all = append(all, table)
		}
	}
	return all
}

// moveAgain: the old one served on after a cut, and somebody was erased, a
// letter was replaced: the next run brings the other to that.
func moveAgain(t *testing.T, from, to NewDatabase) {
	ctx := context.Background()
	here, there := from(t), to(t)
	p := furnish(t, here)
	m := both(t, here, there)
	_, err := m.Claim(ctx, false)
	ok(t, err)
	seen := map[string]int64{}
	m.Said = func(table string, rows int64) { seen[table] = rows }
	ok(t, m.Copy(ctx))
	for _, table := range movedTables() {
		if seen[table] == 0 && table != "single_use" {
			t.Errorf("nothing in %s: it would not be seen to move", table)
		}
	}
	m.From.Close()

	s := served(t, here())
	Tombstone(t, s, p)
	late := NewPerson(9)
	late.Keys.Under = 2
	ok(t, s.Commit(ctx, identity.Change{Entry: late.Entry(), Verbs: late.Open()}))
	ok(t, s.Jot(ctx, delivery("slot")))
	ok(t, s.Jot(ctx, identity.SwapDraft{From: 3, Draft: identity.DraftRow{ID: []byte("draft"), Version: 4, Expires: epoch, Body: []byte("other")}}))
	ok(t, s.Sweep(ctx, epoch.Add(time.Hour)))
	s.Close()

	m.From = here()
	rows, err := move(m, false)
	if err != nil || rows == 0 {
		t.Fatal(rows, err)
	}
	after := served(t, there())
	Check(t, after)
	_, err = after.Person(ctx, p.ID)
	refused(t, err, fault.NotFound, "person_unknown")
	if _, err := after.Person(ctx, late.ID); err != nil {
		t.Error(err)
	}
}

// moveRefusals: nothing is put over a store, or into the half of another.
func moveRefusals(t *testing.T, from, to NewDatabase) {
	ctx := context.Background()
	here, there := from(t), to(t)
	m := both(t, here, there)
	s := served(t, there())
	ok(t, s.Commit(ctx, identity.Change{Entry: Entry()}))
	s.Close()
	_, err := move(m, false)
	refused(t, err, fault.Conflict, "target_not_empty")
	s = served(t, there())
	if n := Check(t, s); n != 1 {
		t.Errorf("%d entries", n)
	}

	m = both(t, here, to(t))
	if done, err := m.Claim(ctx, false); done || err != nil {
		t.Fatal(done, err)
	}
	other := &store.Move{From: both(t, from(t), there).From, To: m.To}
	_, err = other.Claim(ctx, false)
	refused(t, err, fault.Conflict, "target_not_empty") // it is the half of another copy
	run(t, m.To, "UPDATE single_use SET copied = 0")
	ok(t, m.Copy(ctx)) // nothing in it, so nothing is written
	run(t, m.From, "INSERT INTO once (id, until, code) VALUES (?, ?, ?)", suite.Random(16), int64(1), []byte{})
	refused(t, m.Copy(ctx), fault.Conflict, "target_not_empty")
	refused(t, m.Finish(ctx), fault.Conflict, "target_not_empty")

	run(t, m.From, "UPDATE single_use SET copied = 1")
	_, err = m.Claim(ctx, false)
	refused(t, err, fault.Conflict, "source_is_a_copy")
	run(t, m.From, "UPDATE single_use SET copied = 2")
	_, err = m.Claim(ctx, true)
	refused(t, err, fault.Conflict, "source_is_a_copy")
	_, err = store.Open(ctx, here(), Keeper(), time.Now)
	refused(t, err, fault.Unavailable, "store_half_copied")
}

func run(t *testing.T, db store.Database, query string, args ...any) {
	t.Helper()
	tx, err := db.Begin(context.Background())
	ok(t, err)
	n, err := tx.Exec(query, args...)
	ok(t, err)
	ok(t, tx.Commit())
	if n == 0 {
		t.Fatal("nothing to alter:", query)
	}
}

// moveDiffers alters the copy before it is compared, and it is named.
func moveDiffers(t *testing.T, from, to NewDatabase) {
	ctx := context.Background()
	here, there := from(t), to(t)
	furnish(t, here)
	m := both(t, here, there)
	_, err := m.Claim(ctx, false)
	ok(t, err)
	for _, c := range []struct{ table, query string }{
		{"person", "UPDATE person SET standing = standing + 1"},
		{"once", "DELETE FROM once WHERE id = (SELECT id FROM once ORDER BY id DESC LIMIT 1)"},
		{"vault_index", "INSERT INTO vault_index (idx, body) SELECT id, mac FROM ledger_event WHERE seq = 3"},
		{"outbox", "UPDATE outbox SET slot = id WHERE slot IS NULL"},
		{"ledger_event", "UPDATE ledger_event SET body = leaf WHERE body IS NULL"},
		{"ledger_tile", "UPDATE ledger_tile SET idx = 7"},
		{"party", "UPDATE party SET standing = 'active' WHERE id = 'closed'"},
		{"epoch", "UPDATE single_use SET since = 5"},
	} {
		ok(t, m.Copy(ctx)) // and it puts right what the one before did
		run(t, m.To, c.query)
		if _, err := m.Compare(ctx); err == nil || !strings.Contains(err.Error(), c.table) {
			t.Errorf("%s: %v", c.query, err)
		}
	}
	run(t, m.To, "UPDATE single_use SET since = 0")
	ok(t, m.Copy(ctx))
	if _, err := m.Compare(ctx); err != nil {
		t.Error("control:", err)
	}
}
