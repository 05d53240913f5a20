package oauth

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" // RFC 7523 §2.2
	maxAhead      = 24 * time.Hour                                           // of an assertion's `exp`: its id is remembered so long
	skew          = 10 * time.Second                                         // FAPI 2.0 §5.3.2.1: 10 s accepted, more than 60 s refused
)

// AssertionAlgs are the algorithms of a party's assertion.
var AssertionAlgs = []string{assertions.Alg}

// assertions is where parties' assertions are read.
var assertions = jose.Place{Alg: jose.ES256, Types: []string{"", "JWT", "client-authentication+jwt"}, Limit: 8 << 10}

// assertion is private_key_jwt (RFC 7523 §3). The cheap checks come first, one
// signature at most is verified, and the id is taken last: a forged assertion
// uses up nobody's id.
func (g Gate) assertion(ctx context.Context, f Form) (identity.Party, error) {
	none := identity.Party{}
	if f["client_assertion_type"] != assertionType {
		return none, refuse("assertion type")
	}
	token, err := assertions.Parse(f["client_assertion"])
	if err != nil {
		return none, fault.Wrap("oauth.assertion", fault.Unauthenticated, "party_unproven", err)
	}
	claims := token.Peek()
	id, expires, why := g.claims(claims, f["client_id"])
	if why != "" {
		return none, refuse(why)
	}
	p, err := g.party(ctx, id)
	if err != nil {
		return none, err
	}
	if p.Auth != identity.AuthKey {
		return none, refuse("the party has no keys")
	}
	keys, err := jose.ParseSet(p.JWKS)
	if err != nil {
		return none, fault.Wrap("oauth.assertion", fault.Internal, "", err) // it was good when the party was admitted
	}
	if _, err := token.Verify(keys); err != nil {
		return none, fault.Wrap("oauth.assertion", fault.Unauthenticated, "party_unproven", err)
	}
	return p, g.take(ctx, p.ID, claims, expires)
}

// claims checks what the assertion says of itself (RFC 7523 §3, FAPI 2.0
// §5.3.2.1) and gives the party it speaks for. The audience is this issuer as
// one string: an assertion made for somebody else, or for an address of ours
// that somebody else could name, is not for us.
func (g Gate) claims(c jose.Object, clientID string) (id string, expires time.Time, why string) {
	id, _ = c.Text("iss")
	sub, _ := c.Text("sub")
	if id == "" || sub != id || clientID != "" && clientID != id {
		return "", expires, "issuer and subject"
	}
	if aud, ok := c.Text("aud"); !ok || aud != g.Issuer {
		return "", expires, "audience"
	}
	if jti, ok := c.Text("jti"); !ok || jti == "" || len(jti) > 256 {
		return "", expires, "id"
	}
	now := g.Now()
	expires, ok := c.Instant("exp")
	if !ok || !now.Before(expires.Add(skew)) || expires.After(now.Add(maxAhead)) {
		return "", expires, "expiry"
	}
	for _, name := range []string{"iat", "nbf"} {
		if at, ok := c.Instant(name); c.Has(name) && (!ok || at.After(now.Add(skew))) {
			return "", expires, "not yet valid"
		}
	}
	if at, ok := c.Instant("iat"); g.forgot(now) && (!ok || at.Before(g.Since.Add(skew))) {
		return "", expires, "from before a restore"
	}
	return id, expires, ""
}

// forgot reports whether an assertion may be good by its dates whose use was
// forgotten: the store was put back from a copy, and its ids with it.
func (g Gate) forgot(now time.Time) bool {
	return !g.Since.IsZero() && now.Before(g.Since.Add(maxAhead+2*skew))
}

// take uses the assertion's id up (RFC 7523 §3 item 7), for as long as the
// assertion could be accepted and a minute more, for clocks of other nodes.
func (g Gate) take(ctx context.Context, p identity.PartyID, c jose.Object, expires time.Time) error {
	jti, _ := c.Text("jti")
	d := suite.DigestIn(g.Suite, []byte("netid/assertion/v1"), []byte(p), []byte(jti))
	err := g.Once(ctx, d[:], expires.Add(skew+time.Minute))
	if fault.Is(err, fault.Conflict) {
		return fault.Wrap("oauth.assertion", fault.Unauthenticated, "assertion_replayed", err)
	}
	return fault.At("oauth.assertion", err)
}
