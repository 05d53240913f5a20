package vault

import (
	"encoding/json"

	"netid/internal/identity"
	"netid/internal/suite"
)

const matterSize = 6144 // a sealed matter is a multiple of it, in fact one: a statement is 4 kB at most

// Place is the name of the n-th place where something may wait for a guardian.
// 32 bytes, from their own subject key: it dies with it, and nobody else finds it.
func (v *Vault) Place(o identity.Opened, n int) []byte { return own(o, "matter", []byte{byte(n)}) }

// WardIndex names a child on its guardian's pages, and nowhere else.
func (v *Vault) WardIndex(o identity.Opened, h identity.PersonHandle) []byte {
	return own(o, "ward", []byte(h))
}

// GuardianMark names a guardian in a child's own records, and nowhere else.
func (v *Vault) GuardianMark(ward identity.Opened, guardian identity.PersonID) []byte {
	return own(ward, "guardian", guardian[:])
}

// SealMatter seals what waits for a guardian into one place of theirs and no other.
func (v *Vault) SealMatter(o identity.Opened, place []byte, m identity.Matter) ([]byte, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, broken("vault.SealMatter", "a matter's body", nil) // the detail would quote it
	}
	return sealAt(matterKey(o), pad(b, matterSize), matters, place, "body"), nil
}

// OpenMatter takes the seal off.
func (v *Vault) OpenMatter(o identity.Opened, place, sealed []byte) (m identity.Matter, err error) {
	const op = "vault.OpenMatter"
	padded, err := openAt(matterKey(o), sealed, matters, place, "body")
	if err != nil {
		return m, broken(op, "a matter does not open", err)
	}
	b, err := unpad(padded, matterSize)
	if err != nil {
		return m, broken(op, "a matter's padding", err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return identity.Matter{}, broken(op, "a matter's body", nil)
	}
	return m, nil
}

func matterKey(o identity.Opened) identity.Secret {
	return suite.Derive(o.Keys.Subject, "netid/vault/matter/v1")
}
