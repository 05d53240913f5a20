package oidc

import (
	"context"
	"net/http"
	"strings"
	"time"

	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// pushedURN begins every request_uri that there is: nothing is ever fetched
// from an address that a party names (RFC 9126 §2.2).
const pushedURN = "urn:ietf:params:oauth:request_uri:"

// push takes a party's request from the party itself, ahead of the browser
// (RFC 9126). It is authenticated and checked as a whole, so that what is
// wrong with it is told to the party and no citizen ever sees it.
func (d *Door) push(w http.ResponseWriter, r *http.Request) {
	f, no := oauth.ParseForm(w, r)
	if no == nil && unproven(r, f) {
		readable(w.Header()) // as at the token endpoint
	}
	if no != nil {
		d.refused(r, "push", "", no.Code, nil)
		no.Write(w)
		return
	}
	who, no, cause := d.gate.Prove(r, f)
	proved := no == nil
	var request authorize.Request
	if proved {
		d.gate.Give(w.Header(), who)
		request, no = d.pushed(r.Context(), who, f)
	}
	var h identity.Handle
	if no == nil {
		if h, cause = d.Authorizer.Push(r.Context(), request, who.Takes()...); cause != nil {
			no = oauth.Ask(cause)
		}
	}
	if no != nil && proved {
		no, cause = d.gate.Refused(r.Context(), who, no, cause)
	}
	if no != nil {
		d.refused(r, "push", who.Party.ID, no.Code, cause)
		no.Write(w)
		return
	}
	oauth.WriteJSON(w, http.StatusCreated, struct {
		URI     string `json:"request_uri"`
		Expires int64  `json:"expires_in"`
	}{pushedURN + h.Text(), int64(authorize.PushedLife / time.Second)})
}

// pushed reads the request that a party sends for itself. A DPoP proof beside
// it names the key of the code as dpop_jkt would (RFC 9449 §10.1); where both are
// there they must agree.
func (d *Door) pushed(ctx context.Context, who oauth.Proved, f oauth.Form) (authorize.Request, refusal) {
	none, p := authorize.Request{}, who.Party
	if f["request_uri"] != "" { // RFC 9126 §2.1
		return none, oauth.Say("invalid_request", "request_uri has no place in a pushed request")
	}
	f, no := d.given(ctx, p, f)
	if no != nil {
		return none, no
	}
	if !p.Allows(f["redirect_uri"]) {
		return none, oauth.Say("invalid_request", "redirect_uri_unregistered")
	}
	request, no := d.ask(p, f, nil)
	if no == nil {
		no = d.hinted(p, f, &request)
	}
	if proved := who.JKT; no == nil && proved != "" {
		if request.JKT != "" && request.JKT != proved {
			return none, oauth.Say("invalid_dpop_proof", "dpop_jkt names another key")
		}
		request.JKT = proved
	}
	return request, no
}

// recall goes on with a pushed request. Of what the browser brings beside its
// address nothing counts but the party's name (RFC 9126 §4). Where the answer
// would go is in the request, so until it is found every error is a page.
func (d *Door) recall(w http.ResponseWriter, r *http.Request, f oauth.Form) {
	p, err := d.known(r, f)
	if err != nil {
		d.page(w, r, pageStatus(err), p.ID, err)
		return
	}
	request, err := d.recalled(r, p, strings.TrimPrefix(f["request_uri"], pushedURN))
	if err != nil {
		d.page(w, r, pageStatus(err), p.ID, err)
		return
	}
	d.begin(w, r, reply{p.ID, request.Redirect, request.State, request.Way}, request)
}

func (d *Door) recalled(r *http.Request, p identity.Party, text string) (authorize.Request, error) {
	const op = "oidc.recalled"
	h, err := identity.ParseHandle(text)
	if err != nil {
		return authorize.Request{}, fault.Wrap(op, fault.Invalid, "request_uri_unknown", err)
	}
	request, err := d.Authorizer.Recall(r.Context(), p.ID, h)
	if err == nil && !p.Allows(request.Redirect) { // it may have been taken from the party's list since
		err = fault.New(op, fault.Invalid, "redirect_uri_unregistered")
	}
	return request, err
}
