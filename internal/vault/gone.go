package vault

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// CertificateGone reports whether the person of a certificate's row is erased.
// The row's locator is enough.
func (v *Vault) CertificateGone(row identity.CertificateRow) (bool, error) {
	return v.gone(row.Locator, certificates, row.ID[:])
}

// IndexGone reports whether the person behind a blind index is erased.
func (v *Vault) IndexGone(index, body []byte) (bool, error) {
	return v.gone(body[:min(locatorSize, len(body))], indexes, index)
}

// IdentityRow names the row of a person's real identity.
func (v *Vault) IdentityRow(id identity.PersonID) []byte { return v.identityRow(id) }

func (v *Vault) gone(locator []byte, table string, row []byte) (bool, error) {
	slot, err := v.located(locator, table, row)
	if err != nil {
		return false, fault.At("vault.gone", err)
	}
	_, err = v.shelf.Get(slot)
	if fault.Is(err, fault.Gone) {
		return true, nil
	}
	return false, fault.At("vault.gone", err)
}
