package statuslist

import (
	"math"
	"time"

	"github.com/fxamacker/cbor/v2"

	"netid/internal/fault"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// COSE_Sign1, tagged (RFC 9052 §4.2), and not under the tag of a CWT (§5.2).
const tagSign1 = 0xd2

// COSE has no name for SM2 either, so ours is from its range for private use (RFC
// 9053 §11.1: below -65536).
const (
	coseES256 = -7
	coseSM2   = -65537
)

func coseAlg(alg string) (int64, bool) {
	switch alg {
	case jose.ES256:
		return coseES256, true
	case jose.SM2:
		return coseSM2, true
	}
	return 0, false
}

// message is a COSE_Sign1.
type message struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected map[int64]cbor.RawMessage
	Payload     []byte
	Signature   []byte
}

// signed is what the signature is over (RFC 9052 §4.4).
type signed struct {
	_         struct{} `cbor:",toarray"`
	Context   string
	Protected []byte
	External  []byte
	Payload   []byte
}

// header and payload with the labels of RFC 9052 §3.1, RFC 9596 and §5.2.
type header struct {
	Alg  int64           `cbor:"1,keyasint"`
	Kid  []byte          `cbor:"4,keyasint,omitempty"`
	Type any             `cbor:"16,keyasint"`
	Crit cbor.RawMessage `cbor:"2,keyasint,omitempty"`
}

type payload struct {
	URI     *string  `cbor:"2,keyasint"`
	Expires *int64   `cbor:"4,keyasint,omitempty"`
	Issued  *int64   `cbor:"6,keyasint"`
	List    *binList `cbor:"65533,keyasint"`
	TTL     *uint64  `cbor:"65534,keyasint,omitempty"`
}

type binList struct {
	Bits        int    `cbor:"bits"`
	List        []byte `cbor:"lst"`
	Aggregation string `cbor:"aggregation_uri,omitempty"`
}

// encoding is deterministic (RFC 8949 §4.2.1): one list has one text.
func encoding() (cbor.EncMode, error) { return cbor.CoreDetEncOptions().EncMode() }

// decoding is strict: no name twice, nothing of unknown length, no tags inside,
// little nesting, few members.
func decoding() (cbor.DecMode, error) {
	return cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		MaxNestedLevels: 6, MaxArrayElements: 16, MaxMapPairs: 16, UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
}

// EncodeCWT signs the list (§5.2): smaller than the JWT by the two base64 in it.
func EncodeCWT(signer suite.Signer, c Claims, l *List) ([]byte, error) {
	const op = "statuslist.EncodeCWT"
	if err := c.check(); err != nil {
		return nil, err
	}
	alg, ok := coseAlg(signer.Alg())
	if !ok {
		return nil, fault.Newf(op, fault.Internal, "", "a signer with %s", signer.Alg())
	}
	enc, err := encoding()
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	packed, err := l.pack()
	if err != nil {
		return nil, err
	}
	issued, expires, ttl := c.Issued.Unix(), c.Expires.Unix(), uint64(c.TTL/time.Second)
	m := message{Unprotected: map[int64]cbor.RawMessage{}}
	if m.Protected, err = enc.Marshal(header{Alg: alg, Kid: []byte(signer.KeyID()), Type: TypeCWT}); err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	if m.Payload, err = enc.Marshal(payload{&c.URI, &expires, &issued, &binList{l.bits, packed, c.Aggregation}, &ttl}); err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	input, err := enc.Marshal(signed{Context: "Signature1", Protected: m.Protected, External: []byte{}, Payload: m.Payload})
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	if m.Signature, err = signer.Sign(input); err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	b, err := enc.Marshal(m)
	return append([]byte{tagSign1}, b...), fault.Wrap(op, fault.Internal, "", err)
}

// ReadCWT is ReadJWT for the other form. A MAC (COSE_Mac0) is not read: whoever
// could check it could make it.
func (r Reader) ReadCWT(token []byte, uri string, now time.Time) (*Token, error) {
	const op = "statuslist.ReadCWT"
	if len(token) > maxToken || len(token) == 0 || token[0] != tagSign1 {
		return nil, unknown(op, "too large, or not a COSE_Sign1")
	}
	dec, err := decoding()
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	var m message
	if err := dec.Unmarshal(token[1:], &m); err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "status_unknown", err)
	}
	key, err := r.coseKey(dec, m)
	if err != nil {
		return nil, err
	}
	enc, err := encoding()
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	input, err := enc.Marshal(signed{Context: "Signature1", Protected: m.Protected, External: []byte{}, Payload: m.Payload})
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	if err := key.Verify(input, m.Signature); err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "status_unknown", err)
	}
	c, err := readPayload(dec, m.Payload)
	if err != nil {
		return nil, err
	}
	return r.accept(c, uri, now)
}

// coseKey is the key that the message names, if it says what this place accepts.
func (r Reader) coseKey(dec cbor.DecMode, m message) (key suite.PublicKey, err error) {
	const op = "statuslist.coseKey"
	var h header
	if err := dec.Unmarshal(m.Protected, &h); err != nil {
		return key, fault.Wrap(op, fault.Invalid, "status_unknown", err)
	}
	alg, ok := coseAlg(r.Alg)
	if !ok || h.Alg != alg || h.Type != TypeCWT || h.Crit != nil {
		return key, unknown(op, "an algorithm, type or extension that is not accepted here")
	}
	if kid, there := m.Unprotected[4]; there && h.Kid == nil { // a hint, wherever it stands
		if err := dec.Unmarshal(kid, &h.Kid); err != nil {
			return key, fault.Wrap(op, fault.Invalid, "status_unknown", err)
		}
	}
	if key, ok = r.Keys(string(h.Kid)); !ok || key.Alg() != r.Alg {
		return key, unknown(op, "no such key")
	}
	return key, nil
}

func readPayload(dec cbor.DecMode, b []byte) (c raw, err error) {
	const op = "statuslist.readPayload"
	var p payload
	if err := dec.Unmarshal(b, &p); err != nil {
		return c, fault.Wrap(op, fault.Invalid, "status_unknown", err)
	}
	if p.URI == nil || p.Issued == nil || p.List == nil {
		return c, unknown(op, "no address, time or list")
	}
	const last = 253402300799 // the end of the year 9999
	if *p.Issued < 0 || *p.Issued > last || p.Expires != nil && (*p.Expires < 0 || *p.Expires > last) || p.TTL != nil && (*p.TTL == 0 || *p.TTL > math.MaxInt32) {
		return c, unknown(op, "a time that is none")
	}
	c = raw{Claims: Claims{URI: *p.URI, Issued: time.Unix(*p.Issued, 0).UTC(), Aggregation: p.List.Aggregation}, bits: p.List.Bits, packed: p.List.List}
	if p.Expires != nil {
		c.Expires, c.expires = time.Unix(*p.Expires, 0).UTC(), true
	}
	if p.TTL != nil {
		c.TTL = time.Duration(*p.TTL) * time.Second
	}
	return c, nil
}
