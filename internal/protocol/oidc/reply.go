package oidc

import (
	"net/http"
	"net/url"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// reply is where an answer goes: a redirect URI that was found registered.
type reply struct{ redirect, state string }

// refuse tells the party no, at its own address (RFC 6749 §4.1.2.1).
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, party identity.PartyID, back reply, no *oauth.Refusal, cause error) {
	d.refused(r, "authorize", party, no.Code, cause)
	v := url.Values{"error": {no.Code}}
	if no.Description != "" {
		v.Set("error_description", no.Description)
	}
	d.send(w, back, v)
}

// send adds the answer to the redirect URI's own query. Every answer names
// its issuer, so that no party can be made to take it for another's (RFC 9207 §2).
func (d *Door) send(w http.ResponseWriter, back reply, v url.Values) {
	v.Set("iss", d.Issuer)
	if back.state != "" {
		v.Set("state", back.state)
	}
	join := "?"
	if strings.Contains(back.redirect, "?") {
		join = "&"
	}
	seeOther(w, back.redirect+join+v.Encode())
}

// seeOther makes the browser GET the address and drop what it posted (RFC 9700 §4.12).
func seeOther(w http.ResponseWriter, address string) {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}

// answer carries what the citizen decided to the party.
func (d *Door) answer(w http.ResponseWriter, r *http.Request) {
	oauth.NoStore(w.Header())
	a, err := d.Authorizer.Open(r.URL.Query().Get("a"))
	if err != nil {
		d.refused(r, "answer", "", "page", err)
		d.Page(w, r, pageStatus(err), fault.Public(err))
		return
	}
	back := reply{a.Redirect, a.State}
	if a.Error != "" {
		d.send(w, back, url.Values{"error": {a.Error}})
		return
	}
	d.send(w, back, url.Values{"code": {a.Code}})
}
