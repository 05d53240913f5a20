package jose

import (
	"encoding/base64"
	"slices"
	"strings"

	"netid/internal/fault"
	"netid/internal/suite"
)

// Place is where tokens are read: what it accepts is all that counts there.
type Place struct {
	Algs  []string // the accepted `alg`s, compared exactly
	Types []string // accepted `typ`, compared without case (RFC 7515 §4.1.9); "" accepts a token that has none
	Limit int      // bytes of the whole token
}

// Token is a token that was read and not yet verified: only Peek may look
// into it, and only to find whose keys to verify it with.
type Token struct {
	alg       string // one of the place's
	header    Object
	kid       string
	named     bool
	input     []byte // the signed bytes: header "." payload
	payload   Object
	signature []byte
}

// Parse reads a compact JWS strictly (RFC 7515 §7.1): three parts, base64url
// without padding or loose bits, a header with the accepted `alg`, an accepted `typ` and
// no `crit` (none is understood, §4.1.11), a JSON object as payload. Addresses
// in the header (`jku`, `x5u`) are never looked at, `jwk` in VerifyOwn alone, `x5c` in Chain.
// Reason "jws_invalid".
func (p Place) Parse(compact string) (*Token, error) {
	t, body, err := p.read(compact)
	if err != nil {
		return nil, err
	}
	if t.payload, err = part(body, p.Limit); err != nil {
		return nil, fault.Wrap("jose.Parse", fault.Invalid, "jws_invalid", err)
	}
	return t, nil
}

// read is Parse as far as the payload, which it gives as it was encoded.
func (p Place) read(compact string) (t *Token, body string, err error) {
	const op = "jose.Parse"
	bad := func(why string) (*Token, string, error) {
		return nil, "", fault.Newf(op, fault.Invalid, "jws_invalid", "%s", why)
	}
	if len(compact) > p.Limit || strings.ContainsAny(compact, "\r\n") { // the decoder would skip line breaks
		return bad("too large, or broken into lines")
	}
	end := strings.LastIndexByte(compact, '.')
	if end < 0 || strings.Count(compact, ".") != 2 {
		return bad("not three parts")
	}
	input := compact[:end]
	head, body, _ := strings.Cut(input, ".")
	header, err := part(head, p.Limit)
	if err != nil {
		return nil, "", fault.Wrap(op, fault.Invalid, "jws_invalid", err)
	}
	alg, ok := header.Text("alg")
	if !ok || !slices.Contains(p.Algs, alg) || !slices.Contains(PartyAlgs(), alg) && alg != SM2 {
		return bad("algorithm not accepted here")
	}
	typ, ok := header.Text("typ")
	if header.Has("typ") != ok || !slices.ContainsFunc(p.Types, func(t string) bool { return strings.EqualFold(t, typ) }) {
		return bad("type not accepted here")
	}
	if header.Has("crit") || header.Has("b64") {
		return bad("critical extension")
	}
	t = &Token{alg: alg, header: header, input: []byte(input)}
	if t.kid, t.named = header.Text("kid"); t.named != header.Has("kid") {
		return bad("key id is no string")
	}
	if t.signature, err = base64.RawURLEncoding.Strict().DecodeString(compact[end+1:]); err != nil || len(t.signature) != 64 && alg != PS256 || len(t.signature) > 512 {
		return bad("signature of another length") // RFC 7518 §3.4: r || s, never DER
	}
	return t, body, nil
}

func part(s string, limit int) (Object, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, err
	}
	return ParseObject(b, limit)
}

// Peek is what the token says, unproven.
func (t *Token) Peek() Object { return t.payload }

// Names is the `kid` of the token, and whether it has one.
func (t *Token) Names() (kid string, named bool) { return t.kid, t.named }

// Verify checks the signature with a key of the set: the one for the token's
// algorithm that `kid` names, or the only one when the token names none. One
// verification at most. Reason "signature_invalid".
func (t *Token) Verify(keys Set) (Object, error) {
	const op = "jose.Verify"
	k, ok := keys.find(t.alg, t.kid, t.named)
	if !ok {
		return nil, fault.Newf(op, fault.Unauthenticated, "signature_invalid", "no such key")
	}
	return t.verify(k.PublicKey)
}

// VerifyOwn checks the signature with the key that the token itself brings
// (`jwk`, RFC 7515 §4.1.3): it proves that whoever made it holds that key, and
// not who that is. It gives the key's thumbprint (RFC 7638).
func (t *Token) VerifyOwn() (claims Object, thumbprint string, err error) {
	const op = "jose.VerifyOwn"
	o, err := ParseObject(t.header["jwk"], maxFetched)
	if err != nil {
		return nil, "", fault.Wrap(op, fault.Unauthenticated, "signature_invalid", err)
	}
	k, err := parseKey(o)
	if err != nil {
		return nil, "", fault.Wrap(op, fault.Unauthenticated, "signature_invalid", err)
	}
	claims, err = t.verify(k.PublicKey)
	return claims, k.Thumbprint(), fault.At(op, err)
}

func (t *Token) verify(k suite.PublicKey) (Object, error) {
	if k.Alg() != t.alg {
		return nil, fault.Newf("jose.Verify", fault.Unauthenticated, "signature_invalid", "a key of another algorithm")
	}
	if err := k.Verify(t.input, t.signature); err != nil {
		return nil, fault.Wrap("jose.Verify", fault.Unauthenticated, "signature_invalid", err)
	}
	return t.payload, nil
}
