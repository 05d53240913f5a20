// Package slip writes what a venue checks without a network: slips, which a
// wallet keeps and shows as a code, and the bundle that a terminal checks them by.
//
// It owns their form, how a person's slips of a day are named and what a day is.
// It refuses to know who a slip is for, whether they may have one, and how a
// code is checked: checking lives once, in client.
//
// Invariant: two slips of two people who may prove the same differ in nothing but
// their ids, keys and signatures, all of which look drawn; who has no key of
// netid's finds no two that belong together.
//
// Specifications: RFC 9052 (COSE_Sign1), RFC 8949 §4.2.1 (deterministic CBOR),
// RFC 9285 (base45). Decisions: docs/adr/0050-venues.md.
package slip

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/fxamacker/cbor/v2"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// ADay is how many slips a person has for one day.
const ADay = 16

// ID names a slip.
type ID [suite.TagSize]byte

// IDs are the names of a person's slips of a civil day, from a secret of theirs
// that serves for nothing else. They look drawn; whoever has the secret can say them
// again, so nobody need keep which were given in order to refuse them later.
func IDs(secret identity.Secret, day identity.Date) (all [ADay]ID) {
	key := suite.Derive(secret, "venue slips of a day", []byte(day.String()))
	for i := range all {
		copy(all[i][:], suite.Tag(key, "slip", []byte{byte(i)}))
	}
	return all
}

// Slip is what netid signs. It is good for one civil day.
type Slip struct {
	ID     ID
	Device suite.PublicKey // of the wallet, and of this slip alone: P-256, or SM2 where the wallet can
	Over18 bool            // that a real person stands behind it, every slip says
	Day    identity.Date
}

// payload is the signed array.
type payload struct {
	_     struct{} `cbor:",toarray"`
	ID    []byte
	Alg   int64 // of the device's key
	Key   []byte
	Flags uint64
	From  int64
	Until int64
}

type header struct {
	Alg int64  `cbor:"1,keyasint"`
	Kid []byte `cbor:"4,keyasint"`
}

// message is a COSE_Sign1 (RFC 9052 §4.2) with nothing unprotected.
type message struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected map[int64]int64
	Payload     []byte
	Signature   []byte
}

// signed is what the signature is over (§4.4). The external part says what this
// is, so that no other COSE message passes for a slip, and costs the code nothing.
type signed struct {
	_         struct{} `cbor:",toarray"`
	Context   string
	Protected []byte
	External  []byte
	Payload   []byte
}

// tagSign1 is that of COSE_Sign1 (§2).
const tagSign1 = 0xd2

// Encode signs a slip.
func Encode(signer suite.Signer, s Slip) ([]byte, error) {
	const op = "slip.Encode"
	from, until := Times(s.Day)
	p := payload{ID: s.ID[:], Flags: client.SlipRealPerson, From: from.Unix(), Until: until.Unix()}
	if s.Over18 {
		p.Flags |= client.SlipOver18
	}
	var err error
	if p.Alg, p.Key, err = device(s.Device); err != nil {
		return nil, err
	}
	alg, ok := coseAlg(signer.Alg())
	kid, err := base64.RawURLEncoding.DecodeString(signer.KeyID())
	if !ok || err != nil || len(kid) < client.SlipKeyID {
		return nil, fault.Newf(op, fault.Internal, "", "a signer %q with %s", signer.KeyID(), signer.Alg())
	}
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	m := message{Unprotected: map[int64]int64{}}
	if m.Protected, err = enc.Marshal(header{alg, kid[:client.SlipKeyID]}); err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	if m.Payload, err = enc.Marshal(p); err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	input, err := enc.Marshal(signed{Context: "Signature1", Protected: m.Protected, External: []byte(client.SlipContext), Payload: m.Payload})
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	if m.Signature, err = signer.Sign(input); err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	b, err := enc.Marshal(m)
	return append([]byte{tagSign1}, b...), fault.Wrap(op, fault.Internal, "", err)
}

// Times are the first moment of a civil day and the first one behind it: the same for
// everybody, so that they tell nobody apart.
func Times(day identity.Date) (from, until time.Time) { return day.Yesterday().End(), day.End() }

// coseAlg is an algorithm in COSE. SM2 has none there, so ours is from the range for
// private use, as in status lists.
func coseAlg(alg string) (int64, bool) {
	switch alg {
	case suite.AlgES256:
		return -7, true
	case suite.AlgSM2:
		return -65537, true
	}
	return 0, false
}

// device is a wallet's key as a slip carries it: x and y, and what it signs with.
func device(k suite.PublicKey) (alg int64, point []byte, err error) {
	const op = "slip.device"
	alg, ok := coseAlg(k.Alg())
	var c struct{ X, Y string }
	if !ok || json.Unmarshal(k.JWK(), &c) != nil {
		return 0, nil, fault.Newf(op, fault.Invalid, "device_key_invalid", "a key for %s", k.Alg())
	}
	for _, part := range []string{c.X, c.Y} {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || len(b) != 32 {
			return 0, nil, fault.Newf(op, fault.Invalid, "device_key_invalid", "a coordinate")
		}
		point = append(point, b...)
	}
	return alg, point, nil
}
