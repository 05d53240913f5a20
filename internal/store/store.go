// Package store keeps what the acts hand it: it executes one change, an event
// with its guarded verbs, all or nothing, and answers when it is on disk.
//
// It owns the SQL (once, for every database), the single writer that groups
// concurrent changes into one durable commit, the position and the integrity
// code of each ledger row, and the signed head. It refuses to know the acts,
// the law, any key of a person, and which database lies below: driver, schema
// and locking are a Database's (package sqlite).
//
// Invariant: whoever got nil from Commit finds their change after a power cut;
// whoever got an error finds nothing of it, except for the reason
// "outcome_unknown"; state never changes without its event, and the
// signed head always covers exactly the rows that are there. No row is served, and none
// satisfies a guard, that is not as this store wrote it (Altered; docs/adr/0027-rows-with-codes.md
// says what a keyed hash of a row can't tell).
//
// The tree is RFC 6962 (SHA-256), the head a C2SP checkpoint: see package ledger.
package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"netid/internal/fault"
	"netid/internal/ledger"
)

// Store executes changes and answers reads. It is safe for concurrent use.
type Store struct {
	rows // reads of the ledger

	db     Database
	keeper *ledger.Keeper
	now    func() time.Time

	parties remembered
	queue   chan *request
	commits atomic.Uint64 // durable ones since Open
	reads   *atomic.Uint64
	stopped chan struct{} // closed when the writer has answered its last caller

	gate   sync.RWMutex // guards closed, and sends on queue against its closing
	closed bool
}

// Open takes over db, and closes it when it fails. A writable store is checked
// first: its signed head must cover exactly its rows, otherwise it was tampered
// with and is refused (fault.Internal; `ledger verify` says where). A read-only
// one answers reads alone and is not checked. A store that
// another is still being copied into is "store_half_copied".
func Open(ctx context.Context, db Database, keeper *ledger.Keeper, now func() time.Time) (*Store, error) {
	if err := whole(ctx, db); err != nil {
		db.Close()
		return nil, err
	}
	reads := &atomic.Uint64{}
	db = counted{db, reads}
	s := &Store{rows: rows{db}, db: db, reads: reads, keeper: keeper, now: now, queue: make(chan *request, groupLimit), stopped: make(chan struct{})}
	if db.ReadOnly() {
		close(s.stopped)
		return s, nil
	}
	w := &writer{store: s}
	if err := w.load(ctx); err != nil {
		db.Close()
		return nil, fault.At("store.Open", err)
	}
	if err := s.fill(ctx, w.tree.Size()); err != nil {
		db.Close()
		return nil, fault.At("store.Open", err)
	}
	go w.run()
	if err := s.Reseal(ctx); err != nil { // a key came while nobody served
		s.Close()
		return nil, fault.At("store.Open", err)
	}
	return s, nil
}

// Commits is how many durable commits there were since Open. Changes that were
// handed in together share one.
func (s *Store) Commits() uint64 { return s.commits.Load() }

// Reads is how many queries there were since Open, beside those of the writer
// and of snapshots.
func (s *Store) Reads() uint64 { return s.reads.Load() }

// counted counts the reads of a database.
type counted struct {
	Database
	reads *atomic.Uint64
}

func (c counted) Query(ctx context.Context, query string, each func(Row) error, args ...any) error {
	c.reads.Add(1)
	return c.Database.Query(ctx, query, each, args...)
}

// Dead is why nothing is written any more, however often somebody asks, or nil
// (see Database). The process is to end, and another to start.
func (s *Store) Dead() error { return s.db.Dead() }

// Close answers every change that was handed in before it, refuses later ones
// ("store_closed") and releases the database. It may be called again.
func (s *Store) Close() {
	s.gate.Lock()
	again := s.closed
	s.closed = true
	if !again {
		close(s.queue)
	}
	s.gate.Unlock()
	<-s.stopped
	if !again {
		s.db.Close()
	}
}
