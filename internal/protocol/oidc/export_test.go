package oidc

import (
	"context"

	"netid/internal/act/admit"
	"netid/internal/act/authorize"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

// Inside is what a signed request's claims come to.
func Inside(d *Door, p identity.Party, c jose.Object) (oauth.Form, string) { return d.inside(p, c) }

// Metadata reads client metadata.
func Metadata(b []byte) (admit.Application, string) {
	in, _, why := parseMetadata(b)
	return in, why
}

// Details reads authorization_details.
func Details(p identity.Party, raw string) (identity.Intent, bool) {
	var r authorize.Request
	no := (&Door{}).details(p, oauth.Form{"authorization_details": raw}, &r)
	return r.Intent, no == nil
}

// Given are the parameters that count.
func Given(ctx context.Context, d *Door, p identity.Party, f oauth.Form) (oauth.Form, bool) {
	f, no := d.given(ctx, p, f)
	return f, no == nil
}

// Narrowed is what a refresh's scope asks for.
func Narrowed(scope string) (offline, ok bool) {
	offline, no := narrowed(scope)
	return offline, no == nil
}

// Hinted is whom an id_token_hint names.
func Hinted(d *Door, p identity.Party, hint string) (identity.Subject, bool) {
	var r authorize.Request
	no := d.hinted(p, oauth.Form{"id_token_hint": hint}, &r)
	return r.Hint, no == nil
}

// Hint reads an id_token_hint.
func Hint(d *Door, compact string) (identity.PartyID, string, bool) { return d.hint(compact) }

// Plain is what the claims parameter asks in plain text.
func Plain(raw string) ([]identity.PlainAsk, bool) {
	var r authorize.Request
	no := claims(oauth.Form{"claims": raw}, &r)
	return r.Plain, no == nil
}
