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
// Decision and its limits: docs/adr/0034-emrtd.md.
package emrtd

import (
	"time"

	"netid/internal/fault"
)

// Refusal is the public reason of one.
type Refusal = string

// Why a chip is refused.
const (
	Malformed    Refusal = "document_malformed"         // not what a terminal would send
	Unsigned     Refusal = "document_signature_invalid" // EF.SOD, its signer or the way to an anchor
	Revoked      Refusal = "document_signer_revoked"    // by the authority's own list
	ListOver     Refusal = "revocation_list_expired"    // Unavailable: the operator's list is too old to say
	Mismatch     Refusal = "document_data_mismatch"     // a file is not the one that was signed
	NotAuthentic Refusal = "chip_not_authentic"         // the chip was made without a way to prove itself: may be a copy
	Downgraded   Refusal = "chip_downgraded"            // it was made with one, and the evidence leaves it out
	WrongAnswer  Refusal = "chip_authentication_failed" // it answered wrongly
)

// ChallengeSize is RND.IFD of active authentication (9303-11 §6.1), in bytes.
const ChallengeSize = 8

// Sizes that no honest chip reaches, in bytes.
const (
	MaxSOD       = 24 << 10 // an RSA-4096 chain with 16 groups is under 4 KB
	MaxDG1       = 256      // TD3 is 93
	MaxDG15      = 2 << 10  // an RSA-4096 key is 550
	MaxSignature = 1 << 10
	MaxResponse  = 64 // of an exchange, which is 35
)

// Files are what a chip holds and a checker needs, byte by byte. No photo is
// in them: EF.SOD carries the hash of data group 2.
type Files struct {
	SOD, DG1, DG14, DG15 []byte
}

// Check is passive authentication, then active authentication (9303-11 §5.1,
// §6.1): the document's signer is this country's (two letters), and the chip
// has answered this challenge with this signature. Nothing in a file is
// believed before its signature holds. Refusals are fault.Invalid with one of
// the reasons above; fault.Unavailable with ListOver.
func (a *Anchors) Check(f Files, country string, challenge, signature []byte, now time.Time) (Zone, error) {
	l, info, err := a.passive(f, country, now)
	if err != nil {
		return Zone{}, err
	}
	if err := active(l, info, f.DG15, challenge, signature); err != nil {
		return Zone{}, err
	}
	zone, err := parseDG1(f.DG1)
	if err != nil {
		return Zone{}, err
	}
	return ParseZone(zone, now)
}

// passive is passive authentication: signer, anchor, and every file that was
// given against what was signed for it.
func (a *Anchors) passive(f Files, country string, now time.Time) (l lds, info security, err error) {
	const op = "emrtd.passive"
	object, signer, err := parseSOD(f.SOD)
	if err != nil {
		return l, info, err
	}
	if err := a.trusted(signer, country, now); err != nil {
		return l, info, err
	}
	if l, err = parseLDS(object); err != nil {
		return l, info, err
	}
	for group, file := range map[int][]byte{1: f.DG1, 14: f.DG14} {
		if (group == 1 || len(file) > 0) && !l.holds(group, file) {
			return l, info, fault.New(op, fault.Invalid, Mismatch)
		}
	}
	if len(f.DG14) > 0 {
		info, err = parseDG14(f.DG14)
	}
	return l, info, err
}

// active tells the chip from a copy: the key is the one that was signed, and
// its answer is to our challenge. What the chip could prove is what was signed
// for it, not what the terminal says: a copy would say that there is nothing
// to prove.
func active(l lds, info security, dg15, challenge, signature []byte) error {
	const op = "emrtd.active"
	_, could := l.groups[15]
	switch {
	case !could && len(dg15) > 0: // a key that nobody signed proves nothing
		return fault.New(op, fault.Invalid, WrongAnswer)
	case !could && l.groups[14] != nil: // it authenticates in another way, or says why not
		return fault.New(op, fault.Invalid, Downgraded)
	case !could:
		return fault.New(op, fault.Invalid, NotAuthentic)
	case len(dg15) == 0 || len(signature) == 0:
		return fault.New(op, fault.Invalid, Downgraded)
	case !l.holds(15, dg15):
		return fault.New(op, fault.Invalid, Mismatch)
	}
	key, err := parseDG15(dg15)
	if err != nil {
		return err
	}
	return fault.Wrap(op, fault.Invalid, WrongAnswer, answers(key, info.active, challenge, signature))
}

// malformed never quotes the input: it is personal.
func malformed(format string, args ...any) error {
	return fault.Newf("emrtd", fault.Invalid, Malformed, format, args...)
}
