package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/store"
	"netid/internal/store/postgres"
	"netid/internal/store/sqlite"
	"netid/internal/suite"
	"netid/internal/vault"
)

// site is where a server's rows and its shelf lie: in the data directory, or
// in PostgreSQL. The keyring lies in the directory either way.
type site struct {
	data  string
	store *postgres.Address // nil: the embedded store
	shelf *postgres.Address // nil: the file beside the keyring
}

// storeFlag is for commands that read a store.
type storeFlag struct {
	dataFlag
	Store string `env:"NETID_STORE" placeholder:"postgres://…" help:"The database, when the store is not in the data directory; best from the environment ($NETID_STORE), where no other user reads it."`
}

func (f storeFlag) site() (site, error) { return siteOf(f.Data, f.Store, "") }

// shelfFlag is for commands that read the shelf too.
type shelfFlag struct {
	storeFlag
	Shelf string `env:"NETID_SHELF" placeholder:"postgres://…" help:"With --store: the database of person secrets."`
}

func (f shelfFlag) site() (site, error) { return withTrial(siteOf(f.Data, f.Store, f.Shelf)) }

// withTrial finds a sandbox's shelf where the sandbox puts it.
func withTrial(p site, err error) (site, error) {
	if err == nil && !lost(authorityDir(p.data)) {
		p = p.forTrial()
	}
	return p, err
}

// siteOf reads both addresses; empty ones leave things in the data directory.
func siteOf(data, rows, secrets string) (p site, err error) {
	p.data = data
	if p.store, err = parsed("store", rows); err == nil {
		p.shelf, err = parsed("shelf", secrets)
	}
	if err == nil && p.store == nil && p.shelf != nil {
		err = errors.New("a shelf in PostgreSQL needs the store there too")
	}
	if err == nil && p.shelf != nil && p.shelf.Same(*p.store) {
		err = errors.New("the shelf needs a database of its own: in a copy of the store's there would be the persons' secrets")
	}
	return p, err
}

func parsed(what, address string) (*postgres.Address, error) {
	if address == "" {
		return nil, nil
	}
	a, err := postgres.ParseAddress(address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return &a, nil
}

// forTrial gives a sandbox's shelf a schema in the store's database, unless it
// has a database of its own.
func (p site) forTrial() site {
	if p.store != nil && p.shelf == nil {
		a := p.store.Within("netid_shelf")
		p.shelf = &a
	}
	return p
}

func (p site) String() string {
	if p.store == nil {
		return storeFile(p.data)
	}
	return p.store.String()
}

// told refuses a data directory whose store is in PostgreSQL when none was named:
// what is found in the directory would be no store, or another. And it refuses
// to begin elsewhere beside a store that is in the directory.
func (p site) told() error {
	if p.store != nil && lost(elsewhere(p.data)) && !lost(storeFile(p.data)) {
		return fmt.Errorf("the store of %s is in the directory: move it with `netid store copy`, or name no other", p.data)
	}
	if p.store == nil && !lost(elsewhere(p.data)) {
		return fmt.Errorf("the store of %s is in PostgreSQL: name it (--store, or store: in the configuration)", p.data)
	}
	return nil
}

func elsewhere(data string) string { return filepath.Join(keyringDir(data), "store.elsewhere") }

// begun reports whether a store is there.
func (p site) begun(ctx context.Context) (bool, error) {
	if err := p.told(); err != nil {
		return false, err
	}
	if p.store == nil {
		return !lost(storeFile(p.data)), nil
	}
	db, err := postgres.OpenReadOnly(ctx, *p.store)
	if fault.Because(err, "store_missing") {
		return false, nil
	}
	if err != nil && !fault.Because(err, "store_version") {
		return false, err
	}
	if db != nil {
		db.Close()
	}
	return true, nil
}

func (p site) open(ctx context.Context) (store.Database, error) {
	if p.store == nil {
		return sqlite.Open(storeFile(p.data))
	}
	return postgres.Open(ctx, *p.store)
}

func (p site) openReadOnly(ctx context.Context) (store.Database, error) {
	if p.store == nil {
		return sqlite.OpenReadOnly(storeFile(p.data))
	}
	return postgres.OpenReadOnly(ctx, *p.store)
}

// shelf is one of either kind.
type shelf interface {
	vault.Shelf
	vault.Resealer
	Left(turn int) (int, error)
	Dead() error
	Close() error
}

// openShelf opens the shelf of person secrets, and makes it at the first
// start: while the ledger is empty. Later an empty shelf would lock everybody
// out without a word.
func (p site) openShelf(ctx context.Context, keys suite.Versions, size uint64) (shelf, error) {
	if p.store == nil {
		s, err := openShelf(p.data, keys, size)
		if err != nil { // a nil file is not a nil shelf
			return nil, err
		}
		return s, nil
	}
	if p.shelf == nil {
		return nil, errors.New("the store is in PostgreSQL: where is the shelf of person secrets?")
	}
	s, err := postgres.OpenShelf(ctx, *p.shelf, keys, size == 0)
	if fault.Because(err, "shelf_missing") {
		return nil, fmt.Errorf("%s has no shelf beside a ledger of %d entries: put the newest copy back", p.shelf, size)
	}
	if err != nil {
		return nil, fmt.Errorf("shelf: %w", err)
	}
	return s, nil
}

// readShelf opens the shelf beside the servers that write it.
func (p site) readShelf(ctx context.Context, keys suite.Versions) (shelf, error) {
	if p.store == nil {
		s, err := vault.OpenShelfReadOnly(shelfFile(p.data), keys)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	if p.shelf == nil {
		return nil, errors.New("the store is in PostgreSQL: where is the shelf of person secrets? (--shelf, or $NETID_SHELF)")
	}
	s, err := postgres.OpenShelfReadOnly(ctx, *p.shelf, keys)
	if err != nil {
		return nil, fmt.Errorf("shelf: %w", err)
	}
	return s, nil
}

// lock keeps others out of the data directory. Over PostgreSQL any number of
// servers may share one: what they write to lies elsewhere, and the keyring
// has a lock of its own. Who raises the epoch is alone.
func (p site) lock() (*os.File, error) {
	if err := p.told(); err != nil {
		return nil, err
	}
	if p.store == nil {
		return lock(p.data, syscall.LOCK_EX)
	}
	f, err := lock(p.data, syscall.LOCK_SH)
	if err == nil && lost(elsewhere(p.data)) {
		err = disk.WriteVia(via(elsewhere(p.data)), elsewhere(p.data), []byte("The store is in PostgreSQL.\n"))
	}
	return f, err
}
