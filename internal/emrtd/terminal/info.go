package terminal

import (
	"bytes"
	"encoding/asn1"
	"math/big"
	"slices"
)

// info is one SecurityInfo of EF.CardAccess or data group 14 (9303-11 §9.2).
type info struct {
	Protocol asn1.ObjectIdentifier
	Required asn1.RawValue
	Optional asn1.RawValue `asn1:"optional"`
}

// mostInfos is more than any document lists.
const mostInfos = 32

// parseInfos reads SecurityInfos: one SET, nothing behind it.
func parseInfos(b []byte) ([]info, error) {
	var set []info
	rest, err := asn1.UnmarshalWithParams(b, &set, "set")
	if err != nil || len(rest) > 0 || len(set) > mostInfos {
		return nil, malformed("security infos")
	}
	return set, nil
}

// small is an INTEGER that fits a byte.
func small(v asn1.RawValue) (int, bool) {
	var n int
	rest, err := asn1.Unmarshal(v.FullBytes, &n)
	return n, err == nil && len(rest) == 0 && n >= 0 && n < 256
}

// oid is a protocol below bsi-de protocols smartcard, 0.4.0.127.0.7.2.2.
func oid(arcs ...int) asn1.ObjectIdentifier {
	return append(asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2}, arcs...)
}

// agreement is a way to agree on keys: an object identifier whose last arc
// names the cipher (9303-11 §9.2.1, §9.2.7).
func agreement(id asn1.ObjectIdentifier, family asn1.ObjectIdentifier) (kind, bool) {
	if len(id) != len(family)+1 || !slices.Equal(id[:len(family)], family) || id[len(family)] < 1 || id[len(family)] > 4 {
		return 0, false
	}
	return kind(id[len(family)] - 1), true
}

// spoken is an offer of PACE that is understood here: generic mapping over one
// of the standardized curves.
type spoken struct {
	id        asn1.ObjectIdentifier
	kind      kind
	parameter int
	curve     curve
	ambiguous bool // the same protocol is offered over another curve, too
}

// best is the strongest offer of PACE among the infos; none is no error.
func best(infos []info) (found spoken, offered bool) {
	for _, i := range infos {
		k, ok := agreement(i.Protocol, oid(4, 2))
		if !ok {
			offered = offered || len(i.Protocol) > 9 && slices.Equal(i.Protocol[:9], oid(4))
			continue
		}
		offered = true
		version, ok1 := small(i.Required)
		parameter, ok2 := small(i.Optional)
		c, ok3 := parameters(parameter)
		if !ok1 || version != 2 || !ok2 || !ok3 {
			continue
		}
		if found.id.Equal(i.Protocol) {
			found.ambiguous = true
		} else if found.id == nil || k > found.kind {
			found = spoken{id: i.Protocol, kind: k, parameter: parameter, curve: c}
		}
	}
	return found, offered
}

// lists reports whether data group 14 repeats an offer, as it must (9303-11
// §9.2: EF.CardAccess is signed by nobody, data group 14 is).
func lists(infos []info, s spoken) bool {
	return slices.ContainsFunc(infos, func(i info) bool {
		parameter, ok := small(i.Optional)
		return ok && i.Protocol.Equal(s.id) && parameter == s.parameter
	})
}

// authentic is a key of the chip for chip authentication, with how to use it.
type authentic struct {
	id    asn1.ObjectIdentifier
	kind  kind
	curve curve
	key   *point
	ref   []byte // the key's number, where it has one
}

// chipKey finds what chip authentication needs: a key over a curve that is
// spoken here, and the protocol that goes with it. Without a protocol it is
// 3DES (9303-11 §9.2.5).
func chipKey(infos []info) (found authentic, ok bool, err error) {
	for _, i := range infos {
		if !i.Protocol.Equal(oid(1, 2)) {
			continue
		}
		c, key, known, err := publicKey(i.Required.FullBytes)
		if err != nil {
			return authentic{}, false, err
		}
		if !known {
			continue
		}
		a := authentic{id: append(oid(3, 2), 1), kind: tripleDES, curve: c, key: key, ref: number(i.Optional)}
		for _, j := range infos {
			k, fits := agreement(j.Protocol, oid(3, 2))
			if fits && bytes.Equal(number(j.Optional), a.ref) {
				a.id, a.kind = j.Protocol, k
			}
		}
		return a, true, nil
	}
	return authentic{}, false, nil
}

// number is the content of a key's INTEGER, nil where there is none.
func number(v asn1.RawValue) []byte {
	if n, ok := small(v); ok {
		return []byte{byte(n)}
	}
	return nil
}

// publicKey reads a SubjectPublicKeyInfo on a curve that is spoken here: named,
// by its standardized number, or written out in full, every number compared.
func publicKey(b []byte) (curve, *point, bool, error) {
	var in struct {
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Key asn1.BitString
	}
	if rest, err := asn1.Unmarshal(b, &in); err != nil || len(rest) > 0 || in.Key.BitLength%8 != 0 {
		return curve{}, nil, false, malformed("a public key")
	}
	for _, id := range []int{12, 13, 15, 16} {
		if c, _ := parameters(id); c.named(id, in.Algorithm.Parameters) {
			p, err := c.decode(in.Key.Bytes)
			return c, p, err == nil, err
		}
	}
	return curve{}, nil, false, nil
}

// named reports whether domain parameters are those of c.
func (c curve) named(id int, v asn1.RawValue) bool {
	var name asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(v.FullBytes, &name); err == nil {
		return name.Equal(map[int]asn1.ObjectIdentifier{12: {1, 2, 840, 10045, 3, 1, 7}, 13: {1, 3, 36, 3, 3, 2, 8, 1, 1, 7},
			15: {1, 3, 132, 0, 34}, 16: {1, 3, 36, 3, 3, 2, 8, 1, 1, 11}}[id])
	}
	if n, ok := small(v); ok {
		return n == id
	}
	var full struct { // ECParameters (TR-03111 §4.1, X9.62)
		Version int
		Field   struct {
			ID    asn1.ObjectIdentifier
			Prime *big.Int
		}
		Curve struct {
			A, B []byte
			Seed asn1.BitString `asn1:"optional"`
		}
		Base     []byte
		Order    *big.Int
		Cofactor int `asn1:"optional"`
	}
	if rest, err := asn1.Unmarshal(v.FullBytes, &full); err != nil || len(rest) > 0 {
		return false
	}
	return full.Version == 1 && full.Field.ID.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1}) && full.Field.Prime.Cmp(c.p) == 0 &&
		new(big.Int).SetBytes(full.Curve.A).Cmp(c.a) == 0 && new(big.Int).SetBytes(full.Curve.B).Cmp(c.b) == 0 &&
		bytes.Equal(full.Base, c.encode(c.base())) && full.Order.Cmp(c.n) == 0 && full.Cofactor <= 1
}
