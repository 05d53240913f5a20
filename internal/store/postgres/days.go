package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Entries about persons lie in partitions by their day, so that those whose
// term is over go with their table: no row is touched, nothing is left to vacuum.
// Terms end with months, and a partition is a month (ADR 0022).
// A day of which no partition was made (a clock that was wrong by
// months) has its place among the rest, until one is made.
const (
	monthsAhead = 2
	daysEvery   = time.Hour // that a process looks

	partsQuery = `SELECT c.relname::text, (m.b)[1]::bigint, (m.b)[2]::bigint
		FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
		LATERAL (SELECT regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''(-?\d+)''\) TO \(''(-?\d+)''\)') AS b) m
		WHERE i.inhparent = 'ledger_event_person'::regclass AND m.b IS NOT NULL ORDER BY 2`
)

// part is a partition: the days from first on, before end.
type part struct {
	name       string
	first, end int64
}

// monthPart is that of a month.
func monthPart(m identity.Month) part {
	return part{fmt.Sprintf("ledger_event_%s", m.Begins().Format("2006_01")), int64(m.FirstDay()), int64((m + 1).FirstDay())}
}

func parts(ctx context.Context, conn *pgx.Conn) (all []part, err error) {
	rows, err := conn.Query(ctx, partsQuery)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p part
		if err := rows.Scan(&p.name, &p.first, &p.end); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// ahead makes the partitions of this month and of those that follow, and of past ones
// of which something lies among the rest.
func (d *Database) ahead(ctx context.Context) error {
	d.looked = d.now()
	this := identity.MonthAt(d.looked)
	var oldest *int64
	if err := d.writing.QueryRow(ctx, "SELECT min(day) FROM ledger_event_rest").Scan(&oldest); err != nil {
		return err
	}
	from := this
	if oldest != nil && *oldest > identity.NoFloor && *oldest < int64(this.FirstDay()) {
		from = max(identity.MonthOf(int32(*oldest)), this-keptMonths)
	}
	for m := from; m <= this+monthsAhead; m++ {
		all, err := parts(ctx, d.writing)
		if err != nil {
			return err
		}
		if p := monthPart(m); !overlaps(all, p) {
			if err := d.makePart(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// keptMonths bounds how far back partitions are made: of months before, rows go one by one.
const keptMonths = 48

// overlaps: somebody made days of this by hand, or a process that was faster did.
func overlaps(all []part, p part) bool {
	for _, other := range all {
		if p.first < other.end && other.first < p.end {
			return true
		}
	}
	return false
}

// makePart moves what lies among the rest of these days into a table of its
// own. Nobody else commits meanwhile, and readers wait for milliseconds.
func (d *Database) makePart(ctx context.Context, p part) error {
	name := pgx.Identifier{p.name}.Sanitize()
	return d.alone(ctx, func(conn *pgx.Conn) error {
		all, err := parts(ctx, conn)
		if err != nil || overlaps(all, p) {
			return err
		}
		for _, words := range []string{
			fmt.Sprintf("CREATE TABLE %s (LIKE ledger_event_person INCLUDING DEFAULTS INCLUDING STORAGE)", name),
			fmt.Sprintf("WITH moved AS (DELETE FROM ledger_event_rest WHERE day >= %d AND day < %d RETURNING *) INSERT INTO %s SELECT * FROM moved ORDER BY seq", p.first, p.end, name),
			fmt.Sprintf("ALTER TABLE ledger_event_person ATTACH PARTITION %s FOR VALUES FROM (%d) TO (%d)", name, p.first, p.end),
		} {
			if _, err := conn.Exec(ctx, words); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropDays drops each partition that is wholly from before a day. One that a long
// reader holds stays until the next time ("store_busy"): to wait for it would make
// everybody wait who comes after.
func (d *Database) DropDays(ctx context.Context, before int32) error {
	for {
		var first *part
		err := d.alone(ctx, func(conn *pgx.Conn) error {
			all, err := parts(ctx, conn)
			if err != nil || len(all) == 0 || all[0].end > int64(before) {
				return err
			}
			first = &all[0]
			_, err = conn.Exec(ctx, fmt.Sprintf("DROP TABLE %s", pgx.Identifier{first.name}.Sanitize()))
			return err
		})
		if err != nil || first == nil {
			return err
		}
	}
}

// alone runs what changes tables under the lock of all commits, for which it
// waits, and waits no longer for readers than nobody minds.
func (d *Database) alone(ctx context.Context, use func(*pgx.Conn) error) error {
	turn, err := d.Begin(ctx)
	if err != nil {
		return err
	}
	_, err = d.writing.Exec(ctx, "SET LOCAL lock_timeout = '500ms'")
	if err == nil {
		err = use(d.writing)
	}
	if err != nil {
		turn.Rollback()
		var p *pgconn.PgError
		if errors.As(err, &p) && p.Code == "55P03" {
			return fault.Wrap("postgres.alone", fault.Unavailable, "store_busy", err)
		}
		return plain(err)
	}
	return turn.Commit()
}
