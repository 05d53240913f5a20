package client

import (
	"time"

	fx "github.com/fxamacker/cbor/v2"
)

// COSE_Sign1, tagged (RFC 9052 §4.2), and the algorithms: ES256, and netid's own for SM2 (docs/adr/0042-credentials.md).
const (
	coseSign1 = 0xd2
	coseES256 = -7
	coseSM2   = -65537
)

// sign1 is the message; sigInput what the signature is over (§4.4).
type sign1 struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected map[int64]fx.RawMessage
	Payload     []byte
	Signature   []byte
}

type sigInput struct {
	_         struct{} `cbor:",toarray"`
	Context   string
	Protected []byte
	External  []byte
	Payload   []byte
}

// cborDecoder is as strict as parseObject: no name twice, nothing of unknown length, no tags inside.
func cborDecoder() (fx.DecMode, error) {
	return fx.DecOptions{DupMapKey: fx.DupMapKeyEnforcedAPF, IndefLength: fx.IndefLengthForbidden, TagsMd: fx.TagsForbidden,
		MaxNestedLevels: 6, MaxArrayElements: 16, MaxMapPairs: 16, UTF8: fx.UTF8RejectInvalid}.DecMode()
}

// readCWT is Token Status List §5.2. A MAC is not read: whoever could check it could make it.
func (l *StatusList) readCWT(a algorithm, token []byte, e Expect) ([]byte, error) {
	if e.Keys == nil {
		return nil, refuseStatus("a CWT is checked by keys alone")
	}
	dec, err := cborDecoder()
	if err != nil {
		return nil, refuseStatus(err.Error())
	}
	var m sign1
	if err := dec.Unmarshal(token, &m); err != nil {
		return nil, refuseStatus("not a COSE_Sign1")
	}
	kid, err := coseHeader(dec, a, m)
	if err != nil {
		return nil, err
	}
	key, err := keyOf(e.Keys, kid, a)
	if err != nil {
		return nil, err
	}
	input, err := fx.Marshal(sigInput{Context: "Signature1", Protected: m.Protected, External: []byte{}, Payload: m.Payload})
	if err != nil {
		return nil, refuseStatus(err.Error())
	}
	if err := a.verify(key, input, m.Signature); err != nil {
		return nil, err
	}
	return l.claimsCWT(dec, m.Payload)
}

// coseHeader wants the algorithm and the type, and no extension.
func coseHeader(dec fx.DecMode, a algorithm, m sign1) (kid string, err error) {
	var h struct {
		Alg  int64         `cbor:"1,keyasint"`
		Crit fx.RawMessage `cbor:"2,keyasint,omitempty"`
		Kid  []byte        `cbor:"4,keyasint,omitempty"`
		Type any           `cbor:"16,keyasint"`
	}
	want := int64(coseES256)
	if a.name == AlgSM2 {
		want = coseSM2
	}
	if err := dec.Unmarshal(m.Protected, &h); err != nil || h.Alg != want || h.Crit != nil || h.Type != "application/statuslist+cwt" {
		return "", refuseStatus("an algorithm, type or extension that is not accepted")
	}
	if raw, there := m.Unprotected[4]; there && h.Kid == nil { // a hint, wherever it stands
		if err := dec.Unmarshal(raw, &h.Kid); err != nil {
			return "", refuseStatus("kid")
		}
	}
	return string(h.Kid), nil
}

func (l *StatusList) claimsCWT(dec fx.DecMode, payload []byte) ([]byte, error) {
	var p struct {
		URI     *string `cbor:"2,keyasint"`
		Expires *int64  `cbor:"4,keyasint,omitempty"`
		Issued  *int64  `cbor:"6,keyasint"`
		List    *struct {
			Bits int    `cbor:"bits"`
			List []byte `cbor:"lst"`
		} `cbor:"65533,keyasint"`
		TTL *uint64 `cbor:"65534,keyasint,omitempty"`
	}
	if err := dec.Unmarshal(payload, &p); err != nil || p.URI == nil || p.Issued == nil || p.List == nil {
		return nil, refuseStatus("no address, time or list")
	}
	const first, last = 946684800, 32503680000 // as in date
	if *p.Issued < first || *p.Issued > last || p.Expires != nil && (*p.Expires < first || *p.Expires > last) || p.TTL != nil && (*p.TTL == 0 || *p.TTL >= 1<<31) {
		return nil, refuseStatus("a time that is none")
	}
	l.URI, l.Issued, l.bits = *p.URI, time.Unix(*p.Issued, 0).UTC(), p.List.Bits
	if p.Expires != nil {
		l.Expires = time.Unix(*p.Expires, 0).UTC()
	}
	if p.TTL != nil {
		l.TTL = time.Duration(*p.TTL) * time.Second
	}
	return p.List.List, nil
}

// addressCWT is the address that a list gives itself, before anything is checked.
func addressCWT(token []byte) string {
	dec, err := cborDecoder()
	if err != nil {
		return ""
	}
	var m sign1
	var p struct {
		URI string `cbor:"2,keyasint"`
	}
	if len(token) > maxList || dec.Unmarshal(token, &m) != nil || dec.Unmarshal(m.Payload, &p) != nil {
		return ""
	}
	return p.URI
}
