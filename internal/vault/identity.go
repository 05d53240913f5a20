package vault

import (
	"context"
	"encoding/json"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// identitySize is what a sealed real identity is a multiple of: in fact one, up
// to three documents or so, packed. Eleven rows of one fill a page of the embedded
// store. What is longer goes to pages of its own there, which are handed out in
// the order of enrolment, and the ledger's rows tell the same order.
const identitySize = 304

// mostIdentity is more than anybody's is before it is packed, in bytes.
const mostIdentity = 1 << 16

// identityWords is the dictionary that identities are packed with, and part of
// the format: what they mostly say.
const identityWords = `"kind":"residence-permit-taiwan","kind":"residence-permit-hk-macau","kind":"mainland-permit-taiwan","kind":"mainland-permit-hk-macau","kind":"foreigner-permanent-card","origin":"simulated","country":"CHN","sandbox":true}` +
	`},{"kind":"passport","number":"E","name":"","birth":"20","expires":"20","long_term":true,"origin":"chip-verified"}]{"handle":"sandbox-","name":"沙盒·","birth":"19","phone":"1","documents":[{"kind":"resident-id-card","number":"9","name":"沙盒·","birth":"19","expires":"20","long_term":true,"origin":"authority-decoded"}]}`

// SealIdentity seals the real identity under the person's identity key. The
// row's name is keyed, so that without the service's keys nobody can say whose it is.
func (v *Vault) SealIdentity(o identity.Opened, p identity.Person) (identity.KeepIdentity, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return identity.KeepIdentity{}, broken("vault.SealIdentity", "a person's body", nil) // the detail would quote it
	}
	if b, err = v.packer.Pack(nil, b); err != nil {
		return identity.KeepIdentity{}, fault.At("vault.SealIdentity", err)
	}
	row := v.identityRow(o.ID)
	v.recent.forget(func(r identity.Opened) bool { return r.ID == o.ID })
	return identity.KeepIdentity{Row: row, Body: sealAt(identityKey(o), pad(b, identitySize), identities, row, "body")}, nil
}

// Identity reads and opens the real identity. Fails with NotFound "person_unknown".
func (v *Vault) Identity(ctx context.Context, o identity.Opened) (identity.Person, error) {
	const op = "vault.Identity"
	row := v.identityRow(o.ID)
	body, err := v.rows.Identity(ctx, row)
	if err != nil {
		return identity.Person{}, fault.At(op, err)
	}
	return v.openIdentity(o, row, body)
}

// AmendIdentity reads the real identity, lets amend change it and seals it
// again, guarded by what was read: two who amend it at once never lose what
// the other added.
func (v *Vault) AmendIdentity(ctx context.Context, o identity.Opened, amend func(*identity.Person)) (identity.KeepIdentity, error) {
	const op = "vault.AmendIdentity"
	row := v.identityRow(o.ID)
	body, err := v.rows.Identity(ctx, row)
	if err != nil {
		return identity.KeepIdentity{}, fault.At(op, err)
	}
	p, err := v.openIdentity(o, row, body)
	if err != nil {
		return identity.KeepIdentity{}, fault.At(op, err)
	}
	amend(&p)
	keep, err := v.SealIdentity(o, p)
	keep.From = body
	return keep, fault.At(op, err)
}

func (v *Vault) openIdentity(o identity.Opened, row, body []byte) (identity.Person, error) {
	const op = "vault.openIdentity"
	padded, err := openAt(identityKey(o), body, identities, row, "body")
	if err != nil {
		return identity.Person{}, broken(op, "an identity does not open", err)
	}
	b, err := unpad(padded, identitySize)
	if err != nil {
		return identity.Person{}, fault.At(op, err)
	}
	if b, err = v.packer.Unpack(b, mostIdentity); err != nil {
		return identity.Person{}, broken(op, "an identity's packing", nil)
	}
	var p identity.Person
	if err := json.Unmarshal(b, &p); err != nil {
		return identity.Person{}, broken(op, "an identity's body", nil) // json's errors quote what they read
	}
	return p.At(v.now()), nil // here alone, so that nobody reads a telephone that was
}

// Over answers whether the person has completed so many years on the day (Art. 10).
func (v *Vault) Over(ctx context.Context, o identity.Opened, years int, on identity.Date) (bool, error) {
	p, err := v.Identity(ctx, o)
	if err != nil {
		return false, fault.At("vault.Over", err)
	}
	return p.Birth.Age(on) >= years, nil
}

// Regime answers what the person's age means for their rights on the day (Arts 4, 5).
func (v *Vault) Regime(ctx context.Context, o identity.Opened, on identity.Date) (identity.Regime, error) {
	if answer, ok := v.recent.regime(o.ID, on); ok {
		return answer, nil
	}
	since := v.recent.begin()
	p, err := v.Identity(ctx, o)
	if err != nil {
		return "", fault.At("vault.Regime", err)
	}
	answer := identity.RegimeAt(p.Birth, on)
	v.recent.keepRegime(since, o.ID, on, answer)
	return answer, nil
}

func (v *Vault) identityRow(id identity.PersonID) []byte {
	return suite.Tag(v.secrets.Service, "netid/vault/identity-row/v1", id[:])
}

func identityKey(o identity.Opened) identity.Secret {
	return suite.Derive(o.Keys.Identity, "netid/vault/identity/v1")
}
