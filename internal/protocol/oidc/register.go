package oidc

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strings"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

// Registrar lets parties register themselves, and change and remove what they registered.
type Registrar interface {
	Enter(ctx context.Context, invitation string, in admit.Application) (identity.Party, admit.Told, error)
	Managed(ctx context.Context, id identity.PartyID, access string) (identity.Party, error)
	Change(ctx context.Context, id identity.PartyID, access string, in admit.Application) (p identity.Party, secret string, err error)
	Leave(ctx context.Context, id identity.PartyID, access string) error
	SecretMatches(p identity.Party, secret string) bool
}

// enter is the client registration endpoint (RFC 7591 §3, OpenID Connect
// Registration 1.0 §3). The initial access token is the invitation; a sandbox
// asks for none.
func (d *Door) enter(w http.ResponseWriter, r *http.Request) {
	in, _, no := d.metadata(w, r)
	if no != nil {
		d.refused(r, "register", "", no.Code, nil)
		no.Write(w)
		return
	}
	token, no := bearer(r)
	if no != nil && (!d.Sandbox || r.Header.Get("Authorization") != "") {
		d.refused(r, "register", "", no.Code, nil)
		no.Write(w)
		return
	}
	p, told, err := d.Registrar.Enter(r.Context(), token, in)
	if err != nil {
		d.unregistered(w, r, "", err)
		return
	}
	d.tell(w, r, http.StatusCreated, p, told)
}

// configuration reads, changes or removes one registration (RFC 7592 §2).
func (d *Door) configuration(w http.ResponseWriter, r *http.Request) {
	id := identity.PartyID(r.PathValue("id"))
	token, no := bearer(r)
	if no != nil {
		d.refused(r, "registration", id, no.Code, nil)
		no.Write(w)
		return
	}
	var p identity.Party
	var secret string
	var err error
	switch r.Method {
	case http.MethodDelete:
		if err = d.Registrar.Leave(r.Context(), id, token); err == nil {
			oauth.NoStore(w.Header())
			w.WriteHeader(http.StatusNoContent)
			return
		}
	case http.MethodPut:
		p, secret, no, err = d.change(w, r, id, token)
	default:
		p, err = d.Registrar.Managed(r.Context(), id, token)
	}
	switch {
	case no != nil:
		d.refused(r, "registration", id, no.Code, nil)
		no.Write(w)
	case err != nil:
		d.unregistered(w, r, id, err)
	default:
		d.tell(w, r, http.StatusOK, p, admit.Told{Secret: secret, Access: token})
	}
}

// change takes the whole registration anew (RFC 7592 §2.2): it names the party,
// its secret if any is the one that it has, and what is the service's to say is not in it.
func (d *Door) change(w http.ResponseWriter, r *http.Request, id identity.PartyID, token string) (p identity.Party, secret string, no refusal, err error) {
	if p, err = d.Registrar.Managed(r.Context(), id, token); err != nil { // who is not let in is not read
		return p, "", nil, err
	}
	in, raw, no := d.metadata(w, r)
	if no != nil {
		return p, "", no, nil
	}
	for _, ours := range []string{"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"} {
		if raw.Has(ours) {
			return p, "", oauth.Say("invalid_request", ours+" is not the party's to say"), nil
		}
	}
	if text(raw["client_id"]) != string(id) || raw.Has("client_secret") && !d.Registrar.SecretMatches(p, text(raw["client_secret"])) {
		return p, "", oauth.Say("invalid_request", "client_id and client_secret are those of the registration"), nil
	}
	p, secret, err = d.Registrar.Change(r.Context(), id, token, in)
	return p, secret, nil, err
}

// metadata reads the body. A software statement would have to be somebody's whom
// this service trusts, and there is nobody (RFC 7591 §3.1.1).
func (d *Door) metadata(w http.ResponseWriter, r *http.Request) (in admit.Application, raw jose.Object, no refusal) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return in, nil, &oauth.Refusal{Status: http.StatusUnsupportedMediaType, Code: "invalid_client_metadata", Description: "use application/json"}
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMetadata))
	if err != nil {
		return in, nil, &oauth.Refusal{Status: http.StatusRequestEntityTooLarge, Code: "invalid_client_metadata", Description: "the metadata is too large"}
	}
	in, raw, why := parseMetadata(b)
	switch {
	case why != "":
		return in, nil, oauth.Say("invalid_client_metadata", why)
	case raw.Has("software_statement"):
		return in, nil, oauth.Say("unapproved_software_statement", "software statements are not taken from anybody")
	}
	in.Sandbox = d.Sandbox
	return in, raw, nil
}

// tell answers with the registration (RFC 7591 §3.2.1). The secret is told when it was made and never again.
func (d *Door) tell(w http.ResponseWriter, _ *http.Request, status int, p identity.Party, told admit.Told) {
	m := registered(p)
	m["registration_access_token"] = told.Access
	m["registration_client_uri"] = d.Issuer + "/register/" + string(p.ID)
	if told.Secret != "" {
		m["client_secret"], m["client_secret_expires_at"] = told.Secret, 0
	}
	oauth.WriteJSON(w, status, m)
}

// unregistered is the table of what the act refuses.
func (d *Door) unregistered(w http.ResponseWriter, r *http.Request, id identity.PartyID, err error) {
	var no refusal
	switch fault.Of(err) {
	case fault.Unauthenticated:
		no = refusedToken(fault.Public(err))
	case fault.Invalid:
		no = oauth.Say(refusedMetadata(err))
	case fault.Forbidden:
		no = oauth.Say(refusedMetadata(err))
		if fault.Because(err, "party_suspended") {
			no = &oauth.Refusal{Status: http.StatusForbidden, Code: "access_denied", Description: "party_suspended"}
		}
	case fault.Conflict: // somebody else changed it meanwhile
		no = &oauth.Refusal{Status: http.StatusConflict, Code: "temporarily_unavailable", Description: oauth.Clean(fault.Public(err))}
	case fault.TooMany:
		no = &oauth.Refusal{Status: http.StatusTooManyRequests, Code: "temporarily_unavailable", Description: oauth.Clean(fault.Public(err))}
	case fault.Unavailable:
		no = &oauth.Refusal{Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Description: oauth.Clean(fault.Public(err))}
	default:
		no = &oauth.Refusal{Status: http.StatusInternalServerError, Code: "server_error"}
	}
	d.refused(r, "registration", id, no.Code, err)
	no.Write(w)
}

// bearer takes the token from the Authorization header, the only place for it.
func bearer(r *http.Request) (string, refusal) {
	headers := r.Header.Values("Authorization")
	scheme, token, _ := strings.Cut(strings.Join(headers, "\n"), " ")
	if len(headers) != 1 || !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > 8<<10 {
		return "", refusedToken("no token")
	}
	return token, nil
}

func refusedToken(why string) refusal {
	return &oauth.Refusal{Status: http.StatusUnauthorized, Code: "invalid_token", Description: oauth.Clean(why),
		Challenge: `Bearer realm="netid registration", error="invalid_token", error_description="` + oauth.Clean(why) + `"`}
}
