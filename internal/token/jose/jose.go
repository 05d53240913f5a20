// Package jose writes and reads JSON Web Signatures (RFC 7515, 7519) and JSON
// Web Key Sets (RFC 7517): with ES256 (RFC 7518 §3.4) and, where a place asks
// for it, SM2 under a private name (docs/adr/0016-sm-and-profiles.md); what
// parties sign is also read with PS256 and EdDSA (docs/adr/0026-proof-of-possession.md).
//
// It owns the two encodings and the strict reading of JSON from outside. It
// refuses to know what a claim means, and does no cryptography of its own:
// signing and verifying are suite's, and a JWE (RFC 7516) to a party's key is
// made by a library whose tests are other people's (docs/adr/0030-plaintext.md).
//
// Invariant: a token never chooses. A place has its list of algorithms, a key
// has one, and `alg` of a token must be that one and on the list; the key comes
// from the set that the place trusts, and only a proof of possession brings its
// own; `alg` and `kid` of a token are only compared (RFC 8725 §3.1, §3.5).
package jose

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"sync/atomic"

	"netid/internal/fault"
	"netid/internal/suite"
)

// Signer makes signatures with one key.
type Signer = suite.Signer

// Coder writes compact JWSs of one type, with the key that is current at each.
// Safe for concurrent use if its signers are.
type Coder struct {
	alg     string
	signers func() []Signer // newest first
	typ     string
	chains  Chains // nil: no token carries one
	last    atomic.Pointer[headed]
}

// headed is a key's header, which is encoded once for each chain that it has.
type headed struct {
	kid    string
	chain  [][]byte
	header string // encoded, with the dot that follows it
}

// NewCoder makes the coder of a place with one algorithm, whose tokens carry
// typ ("JWT", RFC 7519 §5.1). signers gives the live keys, newest first, and is
// asked at every token: the first signs. A key of another algorithm, or without
// an id, is refused.
func NewCoder(alg string, signers func() []Signer, typ string) (*Coder, error) {
	c := &Coder{alg: alg, signers: signers, typ: typ}
	if alg != ES256 && alg != SM2 {
		return c, fault.Newf("jose.NewCoder", fault.Internal, "", "algorithm %q", alg)
	}
	_, _, err := c.current()
	return c, fault.At("jose.NewCoder", err)
}

// current is the newest key, and its header.
func (c *Coder) current() (s Signer, header string, err error) {
	live := c.signers()
	if len(live) == 0 {
		return s, "", fault.Newf("jose.Coder", fault.Internal, "", "no signer")
	}
	s = live[0]
	if s.Alg() != c.alg || s.KeyID() == "" {
		return s, "", fault.Newf("jose.Coder", fault.Internal, "", "signer %q with algorithm %q", s.KeyID(), s.Alg())
	}
	var chain [][]byte
	if c.chains != nil {
		chain = c.chains(s.KeyID()) // asked at every token: certificates are renewed while their key stays
	}
	if h := c.last.Load(); h != nil && h.kid == s.KeyID() && slices.EqualFunc(chain, h.chain, bytes.Equal) {
		return s, h.header, nil
	}
	if err := c.check(s, chain); err != nil {
		return s, "", err
	}
	b, err := json.Marshal(struct {
		Alg   string   `json:"alg"`
		Kid   string   `json:"kid"`
		Typ   string   `json:"typ"`
		Chain [][]byte `json:"x5c,omitempty"` // base64, not base64url (RFC 7515 §4.1.6)
	}{c.alg, s.KeyID(), c.typ, chain})
	if err != nil {
		return s, "", fault.Wrap("jose.Coder", fault.Internal, "", err)
	}
	h := &headed{s.KeyID(), chain, base64.RawURLEncoding.EncodeToString(b) + "."}
	c.last.Store(h)
	return s, h.header, nil
}

// Encode signs the JSON of claims.
func (c *Coder) Encode(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fault.Wrap("jose.Encode", fault.Internal, "", err)
	}
	out, sig, err := c.sign(payload)
	if err != nil {
		return "", fault.At("jose.Encode", err)
	}
	out = append(out, '.')
	return string(base64.RawURLEncoding.AppendEncode(out, sig)), nil
}

// sign gives what was signed (header "." payload, RFC 7515 §5.1), with room for
// a signature behind it, and the signature.
func (c *Coder) sign(payload []byte) (input, signature []byte, err error) {
	signer, header, err := c.current()
	if err != nil {
		return nil, nil, err
	}
	enc := base64.RawURLEncoding
	input = make([]byte, 0, len(header)+enc.EncodedLen(len(payload))+1+enc.EncodedLen(64))
	input = append(input, header...)
	input = enc.AppendEncode(input, payload)
	signature, err = signer.Sign(input)
	return input, signature, fault.Wrap("jose.sign", fault.Internal, "", err)
}
