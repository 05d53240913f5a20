package emrtd

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"
)

// Bounds of a revocation list. A country revokes a handful of signers.
const (
	MaxList    = 1 << 20 // bytes
	maxRevoked = 10_000
)

// RevocationList is a country signing CA's list of what it no longer stands
// behind (9303-12 §7.3).
type RevocationList struct {
	raw, tbs   []byte
	issuer     []byte
	signID     []byte
	number     *big.Int
	from, next time.Time
	revoked    map[string]bool // by serial
	algorithm  asn1.RawValue
	signature  []byte
}

// ParseRevocationList reads a list of version 2, whole: a part of one, or the
// changes since another, come with a critical extension and are refused.
func ParseRevocationList(der []byte) (*RevocationList, error) {
	if len(der) > MaxList {
		return nil, errors.New("a revocation list that is too long")
	}
	l := &RevocationList{raw: bytes.Clone(der), revoked: map[string]bool{}}
	var f *fields
	var err error
	if l.tbs, f, l.algorithm, l.signature, err = signedBody(l.raw); err != nil {
		return nil, err
	}
	version := f.int()
	inner := f.element()
	l.issuer = f.element().FullBytes
	f.scan(&l.from)
	f.scan(&l.next) // "MUST be present" (9303-12 table 8); without it nobody knows when to ask again
	if f.next(asn1.ClassUniversal, asn1.TagSequence) {
		if err := l.readEntries(f.sequence()); err != nil {
			return nil, err
		}
	}
	extensions := f.tagged(0)
	if err := l.readExtensions(extensions.sequence()); err != nil {
		return nil, err
	}
	if err := errors.Join(f.end(), extensions.end()); err != nil {
		return nil, err
	}
	if version != 1 || !bytes.Equal(inner.FullBytes, l.algorithm.FullBytes) || l.number == nil || !l.next.After(l.from) {
		return nil, errors.New("the list's version, number, times, or its two algorithms")
	}
	return l, nil
}

func (l *RevocationList) readEntries(list *fields) error {
	for list.more() {
		e := list.sequence()
		serial := e.big()
		var when time.Time
		e.scan(&when)
		if e.more() {
			extensions := e.sequence()
			for extensions.more() {
				if _, critical, _, err := extension(extensions); err != nil || critical {
					return errors.Join(err, errors.New("a critical extension of an entry"))
				}
			}
			if err := extensions.end(); err != nil {
				return err
			}
		}
		if err := e.end(); err != nil {
			return err
		}
		if len(l.revoked) == maxRevoked {
			return errors.New("too many entries")
		}
		l.revoked[serial.String()] = true
	}
	return list.end()
}

func (l *RevocationList) readExtensions(list *fields) error {
	for list.more() {
		name, critical, value, err := extension(list)
		if err != nil {
			return err
		}
		f := &fields{rest: value}
		switch {
		case name == extCRLNumber && l.number == nil:
			if l.number = f.big(); f.end() != nil {
				return f.err
			}
		case name == extSignKey && l.signID == nil:
			l.signID = signKey(f)
		case critical || name == extCRLNumber || name == extSignKey:
			return errors.New("an extension twice, or critical and not understood")
		}
	}
	return list.end()
}

// Raw is the list in DER.
func (l *RevocationList) Raw() []byte { return bytes.Clone(l.raw) }

// Fingerprint is the SHA-256 of the list, in hexadecimal.
func (l *RevocationList) Fingerprint() string { return fingerprint(l.raw) }

// Issuer is whose list it is, to be read by people.
func (l *RevocationList) Issuer() string { return readable(l.issuer) }

// Country is the C of its issuer.
func (l *RevocationList) Country() string { return country(l.issuer) }

// Until is when the next list was promised.
func (l *RevocationList) Until() time.Time { return l.next }

// Revokes is how many certificates it names.
func (l *RevocationList) Revokes() int { return len(l.revoked) }

// Newer reports whether it takes the place of another of the same authority.
func (l *RevocationList) Newer(than *RevocationList) bool { return l.number.Cmp(than.number) > 0 }

// SameIssuer reports whether two lists are of one authority.
func (l *RevocationList) SameIssuer(as *RevocationList) bool { return bytes.Equal(l.issuer, as.issuer) }

func (l *RevocationList) signedBy(c *Certificate) bool {
	return bytes.Equal(l.issuer, c.subject) && fits(c.subjectID, l.signID) && c.may(usageCRL) &&
		verifySignature(c.key, l.algorithm, 0, l.tbs, l.signature) == nil
}

// fresh: it has begun, and its successor was not yet due.
func (l *RevocationList) fresh(now time.Time) bool { return !now.Before(l.from) && !now.After(l.next) }
