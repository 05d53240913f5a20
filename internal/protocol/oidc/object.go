package oidc

import (
	"context"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

const (
	maxObject  = 16 << 10
	objectLife = time.Hour        // FAPI 2.0 Message Signing §5.3.1: at most 60 minutes old, and good for
	objectSkew = 10 * time.Second // of clocks, as with assertions
)

// objects is where signed requests are read (RFC 9101). Its types keep a
// client assertion that says what it is from passing for one.
func (d *Door) objects() jose.Place {
	return jose.Place{Algs: oauth.PartyAlgs(d.Suite), Types: []string{"", "JWT", "oauth-authz-req+jwt"}, Limit: maxObject}
}

// signed are the parameters that a signed request may bring; what else is in
// it is not looked at.
var signed = []string{"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
	"code_challenge_method", "prompt", "acr_values", "ui_locales", "claims", "authorization_details", "max_age", "dpop_jkt", "id_token_hint"}

// given are the parameters that count: where there is a signed request,
// those in it and no others (RFC 9101 §6.3).
func (d *Door) given(ctx context.Context, p identity.Party, f oauth.Form) (oauth.Form, refusal) {
	object := f["request"]
	switch {
	case object == "" && p.Signs:
		return f, oauth.Say("invalid_request", "the request must be signed") // RFC 9101 §10.5
	case object == "":
		return f, nil
	case len(p.JWKS) == 0 && p.JWKSURI == "":
		return f, oauth.Say("request_not_supported", "the party registered no keys to sign with")
	case strings.Count(object, ".") == 4:
		return f, badObject("encrypted requests are not read")
	}
	token, err := d.objects().Parse(object)
	if err != nil {
		return f, badObject("not a signed request")
	}
	in, why := d.inside(p, token.Peek())
	if why != "" {
		return f, badObject(why)
	}
	keys, err := d.Keys(ctx, p, func(s jose.Set) bool { return s.Finds(token) })
	switch {
	case fault.Is(err, fault.Unauthenticated):
		return f, badObject("the party's keys cannot be fetched")
	case err != nil:
		return f, oauth.Ask(err)
	}
	if _, err := token.Verify(keys); err != nil {
		return f, badObject("signature")
	}
	return in, nil
}

func badObject(why string) refusal { return oauth.Say("invalid_request_object", "request: "+why) }

// inside checks what a signed request says of itself and gives its
// parameters: from this party, for this issuer, of now (RFC 9101 §10.8, FAPI
// 2.0 Message Signing §5.3.1), and no client assertion (it names no subject).
func (d *Door) inside(p identity.Party, c jose.Object) (f oauth.Form, why string) {
	id := string(p.ID)
	if iss, _ := c.Text("iss"); iss != id {
		return nil, "iss"
	}
	if client, _ := c.Text("client_id"); client != id { // RFC 9101 §6.3
		return nil, "client_id"
	}
	if c.Has("sub") { // RFC 9101 §10.8.b
		return nil, "sub is for assertions"
	}
	if !c.Names("aud", d.Issuer) {
		return nil, "aud"
	}
	if why := d.timely(c); why != "" {
		return nil, why
	}
	if c.Has("request") || c.Has("request_uri") { // RFC 9101 §4
		return nil, "a request within a request"
	}
	f = oauth.Form{}
	for _, name := range signed {
		v, ok := parameter(name, c)
		if !ok {
			return nil, name
		}
		if v != "" {
			f[name] = v
		}
	}
	return f, ""
}

// timely wants nbf and exp, at most an hour apart, and now between them: so
// nbf is no older than that either.
func (d *Door) timely(c jose.Object) (why string) {
	now := d.Now()
	nbf, ok := c.Instant("nbf")
	if !ok || nbf.After(now.Add(objectSkew)) {
		return "nbf"
	}
	exp, ok := c.Instant("exp")
	if !ok || !now.Before(exp.Add(objectSkew)) || exp.After(nbf.Add(objectLife)) {
		return "exp"
	}
	if iat, ok := c.Instant("iat"); c.Has("iat") && (!ok || iat.After(now.Add(objectSkew))) {
		return "iat"
	}
	return ""
}

// parameter is one as a form would have it: strings as they are, a
// number for max_age, JSON where a form has JSON (RFC 9101 §4).
func parameter(name string, c jose.Object) (string, bool) {
	if !c.Has(name) {
		return "", true
	}
	if s, ok := c.Text(name); ok {
		return s, true
	}
	raw := string(c[name])
	switch first := raw[0]; name {
	case "max_age":
		return raw, first >= '0' && first <= '9'
	case "claims":
		return raw, first == '{'
	case "authorization_details":
		return raw, first == '['
	}
	return "", false
}
