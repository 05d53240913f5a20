package vault

import (
	"context"
	"encoding/json"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/pack"
	"netid/internal/suite"
)

// What the officers' quorum holds of who a person is: not the identity but its key, under
// a seal whose own key comes from the person's slot of the shelf. So neither side opens it
// alone, the copy never has to follow a change of the identity, and the erasure that
// destroys the slot ends it in every copy of the store (ADR 0066).

// ForOfficers is a person's identity key under that seal: what is left to the officers.
func (v *Vault) ForOfficers(o identity.Opened) ([]byte, error) {
	if o.Lookup.Zero() || o.Keys.Identity.Zero() {
		return nil, fault.Newf("vault.ForOfficers", fault.Internal, "internal", "a person who was not opened")
	}
	return suite.Seal(under(o), identityKey(o).Bytes(), []byte(officersPlace)), nil
}

const officersPlace = "netid/vault/officers/v1"

func under(o identity.Opened) identity.Secret { return suite.Derive(o.Lookup, officersPlace) }

// SealedIdentity is the identity's row as it lies in the store, and the key that takes the
// vault's seal off the officers' copy. The identity is not opened here. Fails with
// NotFound "person_unknown" and Gone "person_erased".
func (v *Vault) SealedIdentity(ctx context.Context, n identity.Number) (row, body, off []byte, err error) {
	const op = "vault.SealedIdentity"
	o, err := v.ofNumber(ctx, n)
	if err != nil {
		return nil, nil, nil, fault.At(op, err)
	}
	row = v.identityRow(o.ID)
	body, err = v.rows.Identity(ctx, row)
	return row, body, under(o).Bytes(), fault.At(op, err)
}

func (v *Vault) ofNumber(ctx context.Context, n identity.Number) (identity.Opened, error) {
	id, err := v.Find(ctx, v.NumberIndex(n))
	if err != nil {
		return identity.Opened{}, err
	}
	o, err := v.Open(ctx, id)
	if err == nil && o.Profile.Number != n {
		err = fault.New("vault.ofNumber", fault.NotFound, "person_unknown")
	}
	return o, err
}

// NumberOf is the net number of who enrolled by a document. Fails as SealedIdentity does.
func (v *Vault) NumberOf(ctx context.Context, kind identity.DocumentKind, number string) (identity.Number, error) {
	const op = "vault.NumberOf"
	id, err := v.Find(ctx, v.DocumentIndex(kind, number))
	if err != nil {
		return "", fault.At(op, err)
	}
	o, err := v.Open(ctx, id)
	return o.Profile.Number, fault.At(op, err)
}

// ReadIdentity opens an identity on the officers' machine: off takes the vault's seal off
// the copy that they opened, and what is then there opens the row. It uses no key of a
// service. Whatever is wrong, it fails alike.
func ReadIdentity(s identity.Suite, copied, off, row, body []byte) (p identity.Person, err error) {
	const op = "vault.ReadIdentity"
	bad := func(what string) error { return fault.Newf(op, fault.Invalid, "sealed_invalid", "%s", what) }
	if len(off) != 32 {
		return p, bad("no key")
	}
	b, err := suite.Open(identity.NewSecret(s, [32]byte(off)), copied, []byte(officersPlace))
	if err != nil || len(b) != 32 {
		return p, bad("the copy does not open")
	}
	padded, err := openAt(identity.NewSecret(s, [32]byte(b)), body, identities, row, "body")
	if err != nil {
		return p, bad("the row does not open")
	}
	if b, err = unpad(padded, identitySize); err == nil {
		b, err = pack.New(identityWords).Unpack(b, mostIdentity)
	}
	if err != nil || json.Unmarshal(b, &p) != nil {
		return identity.Person{}, bad("not an identity")
	}
	return p, nil
}
