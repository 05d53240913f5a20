package oidc

import (
	"net/http"
	"net/url"
	"strings"

	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// browserCookie binds a request to the browser that started it: the browser
// that starts is the browser that ends.
const browserCookie = "__Host-netid-browser"

const maxQuery = 16 << 10 // bytes of a request's parameters

// authorize takes a party's request (OpenID Connect Core §3.1.2.1) from the
// citizen's browser and hands it to the page on which the citizen decides.
// Until party and redirect URI are known to belong together, an error is a
// page here and goes nowhere (RFC 6749 §4.1.2.1, RFC 9700 §4.11).
func (d *Door) authorize(w http.ResponseWriter, r *http.Request) {
	oauth.NoStore(w.Header())
	raw, status := parameters(w, r)
	f, twice, ok := oauth.ParseParams(raw)
	if status != http.StatusOK || !ok || twice["client_id"] || twice["redirect_uri"] || twice["request"] || twice["request_uri"] {
		d.page(w, r, max(status, http.StatusBadRequest), "", fault.New("oidc.authorize", fault.Invalid, "request_malformed"))
		return
	}
	if strings.HasPrefix(f["request_uri"], pushedURN) {
		d.recall(w, r, f)
		return
	}
	p, err := d.known(r, f)
	if err != nil {
		d.page(w, r, pageStatus(err), p.ID, err)
		return
	}
	outer := f
	f, no := d.given(r.Context(), p, outer)
	if outer["request"] != "" && no == nil {
		twice = nil // they are not looked at
	}
	// A signed request that is not good says nothing; then the address beside it
	// takes the error, if it is the party's own.
	if !p.Allows(f["redirect_uri"]) {
		d.page(w, r, http.StatusBadRequest, p.ID, fault.New("oidc.authorize", fault.Invalid, "redirect_uri_unregistered"))
		return
	}
	back := backTo(p, f)
	var request authorize.Request
	if no == nil {
		request, no = d.ask(p, f, twice)
	}
	if no == nil && matching(request) {
		no = oauth.Say("invalid_request", "verified_claims: a value to match is pushed")
	}
	if no == nil {
		no = d.hinted(p, f, &request)
	}
	if no != nil {
		d.refuse(w, r, back, no, nil)
		return
	}
	d.begin(w, r, back, request)
}

// backTo is where and how the party is answered, as far as what it says is sound.
func backTo(p identity.Party, f oauth.Form) reply {
	back := reply{party: p.ID, redirect: f["redirect_uri"]}
	if s := f["state"]; legible(s, maxState) {
		back.state = s
	}
	back.way, _ = way(p, f["response_mode"])
	return back
}

// begin binds the request to this browser and sends the browser to it.
func (d *Door) begin(w http.ResponseWriter, r *http.Request, back reply, request authorize.Request) {
	request.Browser = browser(w, r)
	sealed, err := d.Authorizer.Begin(r.Context(), request)
	if err != nil {
		d.refuse(w, r, back, oauth.Ask(err), err)
		return
	}
	d.counted(back.party, "asked", 0)
	seeOther(w, "/request?r="+url.QueryEscape(sealed))
}

// parameters are the query of a GET or the form of a POST, never both.
func parameters(w http.ResponseWriter, r *http.Request) (raw string, status int) {
	if r.Method != http.MethodPost {
		if len(r.URL.RawQuery) > maxQuery {
			return "", http.StatusRequestURITooLong
		}
		return r.URL.RawQuery, http.StatusOK
	}
	if r.URL.RawQuery != "" {
		return "", http.StatusBadRequest
	}
	raw, no := oauth.ReadForm(w, r)
	if no != nil {
		return "", no.Status
	}
	return raw, http.StatusOK
}

// known finds the party.
func (d *Door) known(r *http.Request, f oauth.Form) (identity.Party, error) {
	const op = "oidc.known"
	unknown := fault.New(op, fault.NotFound, "party_unknown")
	id, err := identity.ParsePartyID(f["client_id"])
	if err != nil {
		return identity.Party{}, unknown
	}
	p, err := d.Parties.Party(r.Context(), id)
	switch {
	case fault.Is(err, fault.NotFound):
		return identity.Party{}, unknown
	case err != nil:
		return identity.Party{}, fault.At(op, err)
	}
	return p, nil
}

// browser gives the binding of this browser and sets it where there is none.
func browser(w http.ResponseWriter, r *http.Request) identity.Handle {
	if c, err := r.Cookie(browserCookie); err == nil {
		if h, err := identity.ParseHandle(c.Value); err == nil {
			return h
		}
	}
	h := identity.NewHandle()
	http.SetCookie(w, &http.Cookie{Name: browserCookie, Value: h.Text(), Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return h
}

// page is an error for the person in front of the browser.
func (d *Door) page(w http.ResponseWriter, r *http.Request, status int, party identity.PartyID, cause error) {
	d.refused(r, "authorize", party, "page", cause)
	d.Page(w, r, status, fault.Public(cause))
}

// pageStatus: what the browser brought is a bad request, whatever its kind.
func pageStatus(err error) int {
	switch fault.Of(err) {
	case fault.Internal:
		return http.StatusInternalServerError
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.TooMany:
		return http.StatusTooManyRequests
	}
	return http.StatusBadRequest
}
