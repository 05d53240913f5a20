package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"netid/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed shelving/*.sql
var shelving embed.FS

// schema is a set of migrations and the table that remembers which were done.
type schema struct {
	files embed.FS
	dir   string
	table string
	query string // of the newest version that was done
}

func storeSchema() schema {
	return schema{migrations, "migrations", goose.DefaultTablename, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied"}
}

func shelfSchema() schema {
	return schema{shelving, "shelving", "shelf_version", "SELECT coalesce(max(version_id), 0) FROM shelf_version WHERE is_applied"}
}

// migrate brings a schema up to date. Processes that start together take
// turns; one of an older program leaves a newer schema alone.
func migrate(ctx context.Context, a Address, s schema) error {
	const op = "postgres.migrate"
	conn, err := a.connect(ctx)
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	defer conn.Close(ctx)
	if name := a.config.ConnConfig.RuntimeParams["search_path"]; name != "" {
		if err := own(ctx, conn, name); err != nil {
			return fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(err))
		}
	}
	err = sameVersion(ctx, conn, s)
	if err == nil || !errors.Is(err, errOlder) && !fault.Because(err, "store_missing") {
		return err
	}
	if err := s.up(ctx, a); err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(err))
	}
	return sameVersion(ctx, conn, s)
}

func (s schema) up(ctx context.Context, a Address) error {
	return s.with(ctx, a, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// with runs something on the migrations; processes take turns.
func (s schema) with(ctx context.Context, a Address, use func(*goose.Provider) error) error {
	c := a.config.Copy().ConnConfig
	prepare(c, demands{primary: true})
	db := stdlib.OpenDB(*c)
	defer db.Close()
	files, err := fs.Sub(s.files, s.dir)
	if err != nil {
		return err
	}
	turn, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true),
		goose.WithTableName(s.table), goose.WithSessionLocker(turn))
	if err != nil {
		return err
	}
	return use(p)
}

// own makes the schema that an address keeps its tables in. The server quotes
// the name.
func own(ctx context.Context, conn *pgx.Conn, name string) error {
	var words string
	err := conn.QueryRow(ctx, "SELECT format('CREATE SCHEMA IF NOT EXISTS %I', $1::text) WHERE NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", name).Scan(&words)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err == nil {
		_, err = conn.Exec(ctx, words)
	}
	return err
}

var errOlder = errors.New("the schema is of an older version")

// row is a connection or a pool.
type row interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// sameVersion compares the schema with the one that this program speaks.
func sameVersion(ctx context.Context, from row, s schema) error {
	const op = "postgres.sameVersion"
	var have int64
	err := from.QueryRow(ctx, s.query).Scan(&have)
	var p *pgconn.PgError
	if errors.As(err, &p) && p.Code == "42P01" {
		return fault.New(op, fault.NotFound, "store_missing")
	}
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(err))
	}
	want, err := s.newest()
	if err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	if have == want {
		return nil
	}
	err = fmt.Errorf("schema %d, this program speaks %d", have, want)
	if have < want {
		err = fmt.Errorf("%w: %w", errOlder, err)
	}
	return fault.Wrap(op, fault.Unavailable, "store_version", err)
}

// newest is the number in the name of the last file.
func (s schema) newest() (n int64, err error) {
	files, err := fs.ReadDir(s.files, s.dir)
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("no migrations: %w", err)
	}
	return goose.NumericComponent(files[len(files)-1].Name())
}

var _ row = (*pgxpool.Pool)(nil)
