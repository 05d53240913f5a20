package kit

import (
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
)

// draft is an ID token before it is signed, which a check makes wrong.
type draft struct {
	header, claims map[string]any
	key            *ecdsa.PrivateKey
	secret         []byte // of an HMAC, instead of the key
	unsigned       bool
	spoilt         bool // the signature is of other bytes
	p              *provider
	t              *turn
}

// mint makes the turn's ID token. Callers hold mu.
func (p *provider) mint(t *turn) (string, error) {
	now := p.Now().Unix()
	d := &draft{p: p, t: t, key: p.key, header: map[string]any{"alg": "ES256", "kid": p.kid, "typ": "JWT"},
		claims: map[string]any{"iss": p.Issuer, "aud": p.ClientID, "sub": t.sub, "sid": session(t), "iat": now, "exp": now + 300, "at_hash": halfHash(access(t))}}
	if n := t.request.Get("nonce"); n != "" {
		d.claims["nonce"] = n
	}
	if asked := strings.Fields(t.request.Get("acr_values")); len(asked) > 0 {
		d.claims["acr"] = asked[0]
	}
	if t.request.Has("max_age") {
		d.claims["auth_time"] = now
	}
	if t.check.token != nil {
		t.check.token(d)
	}
	return d.sign()
}

func (d *draft) sign() (string, error) {
	h, err := json.Marshal(d.header)
	if err != nil {
		return "", err
	}
	c, err := json.Marshal(d.claims)
	if err != nil {
		return "", err
	}
	input := b64(h) + "." + b64(c)
	switch {
	case d.unsigned:
		return input + ".", nil
	case d.secret != nil:
		m := hmac.New(sha256.New, d.secret)
		m.Write([]byte(input))
		return input + "." + b64(m.Sum(nil)), nil
	}
	signed := input
	if d.spoilt {
		signed += "."
	}
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, d.key, sum[:])
	if err != nil {
		return "", err
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return input + "." + b64(sig), nil
}

// publicPEM is the key as a careless library would take it for a secret (RFC 8725 §2.1).
func publicPEM(k *ecdsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		return []byte(errors.Join(errors.New("no key"), err).Error())
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func jwk(k *ecdsa.PrivateKey, kid string) map[string]any {
	b, err := k.PublicKey.Bytes() // 4 ‖ x ‖ y
	if err != nil {
		return map[string]any{}
	}
	return map[string]any{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": b64(b[1:33]), "y": b64(b[33:])}
}
