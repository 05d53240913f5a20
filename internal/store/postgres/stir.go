package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"netid/internal/identity"
)

// A heap keeps rows in the order in which they came, so that the n-th row of
// one table would belong to the n-th of another: to the two sides of one
// person. So what came lately is moved, each table for itself, in a transaction
// of its own and in the order of its random keys, together with rows that were
// there before. See docs/adr/0020-postgresql.md for what that does not cover.
const (
	stirAfter   = time.Minute     // since the first row that came
	stirRows    = 256             // that are moved with what came, or all there are
	stirPages   = 4096            // the most that what came may fill; the rest stays where it is
	stirAtEnd   = 5 * time.Second // that a process waits for it at its end, also for a standby that is gone
	stirOverlap = 32              // pages of another process's last rows, at start
)

// mixed is a table whose rows are to lie in no order that says anything.
type mixed struct {
	table string
	move  string // $1: first page of what came, $2: a random key, $3: how many others on either side of it
	from  int64  // first page of what came
}

func mixedTables() []*mixed {
	return []*mixed{
		{table: "person", move: `WITH moved AS (DELETE FROM person WHERE ctid IN (
			SELECT ctid FROM person WHERE ctid >= $1::text::tid UNION
			(SELECT ctid FROM person WHERE id >= $2 ORDER BY id LIMIT $3) UNION (SELECT ctid FROM person WHERE id < $2 ORDER BY id DESC LIMIT $3)) RETURNING *)
			INSERT INTO person SELECT * FROM moved ORDER BY id`},
		{table: "person_key", move: `WITH moved AS (DELETE FROM person_key WHERE ctid IN (
			SELECT ctid FROM person_key WHERE ctid >= $1::text::tid UNION
			(SELECT ctid FROM person_key WHERE person >= $2 ORDER BY person LIMIT $3) UNION (SELECT ctid FROM person_key WHERE person < $2 ORDER BY person DESC LIMIT $3)) RETURNING *)
			INSERT INTO person_key SELECT * FROM moved ORDER BY person`},
		{table: "certificate", move: `WITH moved AS (DELETE FROM certificate WHERE ctid IN (
			SELECT ctid FROM certificate WHERE ctid >= $1::text::tid UNION
			(SELECT ctid FROM certificate WHERE id >= $2 ORDER BY id LIMIT $3) UNION (SELECT ctid FROM certificate WHERE id < $2 ORDER BY id DESC LIMIT $3)) RETURNING *)
			INSERT INTO certificate SELECT * FROM moved ORDER BY id`},
		{table: "party_link", move: `WITH moved AS (DELETE FROM party_link WHERE ctid IN (
			SELECT ctid FROM party_link WHERE ctid >= $1::text::tid UNION
			(SELECT ctid FROM party_link WHERE idx >= $2 ORDER BY idx LIMIT $3) UNION (SELECT ctid FROM party_link WHERE idx < $2 ORDER BY idx DESC LIMIT $3)) RETURNING *)
			INSERT INTO party_link SELECT * FROM moved ORDER BY idx`},
		{table: "person_chain", move: `WITH moved AS (DELETE FROM person_chain WHERE ctid IN (
			SELECT ctid FROM person_chain WHERE ctid >= $1::text::tid UNION
			(SELECT ctid FROM person_chain WHERE idx >= $2 ORDER BY idx LIMIT $3) UNION (SELECT ctid FROM person_chain WHERE idx < $2 ORDER BY idx DESC LIMIT $3)) RETURNING *)
			INSERT INTO person_chain SELECT * FROM moved ORDER BY idx`},
		{table: "escrow", move: `WITH moved AS (DELETE FROM escrow WHERE ctid IN (
			SELECT ctid FROM escrow WHERE ctid >= $1::text::tid UNION
			(SELECT ctid FROM escrow WHERE idx >= $2 ORDER BY idx LIMIT $3) UNION (SELECT ctid FROM escrow WHERE idx < $2 ORDER BY idx DESC LIMIT $3)) RETURNING *)
			INSERT INTO escrow SELECT * FROM moved ORDER BY idx`},
		{table: "vault_identity", move: `WITH moved AS (DELETE FROM vault_identity WHERE ctid IN (
			SELECT ctid FROM vault_identity WHERE ctid >= $1::text::tid UNION
			(SELECT ctid FROM vault_identity WHERE id >= $2 ORDER BY id LIMIT $3) UNION (SELECT ctid FROM vault_identity WHERE id < $2 ORDER BY id DESC LIMIT $3)) RETURNING *)
			INSERT INTO vault_identity SELECT * FROM moved ORDER BY id`},
		{table: "vault_index", move: `WITH moved AS (DELETE FROM vault_index WHERE ctid IN (
			SELECT ctid FROM vault_index WHERE ctid >= $1::text::tid UNION
			(SELECT ctid FROM vault_index WHERE idx >= $2 ORDER BY idx LIMIT $3) UNION (SELECT ctid FROM vault_index WHERE idx < $2 ORDER BY idx DESC LIMIT $3)) RETURNING *)
			INSERT INTO vault_index SELECT * FROM moved ORDER BY idx`},
	}
}

// came notes that a statement adds a row to a mixed table. Only the writer calls it.
func (d *Database) came(query string) {
	rest, insert := strings.CutPrefix(query, "INSERT INTO ")
	if !insert || !d.since.IsZero() {
		return
	}
	table, _, _ := strings.Cut(rest, " ")
	for _, m := range d.mixed {
		if m.table == table {
			d.since = d.now()
			return
		}
	}
}

// stir moves what came since the last time, and others with it.
func (d *Database) stir(ctx context.Context) error {
	d.since = time.Time{}
	for _, m := range d.mixed {
		if err := d.stirTable(ctx, m); err != nil {
			d.since = d.now() // what is left is due again
			return err
		}
	}
	return nil
}

func (d *Database) stirTable(ctx context.Context, m *mixed) error {
	turn, err := d.Begin(ctx) // nobody else changes a row meanwhile; who reads sees each row once
	if err != nil {
		return err
	}
	key := identity.NewHandle() // any random key
	pages, err := blocks(ctx, d.writing, m.table)
	if err == nil {
		from := max(m.from, pages-stirPages, 0)
		_, err = d.writing.Exec(ctx, m.move, fmt.Sprintf("(%d,0)", from), key[:], int64(stirRows/2))
	}
	if err == nil {
		pages, err = blocks(ctx, d.writing, m.table)
	}
	if err != nil {
		turn.Rollback()
		return err
	}
	if err := turn.Commit(); err != nil {
		return err
	}
	m.from = max(pages-1, 0) // the last page has room for more
	return nil
}

func blocks(ctx context.Context, conn *pgx.Conn, table string) (n int64, err error) {
	err = conn.QueryRow(ctx, "SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::bigint", table).Scan(&n)
	return n, err
}

// heaps finds where each table ends, at start.
func (d *Database) heaps(ctx context.Context) error {
	d.mixed = mixedTables()
	conn, err := d.address.connect(ctx)
	if err != nil {
		return err
	}
	d.writing = conn
	for _, m := range d.mixed {
		pages, err := blocks(ctx, conn, m.table)
		if err != nil {
			return err
		}
		m.from = max(pages-stirOverlap, 0)
	}
	return nil
}
