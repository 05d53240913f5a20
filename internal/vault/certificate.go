package vault

import (
	"time"

	"github.com/fxamacker/cbor/v2"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

const certificateSize = 128 // a sealed certificate is a multiple of it, in fact one, with the longest name too

type certificateBody struct {
	Person  identity.PersonID `cbor:"1,keyasint"`
	Device  []byte            `cbor:"2,keyasint"`
	Issued  int64             `cbor:"3,keyasint"` // seconds since 1970
	Expires int64             `cbor:"4,keyasint"`
	Name    string            `cbor:"5,keyasint,omitempty"`
}

// SealCertificate makes the row of a certificate. It opens by its id alone,
// before anybody knows whose it is, and so carries a locator like an index.
// Instants keep whole seconds.
func (v *Vault) SealCertificate(o identity.Opened, c identity.Certificate) (identity.CertificateRow, error) {
	const op = "vault.SealCertificate"
	if c.Person != o.ID {
		return identity.CertificateRow{}, broken(op, "a certificate of another person", nil)
	}
	b, err := cbor.Marshal(certificateBody{c.Person, suite.ShortDeviceKey(c.Device, v.Origin), c.Issued.Unix(), c.Expires.Unix(), string(c.Name)})
	if err != nil {
		return identity.CertificateRow{}, broken(op, "a certificate's body", err)
	}
	kek := v.wrapping()
	return identity.CertificateRow{ID: c.ID, Owner: v.CertOwner(o), Revoked: c.Revoked, Place: c.Place, Under: kek.generation(),
		Locator: v.locate(o.Slot, certificates, c.ID[:]),
		Body:    sealAt(certificateKey(o.Lookup, kek.subject, c.ID), pad(b, certificateSize), certificates, c.ID[:], "body")}, nil
}

// OpenCertificate takes the seal off. Fails with Gone "person_erased".
func (v *Vault) OpenCertificate(row identity.CertificateRow) (identity.Certificate, error) {
	const op = "vault.OpenCertificate"
	var none identity.Certificate
	slot, err := v.located(row.Locator, certificates, row.ID[:])
	if err != nil {
		return none, fault.At(op, err)
	}
	secret, err := v.shelf.Get(slot)
	if err != nil {
		return none, fault.At(op, err)
	}
	padded, _, err := openCertificate(v.secrets.Subject.Live(), lookup(secret), row)
	if err != nil {
		return none, broken(op, "a certificate does not open", err)
	}
	b, err := unpad(padded, certificateSize)
	if err != nil {
		return none, fault.At(op, err)
	}
	var c certificateBody
	if err := cbor.Unmarshal(b, &c); err != nil {
		return none, broken(op, "a certificate's body", nil)
	}
	device, passkey := suite.LongDeviceKey(c.Device, v.Origin)
	return identity.Certificate{ID: row.ID, Person: c.Person, Device: device, Passkey: passkey, Name: identity.DeviceName(c.Name), Revoked: row.Revoked, Place: row.Place,
		Issued: time.Unix(c.Issued, 0).UTC(), Expires: time.Unix(c.Expires, 0).UTC()}, nil
}

// openCertificate tries the versions in turn and gives the one that opens.
func openCertificate(live []suite.Version, lookup identity.Secret, row identity.CertificateRow) (padded []byte, under suite.Version, err error) {
	err = errNoKey
	for _, under = range live {
		if padded, err = openAt(certificateKey(lookup, under, row.ID), row.Body, certificates, row.ID[:], "body"); err == nil {
			return padded, under, nil
		}
	}
	return nil, suite.Version{}, err
}

func certificateKey(lookup identity.Secret, subject suite.Version, id identity.CertificateID) identity.Secret {
	return with(lookup, subject.Key, certificates, id[:], "body")
}

// CertOwner is the index of a person's certificates. 16 bytes. Like the two
// below it comes from the person's subject key and dies with it.
func (v *Vault) CertOwner(o identity.Opened) []byte { return own(o, "certificates") }

// LinkOwner is the index of all of a person's links to parties. 16 bytes.
func (v *Vault) LinkOwner(o identity.Opened) []byte { return own(o, "links") }

// LinkIndex is the index of a person's link to one party. 16 bytes.
func (v *Vault) LinkIndex(o identity.Opened, p identity.PartyID) []byte {
	return own(o, "link", []byte(p))
}

func own(o identity.Opened, what string, parts ...[]byte) []byte {
	return suite.Tag(suite.Derive(o.Keys.Subject, "netid/vault/own/v1"), "netid/vault/own/"+what+"/v1", parts...)
}

// ReadMark is the index under which somebody is known to have read something. 16 bytes.
// It dies with their subject key.
func (v *Vault) ReadMark(o identity.Opened, parts ...[]byte) []byte { return own(o, "read", parts...) }

// IssueAgain gives a certificate another place for its status and another moment of
// issue; key, name, end and id stay. It needs nothing of the person but what the row
// leads to. Fails with Gone "person_erased".
func (v *Vault) IssueAgain(row identity.CertificateRow, at identity.Place, issued time.Time) (identity.IssueAgain, error) {
	const op = "vault.IssueAgain"
	padded, _, shelved, err := v.certified(row)
	if err != nil {
		return identity.IssueAgain{}, fault.At(op, err)
	}
	b, err := unpad(padded, certificateSize)
	if err != nil {
		return identity.IssueAgain{}, fault.At(op, err)
	}
	var c certificateBody
	if err := cbor.Unmarshal(b, &c); err != nil {
		return identity.IssueAgain{}, broken(op, "a certificate's body", nil)
	}
	c.Issued = issued.Unix()
	if b, err = cbor.Marshal(c); err != nil {
		return identity.IssueAgain{}, broken(op, "a certificate's body", err)
	}
	kek := v.wrapping()
	to := identity.CertificateRow{ID: row.ID, Owner: row.Owner, Locator: row.Locator, Place: at, Under: kek.generation(),
		Body: sealAt(certificateKey(shelved, kek.subject, row.ID), pad(b, certificateSize), certificates, row.ID[:], "body")}
	return identity.IssueAgain{Certificate: to, From: row.Body}, nil
}
