package oidc_test

import (
	"context"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

// ender remembers what ended, and what the browser carries.
type ender struct{ *acts }

func (e ender) Hinted(_ context.Context, party identity.PartyID, sid string) error {
	if e.failure == nil {
		e.ended = append(e.ended, string(party)+" "+sid)
	}
	return e.failure
}

func (e ender) Seal(g identity.Goodbye) (string, error) {
	e.goodbye = &g
	return "sealed+goodbye/=", e.failure
}

// Open knows what the browser was given, and whatever a conversation put there.
func (e ender) Open(sealed string) (identity.Goodbye, error) {
	if e.goodbye == nil || sealed != "sealed+goodbye/=" {
		return identity.Goodbye{}, fault.New("acts", fault.Invalid, "request_invalid")
	}
	return *e.goodbye, nil
}

// parting is what reached the act, in words.
func (a *acts) parting() map[string]string {
	g := identity.Goodbye{}
	if a.goodbye != nil {
		g = *a.goodbye
	}
	return map[string]string{"ended": strings.Join(a.ended, ", "), "party": string(g.Party), "redirect": g.Redirect, "state": g.State, "locale": g.Locale,
		"page": map[bool]string{true: "tells", false: "asks"}[g.Ended]}
}
