// Package jose writes and reads compact JSON Web Signatures (RFC 7515, 7519)
// and JSON Web Key Sets (RFC 7517), with ES256 (RFC 7518 §3.4) alone.
//
// It owns the two encodings and the strict reading of JSON from outside. It
// refuses to know what a claim means, and does no cryptography of its own:
// signing and verifying are suite's.
//
// Invariant: a token never chooses. The algorithm comes from the place that
// reads it, the key from the set that the place trusts; `alg` and `kid` of a
// token are only compared (RFC 8725 §3.1, §3.5).
package jose

import (
	"encoding/base64"
	"encoding/json"
	"sync/atomic"

	"netid/internal/fault"
	"netid/internal/suite"
)

// ES256 is the one algorithm written and accepted.
const ES256 = "ES256"

// Signer makes signatures with one key.
type Signer = suite.Signer

// Coder writes compact JWSs of one type, with the key that is current at each.
// Safe for concurrent use if its signers are.
type Coder struct {
	signers func() []Signer // newest first
	typ     string
	last    atomic.Pointer[headed]
}

// headed is a key's header, which is encoded once.
type headed struct {
	kid    string
	header string // encoded, with the dot that follows it
}

// NewCoder makes a coder whose tokens carry typ ("JWT", RFC 7519 §5.1). signers
// gives the live keys, newest first, and is asked at every token: the first
// signs. One that is not ES256 or has no key id is refused.
func NewCoder(signers func() []Signer, typ string) (*Coder, error) {
	c := &Coder{signers: signers, typ: typ}
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
	if s.Alg() != ES256 || s.KeyID() == "" {
		return s, "", fault.Newf("jose.Coder", fault.Internal, "", "signer %q with algorithm %q", s.KeyID(), s.Alg())
	}
	if h := c.last.Load(); h != nil && h.kid == s.KeyID() {
		return s, h.header, nil
	}
	b, err := json.Marshal(struct {
		Alg string `json:"alg"`
		Kid string `json:"kid"`
		Typ string `json:"typ"`
	}{ES256, s.KeyID(), c.typ})
	if err != nil {
		return s, "", fault.Wrap("jose.Coder", fault.Internal, "", err)
	}
	h := &headed{s.KeyID(), base64.RawURLEncoding.EncodeToString(b) + "."}
	c.last.Store(h)
	return s, h.header, nil
}

// Encode signs the JSON of claims.
func (c *Coder) Encode(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fault.Wrap("jose.Encode", fault.Internal, "", err)
	}
	signer, header, err := c.current()
	if err != nil {
		return "", fault.At("jose.Encode", err)
	}
	enc := base64.RawURLEncoding
	out := make([]byte, 0, len(header)+enc.EncodedLen(len(payload))+1+enc.EncodedLen(64))
	out = append(out, header...)
	out = enc.AppendEncode(out, payload)
	sig, err := signer.Sign(out)
	if err != nil {
		return "", fault.Wrap("jose.Encode", fault.Internal, "", err)
	}
	out = append(out, '.')
	return string(enc.AppendEncode(out, sig)), nil
}
