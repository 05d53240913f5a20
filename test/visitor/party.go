package visitor

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// Verifier is the PKCE verifier of every request of Authorize.
const Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

// Party is a relying party that was registered.
type Party struct {
	ID, Secret, Redirect string // Secret "" where it is public
	*Browser                    // its own way to the server
}

// Authorize is the address of a request; change alters its parameters, nil nothing.
func (p *Party) Authorize(change url.Values) string {
	sum := sha256.Sum256([]byte(Verifier))
	q := url.Values{"client_id": {p.ID}, "redirect_uri": {p.Redirect}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	for name, v := range change {
		if q[name] = v; len(v) == 0 {
			q.Del(name)
		}
	}
	return p.URL + "/authorize?" + q.Encode()
}

// Tokens is what the token endpoint said.
type Tokens struct {
	*Answer
	Access      string `json:"access_token"`
	ID          string `json:"id_token"`
	Refresh     string `json:"refresh_token"`
	Scope       string `json:"scope"`
	Error       string `json:"error"`
	Description string `json:"error_description"`

	Twice json.RawMessage `json:"receipt"` // signed by both suites; in the profile dual alone
}

// Receipt is the receipt in the ID token, read and not checked.
func (t Tokens) Receipt() string {
	var claims struct{ Receipt string }
	if parts := strings.Split(t.ID, "."); len(parts) == 3 {
		if b, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil && json.Unmarshal(b, &claims) != nil {
			return ""
		}
	}
	return claims.Receipt
}

// Redeem brings a code to the token endpoint; change alters the form.
func (p *Party) Redeem(code string, change url.Values) (Tokens, error) {
	return p.trade(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.Redirect}, "code_verifier": {Verifier}}, change)
}

// Lasting is the change of Authorize that asks for a refresh token.
func Lasting() url.Values { return url.Values{"scope": {"openid offline_access"}} }

// Again brings a refresh token.
func (p *Party) Again(token string) (Tokens, error) {
	return p.trade(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, nil)
}

func (p *Party) trade(form, change url.Values) (Tokens, error) {
	if p.Secret == "" {
		form.Set("client_id", p.ID)
	}
	for name, v := range change {
		if form[name] = v; len(v) == 0 {
			form.Del(name)
		}
	}
	r, err := p.Request(http.MethodPost, "/token", strings.NewReader(form.Encode()))
	if err != nil {
		return Tokens{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.Secret != "" {
		r.SetBasicAuth(url.QueryEscape(p.ID), url.QueryEscape(p.Secret))
	}
	a, err := p.Send(r)
	if err != nil {
		return Tokens{}, err
	}
	t := Tokens{Answer: a}
	return t, json.Unmarshal([]byte(a.Body), &t)
}
