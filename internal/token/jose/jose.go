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

	"netid/internal/fault"
)

// ES256 is the one algorithm written and accepted.
const ES256 = "ES256"

// Signer makes signatures with one key, as suite's signers do.
type Signer interface {
	KeyID() string
	Alg() string
	Sign(message []byte) ([]byte, error) // ES256: r || s, 64 bytes
	PublicJWK() []byte
}

// Coder writes compact JWSs with one key and one type. Its header never
// changes, so it is encoded once. Safe for concurrent use if its signer is.
type Coder struct {
	header string // encoded, with the dot that follows it
	signer Signer
}

// NewCoder makes a coder whose tokens carry typ ("JWT", RFC 7519 §5.1). It
// refuses a signer that is not ES256 or has no key id.
func NewCoder(s Signer, typ string) (*Coder, error) {
	if s.Alg() != ES256 || s.KeyID() == "" {
		return nil, fault.Newf("jose.NewCoder", fault.Internal, "", "signer %q with algorithm %q", s.KeyID(), s.Alg())
	}
	h, err := json.Marshal(struct {
		Alg string `json:"alg"`
		Kid string `json:"kid"`
		Typ string `json:"typ"`
	}{ES256, s.KeyID(), typ})
	if err != nil {
		return nil, fault.Wrap("jose.NewCoder", fault.Internal, "", err)
	}
	return &Coder{base64.RawURLEncoding.EncodeToString(h) + ".", s}, nil
}

// Encode signs the JSON of claims.
func (c *Coder) Encode(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fault.Wrap("jose.Encode", fault.Internal, "", err)
	}
	enc := base64.RawURLEncoding
	out := make([]byte, 0, len(c.header)+enc.EncodedLen(len(payload))+1+enc.EncodedLen(64))
	out = append(out, c.header...)
	out = enc.AppendEncode(out, payload)
	sig, err := c.signer.Sign(out)
	if err != nil {
		return "", fault.Wrap("jose.Encode", fault.Internal, "", err)
	}
	out = append(out, '.')
	return string(enc.AppendEncode(out, sig)), nil
}
