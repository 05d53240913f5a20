package main

import (
	"fmt"
	"syscall"
	"time"

	"netid/internal/act/restore"
	"netid/internal/disk"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
	"netid/internal/vault"
)

// raise begins another single-use epoch in a data directory that nobody serves.
func raise(s *surroundings, at site) error {
	data := at.data
	there, err := at.begun(s.ctx)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if !there {
		return fmt.Errorf("no store in %s", at)
	}
	held, err := lock(data, syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer held.Close()
	ring, err := found(data)
	if err != nil {
		return err
	}
	keeper := keeperOf(ring)
	known, err := knownSize(data, keeper)
	if err != nil {
		return err
	}
	db, err := at.open(s.ctx)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	rows, err := store.Open(s.ctx, db, keeper, time.Now)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer rows.Close()
	h := &house{store: rows, keeper: keeper}
	size, err := h.entries(s.ctx)
	if err != nil {
		return err
	}
	shelf, err := at.openShelf(s.ctx, ring.Versions("shelf"), size)
	if err != nil {
		return err
	}
	defer shelf.Close()
	book, persons := ledger.NewBook(rows, nil, time.Now), vaultOf(ring, rows, shelf, time.Now)
	figures := tallyOf(ring, rows, persons, book, time.Now)
	act := restore.Act{Store: rows, Sets: keeper, Book: book, Law: law.New(), Now: time.Now,
		Nonce: func() []byte { return suite.Random(16) }, Vault: persons}
	report, err := act.Raise(s.ctx, size, known)
	if err == nil {
		err = figures.Keep(s.ctx)
	}
	if err != nil {
		return err
	}
	note, err := rows.Head(s.ctx)
	if err == nil {
		err = disk.Write(headFile(data), note)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Epoch %d begins: every request, code, answer, access, challenge and session from before is dead.\n", report.Epoch)
	fmt.Fprintf(s.out, "%d persons open. %d who were erased after the copy are removed from it, with %d records; %d of theirs stay sealed for the officers' quorum.\n", report.Living, report.Persons, report.Records, report.Held)
	if known > size {
		fmt.Fprintf(s.out, "%d ledger entries that were known are lost, and what they changed: freezes, revocations, withdrawals, enrolments.\n", known-size)
	}
	if report.Sealed > 0 {
		fmt.Fprintf(s.errs, "%d persons do not open though nobody destroyed their keys. They were left, and so were the records of the erased.\n", report.Sealed)
	}
	return nil
}

func vaultOf(ring *keyring.Ring, rows *store.Store, shelf vault.Shelf, now func() time.Time) *vault.Vault {
	return vault.New(vault.Secrets{
		Identity: ring.Versions("vault-identity"), Subject: ring.Versions("vault-subject"), Record: ring.Versions("vault-record"),
		Index: ring.Versions("vault-index"), Service: ring.Secret("vault-service"), Pepper: ring.Versions("pepper"),
	}, rows, shelf, now)
}
