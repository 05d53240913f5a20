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

// assertions is where parties' assertions are read.
func (g Gate) assertions() jose.Place {
	return jose.Place{Algs: PartyAlgs(g.Suite), Types: []string{"", "JWT", "client-authentication+jwt"}, Limit: 8 << 10}
}

// PartyAlgs are the algorithms of a party's assertion: SM2, which has no
// registered name, where the service's own suite is SM, and never in metadata.
func PartyAlgs(s identity.Suite) []string {
	if s == identity.SM {
		return append(jose.PartyAlgs(), jose.SM2)
	}
	return jose.PartyAlgs()
}

// assertion is private_key_jwt (RFC 7523 §3). The cheap checks come first, one
// signature at most is verified, and the id, which is given back, is taken last:
// a forged assertion uses up nobody's id.
func (g Gate) assertion(ctx context.Context, f Form) (identity.Party, identity.TakeOnce, error) {
	none := func(err error) (identity.Party, identity.TakeOnce, error) {
		return identity.Party{}, identity.TakeOnce{}, err
	}
	if f["client_assertion_type"] != assertionType {
		return none(refuse("assertion type"))
	}
	token, err := g.assertions().Parse(f["client_assertion"])
	if err != nil {
		return none(fault.Wrap("oauth.assertion", fault.Unauthenticated, "party_unproven", err))
	}
	claims := token.Peek()
	id, expires, why := g.claims(claims, f["client_id"])
	if why != "" {
		return none(refuse(why))
	}
	p, err := g.party(ctx, id)
	if err != nil {
		return none(err)
	}
	if p.Auth != identity.AuthKey {
		return none(refuse("the party has no keys"))
	}
	keys, err := g.Keys(ctx, p, func(s jose.Set) bool { return s.Finds(token) })
	if err != nil {
		return none(fault.At("oauth.assertion", err))
	}
	if _, err := token.Verify(keys); err != nil {
		return none(fault.Wrap("oauth.assertion", fault.Unauthenticated, "party_unproven", err))
	}
	return p, g.used(p.ID, claims, expires), nil
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

// used is the assertion's id (RFC 7523 §3 item 7), for as long as the
// assertion could be accepted and a minute more, for clocks of other nodes.
func (g Gate) used(p identity.PartyID, c jose.Object, expires time.Time) identity.TakeOnce {
	jti, _ := c.Text("jti")
	d := suite.DigestIn(g.Suite, []byte("netid/assertion/v1"), []byte(p), []byte(jti))
	return identity.TakeOnce{ID: d[:], Until: expires.Add(skew + time.Minute)}
}

// Proves checks, once, that somebody holds a party's key: by an assertion for another
// audience than the issuer, so that neither is good in the other's place.
func (g Gate) Proves(ctx context.Context, id identity.PartyID, audience, assertion string) error {
	const op = "oauth.Proves"
	if id == "" || audience == "" || audience == g.Issuer {
		return fault.At(op, refuse("audience"))
	}
	g.Issuer = audience
	_, once, err := g.assertion(ctx, Form{"client_id": string(id), "client_assertion_type": assertionType, "client_assertion": assertion})
	if err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, g.Once(ctx, once))
}
