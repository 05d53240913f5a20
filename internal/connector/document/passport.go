package document

import (
	"strings"

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
// names: a document of this kind and of China's, that is not over.
func (d *Desk) verify(kind entry, e Evidence, challenge []byte) (identity.Document, error) {
	const op = "document.verify"
	none := identity.Document{}
	if kind.citizens && foreign(e.DG1) {
		return none, fault.New(op, fault.Invalid, reasonNotListed)
	}
	anchors, err := d.trust()
	if err != nil {
		return none, fault.At(op, err)
	}
	z, err := anchors.Check(emrtd.Files{SOD: e.SOD, DG1: e.DG1, DG14: e.DG14, DG15: e.DG15}, issuerInCertificate, challenge, e.Signature, d.now())
	if err != nil {
		return none, err
	}
	if !strings.HasPrefix(z.Code, kind.code) || z.Issuer != "" && z.Issuer != issuerInZone { // a permit's zone may name none
		return none, fault.New(op, fault.Invalid, emrtd.Mismatch)
	}
	doc := identity.Document{Kind: kind.kind, Number: z.Number, Name: z.Name, Birth: z.Birth, Expires: z.Expires, Origin: d.origin(kind), Active: true}
	return doc, d.good(kind, doc)
}

// foreign reports whether the zone of a passport names another country than
// China: an ordinary foreign passport is none of article 15 (2), and its holder
// hears that and not that its signature is unknown. The zone is not believed
// yet; a refusal needs no proof.
func foreign(dg1 []byte) bool {
	issuer, nationality, ok := emrtd.Claims(dg1)
	return ok && (issuer != issuerInZone || nationality != issuerInZone)
}
