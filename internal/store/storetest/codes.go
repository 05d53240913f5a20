package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
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
		{"a store of before is filled once", filledOnce},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, fresh) })
	}
}

// vouchedFor says by what each table's rows are known for what was written. A new
// table is in none of these and fails the test.
func vouchedFor(table string) string {
	return map[string]string{
		"person": "code", "certificate": "code", "party_link": "code", "person_chain": "code", "escrow": "code", "party": "code", "draft": "code",
		"once": "code", "counter": "code", "revoked_verification": "code", "rewrap": "code", "outbox": "code", "pending_shred": "code", "single_use": "code",
		"person_key": "seal", "vault_identity": "seal", "vault_index": "seal", // each field opens in its own row alone: see package vault
		"ledger_event": "ledger", "ledger_tile": "ledger", "ledger_head": "ledger", // netid ledger verify
	}[table]
}

// sealedColumns are bound to their row by their seals.
func sealedColumns() []string {
	return []string{"person.profile", "certificate.locator", "certificate.body", "single_use.copied"} // the last is the mark of a copy
}

// rig is a store with something in every table, and the database below it.
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
	x.db = open()
	x.s = served(t, x.db)
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

// isAltered fails unless err names a row of the table, and says nothing outside.
func isAltered(t *testing.T, what string, err error, table string) {
	t.Helper()
	var a *store.Altered
	if !errors.As(err, &a) || a.Table != table || !fault.Is(err, fault.Internal) || fault.Public(err) != "internal" {
		t.Errorf("%s: %v", what, err)
	}
}

// alteredRefused alters what an insider would, and tries everything that would serve him.
func alteredRefused(t *testing.T, fresh NewDatabase) {
	ctx := context.Background()
	x := rigged(t, fresh)
	s, p, q := x.s, x.a, x.b
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{identity.SetStanding{ID: p.ID, From: identity.Active, To: identity.FrozenByOwner}}}))
	counter, revoked := suite.Random(32), suite.Random(16)
	count := identity.Count{Index: counter, Limit: 2, Window: time.Hour, Now: epoch}
	ok(t, s.Jot(ctx, count, count, identity.RevokeVerification{ID: revoked, Until: epoch}))
	period := identity.Period{Month: 24322, Class: identity.Logs}
	escrow := suite.Random(32)
	ok(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{identity.KeepEscrow{Index: escrow, Period: period, Body: suite.Random(145)}}}))
	waiting, err := s.Deliveries(ctx, false, 9)
	ok(t, err)
	first := waiting[0]
	read := func(f func() error) func() error { return f }
	verb := func(v identity.Verb) func() error {
		return func() error { return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{v}}) }
	}
	note := func(n identity.Note) func() error { return func() error { return s.Jot(ctx, n) } }
	draft := identity.DraftRow{ID: []byte("draft"), Version: 4, Expires: epoch, Body: []byte("other")}
	for _, c := range []struct {
		name, table, alter string
		args               []any
		tries              []func() error
		guard              string // with which one refuses that knows what must stand there
		guards             []func() error
	}{
		{"thaw", "person", "UPDATE person SET standing = 1 WHERE id = ?", []any{p.ID[:]}, []func() error{
			read(func() error { _, err := s.Person(ctx, p.ID); return err }),
			verb(identity.SetStanding{ID: p.ID, From: identity.Active, To: identity.FrozenByOwner}),
		}, "standing_changed", []func() error{verb(identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 1})}},
		{"thaw with the code of another", "person", "UPDATE person SET standing = 1, code = (SELECT code FROM person WHERE id = ?) WHERE id = ?", []any{q.ID[:], p.ID[:]}, []func() error{
			read(func() error { _, err := s.Person(ctx, p.ID); return err }),
		}, "standing_changed", []func() error{verb(identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 1})}},
		{"thaw without a code", "person", "UPDATE person SET standing = 1, code = ? WHERE id = ?", []any{[]byte{}, p.ID[:]}, []func() error{
			read(func() error { _, err := s.Person(ctx, p.ID); return err }),
		}, "standing_changed", []func() error{verb(identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 1})}},
		{"another's certificate", "certificate", "UPDATE certificate SET owner = ? WHERE id = ?", []any{q.CertOwn, p.Certs[0].ID[:]}, []func() error{
			read(func() error { _, err := s.Certificate(ctx, p.Certs[0].ID); return err }),
			read(func() error { _, err := s.Certificates(ctx, q.CertOwn); return err }),
			verb(identity.GuardCertificate{ID: p.Certs[0].ID}),
		}, "", nil},
		{"revoke or not", "certificate", "UPDATE certificate SET revoked = 1 - revoked WHERE id = ?", []any{p.Certs[0].ID[:]}, []func() error{
			verb(identity.GuardCertificate{ID: p.Certs[0].ID}),
		}, "", nil},
		{"take a withdrawal back", "party_link", "UPDATE party_link SET generation = 7 WHERE idx = ?", []any{p.Link}, []func() error{
			read(func() error { _, err := s.Link(ctx, p.Link); return err }),
			verb(identity.GuardLink{Index: p.Link, Generation: 7}),
			verb(identity.CutLink{Index: p.Link, Owner: p.LinkOwn, From: 7}),
		}, "", nil},
		{"another numbering", "person_chain", "UPDATE person_chain SET seq = seq - 1 WHERE idx = ?", []any{p.Chain}, []func() error{
			read(func() error { _, _, err := s.Chain(ctx, p.Chain); return err }),
		}, "chain_moved", []func() error{func() error {
			e := Entry()
			e.Chain = &identity.ChainStep{Index: p.Chain, FromSeq: p.Seq - 1, FromHead: p.Head, ToSeq: p.Seq, ToHead: e.Leaf[:]}
			return s.Commit(ctx, identity.Change{Entry: e})
		}}},
		{"a suspended party", "party", "UPDATE party SET standing = 'active' WHERE id = 'closed'", nil, []func() error{
			read(func() error { _, err := s.Party(ctx, "closed"); return err }),
			read(func() error { _, err := s.Parties(ctx); return err }),
			verb(identity.GuardParty{ID: "closed"}),
		}, "", nil},
		{"another party's declaration", "party", "UPDATE party SET body = (SELECT body FROM party WHERE id = 'closed') WHERE id = 'shop'", nil, []func() error{
			verb(identity.GuardParty{ID: "shop"}),
		}, "", nil},
		{"a draft of before", "draft", "UPDATE draft SET version = 2 WHERE version = 3", nil, []func() error{
			read(func() error { _, err := s.Draft(ctx, draft.ID); return err }),
			note(identity.SwapDraft{Draft: draft, From: 2}),
			note(identity.DropDraft{ID: draft.ID, Version: 2}),
		}, "", nil},
		{"more tries", "counter", "UPDATE counter SET count = 0 WHERE idx = ?", []any{counter}, []func() error{note(count)}, "", nil},
		{"a window that is over", "counter", "UPDATE counter SET since = 0 WHERE idx = ?", []any{counter}, []func() error{note(count)}, "", nil},
		{"a revocation that ends sooner", "revoked_verification", "UPDATE revoked_verification SET until = 1 WHERE id = ?", []any{revoked}, []func() error{
			read(func() error { _, err := s.VerificationRevoked(ctx, revoked); return err }),
			note(identity.RevokeVerification{ID: revoked, Until: epoch}),
		}, "", nil},
		{"another month", "escrow", "UPDATE escrow SET month = 1 WHERE idx = ?", []any{escrow}, []func() error{
			read(func() error { _, err := s.Escrow(ctx, escrow); return err }),
		}, "", nil},
		{"a pass that ended", "rewrap", "UPDATE rewrap SET ended = 1, target = 0", nil, []func() error{
			read(func() error { _, err := s.Rewraps(ctx); return err }),
			note(identity.BeginRewrap{What: identity.RewrapPersons, Target: 3}),
			note(identity.StepRewrap{What: identity.RewrapPersons}),
			func() error {
				n := NewPerson(13)
				return s.Commit(ctx, identity.Change{Entry: n.Entry(), Verbs: n.Open()})
			},
		}, "", nil},
		{"a delivery that waits for ever", "outbox", "UPDATE outbox SET attempts = 0 WHERE id = ?", []any{first.ID[:]}, []func() error{
			read(func() error {
				left, err := s.Deliveries(ctx, false, 9)
				if len(left) != len(waiting)-1 {
					t.Errorf("%d of %d deliveries are served: one was altered", len(left), len(waiting))
				}
				return err
			}),
			note(identity.LeaseDelivery{ID: first.ID, Due: first.Due, Until: epoch}),
			note(identity.PutOff{ID: first.ID, Due: epoch, Body: []byte("x")}),
			note(identity.BuryDelivery{ID: first.ID, Due: epoch, Body: []byte("x")}),
		}, "", nil},
		{"an epoch of before", "single_use", "UPDATE single_use SET epoch = 9, since = 5", nil, []func() error{
			read(func() error { _, err := s.Epoch(ctx); return err }),
		}, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := x.lines(c.table)
			run(t, x.db, c.alter, c.args...)
			fork := x.lines(c.table)
			for n, try := range c.tries {
				isAltered(t, fmt.Sprint("try ", n), try(), c.table)
			}
			for _, try := range c.guards {
				refused(t, try(), fault.Conflict, c.guard)
			}
			if now := x.lines(c.table); fmt.Sprint(now) != fmt.Sprint(fork) {
				t.Error("what was refused changed something")
			}
			if len(x.scrubbed()) == 0 {
				t.Error("scrub finds nothing")
			}
			for _, l := range before {
				x.put(l.values[0], l)
			}
			if got := x.scrubbed(); len(got) > 0 {
				t.Error("after it was put right:", got)
			}
		})
	}
	refused(t, s.Jot(ctx, count), fault.TooMany, "too_many_tries") // the control: put right, it counts on
	Check(t, s)
}

// filledOnce makes a store as a program of before left it, and starts on it.
func filledOnce(t *testing.T, fresh NewDatabase) {
	ctx := context.Background()
	open := fresh(t)
	p := furnish(t, open)
	before := func(last bool) {
		db := open()
		defer db.Close()
		for _, table := range movedTables() {
			if vouchedFor(table) == "code" && table != "pending_shred" { // nothing waits when the schema changes
				run(t, db, "UPDATE "+table+" SET code = ?", []byte{})
			}
		}
		if !last {
			return
		}
		var row identity.EntryRow
		s := served(t, open())
		all, err := s.Entries(ctx, 0, 1000)
		ok(t, err)
		s.Close()
		row = all[len(all)-1]
		run(t, db, "UPDATE ledger_event SET mac = ? WHERE seq = ?", hashOfBefore(row), int64(row.Index))
	}
	sound := func(s *store.Store) {
		t.Helper()
		x := &rig{T: t, s: s}
		if got := x.scrubbed(); len(got) > 0 {
			t.Errorf("scrub names %d rows, such as %s", len(got), got[0])
		}
		_, err := s.Person(ctx, p.ID)
		ok(t, err)
		_, err = s.Epoch(ctx)
		ok(t, err)
		Check(t, s)
	}
	before(true)
	for cuts := 0; ; cuts++ { // a start that is cut at its first, second, … commit
		c := &cutter{Database: open(), left: cuts, kept: cuts%2 == 0}
		s, err := store.Open(ctx, c, Keeper(), time.Now)
		if err == nil {
			sound(s)
			s.Close()
			if cuts < 4 {
				t.Errorf("only %d cuts", cuts)
			}
			break
		}
		if !errors.Is(err, errInjected) || cuts > 50 {
			t.Fatal(cuts, err)
		}
	}
	s := served(t, open())
	sound(s)
	s.Close()
	before(false) // somebody wants it filled again
	s = served(t, open())
	_, err := s.Person(ctx, p.ID)
	isAltered(t, "without codes", err, "person")
	_, err = s.Epoch(ctx)
	isAltered(t, "without codes", err, "single_use")
}

// hashOfBefore is the keyed hash of an entry as programs made it that knew no codes.
func hashOfBefore(r identity.EntryRow) []byte {
	n := fmt.Appendf(nil, "%s%s%s%s", be(r.Index, 8), be(uint64(uint32(r.Day)), 4), be(uint64(r.Bucket), 2), be(uint64(r.State), 1))
	m := suite.MAC(identity.NewSecret(identity.ES256, [32]byte{1}), "netid/ledger/row/v1", n, r.ID, r.Owner, r.Leaf[:], r.Body)
	return m[:]
}

func be(n uint64, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[size-1-i] = byte(n >> (8 * i))
	}
	return b
}
