package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"netid/internal/identity"
	"netid/internal/store"
)

// Codes is the suite for rows that somebody with the database alters.
func Codes(t *testing.T, fresh NewDatabase) {
	for _, part := range []struct {
		name string
		test func(*testing.T, NewDatabase)
	}{
		{"every column of every table", everyColumn},
		{"rows of two exchanged", exchanged},
		{"reading and guards refuse", alteredRefused},
		{"marks and places", unmarked},
		{"a store of before is filled once", filledOnce},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, fresh) })
	}
}

// vouchedFor says by what each table's rows are known for what was written. A new
// table is in none of these and fails the test.
func vouchedFor(table string) string {
	return map[string]string{
		"person": "code", "certificate": "code", "party_link": "code", "person_chain": "code", "escrow": "code", "party": "code", "draft": "code", "pushed_request": "code",
		"once": "code", "counter": "code", "revoked_verification": "code", "refresh_turn": "code", "status_mark": "code", "dossier": "code", "rewrap": "code", "outbox": "code", "pending_shred": "code", "single_use": "code",
		"person_key": "seal", "vault_identity": "seal", "vault_index": "seal", // each field opens in its own row alone: see package vault
		"ledger_event": "ledger", "ledger_past": "ledger", "ledger_floor": "ledger", "ledger_tile": "ledger", "ledger_head": "ledger", // netid ledger verify
	}[table]
}

// sealedColumns are bound to their row by their seals, or stand under one again:
// when a consent ends is sealed with it, and the column is for the sweeper.
func sealedColumns() []string {
	return []string{"person.profile", "certificate.locator", "certificate.body", "party_link.consent", "party_link.until", "single_use.copied"} // the last is the mark of a copy
}

// rig is a store with something in every table, and another hand on its database.
type rig struct {
	*testing.T
	db   store.Database
	s    *store.Store
	a, b *Person
}

func rigged(t *testing.T, fresh NewDatabase) *rig {
	t.Helper()
	open := fresh(t)
	x := &rig{T: t, a: furnish(t, open), b: NewPerson(11)}
	x.s = served(t, open())
	x.db = open() // as somebody else would
	t.Cleanup(func() { x.db.Close() })
	x.b.Keys.Under = 2
	for i := range x.b.Certs {
		x.b.Certs[i].Under = 2
	}
	ok(t, x.s.Commit(context.Background(), identity.Change{Entry: x.b.Entry(), Verbs: x.b.Open()}))
	ok(t, x.s.Jot(context.Background(), delivery("other")))
	return x
}

// line is one row of a table, column by column.
type line struct {
	table   string
	columns []string
	values  []any
}

func columnsOf(table string) (all []string) {
	for _, c := range store.Columns() {
		if t, name, _ := strings.Cut(c, "."); t == table {
			all = append(all, name)
		}
	}
	return all
}

func (x *rig) lines(table string) (all []line) {
	x.Helper()
	columns := columnsOf(table)
	ok(x, x.db.Query(context.Background(), "SELECT "+strings.Join(columns, ", ")+" FROM "+table+" ORDER BY 1", func(r store.Row) error {
		l := line{table, columns, make([]any, len(columns))}
		dest := make([]any, len(columns))
		for i := range dest {
			dest[i] = &l.values[i]
		}
		err := r.Scan(dest...)
		for i, v := range l.values {
			if b, is := v.([]byte); is && (b != nil || columns[i] != "slot") {
				l.values[i] = append([]byte{}, b...) // nil is a driver's way to say that it is empty
			}
		}
		all = append(all, l)
		return err
	}))
	return all
}

// put takes the row of a key away and sets another in its place.
func (x *rig) put(key any, l line) {
	x.Helper()
	gone := fmt.Sprintf("DELETE FROM %s WHERE %s = ?", l.table, l.columns[0])
	there := fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", l.table, strings.Join(l.columns, ", "), strings.Repeat(", ?", len(l.columns)-1))
	tx, err := x.db.Begin(context.Background())
	ok(x, err)
	_, err = tx.Exec(gone, key)
	ok(x, err)
	_, err = tx.Exec(there, l.values...)
	ok(x, err)
	ok(x, tx.Commit())
}

func (l line) with(column int, v any) line {
	l.values = slices.Clone(l.values)
	l.values[column] = v
	return l
}

// changed is another value of the same sort.
func changed(v any) any {
	switch v := v.(type) {
	case int64:
		return v ^ 1
	case string:
		return v + "x"
	case []byte:
		if len(v) == 0 {
			return []byte{0}
		}
		v = bytes.Clone(v)
		v[len(v)-1] ^= 1
		return v
	}
	return []byte{7} // where nothing was
}

func (x *rig) scrubbed() (all []string) {
	x.Helper()
	ok(x, x.s.Scrub(context.Background(), func(a *store.Altered) error {
		all = append(all, a.Table+" "+a.Row)
		return nil
	}, func(string, int64) {}))
	return all
}

func (l line) name() string {
	if b, is := l.values[0].([]byte); is {
		return fmt.Sprintf("%s %x", l.table, b)
	}
	if l.table == "single_use" {
		return "single_use 1"
	}
	return fmt.Sprintf("%s %v", l.table, l.values[0])
}

// everyColumn changes each column of a row of each table, key and code included, and scrub names the row.
func everyColumn(t *testing.T, fresh NewDatabase) {
	x := rigged(t, fresh)
	if all := x.scrubbed(); len(all) > 0 {
		t.Fatal("before anything was altered:", all)
	}
	x.putShred()
	for _, table := range movedTables() {
		if vouchedFor(table) == "" {
			t.Errorf("table %s: nothing says how an altered row is found", table)
		}
		if vouchedFor(table) != "code" {
			continue
		}
		lines := x.lines(table)
		if len(lines) == 0 {
			t.Errorf("nothing in %s", table)
			continue
		}
		for _, l := range lines[:min(len(lines), 3)] {
			for i, c := range l.columns {
				if slices.Contains(sealedColumns(), table+"."+c) || table+"."+c == "single_use.id" { // there is one row of it
					continue
				}
				odd := l.with(i, changed(l.values[i]))
				x.put(l.values[0], odd)
				if got := x.scrubbed(); len(got) != 1 || got[0] != odd.name() {
					t.Errorf("%s.%s altered: scrub says %v, not %s", table, c, got, odd.name())
				}
				x.put(odd.values[0], l)
			}
		}
	}
	if all := x.scrubbed(); len(all) > 0 {
		t.Error("after all was put right:", all)
	}
}

// putShred leaves a slot to be destroyed.
func (x *rig) putShred() {
	c := NewPerson(12)
	c.Keys.Under = 2
	ok(x, x.s.Commit(context.Background(), identity.Change{Entry: c.Entry(), Verbs: c.Open()}))
	Tombstone(x, x.s, c)
}

// exchanged gives each column but the key of one row to another, and the code alone: a row that
// is another's in any part is nobody's.
func exchanged(t *testing.T, fresh NewDatabase) {
	x := rigged(t, fresh)
	for _, table := range []string{"person", "certificate", "party_link", "person_chain", "party", "outbox"} {
		lines := x.lines(table)
		if len(lines) < 2 {
			t.Fatalf("%d rows in %s", len(lines), table)
		}
		one, other := lines[0], lines[len(lines)-1]
		moved := line{table, one.columns, slices.Clone(other.values)} // all of the other under this key
		moved.values[0] = one.values[0]
		if table == "outbox" {
			moved.values[1] = nil // a slot is taken once
		}
		if table == "certificate" {
			moved.values[5] = int64(0) // and so is a place
		}
		x.put(one.values[0], moved)
		if got := x.scrubbed(); len(got) != 1 || got[0] != one.name() {
			t.Errorf("%s: a row that was moved: %v", table, got)
		}
		at := len(one.columns) - 1
		x.put(one.values[0], one.with(at, other.values[at]))
		if got := x.scrubbed(); len(got) != 1 || got[0] != one.name() {
			t.Errorf("%s: a row with the code of another: %v", table, got)
		}
		x.put(one.values[0], one)
	}
}
