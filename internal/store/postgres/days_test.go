package postgres_test

import (
	"context"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/store/postgres"
	"netid/internal/store/storetest"
	postgrestest "netid/test/postgres"
)

const (
	partsQuery = "SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'ledger_event_person'::regclass"
	restQuery  = "SELECT count(*) FROM ledger_event_rest"
)

func dated(t *testing.T, s *store.Store, day int32) identity.Entry {
	t.Helper()
	e := storetest.Entry()
	e.Day = day
	must(t, s.Commit(context.Background(), identity.Change{Entry: e}))
	return e
}

func dayOf(y int, m time.Month, d int) int32 {
	return identity.DayOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

// Partitions are made ahead; a day that has none has a place, and gets its
// partition later, with what lies there; and a month whose term is over goes as a table.
func TestDaysPostgreSQL(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := postgrestest.Ready(t)
	at := server.Database(t)
	db := connect(t, at)
	var ahead atomic.Int64
	postgres.SetClock(db, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
	s := over(t, db)
	month := func(m identity.Month) string { return "ledger_event_" + m.Begins().Format("2006_01") }
	this := identity.MonthAt(time.Now())
	made := func() string { return strings.TrimSpace(server.RunAt(t, at, partsQuery)) }
	rest := func(want string) {
		t.Helper()
		if n := strings.TrimSpace(server.RunAt(t, at, restQuery)); n != want {
			t.Fatalf("%s rows lie among the rest, not %s", n, want)
		}
	}
	for m := this; m <= this+2; m++ {
		if !strings.Contains(made(), month(m)) {
			t.Errorf("no partition for %s: %s", m, made())
		}
	}
	now := dated(t, s, this.FirstDay())
	rest("0")
	late := dated(t, s, (this + 4).FirstDay()) // a clock that is wrong by months
	early := dated(t, s, (this-20).FirstDay()+3)
	far := dated(t, s, 60000)
	rest("3")
	ahead.Store(int64(62 * 24 * time.Hour))
	must(t, s.Jot(ctx, identity.TakeOnce{ID: []byte("tick"), Until: time.Now()}))
	dated(t, s, this.FirstDay()+1)
	if !strings.Contains(made(), month(this+4)) || !strings.Contains(made(), month(this-20)) {
		t.Errorf("two months later: %s", made())
	}
	rest("1")
	for _, e := range []identity.Entry{now, late, early, far} {
		if row, err := s.Entry(ctx, e.EntryKey); err != nil || row.Leaf != e.Leaf {
			t.Error(err)
		}
		again := storetest.Entry()
		again.EntryKey = e.EntryKey
		if err := s.Commit(ctx, identity.Change{Entry: again}); !fault.Because(err, "already_recorded") {
			t.Error("twice:", err)
		}
	}
	storetest.Check(t, s)

	before := (this - 18).FirstDay()
	must(t, s.Jot(ctx, identity.CloseDays{Before: before}))
	if err := s.DropDays(ctx, before); !fault.Because(err, "days_moved") || !strings.Contains(made(), month(this-20)) {
		t.Fatalf("what the ledger does not speak of is dropped: %v", err)
	}
	set := ledger.EmptySet()
	must(t, s.PackDays(ctx, before, func(leaf [32]byte) { set = storetest.Keeper().Add(set, leaf) }))
	_, err := ledger.NewBook(s, nil, time.Now).RecordPublic(ctx, identity.Event{Kind: identity.Expired, Grounds: []identity.Ground{}, Set: &set}, identity.ExpireDays{Before: before})
	must(t, err)

	// A long reader is waited for by nobody.
	reader, err := pgx.Connect(ctx, at)
	must(t, err)
	defer reader.Close(ctx)
	tx, err := reader.Begin(ctx)
	must(t, err)
	_, err = tx.Exec(ctx, "SELECT count(*) FROM ledger_event")
	must(t, err)
	if err := s.DropDays(ctx, before); !fault.Because(err, "store_busy") {
		t.Error("a reader is in the way:", err)
	}
	if !strings.Contains(made(), month(this-20)) {
		t.Error("the partition is gone under its reader")
	}
	dated(t, s, this.FirstDay()) // everybody else goes on
	storetest.Check(t, s)
	must(t, tx.Rollback(ctx))
	must(t, s.DropDays(ctx, before))
	if parts := made(); strings.Contains(parts, month(this-20)) || strings.Contains(parts, month(this-19)) || !strings.Contains(parts, month(this-18)) {
		t.Errorf("dropped: %s", parts)
	}
	if _, err := s.Entry(ctx, early.EntryKey); !fault.Because(err, "record_unknown") {
		t.Error(err)
	}
	storetest.Check(t, s)
}

// A process of the program of before that still runs writes nothing into the new
// tables: each commit of its is refused, none is half done. And it does not start.
func TestTheProgramOfBeforePostgreSQL(t *testing.T) {
	server := postgrestest.Ready(t)
	at := server.Database(t)
	over(t, connect(t, at))
	conn, err := pgx.Connect(context.Background(), at)
	must(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), `INSERT INTO ledger_event (seq, id, day, bucket, owner, leaf, body, state, mac)
		VALUES (0, 'x', 1, 0, NULL, 'x', 'x', 2, 'x') ON CONFLICT (id) DO NOTHING`)
	if err == nil {
		t.Error("the former program's record is taken")
	}
	must(t, err2(conn.Exec(context.Background(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")))
	if _, err := postgres.Open(context.Background(), address(t, at)); !fault.Because(err, "store_version") {
		t.Errorf("a schema of the future is opened: %v", err)
	}
}

func err2[T any](_ T, err error) error { return err }

// Rows of the schema of before come into the new one and back, and none is lost.
func TestDaysUpAndDownPostgreSQL(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := postgrestest.Ready(t)
	at := server.Database(t)
	s := over(t, connect(t, at))
	for n := range 20 {
		dated(t, s, dayOf(2026, 11, 1+n))
	}
	_, err := ledger.NewBook(s, nil, time.Now).RecordPublic(ctx, identity.Event{Kind: identity.PartyAdmitted, Grounds: []identity.Ground{}})
	must(t, err)
	size := storetest.Check(t, s)
	s.Close()
	b, err := os.ReadFile("migrations/00008_days.sql")
	must(t, err)
	up, down, _ := strings.Cut(string(b), "-- +goose Down")
	server.RunAt(t, at, down)
	if n := strings.TrimSpace(server.RunAt(t, at, "SELECT count(*) FROM ledger_event")); n != "21" {
		t.Fatalf("%s rows", n)
	}
	server.RunAt(t, at, up)
	s = over(t, connect(t, at))
	if storetest.Check(t, s) != size {
		t.Error("another size")
	}
	if n := strings.TrimSpace(server.RunAt(t, at, "SELECT count(*) FROM ledger_event_public")); n != "1" {
		t.Errorf("%s public rows", n)
	}
	must(t, s.Jot(ctx, identity.CloseDays{Before: 1}))
	s.Close()
	refused, err := pgx.Connect(ctx, at)
	must(t, err)
	defer refused.Close(ctx)
	if err := err2(refused.Exec(ctx, down)); err == nil {
		t.Error("back, with days that are closed")
	}
}
