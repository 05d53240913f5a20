package document

import (
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

// China in a zone and in a certificate (9303-3 §5, ISO 3166-1).
const (
	issuerInZone        = "CHN"
	issuerInCertificate = "CN"
)

// verify is passive authentication, then active authentication, then the
// document's own validity (9303-11 §5.1, §6.1). Nothing in a file is believed
// before its signature holds.
func (d *Desk) verify(kind entry, e Evidence, challenge []byte) (identity.Document, error) {
	const op = "document.verify"
	none := identity.Document{}
	now := d.now()
	if kind.citizens && foreign(e.DG1) {
		return none, fault.New(op, fault.Invalid, reasonNotListed)
	}
	s, err := parseSOD(e.SOD)
	if err != nil {
		return none, err
	}
	signer, err := s.check()
	if err != nil {
		return none, err
	}
	if err := d.trusted(signer, issuerInCertificate, now); err != nil {
		return none, err
	}
	l, err := parseLDS(s.object)
	if err != nil {
		return none, err
	}
	if !l.holds(1, e.DG1) {
		return none, fault.New(op, fault.Invalid, reasonMismatch)
	}
	if err := active(l, e, challenge); err != nil {
		return none, err
	}
	zone, err := parseDG1(e.DG1)
	if err != nil {
		return none, err
	}
	m, err := kind.zone(zone, now)
	if err != nil {
		return none, err
	}
	if m.issuer != "" && m.issuer != issuerInZone {
		return none, fault.New(op, fault.Invalid, reasonMismatch)
	}
	doc := identity.Document{Kind: kind.kind, Number: m.number, Name: m.name, Birth: m.birth, Expires: m.expires, Origin: d.origin(kind), Active: true}
	return doc, d.good(kind, doc)
}

// foreign reports whether the zone of a passport names another country than
// China: an ordinary foreign passport is none of article 15 (2), and its holder
// hears that and not that its signature is unknown. The zone is not believed
// yet; a refusal needs no proof.
func foreign(dg1 []byte) bool {
	zone, err := parseDG1(dg1)
	return err == nil && len(zone) == mrzLength && strings.Trim(zone, mrzAlphabet) == "" && (zone[2:5] != issuerInZone || zone[54:57] != issuerInZone)
}

// active tells the chip from a copy: the key is the one that was signed, and
// its answer is to our challenge. A chip without is refused, also when a
// reader merely left the answer out.
func active(l lds, e Evidence, challenge []byte) error {
	const op = "document.active"
	if len(e.DG15) == 0 || len(e.Signature) == 0 {
		return fault.New(op, fault.Invalid, reasonNotAuthentic)
	}
	switch _, ok := l.groups[15]; {
	case !ok: // a key that nobody signed proves nothing
		return fault.New(op, fault.Invalid, reasonChip)
	case !l.holds(15, e.DG15):
		return fault.New(op, fault.Invalid, reasonMismatch)
	}
	key, err := parseDG15(e.DG15)
	if err != nil {
		return err
	}
	return fault.Wrap(op, fault.Invalid, reasonChip, answers(key, challenge, e.Signature))
}
