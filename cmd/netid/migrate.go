package main

import (
	"context"
	"fmt"
	"syscall"

	"netid/internal/store/postgres"
	"netid/internal/store/sqlite"
)

type migrateCmd struct {
	Status migrateStatusCmd `cmd:"" help:"The version of the store's schema, and the newest that this program speaks."`
	Up     migrateUpCmd     `cmd:"" help:"Bring the schema up to date, as the server does at its start."`
	Down   migrateDownCmd   `cmd:"" help:"Take the newest migration back, for the program of before; refused where something would be lost. Stop every server first."`
}

type (
	migrateStatusCmd struct{ storeFlag }
	migrateUpCmd     struct{ storeFlag }
	migrateDownCmd   struct{ storeFlag }
)

func (c *migrateStatusCmd) Run(s *surroundings) error {
	at, err := c.site()
	if err == nil {
		err = at.told()
	}
	if err != nil {
		return err
	}
	return at.versions(s)
}

func (c *migrateUpCmd) Run(s *surroundings) error {
	return c.alone(s, func(at site) error {
		db, err := at.open(s.ctx)
		if err != nil {
			return err
		}
		return db.Close()
	})
}

func (c *migrateDownCmd) Run(s *surroundings) error {
	return c.alone(s, func(at site) error {
		if at.store != nil {
			return postgres.Down(s.ctx, *at.store)
		}
		return sqlite.Down(s.ctx, storeFile(at.data))
	})
}

// alone changes the schema of a store that is there, and that no server of this
// directory works on.
func (f storeFlag) alone(s *surroundings, change func(site) error) error {
	at, err := f.site()
	if err != nil {
		return err
	}
	there, err := at.begun(s.ctx)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if !there {
		return fmt.Errorf("no store in %s", at)
	}
	held, err := lock(at.data, syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer held.Close()
	if err := change(at); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return at.versions(s)
}

func (p site) versions(s *surroundings) error {
	have, newest, err := p.schema(s.ctx)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	fmt.Fprintf(s.out, "%s: schema %d, the newest that this program speaks is %d\n", p, have, newest)
	return nil
}

func (p site) schema(ctx context.Context) (have, newest int64, err error) {
	if p.store != nil {
		return postgres.Versions(ctx, *p.store)
	}
	return sqlite.Versions(ctx, storeFile(p.data))
}
