package oidc

import (
	"net/http"

	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// userinfo says what an access token may still say (Core §5.3): the pairwise
// subject, and the marks that were approved for here.
func (d *Door) userinfo(w http.ResponseWriter, r *http.Request) {
	anyOrigin(w.Header())
	w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate")
	token, no := oauth.BearerToken(r)
	if no != nil {
		d.refused(r, "userinfo", "", no.Code, nil)
		no.Write(w)
		return
	}
	c, err := d.Verifier.Claims(r.Context(), token)
	if err != nil {
		no := oauth.Bearer(err)
		d.refused(r, "userinfo", "", no.Code, err)
		no.Write(w)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, struct {
		Sub       identity.Subject `json:"sub"`
		AgeOver14 *bool            `json:"age_over_14,omitempty"`
		AgeOver18 *bool            `json:"age_over_18,omitempty"`
		AgeOver60 *bool            `json:"age_over_60,omitempty"`
	}{c.Subject, said(c.Marks, identity.Over14), said(c.Marks, identity.Over18), said(c.Marks, identity.Over60)})
}
