package oauth

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// The ways in which a party may prove itself, as discovery names them. The
// secret may also stand in the body: RFC 6749 §2.3.1 advises against it and
// widespread libraries do it unasked (docs/choices.md).
var Methods = []string{string(identity.AuthSecret), "client_secret_post", string(identity.AuthKey), string(identity.AuthNone)}

// Gate authenticates parties.
type Gate struct {
	Issuer  string // the only audience an assertion may have
	Parties Parties
	Once    Once
	Suite   identity.Suite // of the digests under which assertions' ids are kept
	Since   time.Time      // assertions from before it are refused (zero: none): the ids that were used are not known any more
	Now     func() time.Time
}

// Authenticate finds which registered party sends this form, by the one
// method that it registered (RFC 6749 §2.3). Using two methods at once is an
// invalid request; everything else that fails is invalid_client, one answer
// for all reasons. cause is for the operator's log.
func (g Gate) Authenticate(r *http.Request, f Form) (p identity.Party, no *Refusal, cause error) {
	basic := len(r.Header.Values("Authorization")) > 0
	assertion := f["client_assertion"] != "" || f["client_assertion_type"] != ""
	post := f["client_secret"] != ""
	if basic && (assertion || post) || assertion && post {
		return p, Say("invalid_request", "more than one way of authentication"), nil
	}
	switch {
	case basic:
		p, cause = g.basic(r, f)
	case assertion:
		p, cause = g.assertion(r.Context(), f)
	case post:
		p, cause = g.secret(r.Context(), f["client_id"], f["client_secret"])
	default:
		p, cause = g.public(r.Context(), f["client_id"])
	}
	if cause == nil {
		return p, nil, nil
	}
	switch fault.Of(cause) {
	case fault.Internal, fault.Unavailable, fault.TooMany:
		return identity.Party{}, trouble(cause), cause
	}
	return identity.Party{}, InvalidClient(), cause
}

// InvalidClient is the one answer to a party that did not prove itself.
func InvalidClient() *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Code: "invalid_client", Description: "the party did not prove who it is",
		Challenge: `Basic realm="netid"`} // RFC 6749 §5.2
}

func refuse(why string) error {
	return fault.Newf("oauth.Authenticate", fault.Unauthenticated, "party_unproven", "%s", why)
}

// basic is client_secret_basic. Both halves are urlencoded before base64 (RFC 6749 §2.3.1).
func (g Gate) basic(r *http.Request, f Form) (identity.Party, error) {
	headers := r.Header.Values("Authorization")
	scheme, encoded, _ := strings.Cut(headers[0], " ")
	if len(headers) != 1 || !strings.EqualFold(scheme, "Basic") || len(encoded) > 2048 {
		return identity.Party{}, refuse("not one Basic header")
	}
	b, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return identity.Party{}, refuse("malformed Basic header")
	}
	user, password, ok := strings.Cut(string(b), ":")
	id, err1 := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(password)
	if !ok || err1 != nil || err2 != nil {
		return identity.Party{}, refuse("malformed Basic header")
	}
	if body := f["client_id"]; body != "" && body != id {
		return identity.Party{}, refuse("client_id differs from the header")
	}
	return g.secret(r.Context(), id, secret)
}

func (g Gate) secret(ctx context.Context, id, secret string) (identity.Party, error) {
	p, err := g.party(ctx, id)
	if err != nil {
		return p, err
	}
	if p.Auth != identity.AuthSecret || secret == "" || len(secret) > 256 || !g.Parties.SecretMatches(p, secret) {
		return identity.Party{}, refuse("the secret does not match")
	}
	return p, nil
}

func (g Gate) public(ctx context.Context, id string) (identity.Party, error) {
	p, err := g.party(ctx, id)
	if err == nil && p.Auth != identity.AuthNone {
		return identity.Party{}, refuse("a party with credentials came without")
	}
	return p, err
}

// party finds an active party; who cannot be found has not proved anything.
func (g Gate) party(ctx context.Context, id string) (identity.Party, error) {
	pid, err := identity.ParsePartyID(id)
	if err != nil {
		return identity.Party{}, refuse("no party id")
	}
	p, err := g.Parties.Party(ctx, pid)
	switch {
	case fault.Is(err, fault.NotFound):
		return identity.Party{}, refuse("unknown party")
	case err != nil:
		return identity.Party{}, fault.At("oauth.Authenticate", err)
	case p.Standing != identity.PartyActive:
		return identity.Party{}, refuse("suspended")
	}
	return p, nil
}
