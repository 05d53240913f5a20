// Package netcert encodes the net certificate (网证, Art. 2): what a citizen's
// device holds to show that netid bound its key to a person.
//
// It owns the claims of that one token and refuses to know the person: the
// net number inside is sealed, readable by netid alone, so that whoever sees
// the certificate learns that it is one, and until when.
//
// Invariant: the token names the device key (RFC 7800 cnf) and carries nothing
// else that two presentations to strangers should not share; it is presented
// to netid and to nobody else.
package netcert

import (
	"encoding/base64"
	"encoding/json"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Type is the token's typ header.
const Type = "netid-certificate+jwt"

// Coder signs claims with the certificate key under Type.
type Coder interface {
	Encode(claims any) (string, error)
}

// Minter signs net certificates.
type Minter struct {
	issuer string
	coder  Coder
	number suite.Versions
}

// New makes a minter. The newest version of number seals the net number, each
// live one opens it: a certificate outlives a rotation.
func New(issuer string, c Coder, number suite.Versions) *Minter { return &Minter{issuer, c, number} }

// Claims of a net certificate.
type Claims struct {
	Issuer  string       `json:"iss"`
	ID      string       `json:"jti"`
	Issued  int64        `json:"iat"`
	Expires int64        `json:"exp"`
	Confirm Confirmation `json:"cnf"`
	Number  string       `json:"number"` // sealed to netid itself
}

// Confirmation names the device key (RFC 7800 §3.2).
type Confirmation struct {
	JWK json.RawMessage `json:"jwk"`
}

// Mint signs the certificate with the person's number sealed in it.
func (m *Minter) Mint(c identity.Certificate, n identity.Number) (string, error) {
	sealed := suite.Seal(m.number.Now().Key, []byte(n), c.ID[:])
	token, err := m.coder.Encode(Claims{Issuer: m.issuer, ID: c.ID.String(), Issued: c.Issued.Unix(), Expires: c.Expires.Unix(),
		Confirm: Confirmation{c.Device}, Number: base64.RawURLEncoding.EncodeToString(sealed)})
	return token, fault.At("netcert.Mint", err)
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
