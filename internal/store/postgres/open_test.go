package postgres_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/postgres"
	"netid/internal/store/storetest"
	postgrestest "netid/test/postgres"
)

// TestPromises asks the connections what they run with.
func TestPromises(t *testing.T) {
	ctx := context.Background()
	db := connect(t, postgrestest.Ready(t).Database(t))
	defer db.Close()
	tx, err := db.Begin(ctx)
	must(t, err)
	for setting, want := range map[string]string{
		"synchronous_commit": "on", "transaction_isolation": "read committed", "transaction_read_only": "off",
		"idle_in_transaction_session_timeout": "10s", "lock_timeout": "20s",
	} {
		var got string
		must(t, tx.Query("SELECT current_setting(?)", func(r store.Row) error { return r.Scan(&got) }, setting))
		if got != want {
			t.Errorf("%s is %q, not %q", setting, got, want)
		}
	}
	must(t, tx.Rollback())
	if err := db.Query(ctx, "DELETE FROM ledger_event", func(store.Row) error { return nil }); err == nil {
		t.Error("the reading side writes")
	}
	must(t, db.View(ctx, func(r store.Reader) error {
		if err := r.Query(ctx, "DELETE FROM ledger_event", func(store.Row) error { return nil }); err == nil {
			t.Error("a view writes")
		}
		return nil
	}))
}

// Whoever begins waits for whoever began, in any process.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	at := postgrestest.Ready(t).Database(t)
	a, b := connect(t, at), connect(t, at)
	defer a.Close()
	defer b.Close()
	first, err := a.Begin(ctx)
	must(t, err)
	_, err = first.Exec("INSERT INTO once (id, until, code) VALUES (?, 1, '')", []byte("x"))
	must(t, err)
	begun := make(chan int)
	go func() {
		seen := 0
		if second, err := b.Begin(ctx); err == nil {
			second.Query("SELECT 1 FROM once", func(store.Row) error { seen++; return nil })
			second.Rollback()
		}
		begun <- seen
	}()
	select {
	case <-begun:
		t.Fatal("two have the turn")
	case <-time.After(200 * time.Millisecond):
	}
	must(t, first.Commit())
	if seen := <-begun; seen != 1 {
		t.Error("the second does not see what the first committed")
	}
}

// A COMMIT of a transaction that failed is answered with ROLLBACK and no error.
func TestCommitOfWhatFailed(t *testing.T) {
	db := connect(t, postgrestest.Ready(t).Database(t))
	defer db.Close()
	tx, err := db.Begin(context.Background())
	must(t, err)
	if _, err := tx.Exec("INSERT INTO once (id, until, code) VALUES (?, ?, '')", []byte("x"), nil); err == nil {
		t.Fatal("a column that must not be null is")
	}
	if err := tx.Commit(); err == nil {
		t.Error("what was rolled back counts as committed")
	}
	must(t, tx.Rollback())
}

func TestWeakerServersAreRefused(t *testing.T) {
	server := postgrestest.Ready(t)
	at := server.Database(t)
	for setting, works := range map[string]bool{"on": true, "remote_apply": true, "local": false, "remote_write": false, "off": false} {
		db, err := postgres.Open(context.Background(), address(t, at+"&options=-c%20synchronous_commit%3D"+setting))
		if (err == nil) != works || err != nil && (!fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "synchronous_commit")) {
			t.Errorf("synchronous_commit=%s: %v", setting, err)
		}
		if err == nil {
			db.Close()
		}
	}
	// A setting that changes below an open store is met by its next connection.
	db := connect(t, at)
	defer db.Close()
	server.RunAt(t, at, "ALTER ROLE postgres IN DATABASE "+at[strings.LastIndex(at, "/netid")+1:strings.Index(at, "?")]+" SET synchronous_commit = off")
	server.RunAt(t, at, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'netid'")
	if _, err := db.Begin(context.Background()); err == nil || !strings.Contains(err.Error(), "synchronous_commit") {
		t.Error(err)
	}
}

// TestExamination plays servers that this machine does not have.
func TestExamination(t *testing.T) {
	t.Parallel()
	good := []string{"f", "15.4", "f", "on", "on", "on", "UTF8"}
	for _, c := range []struct {
		column int
		answer string
		words  string
	}{
		{0, "t", "15 is the oldest"},
		{2, "t", "standby"},
		{3, "off", "synchronous_commit"},
		{4, "off", "fsync"},
		{5, "off", "full_page_writes"},
		{6, "SQL_ASCII", "UTF8"},
	} {
		row := append([]string(nil), good...)
		row[c.column] = c.answer
		_, err := postgres.Open(context.Background(), address(t, pretend(t, row)))
		if !fault.Because(err, "store_unavailable") || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", c.words, err)
		}
	}
}

// pretend is a server that answers every question with one row.
func pretend(t *testing.T, row []string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answer(c, row)
		}
	}()
	return "postgres://somebody:PassWord@" + l.Addr().String() + "/db?sslmode=disable"
}

func answer(c net.Conn, row []string) {
	defer c.Close()
	b := pgproto3.NewBackend(c, c)
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return
	}
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	for b.Flush() == nil {
		m, err := b.Receive()
		if err != nil {
			return
		}
		if _, is := m.(*pgproto3.Query); !is {
			continue
		}
		var fields []pgproto3.FieldDescription
		var values [][]byte
		for _, v := range row {
			fields = append(fields, pgproto3.FieldDescription{Name: []byte("x"), DataTypeOID: 25})
			values = append(values, []byte(v))
		}
		b.Send(&pgproto3.RowDescription{Fields: fields})
		b.Send(&pgproto3.DataRow{Values: values})
		b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := postgrestest.Ready(t)
	at := server.Database(t)
	if _, err := postgres.OpenReadOnly(ctx, address(t, at)); !fault.Is(err, fault.NotFound) || !fault.Because(err, "store_missing") {
		t.Error("no store:", err)
	}
	if n := server.RunAt(t, at, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); n != "0" {
		t.Error("reading made tables:", n)
	}
	none := strings.Replace(at, "/netid_test_", "/netid_none_", 1)
	if _, err := postgres.Open(ctx, address(t, none)); !fault.Because(err, "store_unavailable") || !strings.Contains(err.Error(), "no such database") {
		t.Error("no database:", err)
	}
	if _, err := postgres.Open(ctx, address(t, "postgres://a:PassWord@127.0.0.1:1/x?connect_timeout=2")); !fault.Because(err, "store_unavailable") || strings.Contains(err.Error(), "PassWord") {
		t.Error("no server:", err)
	}
	server.Run(t, "DROP ROLE IF EXISTS netid_weak; CREATE ROLE netid_weak LOGIN")
	weak := strings.Replace(at, "://postgres@", "://netid_weak@", 1)
	if _, err := postgres.Open(ctx, address(t, weak)); !fault.Because(err, "store_unavailable") || !strings.Contains(err.Error(), "no right") {
		t.Error("no rights:", err)
	}
	connect(t, at).Close()
	if _, err := postgres.Open(ctx, address(t, weak)); !fault.Because(err, "store_unavailable") || !strings.Contains(err.Error(), "no right") {
		t.Error("no rights in what is there:", err)
	}
	server.RunAt(t, at, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)")
	for name, open := range map[string]func(context.Context, postgres.Address) (*postgres.Database, error){"write": postgres.Open, "read": postgres.OpenReadOnly} {
		if _, err := open(ctx, address(t, at)); !fault.Because(err, "store_version") {
			t.Errorf("a store of the future, to %s: %v", name, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, s := range []string{
		"postgres://u@/db?host=/run/postgresql", "postgresql://u:PassWord@localhost/db", "postgres://u@127.0.0.1:5433/db", "postgres://u@[::1]/db",
		"postgres://u@127.0.0.1/db?sslmode=disable", "postgres://u@db.example/db?sslmode=verify-full",
		"postgres://u@a.example:5432,b.example:5433/db?sslmode=verify-full&target_session_attrs=read-write",
	} {
		a, err := postgres.ParseAddress(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if words := fmt.Sprintf("%v %s %+v %q", a, a, a, a); strings.Contains(words, "PassWord") || !strings.Contains(words, "/db") {
			t.Error(words)
		}
	}
	for _, s := range []string{
		"", "netid.db", "mysql://u@localhost/db", "postgres://u:PassWord@db.example/db", "postgres://u:PassWord@db.example/db?sslmode=disable",
		"postgres://u:PassWord@db.example/db?sslmode=prefer", "postgres://u:PassWord@db.example/db?sslmode=require", "postgres://u:PassWord@db.example/db?sslmode=allow",
		"postgres://u:PassWord@db.example/db?sslmode=verify-ca", "postgres://u:PassWord@localhost,db.example/db", "postgres://u:PassWord@10.0.0.1/db", "postgres://u:PassWord@localhost/db?sslmode=nonsense",
		"postgres://u:PassWord@localhost:port/db", "postgres://u:Pass%zzWord@localhost/db",
	} {
		a, err := postgres.ParseAddress(s)
		if !fault.Is(err, fault.Invalid) || !fault.Because(err, "store_address_invalid") || strings.Contains(err.Error(), "Word") {
			t.Errorf("%s: %v, %v", s, a, err)
		}
	}
}

// FuzzParseAddress: whatever it is given, it does not break, prints no
// password, and takes no way to another machine that is not checked.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"postgres://u:PassWord@localhost/db", "postgres://u:PassWord@db.example/db?sslmode=verify-full", "postgres://%2Frun/db?sslmode=allow", "postgres://u:qqqqqqqq@localhost,db.example:6000/db?sslmode=verify-full&host=127.0.0.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := postgres.ParseAddress(s)
		if strings.Count(s, "qqqqqqqq") == 1 && strings.Contains(s, ":qqqqqqqq@") && strings.Contains(fmt.Sprint(a, err), "qqqqqqqq") {
			t.Fatal("the password is printed")
		}
		if err != nil {
			return
		}
		for host, proves := range postgres.Ways(a) {
			here := host == "localhost" || strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") || strings.HasPrefix(host, "127.") || host == "::1" || strings.HasPrefix(host, "::ffff:127.")
			if ip := net.ParseIP(host); !proves && !here && (ip == nil || !ip.IsLoopback()) {
				t.Fatalf("a way in the clear to %q: %v", host, a)
			}
		}
	})
}

// TestTampered refuses to write to a ledger that was altered, and still lets
// it be read, so that the check can say where.
func TestTampered(t *testing.T) {
	t.Parallel()
	server := postgrestest.Ready(t)
	for name, edit := range map[string]string{
		"last leaf":         "UPDATE ledger_event SET leaf = sha256('x') WHERE seq = 9",
		"last row deleted":  "DELETE FROM ledger_event WHERE seq = 9",
		"row added":         "INSERT INTO ledger_event (seq, public, day, id, bucket, owner, leaf, state, mac, body) SELECT 10, public, day, sha256('y'), bucket, owner, leaf, state, mac, body FROM ledger_event WHERE seq = 9",
		"head deleted":      "DELETE FROM ledger_head",
		"everything erased": "DELETE FROM ledger_event",
	} {
		t.Run(name, func(t *testing.T) {
			at := server.Database(t)
			s := open(t, at)
			for range 10 {
				must(t, s.Commit(context.Background(), identity.Change{Entry: storetest.Entry()}))
			}
			s.Close()
			server.RunAt(t, at, edit)
			if _, err := store.Open(context.Background(), connect(t, at), storetest.Keeper(), time.Now); !fault.Is(err, fault.Internal) {
				t.Fatal("opened:", err)
			}
			if _, err := reading(t, at).Entries(context.Background(), 0, 20); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func reading(t testing.TB, at string) *store.Store {
	t.Helper()
	db, err := postgres.OpenReadOnly(context.Background(), address(t, at))
	must(t, err)
	s, err := store.Open(context.Background(), db, nil, time.Now)
	must(t, err)
	t.Cleanup(s.Close)
	return s
}

// TestReadOnlyBesideServers sees what was acknowledged and writes nothing; a
// snapshot stays one moment, whatever is committed, and holds nobody up.
func TestReadOnlyBesideServers(t *testing.T) {
	ctx := context.Background()
	at := postgrestest.Ready(t).Database(t)
	s := open(t, at)
	r := reading(t, at)
	for range 20 {
		e := storetest.Entry()
		must(t, s.Commit(ctx, identity.Change{Entry: e}))
		if _, err := r.Entry(ctx, e.EntryKey); err != nil {
			t.Fatal("acknowledged and not seen:", err)
		}
	}
	for _, err := range []error{
		r.Commit(ctx, identity.Change{Entry: storetest.Entry()}), r.Jot(ctx), r.Settle(ctx), r.Sweep(ctx, time.Now()),
	} {
		if !fault.Because(err, "store_read_only") {
			t.Fatal(err)
		}
	}
	db, err := postgres.OpenReadOnly(ctx, address(t, at))
	must(t, err)
	defer db.Close()
	must(t, db.View(ctx, func(q store.Reader) error {
		count := func() (n int64) {
			must(t, q.Query(ctx, "SELECT count(*) FROM ledger_event", func(r store.Row) error { return r.Scan(&n) }))
			return n
		}
		before := count()
		must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
		must(t, s.Settle(ctx))
		if after := count(); before != 20 || after != before {
			t.Error("a snapshot of", before, "became", after)
		}
		return nil
	}))
}
