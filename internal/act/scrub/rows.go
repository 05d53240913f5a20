package scrub

import (
	"bytes"
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// person opens all that one person has, and looks whether they are found by each
// of their names: an index that is missing would let them have a second number.
func (a *Act) person(ctx context.Context, id identity.PersonID) (*Finding, error) {
	o, err := a.Vault.Open(ctx, id)
	if err != nil {
		return wrong("person", id[:], err)
	}
	p, err := a.Vault.Identity(ctx, o)
	if err != nil {
		return wrong("vault_identity", a.Vault.IdentityRow(id), err)
	}
	names := [][][]byte{a.Vault.NumberIndex(o.Profile.Number)}
	if p.Handle != "" {
		names = append(names, a.Vault.HandleIndex(p.Handle))
	}
	for _, d := range p.Documents {
		names = append(names, a.Vault.DocumentIndex(d.Kind, d.Number))
	}
	for _, n := range names {
		found, err := a.Vault.Find(ctx, n)
		if fault.Is(err, fault.NotFound) {
			return finding("person", id[:], "a blind index of theirs is missing (vault_index): they could get a second number"), nil
		}
		if err != nil {
			return wrong("vault_index", n[0], err)
		}
		if found != id {
			return finding("vault_index", n[0], "it leads to another person than the one who has this name"), nil
		}
	}
	return a.chain(ctx, id, o)
}

// chain compares a person's own numbering with their entries: an older row put
// back, or none, shows.
func (a *Act) chain(ctx context.Context, id identity.PersonID, o identity.Opened) (*Finding, error) {
	index := ledger.ChainIndex(o.Keys)
	seq, head, err := a.Store.Chain(ctx, index)
	if err != nil {
		return wrong("person_chain", index, err)
	}
	leaves, err := a.Store.LeavesOf(ctx, ledger.Owner(o.Keys))
	if err != nil {
		return nil, err
	}
	if uint64(len(leaves)) != seq || len(leaves) > 0 && !bytes.Equal(leaves[len(leaves)-1], head) {
		return finding("person_chain", index, "it is not the numbering of the entries that the ledger has of this person: a row of before, or none"), nil
	}
	return nil, nil
}

// keys looks for keys of nobody.
func (a *Act) keys(ctx context.Context, id identity.PersonID) (*Finding, error) {
	_, err := a.Vault.Open(ctx, id)
	if fault.Because(err, "person_unknown") {
		return finding("person_key", id[:], "there is no person of these keys (person)"), nil
	}
	return nil, nil // whatever else is wrong, the person's row was named for it
}

func (a *Act) certificate(ctx context.Context, id identity.CertificateID) (*Finding, error) {
	row, err := a.Store.Certificate(ctx, id)
	if fault.Is(err, fault.Internal) || fault.Is(err, fault.NotFound) { // it has its finding by its code, or is gone
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := a.Vault.OpenCertificate(row)
	if err != nil {
		return wrong("certificate", id[:], err)
	}
	o, err := a.Vault.Open(ctx, c.Person)
	if err != nil {
		return wrong("certificate", id[:], err)
	}
	if !bytes.Equal(a.Vault.CertOwner(o), row.Owner) {
		return finding("certificate", id[:], "it is listed under another person than it is of"), nil
	}
	return nil, nil
}

func (a *Act) index(ctx context.Context, index []byte) (*Finding, error) {
	id, err := a.Vault.Find(ctx, [][]byte{index})
	if err == nil {
		_, err = a.Vault.Open(ctx, id)
		if fault.Is(err, fault.Internal) { // the person's row was named
			return nil, nil
		}
	}
	if err != nil {
		return wrong("vault_index", index, err)
	}
	return nil, nil
}
