package oidc

import (
	"net/http"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// introspect tells a party whether a token of its own is good still
// (RFC 7662). Of a token that is none, is over or is somebody else's it says one
// thing, "not active" (§2.2), so that nobody learns of others' tokens.
func (d *Door) introspect(w http.ResponseWriter, r *http.Request) {
	p, f, ok := d.ofToken(w, r, "introspect")
	if !ok {
		return
	}
	type answer struct {
		Active  bool              `json:"active"`
		Sub     identity.Subject  `json:"sub,omitempty"`
		Client  identity.PartyID  `json:"client_id,omitempty"`
		Iss     string            `json:"iss,omitempty"`
		Scope   string            `json:"scope,omitempty"`
		Type    string            `json:"token_type,omitempty"`
		Iat     int64             `json:"iat,omitempty"`
		Exp     int64             `json:"exp,omitempty"`
		Confirm *identity.Confirm `json:"cnf,omitempty"` // RFC 8705 §3.2, RFC 9449 §6.2
	}
	c, err := d.Verifier.Claims(r.Context(), f["token"])
	kind, scope := tokenType(c.Confirm), "openid"
	if fault.Is(err, fault.Unauthenticated) { // whatever the hint says (§2.1)
		c, err = d.Verifier.Lasting(r.Context(), p.ID, f["token"])
		kind, scope = "", scopeOf(true) // a refresh token is presented to nobody else
	}
	switch {
	case err == nil && c.Party == p.ID:
	case err == nil || fault.Is(err, fault.Unauthenticated):
		oauth.WriteJSON(w, http.StatusOK, answer{})
		return
	default:
		d.trouble(w, r, "introspect", p.ID, err)
		return
	}
	a := answer{true, c.Subject, p.ID, d.Issuer, scope, kind, c.Time.Unix(), c.Expires.Unix(), nil}
	if c.Confirm != (identity.Confirm{}) {
		a.Confirm = &c.Confirm
	}
	oauth.WriteJSON(w, http.StatusOK, a)
}

// revoke makes a token dead (RFC 7009). 200 also where there was nothing to
// revoke (§2.2), and never before it is so.
func (d *Door) revoke(w http.ResponseWriter, r *http.Request) {
	p, f, ok := d.ofToken(w, r, "revoke")
	if !ok {
		return
	}
	if err := d.Verifier.Revoke(r.Context(), p.ID, f["token"]); err != nil {
		d.trouble(w, r, "revoke", p.ID, err)
		return
	}
	oauth.NoStore(w.Header())
	w.WriteHeader(http.StatusOK)
}

// ofToken reads a request about a token: a form, and who sends it. To look into
// a token takes more than an id that everybody knows (RFC 7662 §2.1); to end
// one takes the token (RFC 7009 §2.1, §5).
func (d *Door) ofToken(w http.ResponseWriter, r *http.Request, at string) (p identity.Party, f oauth.Form, ok bool) {
	f, no := oauth.ParseForm(w, r)
	if no == nil && at == "revoke" && unproven(r, f) {
		readable(w.Header())
	}
	var cause error
	if no == nil {
		p, no, cause = d.gate.Authenticate(r, f)
	}
	if no == nil && at == "introspect" && p.Auth == identity.AuthNone {
		no = oauth.InvalidClient()
	}
	if no == nil && f["token"] == "" {
		no = oauth.Say("invalid_request", "token is missing")
	}
	if no != nil {
		d.refused(r, at, p.ID, no.Code, cause)
		no.Write(w)
		return p, nil, false
	}
	return p, f, true
}

// trouble is what is not the party's mistake.
func (d *Door) trouble(w http.ResponseWriter, r *http.Request, at string, p identity.PartyID, err error) {
	no := oauth.Grant(err)
	d.refused(r, at, p, no.Code, err)
	no.Write(w)
}
