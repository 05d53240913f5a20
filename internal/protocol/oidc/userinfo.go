package oidc

import (
	"net/http"

	"netid/internal/act/verify"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

// info is what UserInfo says: the pairwise subject, and the marks that were
// approved for here. Signed, it says by whom and to whom too (Core §5.3.2).
type info struct {
	Iss       string           `json:"iss,omitempty"`
	Aud       identity.PartyID `json:"aud,omitempty"`
	Sub       identity.Subject `json:"sub"`
	AgeOver14 *bool            `json:"age_over_14,omitempty"`
	AgeOver18 *bool            `json:"age_over_18,omitempty"`
	AgeOver60 *bool            `json:"age_over_60,omitempty"`
}

// userinfo says what an access token may still say (Core §5.3).
func (d *Door) userinfo(w http.ResponseWriter, r *http.Request) {
	readable(w.Header())
	access, no, cause := d.gate.Access(r)
	var c verify.Claimed
	if no == nil {
		oauth.GiveNonce(w.Header(), d.gate.Next(access))
		if c, cause = d.Verifier.Claims(r.Context(), access.Token); cause != nil {
			no = access.Refused(cause)
		}
	}
	if no == nil {
		no, cause = d.gate.Holds(r.Context(), access, c.Confirm)
	}
	if no != nil {
		d.refused(r, "userinfo", c.Party, no.Code, cause)
		no.Write(w)
		return
	}
	said := info{Sub: c.Subject, AgeOver14: said(c.Marks, identity.Over14), AgeOver18: said(c.Marks, identity.Over18), AgeOver60: said(c.Marks, identity.Over60)}
	if c.UserInfoAlg == "" {
		oauth.WriteJSON(w, http.StatusOK, said)
		return
	}
	said.Iss, said.Aud = d.Issuer, c.Party
	coder, err := d.coderOf(c.UserInfoAlg)
	var token string
	if err == nil {
		token, err = coder.Encode(said)
	}
	if err != nil {
		no := access.Refused(err)
		d.refused(r, "userinfo", c.Party, no.Code, err)
		no.Write(w)
		return
	}
	oauth.NoStore(w.Header())
	w.Header().Set("Content-Type", "application/jwt")
	w.Write([]byte(token))
}

// coderOf is what signs for a party that registered an algorithm. Who asked for
// one never gets another instead.
func (d *Door) coderOf(alg string) (*jose.Coder, error) {
	switch {
	case alg == "" || alg == jose.ES256:
		return d.coder, nil
	case alg == jose.SM2 && d.coderSM != nil:
		return d.coderSM, nil
	}
	return nil, notServed(alg)
}
