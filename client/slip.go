package client

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A slip is a COSE_Sign1 (RFC 9052) that netid signs for one key of a wallet and
// one day: that a real person stands behind the key, perhaps that they are over
// 18, and nothing else. A code is a slip with a signature of that key over it, the
// half minute and, where the venue says who it is, the venue:
//
//	code   = "N1:" base45([slip, step, venue, signature])
//	signed = ["netid-gate", slip, step, venue]
//
// both deterministic CBOR, step the whole half minutes since 1970, venue a text, ""
// for none. At most MaxCode characters of the alphanumeric mode: version 14-M.
const (
	CodePrefix = "N1:"
	MaxCode    = 528
	MaxVenue   = 64 // bytes of a venue's id
	SlipStep   = 30 * time.Second

	SlipContext    = "netid-slip" // the external part of what is signed
	SlipKeyID      = 8            // bytes of a key's RFC 7638 thumbprint by which a slip names it
	SlipRealPerson = 1 << 0       // flags
	SlipOver18     = 1 << 1

	COSEES256 = -7     // RFC 9053 §2.1
	COSESM2   = -65537 // private use (RFC 9053 §11.1)

	gateContext = "netid-gate"
	slipLife    = 24 * time.Hour
	tagSign1    = 0xd2
)

// PresentSlip makes the code that a wallet shows in the half minute of at: sign
// signs with the slip's key, r||s in 64 bytes.
func PresentSlip(slip []byte, venue string, at time.Time, sign func(message []byte) ([]byte, error)) (string, error) {
	if len(venue) > MaxVenue {
		return "", refuseSlip("a venue's id that is too long")
	}
	step := uint64(at.Unix()) / uint64(SlipStep/time.Second)
	signature, err := sign(atGate(slip, step, venue))
	if err != nil {
		return "", err
	}
	b := appendString(appendHead(nil, cborArray, 4), cborBytes, slip)
	b = appendString(appendHead(b, cborUint, step), cborText, []byte(venue))
	code := CodePrefix + encode45(appendString(b, cborBytes, signature))
	if len(code) > MaxCode {
		return "", refuseSlip("too long for a code")
	}
	return code, nil
}

// atGate is what the wallet's key signs.
func atGate(slip []byte, step uint64, venue string) []byte {
	b := appendString(appendHead(nil, cborArray, 4), cborText, []byte(gateContext))
	return appendString(appendHead(appendString(b, cborBytes, slip), cborUint, step), cborText, []byte(venue))
}

// shown is a code that was read and not yet checked.
type shown struct {
	slip      []byte
	step      uint64
	venue     string
	signature []byte

	protected, payload, sealed []byte // of the slip: what netid signed, and its signature

	alg         int64
	kid         [SlipKeyID]byte
	id          [16]byte
	deviceAlg   int64
	device      []byte // x and y
	flags       uint64
	from, until time.Time
}

// readCode reads a code: what is accepted is written in one way only.
func readCode(code string) (s shown, err error) {
	text, ok := strings.CutPrefix(code, CodePrefix)
	if !ok || len(code) > MaxCode {
		return s, refuseSlip("not a code of a slip")
	}
	b, err := decode45(text)
	if err != nil {
		return s, refuseSlip("not base45")
	}
	c := cbor{in: b}
	c.exactly(cborArray, 4)
	s.slip = c.bytes(cborBytes, MaxCode)
	s.step = c.head(cborUint)
	s.venue = string(c.bytes(cborText, MaxVenue))
	s.signature = c.bytes(cborBytes, 64)
	if !c.whole() || s.step > 1<<32 {
		return s, refuseSlip("not four parts")
	}
	return s, s.read()
}

// read reads the slip in the code.
func (s *shown) read() error {
	if len(s.slip) == 0 || s.slip[0] != tagSign1 {
		return refuseSlip("not a COSE_Sign1")
	}
	c := cbor{in: s.slip[1:]}
	c.exactly(cborArray, 4)
	s.protected = c.bytes(cborBytes, MaxCode)
	c.exactly(cborMap, 0)
	s.payload = c.bytes(cborBytes, MaxCode)
	s.sealed = c.bytes(cborBytes, 64)
	h := cbor{in: s.protected, bad: !c.whole()}
	h.exactly(cborMap, 2)
	h.exactly(cborUint, 1)
	s.alg = h.number()
	h.exactly(cborUint, 4)
	kid := h.bytes(cborBytes, len(s.kid))
	p := cbor{in: s.payload, bad: !h.whole()}
	p.exactly(cborArray, 6)
	id := p.bytes(cborBytes, len(s.id))
	s.deviceAlg = p.number()
	s.device = p.bytes(cborBytes, 64)
	s.flags = p.head(cborUint)
	from, until := p.number(), p.number()
	if !p.whole() || copy(s.kid[:], kid) != len(s.kid) || copy(s.id[:], id) != len(s.id) || len(s.device) != 64 {
		return refuseSlip("not the parts of a slip")
	}
	s.from, s.until = time.Unix(from, 0).UTC(), time.Unix(until, 0).UTC()
	if from < 0 || !s.from.Before(s.until) || s.until.Sub(s.from) > slipLife {
		return refuseSlip("for longer than a day")
	}
	if s.flags&^(SlipRealPerson|SlipOver18) != 0 || s.flags&SlipRealPerson == 0 {
		return refuseSlip("it says what is not understood")
	}
	return nil
}

// issued checks netid's signature by the keys of a bundle.
func (s *shown) issued(keys []slipKey) error {
	for _, k := range keys {
		if k.id == s.kid && k.alg == s.alg {
			b := appendString(appendHead(nil, cborArray, 4), cborText, []byte("Signature1")) // RFC 9052 §4.4
			b = appendString(appendString(b, cborBytes, s.protected), cborBytes, []byte(SlipContext))
			return k.verify(k.key, appendString(b, cborBytes, s.payload), s.sealed)
		}
	}
	return fmt.Errorf("%w: the bundle has no such key", ErrKey)
}

// held checks the wallet's signature.
func (s *shown) held() error {
	a, ok := coseAlgorithm(s.deviceAlg)
	if !ok {
		return fmt.Errorf("%w: the slip's", ErrKey)
	}
	key, err := a.point(append([]byte{4}, s.device...))
	if err != nil {
		return fmt.Errorf("%w: the slip's: not a point of the curve", ErrKey)
	}
	return a.verify(key, atGate(s.slip, s.step, s.venue), s.signature)
}

func coseAlgorithm(alg int64) (algorithm, bool) {
	switch alg {
	case COSEES256:
		return es256(), true
	case COSESM2:
		return sm2P256(), true
	}
	return algorithm{}, false
}

// slipKey is a key of netid's that signs slips.
type slipKey struct {
	algorithm
	alg int64
	id  [SlipKeyID]byte
	key *ecdsa.PublicKey
}

// slipKeys reads a JWK Set of one algorithm. What names a key is computed, not believed.
func slipKeys(jwks []byte, alg int64) (all []slipKey, err error) {
	a, _ := coseAlgorithm(alg)
	set, err := parseObject(jwks)
	var members []object
	if err != nil || len(jwks) > maxKeys || json.Unmarshal(set["keys"], &members) != nil {
		return nil, fmt.Errorf("%w: key set", ErrKey)
	}
	for _, m := range members {
		key, err := m.key(a)
		if err != nil {
			return nil, err
		}
		x, _ := m.text("x")
		y, _ := m.text("y")
		print := sha256.Sum256([]byte(`{"crv":"` + a.curve + `","kty":"EC","x":"` + x + `","y":"` + y + `"}`)) // RFC 7638 §3
		all = append(all, slipKey{a, alg, [SlipKeyID]byte(print[:]), key})
	}
	return all, nil
}

func refuseSlip(what string) error { return fmt.Errorf("%w: %s", ErrSlip, what) }
