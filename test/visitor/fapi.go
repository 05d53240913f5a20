package visitor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Keyed is a party of the FAPI 2.0 level: it proves itself by an assertion
// (RFC 7523), pushes its requests (RFC 9126) and binds what it is given to a
// key (RFC 9449). One key plays all parts.
type Keyed struct {
	*Party
	Issuer string // the audience of its assertions
	key    *ecdsa.PrivateKey
	nonces map[string]string // the newest of each place
	Kid    string            // of the key, where its party has several
}

// NewKeyed makes the party's key.
func NewKeyed(p *Party, issuer string) (*Keyed, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return &Keyed{Party: p, Issuer: issuer, key: key, nonces: map[string]string{}}, err
}

// JWKS is the key set to register.
func (k *Keyed) JWKS() []byte {
	return []byte(`{"keys":[` + string(k.jwk()) + `]}`)
}

func (k *Keyed) jwk() json.RawMessage {
	point, err := k.key.PublicKey.Bytes()
	if err != nil {
		panic(err) // a key on P-256 that was made here has a point
	}
	b := base64.RawURLEncoding
	return json.RawMessage(`{"crv":"P-256","kty":"EC","x":"` + b.EncodeToString(point[1:33]) + `","y":"` + b.EncodeToString(point[33:]) + `"}`)
}

// Push sends the request of Authorize ahead, and is the address that the browser opens.
func (k *Keyed) Push(change url.Values) (string, error) {
	whole, err := url.Parse(k.Authorize(change))
	if err != nil {
		return "", err
	}
	a, err := k.post("/par", whole.Query())
	if err != nil {
		return "", err
	}
	var told struct {
		URI string `json:"request_uri"`
	}
	if err := json.Unmarshal([]byte(a.Body), &told); err != nil || told.URI == "" {
		return "", fmt.Errorf("pushed: %d %s", a.Status, a.Body)
	}
	return k.URL + "/authorize?" + url.Values{"client_id": {k.ID}, "request_uri": {told.URI}}.Encode(), nil
}

// Redeem brings a code to the token endpoint.
func (k *Keyed) Redeem(code string) (t Tokens, err error) {
	a, err := k.post("/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {k.Redirect}, "code_verifier": {Verifier}})
	if err != nil {
		return t, err
	}
	t.Answer = a
	return t, json.Unmarshal([]byte(a.Body), &t)
}

// UserInfo asks with the token and a proof.
func (k *Keyed) UserInfo(access string) (*Answer, error) {
	return k.proving(http.MethodGet, "/userinfo", access, nil)
}

func (k *Keyed) post(path string, form url.Values) (*Answer, error) {
	return k.proving(http.MethodPost, path, "", form)
}

// proving sends a request with a proof, and once more when the server's nonce was missing (RFC 9449 §8).
func (k *Keyed) proving(method, path, access string, form url.Values) (a *Answer, err error) {
	for range 2 {
		if form != nil {
			form.Set("client_id", k.ID)
			form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			form.Set("client_assertion", k.Assertion())
		}
		r, err := k.Request(method, path, strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		if access != "" {
			r.Header.Set("Authorization", "DPoP "+access)
		} else {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		r.Header.Set("DPoP", k.Proof(method, path, access))
		if a, err = k.Send(r); err != nil {
			return nil, err
		}
		if n := a.Header.Get("DPoP-Nonce"); n != "" {
			k.nonces[place(access)] = n
		}
		if !strings.Contains(a.Body+a.Header.Get("WWW-Authenticate"), "use_dpop_nonce") {
			break
		}
	}
	return a, nil
}

// Assertion is a new one.
func (k *Keyed) Assertion() string {
	now := time.Now()
	header := map[string]any{"alg": "ES256"}
	if k.Kid != "" {
		header["kid"] = k.Kid
	}
	return k.sign(header, map[string]any{"iss": k.ID, "sub": k.ID, "aud": k.Issuer, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix()})
}

// Proof is a new one, with the newest nonce of its place; access is "" but at the resource.
func (k *Keyed) Proof(method, path, access string) string {
	claims := map[string]any{"htm": method, "htu": k.Issuer + path, "jti": rand.Text(), "iat": time.Now().Unix(), "nonce": k.nonces[place(access)]}
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return k.sign(map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": k.jwk()}, claims)
}

// place is where a nonce is good: with the server, or at the resource.
func place(access string) string {
	if access != "" {
		return "resource"
	}
	return "server"
}

// sign is the compact form, ES256.
func (k *Keyed) sign(header, claims map[string]any) string {
	var parts []string
	for _, part := range []map[string]any{header, claims} {
		text, err := json.Marshal(part)
		if err != nil {
			panic(err) // maps of texts and numbers
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	signed := strings.Join(parts, ".")
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k.key, sum[:])
	if err != nil {
		panic(err) // the key is whole, and randomness does not fail
	}
	raw := make([]byte, 64)
	r.FillBytes(raw[:32])
	s.FillBytes(raw[32:])
	return signed + "." + base64.RawURLEncoding.EncodeToString(raw)
}
