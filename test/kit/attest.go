package kit

import (
	"context"

	"netid/internal/act/attest"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/sdjwt"
	"netid/internal/token/slip"
	"netid/internal/token/vc"
)

// attestations are made as the service makes them; their certificates are the door's business.
func (k *Kit) attestations() map[string]attest.Kind {
	k.t.Helper()
	all := map[string]attest.Kind{}
	for _, kind := range vc.Kinds(k.Profile.SM()) {
		use := map[identity.Suite]string{identity.ES256: "attestation", identity.SM: "attestation-sm"}[kind.Suite]
		coder, err := jose.NewCoder(jose.AlgOf(kind.Suite), k.Ring.Signers(use), sdjwt.TypeCredential)
		must(k.t, err)
		maker, err := vc.NewMaker(kind, Issuer, coder, k.Vault)
		must(k.t, err)
		all[kind.ID] = attest.Kind{Item: kind.Item(), Maker: maker}
	}
	all["slip"] = attest.Kind{Item: slip.Item, Numbered: true, Maker: slip.Maker{Signers: k.Ring.Signers("slip"), Persons: k.Vault}}
	return all
}

// Held is a grant that a wallet has for its citizen's offer.
func (c *Citizen) Held(ctx context.Context, by identity.Confirm, kinds ...string) (attest.Granted, identity.CredentialGrant, error) {
	o, err := c.Attest.Offer(ctx, c.Session, attest.Choice{Kinds: kinds})
	if err != nil {
		return attest.Granted{}, identity.CredentialGrant{}, err
	}
	granted, err := c.Attest.Redeem(ctx, attest.Redemption{Code: o.Code, Confirm: by})
	if err != nil {
		return granted, identity.CredentialGrant{}, err
	}
	g, err := c.Attest.Grant(granted.Access)
	return granted, g, err
}

// Order is for so many new keys of a wallet, over a nonce of its own.
func Order(g identity.CredentialGrant, kind string, n int) attest.Order {
	o := attest.Order{Grant: g, Kind: kind, Nonces: []identity.TakeOnce{{ID: suite.Random(16), Until: Start.AddDate(1, 0, 0)}}}
	for range n {
		o.Keys = append(o.Keys, NewDevice().JWK)
	}
	return o
}
