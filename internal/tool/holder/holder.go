// Package holder is a wallet without a screen: it takes attestations from an
// issuer (OpenID4VCI 1.0, pre-authorized code, DPoP) and shows them to whoever
// asks (OpenID4VP 1.0, DCQL, direct_post and direct_post.jwt).
//
// It owns keys and credentials while it runs and refuses to know anything of the
// server but the standards: it imports nothing of ours but the public client
// package, so that what it gets done any wallet can.
//
// Invariant: a key is in one attestation, and an attestation is shown once.
package holder

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const most = 1 << 20 // bytes of an answer

// Wallet talks to issuers and verifiers. Browser is for what needs no session.
type Wallet struct {
	Client *http.Client
	Now    func() time.Time
}

// Refusal is what an issuer or a verifier answered, in its protocol's word.
type Refusal struct {
	Status            int
	Code, Description string
}

func (r *Refusal) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("refused with %d %s: %s", r.Status, r.Code, r.Description), ": ")
}

// key is a P-256 key that its wallet alone has.
type key struct{ private *ecdsa.PrivateKey }

func newKey() (key, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return key{k}, err
}

// public is the JWK of RFC 7518 §6.2.1.
type public struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
}

func (k key) public() public {
	point, err := k.private.PublicKey.Bytes() // 0x04 || x || y
	if err != nil {
		return public{}
	}
	return public{"EC", "P-256", encode(point[1:33]), encode(point[33:])}
}

// sign makes a JWT, ES256.
func (k key) sign(header map[string]any, claims any) (string, error) {
	header["alg"] = "ES256"
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	c, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed := encode(h) + "." + encode(c)
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, digest[:])
	if err != nil {
		return "", err
	}
	return signed + "." + encode(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)), nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func digest(text string) string {
	d := sha256.Sum256([]byte(text))
	return encode(d[:])
}

// unread gives the claims of a JWT that somebody else checks, or nobody needs to.
func unread(token string, header, claims any) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return fmt.Errorf("no token")
	}
	for i, into := range []any{header, claims} {
		b, err := base64.RawURLEncoding.Strict().DecodeString(parts[i])
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, into); err != nil {
			return err
		}
	}
	return nil
}

// send asks, and reads an answer of JSON or, where out is a *string, its text.
func (w Wallet) send(ctx context.Context, method, address string, h http.Header, body string, out any) (http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name := range h {
		r.Header.Set(name, h.Get(name))
	}
	answer, err := w.Client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, most))
	if err != nil {
		return answer.Header, err
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		var said struct {
			Code        string `json:"error"`
			Description string `json:"error_description"`
		}
		_ = json.Unmarshal(b, &said) // what is no JSON says nothing
		return answer.Header, &Refusal{answer.StatusCode, said.Code, said.Description}
	}
	if text, ok := out.(*string); ok {
		*text = string(bytes.TrimSpace(b))
		return answer.Header, nil
	}
	if out == nil || answer.StatusCode == http.StatusNoContent || len(b) == 0 {
		return answer.Header, nil
	}
	return answer.Header, json.Unmarshal(b, out)
}

func formed(v url.Values) (http.Header, string) {
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, v.Encode()
}
