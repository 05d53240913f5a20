package main

import (
	"context"

	"netid/internal/act/present"
	"netid/internal/anchor"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/protocol/oauth"
	"netid/internal/protocol/vp"
	"netid/internal/token/qr"
)

// asking is the door at which parties have netid ask wallets. What is asked for
// and signed there is below the roots that everybody may have from /trust.
func (h *house) asking(word *anchor.Statements, rules *law.Book) (*vp.Door, error) {
	return vp.New(vp.Config{Issuer: h.Issuer, Gate: h.gate(), Signers: h.ring.Signers("token"), Readers: h.ring.Signers("verifier"), Chains: h.anchor.Chains("verifier"), Roots: word.PEM,
		Statement: func(_ context.Context, p identity.Party) (string, error) { return word.Hosted(p) },
		Asker:     &present.Act{Store: h.store, Cover: h.cover(), Law: rules, Issuer: h.Issuer}, Square: qr.Path, Now: h.Now, Log: h.Log})
}

// gate is how parties prove themselves at the doors beside the OpenID one.
func (h *house) gate() oauth.Gate {
	return oauth.Gate{Issuer: h.Issuer, MTLS: h.MTLS.URL, Parties: clients{h}, Keys: h.published(), Certificates: h.MTLS.certificates(), Once: h.once,
		Nonces: oauth.Nonces{Secrets: h.ring.Secrets("nonce"), Label: h.epoch.Label("nonce")}, Suite: h.ring.Profile().Suite(), Since: h.epoch.Since, Now: h.Now}
}
