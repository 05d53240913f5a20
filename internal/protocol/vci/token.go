package vci

import (
	"net/http"
	"time"

	"netid/internal/act/attest"
	"netid/internal/fault"
	"netid/internal/protocol/oauth"
)

const maxCode = 8 << 10

// redeem trades a pre-authorized code (§6.1).
func (d *Door) redeem(w http.ResponseWriter, r *http.Request, f oauth.Form) {
	d.trade(w, r, f, func(who oauth.Proved) (attest.Granted, *oauth.Refusal, error) {
		code := f["pre-authorized_code"]
		if code == "" {
			return attest.Granted{}, oauth.Say("invalid_request", "pre-authorized_code is missing"), nil
		}
		if len(code) > maxCode {
			return attest.Granted{}, oauth.Say("invalid_grant", "code_invalid"), nil
		}
		g, err := d.Attester.Redeem(r.Context(), attest.Redemption{Code: code, TxCode: f["tx_code"], Confirm: who.Confirm, Takes: who.Takes()})
		return g, refusedGrant(err), err
	})
}

// renew trades the refresh token of a wallet that nobody registered.
func (d *Door) renew(w http.ResponseWriter, r *http.Request, f oauth.Form) {
	d.trade(w, r, f, func(who oauth.Proved) (attest.Granted, *oauth.Refusal, error) {
		token := f["refresh_token"]
		if token == "" || len(token) > maxCode {
			return attest.Granted{}, oauth.Say("invalid_request", "refresh_token is missing, or too long"), nil
		}
		g, err := d.Attester.Renew(r.Context(), attest.Renewal{Token: token, Confirm: who.Confirm, Takes: who.Takes()})
		return g, refusedGrant(err), err
	})
}

func (d *Door) trade(w http.ResponseWriter, r *http.Request, f oauth.Form, do func(oauth.Proved) (attest.Granted, *oauth.Refusal, error)) {
	var who oauth.Proved
	var no *oauth.Refusal
	var cause error
	if unproven(r, f) { // a client_id by itself proves nothing, and nothing follows from it
		readable(w.Header())
		who, no, cause = d.Gate.Anonymous(r)
	} else {
		who, no, cause = d.Gate.Prove(r, f)
	}
	proved := no == nil
	var g attest.Granted
	if proved {
		d.Gate.Give(w.Header(), who)
		g, no, cause = do(who)
	}
	if no != nil && proved {
		no, cause = d.Gate.Refused(r.Context(), who, no, cause)
	}
	if no != nil {
		d.refuse(w, r, "token", no, cause)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, struct {
		Access  string   `json:"access_token"`
		Type    string   `json:"token_type"`
		Expires int64    `json:"expires_in"`
		Refresh string   `json:"refresh_token,omitempty"`
		Details []detail `json:"authorization_details,omitempty"`
	}{g.Access, tokenType(g.Confirm), int64(g.TTL / time.Second), g.Refresh, details(f, g)})
}

// detail is what was granted (§6.2): asked for in the same form, RFC 9396 §7.
type detail struct {
	Type          string   `json:"type"`
	Configuration string   `json:"credential_configuration_id"`
	Identifiers   []string `json:"credential_identifiers"`
}

// details names what there is of each kind, where the wallet sent some. What it
// sent does not count: the grant is what the citizen offered, and nothing else.
func details(f oauth.Form, g attest.Granted) (all []detail) {
	if f["authorization_details"] == "" {
		return nil
	}
	for _, k := range g.Kinds {
		all = append(all, detail{"openid_credential", k, []string{k}})
	}
	return all
}

// refusedGrant is the table of §6.3.
func refusedGrant(err error) *oauth.Refusal {
	switch why := fault.Public(err); {
	case err == nil:
		return nil
	case why == "tx_code_missing" || why == "tx_code_unexpected":
		return oauth.Say("invalid_request", why)
	case why == "tx_code_wrong" || why == "tx_code_void":
		return oauth.Say("invalid_grant", why)
	}
	return oauth.Grant(err)
}
