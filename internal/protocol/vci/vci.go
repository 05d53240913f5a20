// Package vci is the door at which wallets fetch credentials (OpenID for
// Verifiable Credential Issuance 1.0): the issuer's metadata and the metadata of
// its types, nonces, the pre-authorized code, and the credential endpoint.
//
// It owns that protocol's words and the proofs of wallets' keys. It refuses to
// know any rule about persons, what a credential says, and what is stored; the
// token endpoint is oidc's, which hands it the grants that are its own.
//
// Invariants: a key that nobody proved to hold, over a nonce of this issuer, gets
// no credential; whatever leaves is nobody's to keep in a cache.
package vci

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"netid/internal/act/attest"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/attestation"
	"netid/internal/token/jose"
)

// PreAuthorized is the grant of an offer (§6.1).
const PreAuthorized = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

// TypeMetadata is the type of signed metadata (§12.2.3).
const TypeMetadata = "openidvci-issuer-metadata+jwt"

// Attester gives grants and what they are good for.
type Attester interface {
	Redeem(context.Context, attest.Redemption) (attest.Granted, error)
	Renew(context.Context, attest.Renewal) (attest.Granted, error)
	Grant(token string) (identity.CredentialGrant, error)
	Issue(context.Context, attest.Order) ([]string, error)
}

// Box seals small values that travel with the caller.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Config is what the door leans on. Everything but Coder, Name and Log is needed.
type Config struct {
	Issuer         string                      // scheme://host[:port], nothing after it
	Name           identity.Text               // by which wallets show it
	Attester       Attester                    //
	Configurations map[string]map[string]any   // what wallets are told of each kind, by configuration id
	Types          map[string][]byte           // metadata of types, by the last part of their `vct`
	Coder          *jose.Coder                 // of signed metadata; nil: it is not served
	Needs          map[string]attestation.Need // of kinds that go to keys of which somebody whom Gate.Wallets names says how they are kept
	Gate           oauth.Gate
	Nonces         Nonces
	Transactions   Box // of what is deferred
	Now            func() time.Time
	Log            *slog.Logger
}

// Door serves wallets.
type Door struct{ Config }

// Mux is where the door puts its routes.
type Mux interface {
	Handle(pattern string, h http.Handler)
}

// New makes the door, and tries whether it can say what it is.
func New(c Config) (*Door, error) {
	const op = "vci.New"
	if c.Issuer == "" || c.Attester == nil || len(c.Configurations) == 0 || c.Gate.Issuer != c.Issuer || c.Nonces.Secrets == nil || c.Transactions == nil || c.Now == nil {
		return nil, fault.Wrap(op, fault.Internal, "", errors.New("a part is missing"))
	}
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	d := &Door{c}
	_, _, err := d.metadata(false)
	return d, fault.At(op, err)
}

// Register puts the door's routes on a mux.
func (d *Door) Register(m Mux) {
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /.well-known/openid-credential-issuer":     d.about,
		"OPTIONS /.well-known/openid-credential-issuer": preflight("GET", "Accept"),
		"GET /credentials/{type}":                       d.kind,
		"OPTIONS /credentials/{type}":                   preflight("GET", ""),
		"POST /nonce":                                   d.nonce,
		"OPTIONS /nonce":                                preflight("POST", "Content-Type"),
		"POST /credential":                              d.credential,
		"OPTIONS /credential":                           preflight("POST", "Authorization, Content-Type, DPoP"),
		"POST /deferred-credential":                     d.deferred,
		"OPTIONS /deferred-credential":                  preflight("POST", "Authorization, Content-Type, DPoP"),
		"POST /notification":                            d.notification,
		"OPTIONS /notification":                         preflight("POST", "Authorization, Content-Type, DPoP"),
	} {
		m.Handle(pattern, h)
	}
}

// Grants are what the token endpoint trades for this door, by grant type. A
// refresh token comes here from whoever names no party.
func (d *Door) Grants() map[string]func(http.ResponseWriter, *http.Request, oauth.Form) {
	return map[string]func(http.ResponseWriter, *http.Request, oauth.Form){PreAuthorized: d.redeem, "refresh_token": d.renew}
}

// preflight lets wallets that are pages of any origin ask. No cookie of ours means
// anything where this is used.
func preflight(methods, headers string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		readable(h)
		h.Set("Access-Control-Allow-Methods", methods)
		if headers != "" {
			h.Set("Access-Control-Allow-Headers", headers)
		}
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	}
}

func readable(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce")
}

// refuse answers with the refusal and leaves a line for the operator.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, at string, no *oauth.Refusal, cause error) {
	level := slog.LevelInfo
	if cause != nil && (fault.Of(cause) == fault.Internal || fault.Of(cause) == fault.Unavailable) {
		level = slog.LevelError
	}
	attrs := []any{"at", at, "told", no.Code, "why", no.Description}
	if cause != nil {
		attrs = append(attrs, "reason", fault.Public(cause), "cause", cause)
	}
	d.Log.Log(r.Context(), level, "refused", attrs...)
	no.Write(w)
}

// tokenType is how a token is presented (RFC 9449 §5).
func tokenType(c identity.Confirm) string {
	if c.JKT != "" {
		return "DPoP"
	}
	return "Bearer"
}

// unproven: the request names no credentials of a party.
func unproven(r *http.Request, f oauth.Form) bool {
	return r.Header.Get("Authorization") == "" && f["client_secret"] == "" && f["client_assertion"] == "" && r.Header.Get("OAuth-Client-Attestation") == ""
}

// wants reports whether the request would rather have the media type than JSON.
func wants(r *http.Request, kind string) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		switch name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";"); strings.TrimSpace(name) {
		case kind:
			return true
		case "application/json":
			return false
		}
	}
	return false
}
