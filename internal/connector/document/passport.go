package document

import (
	"netid/internal/emrtd"
	"netid/internal/fault"
	"netid/internal/identity"
)

// China in a zone and in a certificate (9303-3 §5, ISO 3166-1).
const (
	issuerInZone        = "CHN"
	issuerInCertificate = "CN"
)

// verify lets emrtd check the chip and then holds the zone to what article 15
// names: a passport of China's, of a Chinese citizen, that is not over.
func (d *Desk) verify(e Evidence, challenge []byte) (identity.Document, error) {
	const op = "document.verify"
	none := identity.Document{}
	now := d.now()
	anchors, err := d.trust()
	if err != nil {
		return none, fault.At(op, err)
	}
	z, err := anchors.Check(emrtd.Files{SOD: e.SOD, DG1: e.DG1, DG14: e.DG14, DG15: e.DG15}, issuerInCertificate, challenge, e.Signature, now)
	if err != nil {
		return none, err
	}
	if z.Code[0] != 'P' || z.Issuer != issuerInZone || z.Nationality != issuerInZone { // Art. 15 (2): a Chinese citizen's passport
		return none, fault.New(op, fault.Invalid, emrtd.Mismatch)
	}
	doc := identity.Document{Kind: identity.PassportAbroad, Number: z.Number, Name: z.Name, Birth: z.Birth, Expires: z.Expires,
		Origin: identity.CheckedHere, Active: true}
	if !doc.ValidOn(identity.Today(now)) {
		return none, fault.New(op, fault.Invalid, reasonExpired)
	}
	return doc, nil
}
