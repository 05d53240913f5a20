package kit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Keys are an application's public keys by their kid, with which it proves itself
// (RFC 7523 §2.2) in the place of a secret.
type Keys map[string]*ecdsa.PublicKey

// ErrKeys: no key set that the kit can use.
var ErrKeys = errors.New("the kit takes a JWK set of public keys on P-256, each with a kid of its own")

// point is a public key on P-256 as a JWK. D stands in a private one.
type point struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	Kid string `json:"kid,omitempty"`
	X   string `json:"x"`
	Y   string `json:"y"`
	D   string `json:"d,omitempty"`
}

func (p point) public() *ecdsa.PublicKey {
	x, errX := base64.RawURLEncoding.DecodeString(p.X)
	y, errY := base64.RawURLEncoding.DecodeString(p.Y)
	if p.Kty != "EC" || p.Crv != "P-256" || p.D != "" || errX != nil || errY != nil || len(x) != 32 || len(y) != 32 {
		return nil
	}
	k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil
	}
	return k
}

// thumbprint is the key's name for those that know no other (RFC 7638).
func (p point) thumbprint() string {
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":%q,"kty":%q,"x":%q,"y":%q}`, p.Crv, p.Kty, p.X, p.Y))
	return b64(sum[:])
}

// ParseKeys reads a JWK set. Fails with ErrKeys: a private key in it is refused too.
func ParseKeys(b []byte) (Keys, error) {
	var set struct {
		Keys []point `json:"keys"`
	}
	if err := json.Unmarshal(b, &set); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	all := Keys{}
	for _, p := range set.Keys {
		k := p.public()
		if k == nil || p.Kid == "" || all[p.Kid] != nil {
			return nil, ErrKeys
		}
		all[p.Kid] = k
	}
	if len(all) == 0 {
		return nil, ErrKeys
	}
	return all, nil
}

// head is what a signed token's header says of its key.
type head struct {
	Alg string `json:"alg"`
	Typ string `json:"typ"`
	Kid string `json:"kid"`
	JWK *point `json:"jwk"`
}

// said is what an assertion and a proof say.
type said struct {
	Iss string          `json:"iss"`
	Sub string          `json:"sub"`
	Aud json.RawMessage `json:"aud"`
	Exp float64         `json:"exp"`
	Iat float64         `json:"iat"`
	Jti string          `json:"jti"`
	Htm string          `json:"htm"`
	Htu string          `json:"htu"`
	Ath string          `json:"ath"`
}

// open reads a token that is signed by ES256 with the key that pick finds by its header.
func open(raw string, pick func(head) *ecdsa.PublicKey) (h head, c said, ok bool) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return h, c, false
	}
	var b [3][]byte
	for i, part := range parts {
		var err error
		if b[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return h, c, false
		}
	}
	if json.Unmarshal(b[0], &h) != nil || json.Unmarshal(b[1], &c) != nil || h.Alg != "ES256" || len(b[2]) != 64 {
		return h, c, false
	}
	k := pick(h)
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	return h, c, k != nil && ecdsa.Verify(k, sum[:], new(big.Int).SetBytes(b[2][:32]), new(big.Int).SetBytes(b[2][32:]))
}

const bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// asserts: the application proves itself by its key, once with each assertion, to this
// issuer alone. Callers hold mu.
func (p *provider) asserts(form url.Values) bool {
	_, c, ok := open(form.Get("client_assertion"), func(h head) *ecdsa.PublicKey { return p.Keys[h.Kid] })
	var aud string // a list could name another server too (docs/choices.md)
	now := float64(p.Now().Unix())
	if !ok || form.Get("client_assertion_type") != bearer || json.Unmarshal(c.Aud, &aud) != nil || aud != p.Issuer ||
		c.Iss != p.ClientID || c.Sub != p.ClientID || c.Exp <= now || c.Exp > now+float64(time.Hour/time.Second) {
		return false
	}
	return p.first("assertion " + c.Jti)
}

// bound gives the key to which a proof binds a token (RFC 9449 §4.3), "" without a proof.
// A token that is used comes with the proof: its hash stands there. Callers hold mu.
func (p *provider) bound(r *http.Request, token string) (thumbprint string, ok bool) {
	proofs := r.Header.Values("DPoP")
	if len(proofs) == 0 {
		return "", true
	}
	h, c, ok := open(proofs[0], func(h head) *ecdsa.PublicKey {
		if h.JWK == nil {
			return nil
		}
		return h.JWK.public()
	})
	now, ath := float64(p.Now().Unix()), ""
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		ath = b64(sum[:])
	}
	if !ok || len(proofs) > 1 || h.Typ != "dpop+jwt" || c.Htm != r.Method || c.Htu != p.Issuer+r.URL.Path || c.Ath != ath || c.Iat < now-300 || c.Iat > now+60 || !p.first("proof "+c.Jti) {
		return "", false
	}
	return h.JWK.thumbprint(), true
}

// first: a jti was not used before. Callers hold mu.
func (p *provider) first(jti string) bool {
	if strings.HasSuffix(jti, " ") || p.used[jti] {
		return false
	}
	p.used[jti] = true
	return true
}

// push keeps a request that the application brings by itself (RFC 9126), for one use.
func (p *provider) push(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.ParseForm() != nil || r.PostForm.Has("request_uri") {
		say(w, http.StatusBadRequest, map[string]any{"error": "invalid_request"})
		return
	}
	if !p.proves(r) {
		p.unproven(w)
		return
	}
	if _, ok := p.bound(r, ""); !ok {
		say(w, http.StatusBadRequest, map[string]any{"error": "invalid_dpop_proof"})
		return
	}
	asked := r.PostForm
	for _, name := range []string{"client_assertion", "client_assertion_type", "client_secret"} {
		asked.Del(name)
	}
	asked.Set("client_id", p.ClientID)
	p.serial++
	name := fmt.Sprintf("urn:ietf:params:oauth:request_uri:kit-%d", p.serial)
	p.pushed[name] = asked
	say(w, http.StatusCreated, map[string]any{"request_uri": name, "expires_in": 90})
}

// asked gives the request that the browser's address stands for. Callers hold mu.
func (p *provider) asked(q url.Values) url.Values {
	name := q.Get("request_uri")
	if name == "" {
		return q
	}
	asked := p.pushed[name]
	delete(p.pushed, name)
	if q.Get("client_id") != p.ClientID {
		return nil
	}
	return asked
}
