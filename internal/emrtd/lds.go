package emrtd

import (
	"bytes"
	"crypto"
	"encoding/asn1"

	"netid/internal/fault"
)

// lds is an LDS security object: what the signer says the files hash to.
type lds struct {
	digest crypto.Hash
	groups map[int][]byte
}

// parseLDS reads LDSSecurityObject (9303-10 §4.6.2.3): version 0 without or
// version 1 with the LDS's own version, never a mixture, and 2 to 16 hashes
// of distinct data groups, each of the length of its algorithm.
func parseLDS(b []byte) (lds, error) {
	l := lds{groups: map[int][]byte{}}
	outer := fields{rest: b}
	f := outer.sequence()
	version := f.int()
	var err error
	if l.digest, err = digestOf(f.element()); err != nil {
		return l, mismatch(err)
	}
	list := f.sequence()
	for list.more() {
		g := list.sequence()
		n, hash := g.int(), g.octets()
		if err := g.end(); err != nil {
			return l, mismatch(err)
		}
		if l.groups[n] != nil || n < 1 || n > 16 || len(hash) != newHash(l.digest).Size() {
			return l, mismatch(errDER)
		}
		l.groups[n] = hash
	}
	if err := list.end(); err != nil || len(l.groups) < 2 {
		return l, mismatch(errDER)
	}
	if version == 1 {
		info := f.sequence()
		info.take(asn1.ClassUniversal, asn1.TagPrintableString, false)
		info.take(asn1.ClassUniversal, asn1.TagPrintableString, false)
		if err := info.end(); err != nil {
			return l, mismatch(err)
		}
	} else if version != 0 {
		return l, mismatch(errDER)
	}
	if f.end() != nil || outer.end() != nil {
		return l, mismatch(errDER)
	}
	return l, nil
}

// holds reports whether the file of a data group is the one that was signed.
func (l lds) holds(group int, file []byte) bool {
	stated, ok := l.groups[group]
	return ok && bytes.Equal(stated, digest(l.digest, file))
}

func mismatch(err error) error {
	return fault.Wrap("emrtd.LDS", fault.Invalid, Mismatch, err)
}
