package oidc

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"netid/internal/act/verify"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

const (
	maxCode    = 8 << 10
	idTokenFor = 5 * time.Minute // an answer about this moment, not a session
)

// token trades a code, or a refresh token, for the answer (RFC 6749 §4.1.3, Core §3.1.3).
func (d *Door) token(w http.ResponseWriter, r *http.Request) {
	f, no := oauth.ParseForm(w, r)
	if no == nil && unproven(r, f) {
		readable(w.Header()) // a public party's page reads its answer; who has credentials is no page
	}
	if trade := d.elsewhere(r, f); no == nil && trade != nil {
		trade(w, r, f)
		return
	}
	if no == nil {
		no = grant(f)
	}
	if no != nil {
		d.refused(r, "token", "", no.Code, nil)
		no.Write(w)
		return
	}
	begun := d.Now()
	who, no, cause := d.gate.Prove(r, f)
	proved := no == nil
	if proved {
		defer func() { d.counted(who.Party.ID, "token", max(d.Now().Sub(begun), 1)) }()
		no = who.Constrained()
	}
	var v identity.Verification
	var to jose.Set
	if no == nil {
		to, no, cause = d.recipient(r.Context(), who.Party)
	}
	if no == nil {
		d.gate.Give(w.Header(), who)
		if f["grant_type"] == refreshToken {
			v, no, cause = d.refresh(r, who, f)
		} else {
			v, no, cause = d.redeem(r, who, f)
		}
	}
	if no != nil && proved {
		no, cause = d.gate.Refused(r.Context(), who, no, cause)
	}
	if no != nil {
		d.refused(r, "token", who.Party.ID, no.Code, cause)
		no.Write(w)
		return
	}
	if v.Kinds != nil {
		d.fetch(w, v)
		return
	}
	d.give(w, r, who.Party, to, v)
}

func unproven(r *http.Request, f oauth.Form) bool {
	return r.Header.Get("Authorization") == "" && f["client_secret"] == "" && f["client_assertion"] == ""
}

// elsewhere is who trades what is not this door's, or nil.
func (d *Door) elsewhere(r *http.Request, f oauth.Form) func(http.ResponseWriter, *http.Request, oauth.Form) {
	if kind := f["grant_type"]; grant(f) != nil || kind == refreshToken && f["client_id"] == "" && unproven(r, f) {
		return d.Grants[kind]
	}
	return nil
}

// grants are what is traded here.
func grants() []string { return []string{"authorization_code", refreshToken} }

func grant(f oauth.Form) refusal {
	switch f["grant_type"] {
	case "authorization_code", refreshToken:
		return nil
	case "":
		return oauth.Say("invalid_request", "grant_type is missing")
	}
	return oauth.Say("unsupported_grant_type", "grant_type: authorization_code or refresh_token")
}

// redeem checks the request's shape and hands the code to the act. A verifier
// that could never match is not tried (RFC 7636 §4.1).
func (d *Door) redeem(r *http.Request, who oauth.Proved, f oauth.Form) (identity.Verification, refusal, error) {
	none := identity.Verification{}
	if f["code"] == "" {
		return none, oauth.Say("invalid_request", "code is missing"), nil
	}
	if len(f["code"]) > maxCode || f["redirect_uri"] == "" || !verifier(f["code_verifier"]) {
		return none, oauth.Say("invalid_grant", "code, redirect_uri and code_verifier do not belong together"), nil
	}
	v, err := d.Verifier.Redeem(r.Context(), verify.Redemption{Code: f["code"], Party: who.Party.ID, Redirect: f["redirect_uri"],
		Verifier: f["code_verifier"], Confirm: who.Confirm, Takes: who.Takes()})
	if err != nil {
		return none, oauth.Grant(err), err
	}
	return v, nil, nil
}

// verifier: 43 to 128 unreserved characters (RFC 7636 §4.1).
func verifier(s string) bool {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	return len(s) >= 43 && len(s) <= 128 && strings.Trim(s, unreserved) == ""
}

// idToken is the whole of what a party learns (Art. 8: the result, and each
// approved mark). There is no at_hash: it is optional in this flow (Core
// §3.1.3.6) and the token came straight from us.
type idToken struct {
	Iss       string           `json:"iss"`
	Sub       identity.Subject `json:"sub"`
	Aud       identity.PartyID `json:"aud"`
	Exp       int64            `json:"exp"`
	Iat       int64            `json:"iat"`
	Nonce     string           `json:"nonce,omitempty"`
	ACR       identity.Mode    `json:"acr"`
	Receipt   string           `json:"receipt"`
	SID       string           `json:"sid,omitempty"`
	AuthTime  *int64           `json:"auth_time,omitempty"`
	AgeOver14 *bool            `json:"age_over_14,omitempty"`
	AgeOver18 *bool            `json:"age_over_18,omitempty"`
	AgeOver60 *bool            `json:"age_over_60,omitempty"`
	Verified  *assured         `json:"verified_claims,omitempty"`
	Terms     *terms           `json:"terms,omitempty"`
}

func (d *Door) idToken(p identity.Party, v identity.Verification) idToken {
	t := idToken{Iss: d.Issuer, Sub: v.Subject, Aud: p.ID, Exp: v.Time.Add(idTokenFor).Unix(), Iat: v.Time.Unix(), Nonce: v.Nonce,
		ACR: v.Mode, Receipt: v.Receipt.String(), SID: v.SID, AgeOver14: said(v.IDToken, identity.Over14), AgeOver18: said(v.IDToken, identity.Over18),
		AgeOver60: said(v.IDToken, identity.Over60)}
	if v.AuthTime != nil {
		at := v.AuthTime.Unix()
		t.AuthTime = &at
	}
	t.plain(p, v)
	return t
}

// said is the mark's value, or nothing at all when it was not approved.
func said(m map[identity.AgeMark]bool, mark identity.AgeMark) *bool {
	if over, ok := m[mark]; ok {
		return &over
	}
	return nil
}

// give writes the answer (RFC 6749 §5.1, Core §3.1.3.3).
func (d *Door) give(w http.ResponseWriter, r *http.Request, p identity.Party, to jose.Set, v identity.Verification) {
	token, receipt, err := d.signed(p, d.idToken(p, v))
	if err == nil {
		token, err = sealed(p, to, v, token)
	}
	if err != nil {
		no := oauth.Grant(err)
		d.refused(r, "token", p.ID, no.Code, err)
		no.Write(w)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, struct {
		Access  string          `json:"access_token"`
		Refresh string          `json:"refresh_token,omitempty"`
		Type    string          `json:"token_type"`
		Expires int64           `json:"expires_in"`
		ID      string          `json:"id_token"`
		Scope   string          `json:"scope"`
		Details []detail        `json:"authorization_details,omitempty"`
		Receipt json.RawMessage `json:"receipt,omitempty"` // members that a party does not know it ignores (RFC 6749 §5.1)
	}{v.Access, v.Refresh, tokenType(v.Confirm), int64(v.TTL / time.Second), token, scopeOf(v.Offline), granted(v), receipt})
}

// tokenType is how a token is presented (RFC 9449 §5); one that is bound to a
// certificate alone is a bearer's, over a connection with that (RFC 8705 §3).
func tokenType(c identity.Confirm) string {
	if c.JKT != "" {
		return "DPoP"
	}
	return "Bearer"
}
