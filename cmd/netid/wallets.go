package main

import (
	"netid/internal/act/attest"
	"netid/internal/identity"
	"netid/internal/protocol/vci"
	"netid/internal/suite"
	"netid/internal/token/attestation"
	"netid/internal/token/jose"
	"netid/internal/token/sdjwt"
	"netid/internal/token/slip"
	"netid/internal/token/vc"
)

// attestations are the makers of what wallets get, each with the key of its suite.
func (h *house) attestations(ages slip.Persons) (map[string]attest.Kind, error) {
	all := map[string]attest.Kind{}
	for _, k := range h.kinds() {
		coder, err := h.attester(k.Suite, sdjwt.TypeCredential)
		if err != nil {
			return nil, err
		}
		maker, err := vc.NewMaker(k, h.Issuer, coder, ages)
		if err != nil {
			return nil, err
		}
		all[k.ID] = attest.Kind{Item: k.Item(), Maker: maker}
	}
	for _, use := range h.slipUses() { // a key's use is called as what it signs
		all[use] = attest.Kind{Item: slip.Item, Numbered: true, Maker: slip.Maker{Signers: h.ring.Signers(use), Persons: ages}}
	}
	return all, nil
}

// slipUses are the configurations of slips: those of SM2 for gates that read no other.
func (h *house) slipUses() []string {
	if h.ring.Profile().SM() {
		return []string{"slip", "slip-sm"}
	}
	return []string{"slip"}
}

// attester signs for wallets with the key of that one use.
func (h *house) attester(s identity.Suite, typ string) (*jose.Coder, error) {
	if s == identity.SM { // no certificate holds an SM2 key (ADR 0042): the key is found by its id
		return jose.NewCoder(jose.SM2, h.ring.Signers("attestation-sm"), typ)
	}
	return jose.NewChainedCoder(jose.ES256, h.ring.Signers("attestation"), typ, h.anchor.Chains("attestation"))
}

// wallets is the door at which they fetch it.
func (h *house) wallets(a *attest.Act) (*vci.Door, error) {
	coder, err := h.attester(identity.ES256, vci.TypeMetadata)
	if err != nil {
		return nil, err
	}
	c := vci.Config{Issuer: h.Issuer, Name: identity.Text{ZH: service, EN: service}, Attester: a, Coder: coder, Configurations: map[string]map[string]any{}, Types: map[string][]byte{}, Needs: map[string]attestation.Need{},
		Gate:   h.gate(),
		Nonces: vci.Nonces{Secrets: h.ring.Secrets("nonce"), Label: h.epoch.Label("c-nonce")}, Transactions: suite.NewRotatingBox(h.ring.Secrets("access"), h.epoch.Label("deferred-credential")), Now: h.Now, Log: h.Log}
	c.Gate.Wallets = h.Wallets
	for _, k := range h.kinds() {
		if k.Kept != nil {
			c.Needs[k.ID] = attestation.Need{Storage: k.Kept, Authentication: k.Kept}
		}
		c.Configurations[k.ID] = k.Configuration(h.Issuer)
		if c.Types[k.Name], err = k.Document(h.Issuer); err != nil {
			return nil, err
		}
	}
	for _, use := range h.slipUses() {
		if c.Configurations[use], err = slip.Configuration(use, h.ring.Signers(use)()); err != nil {
			return nil, err
		}
	}
	return vci.New(c)
}

// kinds are what wallets may hold: also those for keys of which is said how they
// are kept, where the operator believes anybody.
func (h *house) kinds() []vc.Kind {
	all := vc.Kinds(h.ring.Profile().SM())
	if len(h.Wallets) > 0 {
		all = append(all, vc.Attested(attestation.Levels("iso_18045_moderate"))...)
	}
	return all
}

// configurations are their ids, for wallets that come by the authorization code, the least first.
func (h *house) configurations() (ids []string) {
	for _, k := range h.kinds() {
		ids = append(ids, k.ID)
	}
	return ids
}
