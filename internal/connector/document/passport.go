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

// proof is how the chip is known for the one that was signed for: the zone of
// its files, or why not.
type proof func(*emrtd.Anchors, emrtd.Files) (emrtd.Zone, error)

// verify lets emrtd check the chip and then holds the zone to what article 15
// names: a document of this kind and of China's, that is not over.
func (d *Desk) verify(kind entry, e Evidence, by proof) (identity.Document, error) {
	const op = "document.verify"
	none := identity.Document{}
	anchors, err := d.anchors(kind, e)
	if err != nil {
		return none, fault.At(op, err)
	}
	z, err := by(anchors, e.files())
	if err != nil {
		return none, err
	}
	if !strings.HasPrefix(z.Code, kind.code) || z.Issuer != "" && z.Issuer != issuerInZone { // a permit's zone may name none
		return none, fault.New(op, fault.Invalid, emrtd.Mismatch)
	}
	doc := identity.Document{Kind: kind.kind, Number: z.Number, Name: z.Name, Birth: z.Birth, Expires: z.Expires, Origin: d.origin(kind), Active: true}
	return doc, d.good(kind, doc)
}

// anchors are who may have signed the chip, unless its zone says that it is
// another state's: then there is nothing to check.
func (d *Desk) anchors(kind entry, e Evidence) (*emrtd.Anchors, error) {
	if kind.citizens && foreign(e.DG1) {
		return nil, fault.New("document.anchors", fault.Invalid, reasonNotListed)
	}
	return d.trust()
}

// foreign reports whether the zone of a passport names another country than
// China: an ordinary foreign passport is none of article 15 (2), and its holder
// hears that and not that its signature is unknown. The zone is not believed
// yet; a refusal needs no proof.
func foreign(dg1 []byte) bool {
	issuer, nationality, ok := emrtd.Claims(dg1)
	return ok && (issuer != issuerInZone || nationality != issuerInZone)
}
