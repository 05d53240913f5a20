package main

import (
	"context"
	"time"

	"netid/internal/act/tally"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
	"netid/internal/vault"
)

// tallyOf counts what the book writes. Its row is sealed under the key that names
// rows: it is nobody's, and a restore ends it.
func tallyOf(ring *keyring.Ring, rows *store.Store, v *vault.Vault, book *ledger.Book, now func() time.Time) *tally.Act {
	a := &tally.Act{Store: rows, Figures: suite.NewBox(ring.Secret("vault-service"), "figures"), Place: func(month string) []byte { return v.CounterIndex("figures", []byte(month)) },
		Digest: suite.Digest, Book: book, Law: law.New(), Now: now}
	book.Tell(a.Happened)
	return a
}

// count keeps what was counted since the last minute.
func (h *house) count(ctx context.Context) {
	if h.tally == nil {
		return
	}
	if err := h.tally.Keep(ctx); err != nil {
		h.Log.Error("keep figures", "err", err)
	}
	h.keepPortal(ctx)
}

// report publishes the figures of months that are over.
func (h *house) report(ctx context.Context) {
	if err := h.tally.Publish(ctx); err != nil {
		h.Log.Error("publish figures", "err", err)
	}
}
