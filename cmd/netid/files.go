package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"netid/internal/disk"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
	"netid/internal/vault"
)

// origin names the log in every signed head (C2SP tlog-checkpoint).
const origin = "netid.ledger"

// lock lets one server at a time work in a data directory, or several that
// share it (LOCK_SH) and nobody who wants it for himself.
func lock(data string, how int) (*os.File, error) {
	if err := os.MkdirAll(keyringDir(data), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(keyringDir(data), "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another server works in %s", data)
	}
	return f, nil
}

// via is where a file is written before it takes its place, by a name that
// nobody else writes to: servers may share a directory.
func via(path string) string { return fmt.Sprintf("%s%s-%d", path, disk.Partial, os.Getpid()) }

// reading is a data directory opened to read, beside a running server or without one.
type reading struct {
	dir    string
	store  *store.Store
	keeper *ledger.Keeper
	ring   *keyring.Ring
}

func openReading(ctx context.Context, p site) (*reading, error) {
	dir := p.data
	there, err := p.begun(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if !there && p.store != nil {
		return nil, fmt.Errorf("no store in %s", p)
	}
	if !there {
		return nil, fmt.Errorf("no store in %s", dir)
	}
	ring, err := found(dir)
	if err != nil {
		return nil, err
	}
	keeper := keeperOf(ring)
	db, err := p.openReadOnly(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read as a store of this version: %w", p, err)
	}
	s, err := store.Open(ctx, db, keeper, time.Now)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return &reading{dir, s, keeper, ring}, nil
}

func (r *reading) Close() { r.store.Close() }

// openRing opens the server's keyring, and makes it at the first start. Beside
// a store that is there already nothing is made: with new keys not one row of
// it would open again.
func openRing(ctx context.Context, at site, m keyring.Master, p suite.Profile) (*keyring.Ring, error) {
	data := at.data
	if lost(filepath.Join(keyringDir(data), "manifest.json")) {
		there, err := at.begun(ctx)
		if err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		if there && at.store != nil {
			return nil, fmt.Errorf("there is a store in %s and no keyring in %s: put its own keyring there", at, data)
		}
		if there {
			return nil, fmt.Errorf("%s has a store and no keyring: put its own keyring back", data)
		}
	}
	ring, err := keyring.Open(keyringDir(data), m, p)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return ring, nil
}

// openShelf opens the shelf of person secrets, and makes it at the first
// start: while the ledger is empty. Later an empty shelf would lock everybody
// out without a word.
func openShelf(data string, keys suite.Versions, size uint64) (*vault.FileShelf, error) {
	if size > 0 && lost(shelfFile(data)) {
		return nil, fmt.Errorf("%s is missing beside a ledger of %d entries: put the newest copy back", shelfFile(data), size)
	}
	shelf, err := vault.OpenShelf(shelfFile(data), keys)
	if err != nil {
		return nil, fmt.Errorf("shelf: %w", err)
	}
	return shelf, nil
}

func lost(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist)
}

func keyringDir(data string) string   { return filepath.Join(data, "keyring") }
func storeFile(data string) string    { return filepath.Join(data, "netid.db") }
func shelfFile(data string) string    { return filepath.Join(keyringDir(data), "people.shelf") }
func headFile(data string) string     { return filepath.Join(keyringDir(data), "ledger.head") }
func masterFile(data string) string   { return filepath.Join(keyringDir(data), "master") }
func quorumDir(data string) string    { return filepath.Join(keyringDir(data), "quorum") }
func authorityDir(data string) string { return filepath.Join(data, "authority") }
