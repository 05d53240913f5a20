package emrtd

import (
	"encoding/asn1"
	"errors"

	"netid/internal/fault"
)

// Application tags of the files (9303-10 §4.6 and §4.7).
const (
	tagDG1  = 1  // 61
	tagDG14 = 14 // 6E
	tagDG15 = 15 // 6F
	tagSOD  = 23 // 77
)

// parseDG1 reads data group 1 (61 { 5F1F zone }).
func parseDG1(b []byte) (zone string, err error) {
	body, err := file(b, tagDG1)
	if err != nil {
		return "", err
	}
	f := fields{rest: body}
	v := f.take(asn1.ClassApplication, 31, false)
	if f.end() != nil || len(v) != lengthTD3 && len(v) != lengthTD1 {
		return "", malformed("DG1 is no zone")
	}
	return string(v), nil
}

// parseDG15 reads data group 15 (6F { SubjectPublicKeyInfo }): the key of
// active authentication.
func parseDG15(b []byte) (key any, err error) {
	body, err := file(b, tagDG15)
	if err != nil {
		return nil, err
	}
	f := fields{rest: body}
	f.take(asn1.ClassUniversal, asn1.TagSequence, true)
	if f.end() != nil {
		return nil, malformed("DG15 is no public key")
	}
	if key, err = parseKey(body); errors.Is(err, errAlgorithm) {
		return nil, fault.Wrap("emrtd.DG15", fault.Invalid, WrongAnswer, err)
	} else if err != nil {
		return nil, malformed("DG15: no key that is known here")
	}
	return key, nil
}

// file takes the frame off an elementary file: one application tag around all of it.
func file(b []byte, tag int) ([]byte, error) {
	f := fields{rest: b}
	v := f.take(asn1.ClassApplication, tag, true)
	if f.end() != nil {
		return nil, malformed("a file of the chip is not framed right")
	}
	return v, nil
}
