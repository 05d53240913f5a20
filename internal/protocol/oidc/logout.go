package oidc

import (
	"context"
	"net/http"
	"net/url"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// Ender ends the session that a party names, and seals what the browser carries
// to the page on which the citizen is told, or asked.
type Ender interface {
	Hinted(ctx context.Context, party identity.PartyID, sid string) error
	Seal(g identity.Goodbye) (string, error)
	Open(sealed string) (identity.Goodbye, error)
}

// logout takes a party's log-out from the citizen's browser (RP-Initiated
// Logout 1.0 §2). With a hint that is good the party's session ends here and now: the
// party may end what is its own. Without one nothing happens but that the
// citizen is asked, and the browser is never sent anywhere (§3).
func (d *Door) logout(w http.ResponseWriter, r *http.Request) {
	oauth.NoStore(w.Header())
	raw, status := parameters(w, r)
	f, twice, ok := oauth.ParseParams(raw)
	if status != http.StatusOK || !ok || len(twice) > 0 {
		err := fault.New("oidc.logout", fault.Invalid, "request_malformed")
		d.refused(r, "logout", "", "page", err)
		d.Page(w, r, max(status, http.StatusBadRequest), fault.Public(err))
		return
	}
	sealed := ""
	g, err := d.goodbye(r, f)
	if err == nil {
		sealed, err = d.Ender.Seal(g)
	}
	if err != nil {
		d.refused(r, "logout", g.Party, "page", err)
		d.Page(w, r, pageStatus(err), fault.Public(err))
		return
	}
	seeOther(w, "/logout/page?g="+url.QueryEscape(sealed))
}

// goodbye checks the request, and ends the session of a good hint. A request that contradicts
// itself ends nothing.
func (d *Door) goodbye(r *http.Request, f oauth.Form) (identity.Goodbye, error) {
	const op = "oidc.goodbye"
	g := identity.Goodbye{Locale: locale(f["ui_locales"])}
	party, sid, hinted := d.hint(f["id_token_hint"])
	if !hinted {
		if p, err := d.known(r, f); err == nil {
			g.Party = p.ID
		} else if !fault.Is(err, fault.NotFound) {
			return g, fault.At(op, err)
		}
		return g, nil
	}
	if id := f["client_id"]; id != "" && id != string(party) { // §2
		return g, fault.New(op, fault.Invalid, "hint_of_another")
	}
	p, err := d.Parties.Party(r.Context(), party)
	if err != nil {
		return g, fault.At(op, err)
	}
	g.Party, g.Ended = p.ID, true
	if g.Redirect = f["post_logout_redirect_uri"]; g.Redirect != "" && !p.Leaves(g.Redirect) { // §3: exactly
		return g, fault.New(op, fault.Invalid, "post_logout_uri_unregistered")
	}
	if s := f["state"]; s != "" && g.Redirect != "" {
		if !legible(s, maxState) {
			return g, fault.New(op, fault.Invalid, "request_malformed")
		}
		g.State = s
	}
	return g, fault.At(op, d.Ender.Hinted(r.Context(), party, sid))
}

// parted sends the browser back to the party, with the state that it gave. A
// log-out without a good hint has no address, and goes nowhere.
func (d *Door) parted(w http.ResponseWriter, r *http.Request) {
	oauth.NoStore(w.Header())
	g, err := d.Ender.Open(r.URL.Query().Get("g"))
	if err == nil && (!g.Ended || g.Redirect == "") {
		err = fault.New("oidc.parted", fault.Invalid, "request_invalid")
	}
	if err != nil {
		d.refused(r, "logout", g.Party, "page", err)
		d.Page(w, r, pageStatus(err), fault.Public(err))
		return
	}
	v := url.Values{}
	if g.State != "" {
		v.Set("state", g.State)
	}
	seeOther(w, with(g.Redirect, v))
}

// hint is the party and the session of an ID token of ours (RP-Initiated Logout
// 1.0 §2): one that is over serves too, and one that is signed with a
// former key as long as that is published. What else it says is not looked at.
func (d *Door) hint(compact string) (party identity.PartyID, sid string, ok bool) {
	if compact == "" {
		return "", "", false
	}
	claims, err := d.ours(compact)
	if err != nil {
		return "", "", false
	}
	iss, _ := claims.Text("iss")
	aud, _ := claims.Text("aud")
	sid, _ = claims.Text("sid")
	return identity.PartyID(aud), sid, iss == d.Issuer && aud != "" && sid != ""
}
