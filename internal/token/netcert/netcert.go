// Package netcert encodes the net certificate (网证, Art. 2): what a citizen's
// device holds to show that netid bound its key to a person.
//
// It owns the claims of that one credential (SD-JWT VC) and refuses to know the
// person: the net number inside is sealed, readable by netid alone, so that whoever
// sees the certificate learns that it is one, until when, and where it says whether
// it still is.
//
// Invariant: the credential names the device key (RFC 7800 cnf) and is presented to
// netid and to nobody else: it is one text, with an id and a place of its status,
// by which two strangers could match what they saw.
//
// Specifications: draft-ietf-oauth-sd-jwt-vc-24, draft-ietf-oauth-status-list-21.
// Decisions: docs/adr/0047-status.md.
package netcert

import (
	"encoding/base64"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/sdjwt"
)

// Kind is the `vct` of an issuer's net certificates, and the address of what it says of itself.
func Kind(issuer string) string { return issuer + "/credentials/net-certificate" }

// Minter signs net certificates.
type Minter struct {
	name   string
	issuer *sdjwt.Issuer
	number suite.Versions
	list   func(shard uint32) string
}

// New makes a minter for the issuer of this name, which signs with its
// certificate key in its suite. The newest version of number seals the net number,
// each live one opens it: a certificate outlives a rotation. list is the address of
// a list of statuses.
func New(name string, issuer *sdjwt.Issuer, number suite.Versions, list func(shard uint32) string) *Minter {
	return &Minter{name, issuer, number, list}
}

// Mint signs the certificate with the person's number sealed in it.
func (m *Minter) Mint(c identity.Certificate, n identity.Number) (string, error) {
	const op = "netcert.Mint"
	holder, err := suite.ParsePublicKey(c.Device)
	if err != nil {
		return "", fault.At(op, err)
	}
	if c.Place == 0 {
		return "", fault.Newf(op, fault.Internal, "", "a certificate whose status stands nowhere")
	}
	sealed := suite.Seal(m.number.Now().Key, []byte(n), c.ID[:])
	token, err := m.issuer.Credential(sdjwt.Credential{Kind: Kind(m.name), Issuer: m.name, Issued: c.Issued, Expires: c.Expires, Holder: holder,
		Status: &sdjwt.Reference{Index: c.Place.Index(), URI: m.list(c.Place.Shard())},
		Claims: sdjwt.Object{"jti": c.ID.String(), "number": base64.RawURLEncoding.EncodeToString(sealed)}})
	return token, fault.At(op, err)
}

// Number opens the sealed number of a certificate of ours.
func (m *Minter) Number(id identity.CertificateID, sealed string) (identity.Number, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return "", fault.Wrap("netcert.Number", fault.Invalid, "sealed_invalid", err)
	}
	var plain []byte
	for _, key := range m.number.Live() {
		if plain, err = suite.Open(key.Key, b, id[:]); err == nil {
			break
		}
	}
	return identity.Number(plain), fault.At("netcert.Number", err)
}
