package emrtd

import (
	"errors"
	"slices"
	"time"
)

// Object identifiers of master lists (9303-12 §9).
const (
	oidMasterList       = "2.23.136.1.1.2" // id-icao-cscaMasterList
	oidMasterListSigner = "2.23.136.1.1.3" // the extended key usage of who signs one
)

// Bounds of a master list. ICAO's own holds fewer than a thousand certificates.
const (
	MaxMasterList = 8 << 20 // bytes
	maxListed     = 5_000
)

// ParseMasterList reads a list of country signing CAs (9303-12 §9) and
// verifies it: its signer may sign lists and nothing else, and one of these
// publishers, which the caller trusts for that, signed the signer. Unread
// counts the certificates in it that could not be read here: a list is the
// work of a hundred states, and one odd certificate must not take the others
// away.
func ParseMasterList(der []byte, publishers *Anchors, now time.Time) (all []*Certificate, unread int, err error) {
	if len(der) > MaxMasterList {
		return nil, 0, errors.New("a master list that is too long")
	}
	s, err := parseSigned(der, oidMasterList, maxListSigners)
	if err != nil {
		return nil, 0, err
	}
	signer, err := s.check()
	if err != nil {
		return nil, 0, err
	}
	if err := signer.goodListSigner(now); err != nil {
		return nil, 0, err
	}
	if err := publishers.follow(signer, now); err != nil {
		return nil, 0, err
	}
	return readMasterList(s.content)
}

// readMasterList reads CscaMasterList: version 0, a set of certificates.
func readMasterList(content []byte) (all []*Certificate, unread int, err error) {
	outer := fields{rest: content}
	f := outer.sequence()
	version := f.int()
	list := f.set()
	for list.more() {
		v := list.element()
		if len(all)+unread == maxListed {
			return nil, 0, errors.New("too many certificates")
		}
		c, err := ParseCertificate(v.FullBytes)
		if err != nil {
			unread++
			continue
		}
		all = append(all, c)
	}
	if err := errors.Join(outer.end(), f.end(), list.end()); err != nil {
		return nil, 0, err
	}
	if version != 0 {
		return nil, 0, errors.New("the master list's version")
	}
	return all, unread, nil
}

// goodListSigner holds a master list signer to 9303-12 table 6.
func (c *Certificate) goodListSigner(now time.Time) error {
	switch {
	case c.ca || c.may(usageCert) || !c.may(usageSign):
		return errors.New("the list's signer is no end certificate that may sign")
	case !slices.Equal(c.extended, []string{oidMasterListSigner}):
		return errors.New("the list's signer may not sign lists")
	case c.unknown:
		return errors.New("a critical extension that is not understood")
	case !c.valid(now):
		return errors.New("the list's signer is not valid now")
	}
	return c.strong()
}
