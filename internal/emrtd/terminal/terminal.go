// Package terminal reads the chip of an electronic travel document: it opens
// it with what is printed on the document (Basic Access Control, PACE), speaks
// to it under secure messaging, takes the files that enrolment needs, and lets
// the chip answer a challenge.
//
// It owns the terminal's half of ICAO Doc 9303-11, 8th edition. It refuses to
// know who made the document, whether a signature holds and what it is read
// for: whoever receives the files judges them. It refuses to read data groups 3
// and 4, the fingers and the eyes; the photo it reads only when it is asked for
// by itself (Photo), for somebody who compares it where it was read.
//
// Invariant: nothing that a chip says is believed before its authentication
// holds, no length that it states is more than a file may have, and a chip that
// offers PACE is never opened by less.
//
// Decision and its limits: docs/adr/0035-reader.md.
package terminal

import (
	"io"

	"netid/internal/fault"
)

// Card is a chip in a reader's field: a command goes, data and status word come
// (ISO/IEC 7816-4).
type Card interface {
	Transmit(command []byte) ([]byte, error)
}

// Files is what enrolment needs of a chip. A file that the document has not is nil.
type Files struct {
	SOD, DG1, DG14, DG15 []byte
	Signature            []byte // the chip's over the challenge
	PACE                 bool   // opened by it; by Basic Access Control otherwise
	Genuine              bool   // chip authentication with the key of DG14 went well
}

// The files, with bounds that no honest chip reaches (9303-10 §3.11).
func access() file { return file{0x011C, 0x31, 1 << 10} }
func sod() file    { return file{0x011D, 0x77, 24 << 10} }
func dg1() file    { return file{0x0101, 0x61, 256} }
func dg2() file    { return file{0x0102, 0x75, 32 << 10} } // a short offset reaches no further
func dg14() file   { return file{0x010E, 0x6E, 8 << 10} }
func dg15() file   { return file{0x010F, 0x6F, 2 << 10} }

// application is the eMRTD's among what a chip holds (9303-10 §3.6.1).
func application() []byte { return []byte{0xA0, 0, 0, 2, 0x47, 0x10, 1} }

// longKey is the length of a DG15 beyond which a signature does not fit a short
// answer under secure messaging: RSA of 1792 bits and more.
const longKey = 250

// Read opens a chip, reads it, and lets it answer the challenge (8 bytes).
// random is where fresh keys come from.
func Read(card Card, key Key, challenge []byte, random io.Reader) (Files, error) {
	const op = "terminal.Read"
	if len(challenge) != 8 || key.secret == nil {
		return Files{}, fault.Newf(op, fault.Internal, "", "a challenge of %d bytes, or no key", len(challenge))
	}
	s := &session{card: card}
	with, err := s.enter(key, random)
	if err != nil {
		return Files{}, err
	}
	f := Files{PACE: with.id != nil}
	for _, part := range []struct {
		file file
		into *[]byte
		must bool
	}{{sod(), &f.SOD, true}, {dg1(), &f.DG1, true}, {dg14(), &f.DG14, false}, {dg15(), &f.DG15, false}} {
		if *part.into, err = s.read(part.file); err != nil {
			return Files{}, err
		}
		if *part.into == nil && part.must {
			return Files{}, malformed("file %x is missing", part.file.name)
		}
	}
	infos, err := stated(with, f.DG14)
	if err != nil {
		return Files{}, err
	}
	if f.Genuine, err = s.strengthened(infos, random); err != nil {
		return Files{}, err
	}
	if f.DG15 != nil {
		if f.Signature, err = s.answer(challenge, len(f.DG15) > longKey); err != nil {
			return Files{}, err
		}
	}
	return f, nil
}

// enter gets into the eMRTD application, by PACE wherever it is offered.
func (s *session) enter(key Key, random io.Reader) (with spoken, err error) {
	b, err := s.read(access())
	if err != nil {
		return with, err
	}
	if b != nil {
		infos, err := parseInfos(b)
		if err != nil {
			return with, err
		}
		found, offered := best(infos)
		if offered && found.id == nil {
			return with, fault.New("terminal.open", fault.Invalid, reasonUnsupported)
		}
		if with = found; with.id != nil {
			if err := s.pace(with, key, random); err != nil {
				return with, err
			}
		}
	}
	status, err := s.choose(application(), 4)
	if err != nil {
		return with, err
	}
	if err := expect("SELECT", status); err != nil || with.id != nil {
		return with, err
	}
	return with, s.basic(key, random)
}

// stated reads data group 14, which the document's maker signed, and holds to
// it what was agreed in the open. EF.CardAccess is signed by nobody: who took
// an offer out of it, or put a weaker one in, is found here (9303-11 §9.2).
func stated(with spoken, dg14 []byte) ([]info, error) {
	var infos []info
	if dg14 != nil {
		inner, err := only(dg14, 0x6E)
		if err != nil {
			return nil, err
		}
		if infos, err = parseInfos(inner); err != nil {
			return nil, err
		}
	}
	offer, _ := best(infos)
	if with.id == nil && offer.id != nil || with.id != nil && !lists(infos, with) {
		return nil, fault.New("terminal.stated", fault.Invalid, reasonWeakened)
	}
	return infos, nil
}

// strengthened authenticates the chip where there is a key for it.
func (s *session) strengthened(infos []info, random io.Reader) (bool, error) {
	key, ok, err := chipKey(infos)
	if err != nil || !ok {
		return false, err
	}
	return true, s.genuine(key, random)
}
