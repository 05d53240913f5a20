package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"

	"netid/internal/fault"
	"netid/internal/store"
)

// Versions are those of the store's schema at an address, and of the newest
// that this program speaks. No store is fault.NotFound, "store_missing".
func Versions(ctx context.Context, a Address) (have, newest int64, err error) {
	const op = "postgres.Versions"
	conn, err := a.connect(ctx)
	if err != nil {
		return 0, 0, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	s := storeSchema()
	err = conn.QueryRow(ctx, s.query).Scan(&have)
	var p *pgconn.PgError
	if errors.As(err, &p) && p.Code == "42P01" {
		return 0, 0, fault.New(op, fault.NotFound, "store_missing")
	}
	if err == nil {
		newest, err = s.newest()
	}
	return have, newest, fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(err))
}

// Down takes back the newest migration, for the program of before; the caller
// keeps others out. One that would lose something, and a schema that is not the
// newest, are refused (fault.Conflict, "schema_stays") and left as they are.
func Down(ctx context.Context, a Address) error {
	const op = "postgres.Down"
	have, newest, err := Versions(ctx, a)
	if err != nil {
		return fault.At(op, err)
	}
	if have != newest {
		return fault.Newf(op, fault.Conflict, "schema_stays", "the schema is %d and not the newest, %d: this program takes back its newest alone", have, newest)
	}
	s := storeSchema()
	if err := store.Reversible(s.files, s.dir); err != nil {
		return fault.Wrap(op, fault.Conflict, "schema_stays", err)
	}
	err = s.with(ctx, a, func(p *goose.Provider) error {
		_, err := p.Down(ctx)
		return err
	})
	return fault.Wrap(op, fault.Conflict, "schema_stays", plain(err))
}
