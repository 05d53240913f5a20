package vault

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// indexVersion stands first in every blind index, so that a new key or form
// can live beside the old one while rows move over.
const indexVersion = 1

func (v *Vault) index(domain string, parts ...[]byte) []byte {
	m := suite.MAC(v.secrets.Index, "netid/vault/index/"+domain+"/v1", parts...)
	return append([]byte{indexVersion}, m[:]...)
}

// HandleIndex finds a person by the population register's handle. 33 bytes.
func (v *Vault) HandleIndex(h identity.PersonHandle) []byte { return v.index("handle", []byte(h)) }

// DocumentIndex finds a person by one document. The number is normalised, as
// identity.Document says. 33 bytes.
func (v *Vault) DocumentIndex(kind identity.DocumentKind, number string) []byte {
	return v.index("document", []byte(kind), []byte(number))
}

// NumberIndex finds a person by their net number. 33 bytes.
func (v *Vault) NumberIndex(n identity.Number) []byte { return v.index("number", []byte(n)) }

// CounterIndex names a counter of tries: kind says of what, parts whose. 33 bytes.
func (v *Vault) CounterIndex(kind string, parts ...[]byte) []byte {
	return v.index("counter", append([][]byte{[]byte(kind)}, parts...)...)
}

// Claim makes the row that leads from a blind index to the person: the sealed
// locator, then the person id under a key that needs the slot's secret. So an
// old copy of the row with today's keys leads nowhere once they are erased.
func (v *Vault) Claim(o identity.Opened, index []byte) identity.ClaimIndex {
	id := sealAt(v.claimKey(o.Lookup, index), o.ID[:], indexes, index, "person")
	return identity.ClaimIndex{Index: index, Body: append(v.locate(o.Slot, indexes, index), id...)}
}

// Find gives the person behind a blind index. NotFound "person_unknown" when
// nobody claimed it or who did is erased: to enrol again is to be a new person.
func (v *Vault) Find(ctx context.Context, index []byte) (identity.PersonID, error) {
	const op = "vault.Find"
	var none identity.PersonID
	body, err := v.rows.Index(ctx, index)
	if err != nil {
		return none, fault.At(op, err)
	}
	if len(body) < locatorSize {
		return none, broken(op, "an index entry is too short", nil)
	}
	slot, err := v.located(body[:locatorSize], indexes, index)
	if err != nil {
		return none, fault.At(op, err)
	}
	secret, err := v.shelf.Get(slot)
	if fault.Is(err, fault.Gone) {
		return none, fault.Wrap(op, fault.NotFound, "person_unknown", err)
	}
	if err != nil {
		return none, fault.At(op, err)
	}
	id, err := openAt(v.claimKey(lookup(secret), index), body[locatorSize:], indexes, index, "person")
	if err != nil || len(id) != len(none) {
		return none, broken(op, "an index entry does not open", err)
	}
	return identity.PersonID(id), nil
}

func (v *Vault) claimKey(lookup identity.Secret, index []byte) identity.Secret {
	return with(lookup, v.secrets.Index, indexes, index, "person")
}
