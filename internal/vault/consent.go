package vault

import (
	"encoding/json"

	"netid/internal/identity"
	"netid/internal/suite"
)

const consentSize = 512 // a sealed standing consent is a multiple of it, in fact one

// SealConsent seals a standing consent under the person's subject key, padded,
// into the row of their link to its party and no other.
func (v *Vault) SealConsent(o identity.Opened, c identity.StandingConsent) ([]byte, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, broken("vault.SealConsent", "a consent's body", err)
	}
	return sealAt(consentKey(o), pad(b, consentSize), links, v.LinkIndex(o, c.Party), "consent"), nil
}

// OpenConsent takes the seal off the consent in the link to a party.
func (v *Vault) OpenConsent(o identity.Opened, p identity.PartyID, sealed []byte) (c identity.StandingConsent, err error) {
	const op = "vault.OpenConsent"
	padded, err := openAt(consentKey(o), sealed, links, v.LinkIndex(o, p), "consent")
	if err != nil {
		return c, broken(op, "a consent does not open", err)
	}
	b, err := unpad(padded, consentSize)
	if err != nil {
		return c, broken(op, "a consent's padding", err)
	}
	if err := json.Unmarshal(b, &c); err != nil || c.Party != p {
		return identity.StandingConsent{}, broken(op, "a consent's body", nil)
	}
	return c, nil
}

func consentKey(o identity.Opened) identity.Secret {
	return suite.Derive(o.Keys.Subject, "netid/vault/consent/v1")
}
