package main

import (
	"context"
	"time"

	"netid/client"
	"netid/internal/act/attest"
	"netid/internal/act/barred"
	"netid/internal/identity"
	"netid/internal/token/jose"
	"netid/internal/token/slip"
	"netid/internal/vault"
)

// given names the slips of a day.
type given struct {
	*attest.Act
	persons *vault.Vault
}

func (g given) Given(ctx context.Context, c identity.CertificateID, on identity.Date) (int, error) {
	return g.Act.Given(ctx, slip.Item, c, on)
}

func (g given) Names(o identity.Opened, c identity.CertificateID, on identity.Date) (all []barred.ID) {
	for _, id := range slip.IDs(g.persons.SlipSecret(o, c), on) {
		all = append(all, barred.ID(id))
	}
	return all
}

// bundles are signed for gates that have no network.
func (h *house) bundles(a *attest.Act, persons *vault.Vault) (*barred.Act, error) {
	coder, err := jose.NewChainedCoder(jose.ES256, h.ring.Signers("bundle"), client.BundleType, h.anchor.Chains("bundle"))
	if err != nil {
		return nil, err
	}
	sign := func(issued time.Time, stopped []barred.ID) (string, error) {
		b := slip.Bundle{Issuer: h.Issuer, Issued: issued}
		for _, id := range stopped {
			b.Frozen = append(b.Frozen, slip.ID(id))
		}
		var err error
		if b.Keys, err = jose.Publish(jose.ES256, h.ring.Signers("slip")()...); err != nil {
			return "", err
		}
		if h.ring.Profile().SM() {
			if b.KeysSM, err = jose.Publish(jose.SM2, h.ring.Signers("slip-sm")()...); err != nil {
				return "", err
			}
		}
		return slip.EncodeBundle(coder, b)
	}
	return &barred.Act{Store: h.store, Vault: persons, Slips: given{a, persons}, Sign: sign, Now: h.Now}, nil
}
