// Package postgres is the database that many processes share below package
// store: driver, schema, locking and connections of PostgreSQL 15 or newer. It
// also keeps the shelf of person secrets, in a database of its own.
//
// It owns the migrations, the one lock that makes commits of all processes
// take turns, what is demanded of a server, and how a lost connection is
// followed by another. It refuses to know what any row means.
//
// Invariant: a Commit that returned nil is on disk, and on the standbys that
// the server waits for. Whoever got Begin sees all that was committed before:
// the lock is held until that is visible, and a commit whose answer was lost
// still holds it while its fate is open. No connection leaves the machine in
// the clear, and no password is printed.
//
// Decisions, and what PostgreSQL cannot promise: docs/adr/0020-postgresql.md.
package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"netid/internal/fault"
	"netid/internal/store"
)

// Database is one PostgreSQL database: a writing connection, made anew when it
// was lost, and a pool for reads.
type Database struct {
	address  Address
	readOnly bool
	pool     *pgxpool.Pool
	texts    texts

	// Of the writer alone:
	writing *pgx.Conn // nil when there is none
	now     func() time.Time
	mixed   []*mixed
	since   time.Time // when the first row came that is not stirred in yet; zero: none
	looked  time.Time // for partitions to be made
}

var _ store.Database = (*Database)(nil)

// Open opens the store at an address for a process that writes, and brings its
// schema up to date. Other processes may do the same at the same time. A server
// that is too old, that is a standby, or that answers before a commit is
// durable is refused (fault.Unavailable, "store_unavailable"); a schema of the
// future is "store_version".
func Open(ctx context.Context, a Address) (*Database, error) {
	const op = "postgres.Open"
	if err := migrate(ctx, a, storeSchema()); err != nil {
		return nil, fault.At(op, err)
	}
	d := &Database{address: a, now: time.Now}
	err := d.heaps(ctx)
	if err == nil {
		err = d.ahead(ctx)
	}
	if err != nil && !fault.Because(err, "store_busy") { // a long reader: what has no partition has a place
		d.drop()
		return nil, fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(err))
	}
	if d.pool, err = a.pool(ctx, demands{primary: true, readOnly: true}); err != nil {
		d.drop()
		return nil, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	return d, nil
}

// OpenReadOnly opens the store to read alone, beside running servers; the
// server may be a standby. Nothing is written. A database without a store is
// fault.NotFound, "store_missing"; one of another version fault.Unavailable,
// "store_version".
func OpenReadOnly(ctx context.Context, a Address) (*Database, error) {
	const op = "postgres.OpenReadOnly"
	pool, err := a.pool(ctx, demands{readOnly: true})
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	if err := sameVersion(ctx, pool, storeSchema()); err != nil {
		pool.Close()
		return nil, fault.At(op, err)
	}
	return &Database{address: a, readOnly: true, pool: pool}, nil
}

// ReadOnly reports whether it was opened for reading alone.
func (d *Database) ReadOnly() bool { return d.readOnly }

// Tidy stirs in what came a while ago, and makes partitions ahead. The server's
// own autovacuum does the rest.
func (d *Database) Tidy(ctx context.Context) error {
	if age := d.now().Sub(d.looked); (age >= daysEvery || age < 0) && d.writing != nil && !d.writing.IsClosed() {
		if err := d.ahead(ctx); err != nil {
			return err
		}
	}
	if d.since.IsZero() || d.now().Sub(d.since) < stirAfter {
		return nil
	}
	return d.stir(ctx)
}

// Settle cannot do here what it does on the embedded store: the server keeps
// old versions of rows in tables, in its log and on its standbys, and no
// statement reaches them. They are sealed; what ends them is the person's
// secret on the shelf (docs/adr/0002-person-keys-on-a-shelf.md).
func (d *Database) Settle(context.Context) error { return nil }

// Dead is nil: when a sync fails the server ends itself, and starts from its log.
func (d *Database) Dead() error { return nil }

// Close stirs in what came last, and lets go of all connections.
func (d *Database) Close() error {
	if !d.since.IsZero() {
		ctx, cancel := context.WithTimeout(context.Background(), stirAtEnd)
		defer cancel()
		_ = d.stir(ctx) // what is left lies among the last pages, where the next start looks
	}
	d.drop()
	d.pool.Close()
	return nil
}

// texts translates each statement once.
type texts struct {
	mu    sync.RWMutex // guards known
	known map[string]string
}

// of gives the statement with PostgreSQL's placeholders: $1 for the first "?".
// No statement of the store has a question mark in a literal.
func (t *texts) of(query string) string {
	t.mu.RLock()
	text, known := t.known[query]
	t.mu.RUnlock()
	if known {
		return text
	}
	text = numbered(query)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil {
		t.known = map[string]string{}
	}
	t.known[query] = text
	return text
}
