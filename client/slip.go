package client

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	fx "github.com/fxamacker/cbor/v2"
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

	gateContext = "netid-gate"
	slipLife    = 24 * time.Hour
)

// code is the array that a code is, gate what the wallet's key signs, slipPayload what
// netid says, slipHeader under which key.
type code struct {
	_         struct{} `cbor:",toarray"`
	Slip      []byte
	Step      uint64
	Venue     string
	Signature []byte
}

type gate struct {
	_       struct{} `cbor:",toarray"`
	Context string
	Slip    []byte
	Step    uint64
	Venue   string
}

type slipHeader struct {
	Alg int64  `cbor:"1,keyasint"`
	Kid []byte `cbor:"4,keyasint"`
}

type slipPayload struct {
	_     struct{} `cbor:",toarray"`
	ID    []byte
	Alg   int64 // of the wallet's key
	Key   []byte
	Flags uint64
	From  int64
	Until int64
}

// deterministic is RFC 8949 §4.2.1: a text has one form.
func deterministic(v any) ([]byte, error) {
	enc, err := fx.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	return enc.Marshal(v)
}

// inOneForm reads CBOR into v, and refuses what v would be written otherwise than.
func inOneForm(b []byte, v any) error {
	dec, err := cborDecoder()
	if err != nil {
		return err
	}
	if err := dec.Unmarshal(b, v); err != nil {
		return refuseSlip("not its parts")
	}
	if again, err := deterministic(v); err != nil || !bytes.Equal(again, b) {
		return refuseSlip("not in the one form")
	}
	return nil
}

// PresentSlip makes the code that a wallet shows in the half minute of at: sign
// signs with the slip's key, r||s in 64 bytes.
func PresentSlip(slip []byte, venue string, at time.Time, sign func(message []byte) ([]byte, error)) (string, error) {
	if len(venue) > MaxVenue {
		return "", refuseSlip("a venue's id that is too long")
	}
	step := uint64(at.Unix()) / uint64(SlipStep/time.Second)
	message, err := deterministic(gate{Context: gateContext, Slip: slip, Step: step, Venue: venue})
	if err != nil {
		return "", err
	}
	signature, err := sign(message)
	if err != nil {
		return "", err
	}
	b, err := deterministic(code{Slip: slip, Step: step, Venue: venue, Signature: signature})
	if err != nil {
		return "", err
	}
	text := CodePrefix + encode45(b)
	if len(text) > MaxCode {
		return "", refuseSlip("too long for a code")
	}
	return text, nil
}

// shownCode is one that was read and not yet checked.
type shownCode struct {
	code
	message sign1
	header  slipHeader
	payload slipPayload
	id      [16]byte

	from, until time.Time
}

// readCode reads a code: what is accepted is written in one way only.
func readCode(scanned string) (s shownCode, err error) {
	text, ok := strings.CutPrefix(scanned, CodePrefix)
	if !ok || len(scanned) > MaxCode {
		return s, refuseSlip("not a code of a slip")
	}
	b, err := decode45(text)
	if err != nil {
		return s, refuseSlip("not base45")
	}
	if err := inOneForm(b, &s.code); err != nil {
		return s, err
	}
	if s.Step > 1<<32 || len(s.Venue) > MaxVenue {
		return s, refuseSlip("its step or venue")
	}
	return s, s.read()
}

// read reads the slip in the code.
func (s *shownCode) read() error {
	if len(s.Slip) == 0 || s.Slip[0] != coseSign1 {
		return refuseSlip("not a COSE_Sign1")
	}
	if err := inOneForm(s.Slip[1:], &s.message); err != nil {
		return err
	}
	if err := inOneForm(s.message.Protected, &s.header); err != nil {
		return err
	}
	if err := inOneForm(s.message.Payload, &s.payload); err != nil {
		return err
	}
	p := s.payload
	if s.message.Unprotected == nil || len(s.message.Unprotected) > 0 || len(s.header.Kid) != SlipKeyID || len(p.ID) != len(s.id) {
		return refuseSlip("not the parts of a slip")
	}
	copy(s.id[:], p.ID)
	s.from, s.until = time.Unix(p.From, 0).UTC(), time.Unix(p.Until, 0).UTC()
	if p.From < 0 || p.From >= p.Until || p.Until-p.From > int64(slipLife/time.Second) {
		return refuseSlip("for longer than a day")
	}
	if p.Flags&^(SlipRealPerson|SlipOver18) != 0 || p.Flags&SlipRealPerson == 0 {
		return refuseSlip("it says what is not understood")
	}
	return nil
}

// issued checks netid's signature by the keys of a bundle.
func (s *shownCode) issued(keys []slipKey) error {
	for _, k := range keys {
		if string(k.id[:]) != string(s.header.Kid) || k.alg != s.header.Alg { // a key has one algorithm, whatever the slip says
			continue
		}
		message, err := deterministic(sigInput{Context: "Signature1", Protected: s.message.Protected, External: []byte(SlipContext), Payload: s.message.Payload})
		if err != nil {
			return err
		}
		return k.verify(k.key, message, s.message.Signature)
	}
	return fmt.Errorf("%w: the bundle has no such key", ErrKey)
}

// held checks the wallet's signature.
func (s *shownCode) held() error {
	a, ok := coseAlgorithm(s.payload.Alg)
	if !ok {
		return fmt.Errorf("%w: the slip's", ErrKey)
	}
	key, err := a.point(append([]byte{4}, s.payload.Key...))
	if err != nil {
		return fmt.Errorf("%w: the slip's: not a point of the curve", ErrKey)
	}
	message, err := deterministic(gate{Context: gateContext, Slip: s.Slip, Step: s.Step, Venue: s.Venue})
	if err != nil {
		return err
	}
	return a.verify(key, message, s.Signature)
}

func coseAlgorithm(alg int64) (algorithm, bool) {
	switch alg {
	case coseES256:
		return es256(), true
	case coseSM2:
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
