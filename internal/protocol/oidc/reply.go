package oidc

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// The ways in which an answer travels (OAuth 2.0 Multiple Response Types §2.1,
// Form Post Response Mode, JARM §2.3). In the fragment it never does: that is
// for answers that scripts read.
const (
	inQuery       = "query"
	byForm        = "form_post"
	inQuerySigned = "query.jwt"
	byFormSigned  = "form_post.jwt"
	signedOnly    = "jwt" // JARM §2.3.4: the signed form of the default, which is the query
)

var ways = []string{inQuery, byForm, inQuerySigned, byFormSigned, signedOnly}

const responseFor = 5 * time.Minute // of a signed response; JARM §2.1: at most 10 minutes

// way is how the party asks to be answered. A signed answer is for who
// registered to read one. What is not served is told in the plain way.
func way(p identity.Party, asked string) (string, bool) {
	switch asked {
	case "", inQuery:
		return inQuery, true
	case byForm:
		return byForm, true
	case signedOnly:
		asked = inQuerySigned
	}
	signed := asked == inQuerySigned || asked == byFormSigned
	if !signed || p.ResponseAlg == "" {
		return inQuery, false
	}
	return asked, true
}

// reply is where an answer goes: a redirect URI that was found registered, and how.
type reply struct {
	party                identity.PartyID
	redirect, state, way string
}

// refuse tells the party no, at its own address (RFC 6749 §4.1.2.1).
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, back reply, no *oauth.Refusal, cause error) {
	d.refused(r, "authorize", back.party, no.Code, cause)
	v := url.Values{"error": {no.Code}}
	if no.Description != "" {
		v.Set("error_description", no.Description)
	}
	d.send(w, r, back, v)
}

// send carries the answer, which names its issuer, so that no party can be
// made to take it for another's (RFC 9207 §2; in a signed answer JARM §2.1).
func (d *Door) send(w http.ResponseWriter, r *http.Request, back reply, v url.Values) {
	d.counted(back.party, cmp.Or(v.Get("error"), "approved"), 0)
	v.Set("iss", d.Issuer)
	if back.state != "" {
		v.Set("state", back.state)
	}
	if back.way == inQuerySigned || back.way == byFormSigned {
		response, err := d.respond(r, back.party, v)
		if err != nil { // unsigned it would be what the party did not ask for
			d.page(w, r, pageStatus(err), back.party, err)
			return
		}
		v = url.Values{"response": {response}}
	}
	if back.way == byForm || back.way == byFormSigned {
		d.Handover(w, r, back.redirect, v)
		return
	}
	seeOther(w, with(back.redirect, v))
}

// with is an address with parameters behind those that it has.
func with(address string, v url.Values) string {
	switch {
	case len(v) == 0:
		return address
	case strings.Contains(address, "?"):
		return address + "&" + v.Encode()
	}
	return address + "?" + v.Encode()
}

// respond signs an answer (JARM §2.1), in the algorithm that the party
// registered for it.
func (d *Door) respond(r *http.Request, party identity.PartyID, v url.Values) (string, error) {
	p, err := d.Parties.Party(r.Context(), party)
	if err != nil {
		return "", fault.At("oidc.respond", err)
	}
	coder, err := d.coderOf(p.ResponseAlg)
	if err != nil {
		return "", err
	}
	claims := map[string]any{"aud": party, "exp": d.Now().Add(responseFor).Unix()}
	for name := range v {
		claims[name] = v.Get(name)
	}
	return coder.Encode(claims)
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
	back := reply{a.Party, a.Redirect, a.State, a.Way}
	if a.Error != "" {
		d.send(w, r, back, url.Values{"error": {a.Error}})
		return
	}
	d.send(w, r, back, url.Values{"code": {a.Code}})
}
