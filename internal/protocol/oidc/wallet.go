package oidc

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"netid/internal/act/authorize"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

// credential is what a wallet asks and is granted (OpenID4VCI 1.0 §5.1.1, §6.2).
type credential struct {
	Type          string   `json:"type"`
	Configuration string   `json:"credential_configuration_id"`
	Identifiers   []string `json:"credential_identifiers,omitempty"`
}

// scoped takes the credentials that a wallet names in scope, each by its
// configuration's id (OpenID4VCI 1.0 §5.1.2, HAIP 1.0 §4.3). Words that name none are ignored.
func (d *Door) scoped(f oauth.Form, r *authorize.Request) {
	for s := range strings.FieldsSeq(f["scope"]) {
		if slices.Contains(d.Credentials, s) {
			r.Kinds = append(r.Kinds, s)
		}
	}
}

// wanted takes the credentials that a wallet names in authorization_details.
// Members that are not known are ignored (OpenID4VCI 1.0 §5.1.1).
func (d *Door) wanted(all []json.RawMessage, r *authorize.Request) (why string) {
	for _, raw := range all {
		one, err := jose.ParseObject(raw, maxDetails)
		if err != nil {
			return "an array of objects"
		}
		if kind, _ := one.Text("type"); kind != identity.DetailCredential {
			return "credentials, or a verification, and not both"
		}
		id, _ := one.Text("credential_configuration_id")
		if !slices.Contains(d.Credentials, id) {
			return "credential_configuration_id: one of the metadata"
		}
		r.Kinds = append(r.Kinds, id)
	}
	return ""
}

// settle orders what a wallet asks, the least first, each once, and refuses to
// tell it anything beside: a wallet keeps proofs for the citizen and learns nothing of them.
func (d *Door) settle(p identity.Party, f oauth.Form, r *authorize.Request) refusal {
	if r.Kinds == nil {
		if !listed(f["scope"], "openid") {
			return oauth.Say("invalid_scope", "scope: openid is required, or a credential's")
		}
		return nil
	}
	if !p.Wallet() {
		return oauth.Say("unauthorized_client", "the party is registered as no wallet")
	}
	if listed(f["scope"], "openid") || len(r.Marks) > 0 || len(r.Plain) > 0 || r.Intent != "" || r.Hint != "" {
		return oauth.Say("invalid_request", "ask for credentials alone")
	}
	r.Offline, r.AuthTime, r.Within = false, false, nil
	slices.SortFunc(r.Kinds, func(a, b string) int { return slices.Index(d.Credentials, a) - slices.Index(d.Credentials, b) })
	r.Kinds = slices.Compact(r.Kinds)
	return nil
}

// fetch answers a wallet (OpenID4VCI 1.0 §6.2): a token for the credentials, and
// no ID token.
func (d *Door) fetch(w http.ResponseWriter, v identity.Verification) {
	var all []credential
	for _, k := range v.Kinds {
		all = append(all, credential{identity.DetailCredential, k, []string{k}})
	}
	oauth.WriteJSON(w, http.StatusOK, struct {
		Access  string       `json:"access_token"`
		Type    string       `json:"token_type"`
		Expires int64        `json:"expires_in"`
		Scope   string       `json:"scope"`
		Details []credential `json:"authorization_details"`
	}{v.Access, tokenType(v.Confirm), int64(v.TTL / time.Second), strings.Join(v.Kinds, " "), all})
}
