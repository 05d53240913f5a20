// Package oidc is the door at which relying parties knock: OpenID Connect
// Core 1.0 and Discovery 1.0 (errata set 2) over OAuth 2.0 with the
// authorization code alone, PKCE (RFC 7636, S256, from everybody) and issuer
// identification (RFC 9207), tokens bound by DPoP (RFC 9449) or a certificate
// (RFC 8705), log-out (RP-Initiated and Back-Channel Logout 1.0), introspection (RFC 7662) and revocation (RFC 7009), pushed
// requests (RFC 9126), signed ones (RFC 9101, by value), signed answers (JARM)
// and authorization details (RFC 9396), following RFC 9700 and FAPI 2.0.
//
// It owns OpenID's words: it parses a request once, calls an act, and renders
// what the act decided. It refuses to know any rule about persons or parties,
// how a code is made or what is stored.
//
// Invariants: nothing is ever redirected to an address that the party did not
// register; an answer carries no claim outside the closed list of answer.go.
package oidc

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"netid/internal/act/authorize"
	"netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/attestation"
	"netid/internal/token/jose"
)

// Authorizer begins what a party asks and opens what the citizen answered.
type Authorizer interface {
	Begin(ctx context.Context, r authorize.Request) (sealed string, err error)
	Push(ctx context.Context, r authorize.Request, takes ...identity.TakeOnce) (identity.Handle, error)
	Recall(ctx context.Context, party identity.PartyID, h identity.Handle) (authorize.Request, error)
	Open(answer string) (identity.Answer, error)
}

// Verifier turns a code or a refresh token into the answer, and a token into what it may still say.
type Verifier interface {
	Redeem(ctx context.Context, r verify.Redemption) (identity.Verification, error)
	Claims(ctx context.Context, access string) (verify.Claimed, error)
	Refresh(ctx context.Context, r verify.Renewal) (identity.Verification, error)
	Lasting(ctx context.Context, party identity.PartyID, refresh string) (verify.Claimed, error)
	Revoke(ctx context.Context, party identity.PartyID, token string) error
}

// Grants are further grant types, with who trades them. One that is the door's
// own too goes there when its sender names no party.
type Grants map[string]func(http.ResponseWriter, *http.Request, oauth.Form)

// Config is what the door leans on. Everything but Documentation and Log is needed.
type Config struct {
	Issuer        string               // scheme://host[:port], nothing after it
	Documentation string               // of the service, for developers; empty: the service's help page
	Signers       func() []jose.Signer // live ones, the one that signs first; all are published; ES256
	SignersSM     func() []jose.Signer // the same of SM2, for parties that ask; nil: the profile has none, and nothing of it is served
	Twice         bool                 // every answer comes with a receipt that both sign
	Authorizer    Authorizer
	Verifier      Verifier
	Ender         Ender
	Erasures      Eraser // nil: no party is asked to erase
	Parties       oauth.Parties
	Keys          oauth.Keys          // of parties
	MTLS          string              // scheme://host[:port] where parties with certificates come; empty: nowhere
	Certificates  *oauth.Certificates // how theirs are found; nil without MTLS
	Credentials   []string            // ids of the credential configurations that wallets may ask, the least first; none: there are none
	Wallets       attestation.Trust   // whose providers are believed; nil: no wallet proves itself by one
	Grants        Grants              // what else is traded at the token endpoint, by other doors
	Registrar     Registrar           // nil: parties do not register themselves
	Sandbox       bool                // whoever comes may, with labelled defaults
	Once          oauth.Once
	Nonces        oauth.Nonces
	Suite         identity.Suite                                                                 // of what the door has stored
	Since         time.Time                                                                      // parties' assertions from before it are refused: which of them were used is not known any more
	Refused       func(reason string)                                                            // told of every refusal, for figures; nil: nobody is
	Counted       func(p identity.PartyID, what string, took time.Duration)                      // told of every answer that a party gets, for its own figures; nil: nobody is
	Page          func(w http.ResponseWriter, r *http.Request, status int, reason string)        // for a person's eyes
	Handover      func(w http.ResponseWriter, r *http.Request, action string, fields url.Values) // has the browser post the fields to a party
	Now           func() time.Time
	Log           *slog.Logger
}

// Door serves OpenID.
type Door struct {
	Config
	gate      oauth.Gate
	coder     *jose.Coder
	coderSM   *jose.Coder   // nil without SignersSM
	receipts  []*jose.Coder // empty unless Twice
	discovery []byte
}

// Mux is where the door puts its routes.
type Mux interface {
	Handle(pattern string, h http.Handler)
}

// New makes the door; what never changes is rendered here, once.
func New(c Config) (*Door, error) {
	const op = "oidc.New"
	if c.Issuer == "" || c.Signers == nil || c.Authorizer == nil || c.Verifier == nil || c.Ender == nil || c.Parties == nil || c.Keys == nil || c.Once == nil || c.Nonces.Secrets == nil || c.Page == nil || c.Handover == nil || c.Now == nil {
		return nil, fault.Wrap(op, fault.Internal, "", errors.New("a part is missing"))
	}
	if (c.MTLS == "") != (c.Certificates == nil) {
		return nil, fault.Wrap(op, fault.Internal, "", errors.New("certificates need an address to come to, and the address certificates"))
	}
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if c.Documentation == "" {
		c.Documentation = c.Issuer + "/help"
	}
	d := &Door{Config: c, gate: oauth.Gate{Issuer: c.Issuer, MTLS: c.MTLS, Parties: c.Parties, Keys: c.Keys, Certificates: c.Certificates, Wallets: c.Wallets,
		Once: c.Once, Nonces: c.Nonces, Suite: c.Suite, Since: c.Since, Now: c.Now}}
	var err error
	if err = d.sign(); err != nil {
		return nil, fault.At(op, err)
	}
	if d.discovery, err = d.describe(); err != nil {
		return nil, fault.At(op, err)
	}
	return d, nil
}

// Register puts the door's routes on a mux. Every pattern names its method,
// so that none can collide with another door's.
func (d *Door) Register(m Mux) {
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /.well-known/openid-configuration":           d.static(d.discovery, "application/json"),
		"OPTIONS /.well-known/openid-configuration":       preflight("GET", ""),
		"GET /.well-known/oauth-authorization-server":     d.static(d.discovery, "application/json"), // RFC 8414
		"OPTIONS /.well-known/oauth-authorization-server": preflight("GET", ""),
		"GET /jwks":             d.keySet(jose.ES256, d.Signers),
		"OPTIONS /jwks":         preflight("GET", ""),
		"GET /authorize":        d.authorize,
		"POST /authorize":       d.authorize,
		"GET /authorize/answer": d.answer,
		"GET /par":              d.push, // refused there, in OAuth's words
		"POST /par":             d.push,
		"OPTIONS /par":          preflight("POST", "Content-Type, DPoP"),
		"GET /token":            d.token, // refused there, in OAuth's words
		"POST /token":           d.token,
		"OPTIONS /token":        preflight("POST", "Content-Type, DPoP"),
		"GET /userinfo":         d.userinfo,
		"POST /userinfo":        d.userinfo,
		"OPTIONS /userinfo":     preflight("GET, POST", "Authorization, DPoP"),
		"GET /logout":           d.logout,
		"GET /logout/answer":    d.parted,
		"POST /logout":          d.logout,
		"GET /introspect":       d.introspect, // refused there
		"POST /introspect":      d.introspect,
		"GET /revoke":           d.revoke, // refused there
		"POST /revoke":          d.revoke,
		"OPTIONS /revoke":       preflight("POST", "Content-Type"),
	} {
		m.Handle(pattern, h)
	}
	if d.Registrar != nil {
		m.Handle("POST /register", http.HandlerFunc(d.enter))
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			m.Handle(method+" /register/{id}", http.HandlerFunc(d.configuration))
		}
	}
	if d.Erasures != nil {
		m.Handle("GET /erasure", http.HandlerFunc(d.erased)) // refused there
		m.Handle("POST /erasure", http.HandlerFunc(d.erased))
	}
	if d.Wallets.Wallets() {
		m.Handle("POST /challenge", http.HandlerFunc(d.gate.ServeChallenge))
	}
	if d.SignersSM != nil {
		m.Handle("GET /jwks-sm", d.keySet(jose.SM2, d.SignersSM))
		m.Handle("OPTIONS /jwks-sm", preflight("GET", ""))
	}
}

// counted is an answer that a party gets.
func (d *Door) counted(p identity.PartyID, what string, took time.Duration) {
	if d.Counted != nil && p != "" {
		d.Counted(p, what, took)
	}
}

// refused leaves a line for the operator: where, what the party was told, and why.
func (d *Door) refused(r *http.Request, at string, party identity.PartyID, told string, cause error) {
	level := slog.LevelInfo
	if cause != nil && (fault.Of(cause) == fault.Internal || fault.Of(cause) == fault.Unavailable) {
		level = slog.LevelError
	}
	if _, err := identity.ParsePartyID(string(party)); err != nil {
		party = "" // what a stranger calls themselves, however long it is
	}
	// What a browser carries is counted where it is sent, a page is no answer to the party, and
	// a registration is asked about by whoever knows its name.
	if at != "authorize" && at != "registration" && told != "page" {
		d.counted(party, told, 0)
	}
	attrs := []any{"at", at, "party", string(party), "told", told}
	if cause != nil {
		attrs = append(attrs, "reason", fault.Public(cause), "cause", cause)
		if d.Refused != nil {
			d.Refused(fault.Public(cause))
		}
	}
	d.Log.Log(r.Context(), level, "refused", attrs...)
}
