package vault

import (
	"encoding/binary"

	"netid/internal/identity"
	"netid/internal/suite"
)

// A locator is where a person's secret lies on the shelf, sealed under a key
// of its own row: 8 bytes big-endian, so 36 sealed. Slots are numbered in the
// order of enrolment, so one in the clear would join a person's rows.
const locatorSize = 8 + suite.Overhead

func (v *Vault) locatorKey(table string, row []byte) identity.Secret {
	return suite.Derive(v.secrets.Service, "netid/vault/locator/v1", []byte(table), row)
}

func (v *Vault) locate(slot uint64, table string, row []byte) []byte {
	return sealAt(v.locatorKey(table, row), binary.BigEndian.AppendUint64(nil, slot), table, row, "locator")
}

func (v *Vault) located(locator []byte, table string, row []byte) (uint64, error) {
	b, err := openAt(v.locatorKey(table, row), locator, table, row, "locator")
	if err != nil || len(b) != 8 {
		return 0, broken("vault.located", "a locator of "+table+" does not open", err)
	}
	return binary.BigEndian.Uint64(b), nil
}
