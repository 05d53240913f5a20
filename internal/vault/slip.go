package vault

import (
	"netid/internal/identity"
	"netid/internal/suite"
)

// SlipSecret names the slips that a device of the person approved (ADR 0050): each
// device's by themselves, so that one that is out takes no other's with it.
func (v *Vault) SlipSecret(o identity.Opened, c identity.CertificateID) identity.Secret {
	return suite.Derive(o.Keys.Subject, "netid/vault/slips/v1", c[:])
}
