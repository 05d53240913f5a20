package document

import (
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
func (d *Desk) verify(e Evidence, challenge []byte) (identity.Document, error) {
	const op = "document.verify"
	none := identity.Document{}
	now := d.now()
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
	m, err := parseMRZ(zone, now)
	if err != nil {
		return none, err
	}
	if m.issuer != issuerInZone || m.nationality != issuerInZone { // Art. 15 (2): a Chinese citizen's passport
		return none, fault.New(op, fault.Invalid, reasonMismatch)
	}
	doc := identity.Document{Kind: identity.PassportAbroad, Number: m.number, Name: m.name, Birth: m.birth, Expires: m.expires,
		Origin: identity.CheckedHere, Active: true}
	if !doc.ValidOn(identity.Today(now)) {
		return none, fault.New(op, fault.Invalid, reasonExpired)
	}
	return doc, nil
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
