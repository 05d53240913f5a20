package main

import (
	"netid/internal/act/partner"
	"netid/internal/ledger"
	"netid/internal/suite"
)

// partners furnishes the act of organisations behind parties. A session and a challenge
// from before a restore are good no more.
func (h *house) partners(book *ledger.Book) *partner.Act {
	return &partner.Act{Dossiers: h.desk, Store: h.store, Cover: h.cover(),
		Sessions: suite.NewRotatingBox(h.ring.Secrets("session"), h.epoch.Label("partner")), Challenges: suite.NewRotatingBox(h.ring.Secrets("challenge"), h.epoch.Label("partner")),
		Parties: h.gate(), Register: register{h.admit, h.Sandbox && !h.Reviews}, Sandbox: h.Sandbox, Fetch: h.sectors(), Book: book, Issuer: h.Issuer, Now: h.Now}
}
