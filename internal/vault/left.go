package vault

import (
	"context"

	"netid/internal/identity"
	"netid/internal/suite"
)

// KEK names one of the keys that wrap.
type KEK string

const (
	IdentityKEK KEK = "vault-identity"
	SubjectKEK  KEK = "vault-subject"
	RecordKEK   KEK = "vault-record"
)

// leftBatch is how many rows are read at a time.
const leftBatch = 1024

// Left counts the persons and certificates that are still wrapped under one
// version of a key: what would be lost with it. It opens every row, and
// believes no record of any pass.
func (v *Vault) Left(ctx context.Context, from Everybody, kek KEK, turn int) (persons, certificates int, err error) {
	for after := []byte(nil); ; {
		rows, err := from.KeysAfter(ctx, after, leftBatch)
		if err != nil {
			return 0, 0, err
		}
		for _, row := range rows {
			after = row.ID[:]
			if _, under, _, err := v.wrapped(row); err == nil && under.of(kek).Turn == turn {
				persons++
			}
		}
		if len(rows) < leftBatch {
			break
		}
	}
	for after := []byte(nil); kek == SubjectKEK; {
		rows, err := from.CertificatesAfter(ctx, after, leftBatch)
		if err != nil {
			return 0, 0, err
		}
		for _, row := range rows {
			after = row.ID[:]
			if _, under, _, err := v.certified(row); err == nil && under.Turn == turn {
				certificates++
			}
		}
		if len(rows) < leftBatch {
			break
		}
	}
	return persons, certificates, nil
}

func (k wrapping) of(kek KEK) suite.Version {
	switch kek {
	case IdentityKEK:
		return k.identity
	case SubjectKEK:
		return k.subject
	}
	return k.record
}

// wrapped opens the keys of a row and says under what they were wrapped.
func (v *Vault) wrapped(row identity.PersonRow) (keys identity.Keys, under wrapping, secret identity.Secret, err error) {
	slot, err := v.located(row.Keys.Locator, personKeys, row.ID[:])
	if err == nil {
		secret, err = v.shelf.Get(slot)
	}
	if err == nil {
		keys, under, err = v.unwrap(row.ID, secret, row.Keys)
	}
	return keys, under, secret, err
}

// certified opens the body of a certificate's row and says under what it was sealed.
func (v *Vault) certified(row identity.CertificateRow) (padded []byte, under suite.Version, shelved identity.Secret, err error) {
	slot, err := v.located(row.Locator, certificates, row.ID[:])
	if err == nil {
		shelved, err = v.shelf.Get(slot)
	}
	if err == nil {
		shelved = lookup(shelved)
		padded, under, err = openCertificate(v.secrets.Subject.Live(), shelved, row)
	}
	return padded, under, shelved, err
}
