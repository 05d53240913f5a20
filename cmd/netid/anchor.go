package main

import (
	"netid/internal/anchor"
	"netid/internal/suite"
)

// roots vouches for the keys of the ring.
func (h *house) roots() *anchor.Anchor {
	return &anchor.Anchor{Issuer: h.Issuer, Roots: h.ring.Signers("anchor"), Keys: func(use string) []suite.Signer { return h.ring.Signers(use)() }, Made: h.ring.Made, Now: h.Now}
}

// statements list the keys of all that is read offline.
func (h *house) statements() (*anchor.Statements, error) {
	uses := []string{"attestation", "status", "slip", "bundle", "verifier", "token"}
	if h.ring.Profile().SM() {
		uses = append(uses, "attestation-sm", "status-sm", "slip-sm", "token-sm")
	}
	return anchor.NewStatements(h.anchor, uses...)
}
