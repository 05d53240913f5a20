package store

import (
	"context"
	"encoding/binary"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

// resolve finds out what became of a group whose COMMIT failed, and answers or
// returns like attempt. The reading happens in a transaction that itself
// writes and commits: when that is durable, so is what it read. (Reading alone could
// see, or miss, what the disk has not decided yet.)
func (w *writer) resolve(changes []*request, cause error) error {
	unknown := fault.Wrap("store.Commit", fault.Unavailable, "outcome_unknown", cause)
	entry := firstEntry(changes)
	if entry == nil { // notes alone leave nothing to recognise them by
		return answerAll(changes, unknown)
	}
	there, err := w.recorded(entry)
	if err != nil {
		return answerAll(changes, unknown)
	}
	if !there {
		return unavailable("store.Commit", cause)
	}
	if err := w.load(context.Background()); err != nil {
		w.tree = ledger.Tree{} // the next group reads it anew, or fails
	}
	for _, r := range changes {
		r.answer <- r.err
	}
	return nil
}

// firstEntry is an entry that the group would have written: they are
// all there or none is.
func firstEntry(changes []*request) *identity.Entry {
	for _, r := range changes {
		if r.entry != nil && r.err == nil {
			return r.entry
		}
	}
	return nil
}

// recorded reads whether the entry is there. A row under the empty index that no
// caller has, another each time, is what makes this commit a write.
func (w *writer) recorded(entry *identity.Entry) (there bool, err error) {
	tx, err := w.store.db.Begin(context.Background())
	if err != nil {
		return false, err
	}
	err = tx.Query("SELECT 1 FROM ledger_event WHERE public IN (0, 1) AND day = ? AND id = ?", func(Row) error { there = true; return nil }, int64(entry.Day), entry.ID)
	if err == nil {
		var none, other = []byte{}, int64(binary.BigEndian.Uint64(suite.Random(8)) >> 1)
		_, err = tx.Exec("INSERT INTO counter (idx, count, since, until, code) VALUES (?, ?, 0, 0, ?) ON CONFLICT (idx) DO UPDATE SET count = excluded.count, code = excluded.code",
			none, other, w.store.code("counter", none, other, int64(0), int64(0)))
	}
	if err != nil {
		tx.Rollback()
		return false, err
	}
	return there, tx.Commit()
}

func answerAll(changes []*request, err error) error {
	for _, r := range changes {
		r.answer <- err
	}
	return nil
}
