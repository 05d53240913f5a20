package oidc

import (
	"net/http"
	"strings"

	"netid/internal/act/verify"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

const (
	refreshToken  = "refresh_token"
	offlineAccess = "offline_access"
)

// scopeOf is what was granted (RFC 6749 §5.1).
func scopeOf(offline bool) string {
	if offline {
		return "openid " + offlineAccess
	}
	return "openid"
}

// refresh checks the request's shape and hands the token to the act (RFC 6749
// §6, Core §12).
func (d *Door) refresh(r *http.Request, who oauth.Proved, f oauth.Form) (identity.Verification, refusal, error) {
	none := identity.Verification{}
	if f[refreshToken] == "" {
		return none, oauth.Say("invalid_request", "refresh_token is missing"), nil
	}
	if who.Party.Offline == 0 {
		return none, oauth.Say("unauthorized_client", "the party is not registered for offline_access"), nil
	}
	if len(f[refreshToken]) > maxCode {
		return none, oauth.Say("invalid_grant", "refresh_invalid"), nil
	}
	offline, no := narrowed(f["scope"])
	if no != nil {
		return none, no, nil
	}
	v, err := d.Verifier.Refresh(r.Context(), verify.Renewal{Token: f[refreshToken], Party: who.Party.ID, Confirm: who.Confirm, Takes: who.Takes()})
	if err != nil {
		return none, oauth.Grant(err), err
	}
	v.Offline = offline
	return v, nil, nil
}

// narrowed reads the scope of a refresh: what was granted or less of it, never
// more (RFC 6749 §6). Without openid there is nothing that could be said. A scope that
// is narrower is the access token's alone: the refresh token keeps its own.
func narrowed(scope string) (offline bool, no refusal) {
	if scope == "" {
		return true, nil
	}
	for s := range strings.SplitSeq(scope, " ") {
		if s != "openid" && s != offlineAccess {
			return false, oauth.Say("invalid_scope", "scope: no more than was granted")
		}
	}
	if !listed(scope, "openid") {
		return false, oauth.Say("invalid_scope", "scope: openid is required")
	}
	return listed(scope, offlineAccess), nil
}
