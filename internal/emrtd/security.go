package emrtd

import (
	"crypto"
	"errors"
	"math/big"
	"slices"
)

// What data group 14 says that the chip can do (9303-11 §9.2).
const (
	oidActive   = "2.23.136.1.1.5"      // ActiveAuthenticationInfo
	oidChipKey  = "0.4.0.127.0.7.2.2.1" // + .1 DH, .2 ECDH: ChipAuthenticationPublicKeyInfo
	oidChipAuth = "0.4.0.127.0.7.2.2.3" // + family and cipher: ChipAuthenticationInfo
	oidPlain    = "0.4.0.127.0.7.1.1.4.1"
	oidNumbered = "0.4.0.127.0.7.1.2" // standardizedDomainParameters

	MaxDG14 = 4 << 10 // bytes
)

// security is DG14, taken apart: what is of no use here is left out.
type security struct {
	active   crypto.Hash // of an ECDSA answer; 0: not stated
	chipKeys []chipKey
	chipInfo []chipInfo
}

type chipKey struct {
	key ecKey
	id  *big.Int // nil: the one key
}

type chipInfo struct {
	cipher string // the last arcs: "2.4"
	id     *big.Int
}

// maxInfos bounds the set; a chip with everything has about ten.
const maxInfos = 32

// parseDG14 reads 6E { SET OF SecurityInfo }.
func parseDG14(b []byte) (security, error) {
	var s security
	body, err := file(b, tagDG14)
	if err != nil {
		return s, err
	}
	outer := fields{rest: body}
	list := outer.set()
	for n := 0; list.more(); n++ {
		if n == maxInfos {
			return s, malformed("DG14 has too many entries")
		}
		if err := s.read(list.sequence()); err != nil {
			return s, err
		}
	}
	if list.end() != nil || outer.end() != nil {
		return s, malformed("DG14 is no set of infos")
	}
	return s, nil
}

// parseChipKey reads a key of chip authentication: as any other, or on a curve
// that stands there by the number of its standardized parameters (TR-03110-3
// A.2.1.1), which no certificate may.
func parseChipKey(der []byte) (ecKey, error) {
	outer := fields{rest: der}
	f := outer.sequence()
	name, params, err := algorithm(f.element())
	if err != nil {
		return ecKey{}, err
	}
	if name != oidNumbered {
		key, err := parseKey(der)
		ec, ok := key.(ecKey)
		if err == nil && !ok {
			err = errAlgorithm
		}
		return ec, err
	}
	bits, number := f.bits(), fields{rest: params}
	id := map[int]string{12: "1.2.840.10045.3.1.7", 13: "1.3.36.3.3.2.8.1.1.7", 15: "1.3.132.0.34", 16: "1.3.36.3.3.2.8.1.1.11", 17: "1.3.36.3.3.2.8.1.1.13"}[number.int()]
	if err := errors.Join(outer.end(), f.end(), number.end()); err != nil {
		return ecKey{}, err
	}
	i := slices.IndexFunc(curves(), func(c curve) bool { return c.oid == id })
	if i < 0 {
		return ecKey{}, errAlgorithm
	}
	c := curves()[i]
	public, err := c.point(bits)
	return ecKey{c, public}, err
}

func (s *security) read(f *fields) error {
	name := f.oid()
	switch {
	case name == oidActive:
		version, algorithm := f.int(), f.oid()
		h, known := map[string]crypto.Hash{oidPlain + ".3": crypto.SHA256, oidPlain + ".4": crypto.SHA384, oidPlain + ".5": crypto.SHA512}[algorithm]
		if f.end() != nil || version != 1 || !known || s.active != 0 {
			return malformed("DG14: how active authentication is signed")
		}
		s.active = h
		return nil
	case name == oidChipKey+".2":
		raw := f.element()
		k := chipKey{}
		if f.more() {
			k.id = f.big()
		}
		if ec, err := parseChipKey(raw.FullBytes); err == nil && f.end() == nil {
			k.key = ec
			s.chipKeys = append(s.chipKeys, k)
			return nil
		}
		return malformed("DG14: the key of chip authentication")
	case len(name) > len(oidChipAuth) && name[:len(oidChipAuth)+1] == oidChipAuth+".":
		version := f.int()
		i := chipInfo{cipher: name[len(oidChipAuth)+1:]}
		if f.more() {
			i.id = f.big()
		}
		if f.end() != nil || version != 1 {
			return malformed("DG14: how the chip authenticates")
		}
		s.chipInfo = append(s.chipInfo, i)
		return nil
	}
	for f.more() { // PACE, terminal authentication and others
		f.element()
	}
	if f.end() != nil {
		return malformed("DG14: an entry")
	}
	return nil
}
