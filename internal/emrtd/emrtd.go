// Package emrtd checks electronic travel documents: what their chips hold and
// what they answer (ICAO Doc 9303 parts 3, 4, 5, 10, 11 and 12, 8th edition).
//
// It owns the formats and what makes a chip good. It refuses to know whose
// document it is for, which kinds netid serves, what is kept, and how the bytes
// came here: a terminal's evidence is judged, never believed.
//
// Invariant: a Zone that leaves Check carries a signature chain to an anchor,
// hashes that match what was signed, and the chip's own answer to a challenge
// that the caller made. Parsers are strict: DER only, every length bounded,
// nothing after the end.
//
// Decision and its limits: docs/adr/0005-documents.md.
package emrtd

import (
	"time"

	"netid/internal/fault"
)

// Reasons of a refusal.
const (
	Malformed    = "document_malformed"         // not what a terminal would send
	Unsigned     = "document_signature_invalid" // EF.SOD, its signer or the way to an anchor
	Mismatch     = "document_data_mismatch"     // a file is not the one that was signed
	NotAuthentic = "chip_not_authentic"         // no active authentication: may be a copy
	WrongAnswer  = "chip_authentication_failed" // it answered wrongly
)

// ChallengeSize is RND.IFD of active authentication (9303-11 §6.1), in bytes.
const ChallengeSize = 8

// Sizes that no honest chip reaches, in bytes.
const (
	MaxSOD       = 24 << 10 // an RSA-4096 chain with 16 groups is under 4 KB
	MaxDG1       = 256      // TD3 is 93
	MaxDG15      = 2 << 10  // an RSA-4096 key is 550
	MaxSignature = 1 << 10
)

// Files are what a chip holds and a checker needs, byte by byte. No photo is
// in them: EF.SOD carries the hash of data group 2.
type Files struct {
	SOD, DG1, DG15 []byte
}

// Check is passive authentication, then active authentication (9303-11 §5.1,
// §6.1): the document's signer is this country's (two letters), and the chip
// has answered this challenge with this signature. Nothing in a file is
// believed before its signature holds. Refusals are fault.Invalid with one of
// the reasons above.
func (a *Anchors) Check(f Files, country string, challenge, signature []byte, now time.Time) (Zone, error) {
	const op = "emrtd.Check"
	s, err := parseSOD(f.SOD)
	if err != nil {
		return Zone{}, err
	}
	signer, err := s.check()
	if err != nil {
		return Zone{}, err
	}
	if err := a.trusted(signer, country, now); err != nil {
		return Zone{}, err
	}
	l, err := parseLDS(s.object)
	if err != nil {
		return Zone{}, err
	}
	if !l.holds(1, f.DG1) {
		return Zone{}, fault.New(op, fault.Invalid, Mismatch)
	}
	if err := active(l, f.DG15, challenge, signature); err != nil {
		return Zone{}, err
	}
	zone, err := parseDG1(f.DG1)
	if err != nil {
		return Zone{}, err
	}
	return ParseZone(zone, now)
}

// active tells the chip from a copy: the key is the one that was signed, and
// its answer is to our challenge. A chip without is refused, also when a
// terminal merely left the answer out.
func active(l lds, dg15, challenge, signature []byte) error {
	const op = "emrtd.active"
	if len(dg15) == 0 || len(signature) == 0 {
		return fault.New(op, fault.Invalid, NotAuthentic)
	}
	switch _, ok := l.groups[15]; {
	case !ok: // a key that nobody signed proves nothing
		return fault.New(op, fault.Invalid, WrongAnswer)
	case !l.holds(15, dg15):
		return fault.New(op, fault.Invalid, Mismatch)
	}
	key, err := parseDG15(dg15)
	if err != nil {
		return err
	}
	return fault.Wrap(op, fault.Invalid, WrongAnswer, answers(key, challenge, signature))
}

// malformed never quotes the input: it is personal.
func malformed(format string, args ...any) error {
	return fault.Newf("emrtd", fault.Invalid, Malformed, format, args...)
}
