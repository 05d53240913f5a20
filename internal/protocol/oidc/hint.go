package oidc

import (
	"netid/internal/act/authorize"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

const maxHint = 8 << 10

// hinted reads id_token_hint (Core §3.1.2.1): an ID token of ours for this very
// party, of whatever age. Nobody but the person whom it is about may then answer.
// It gives no sight of who that is: the name is the party's own for them.
func (d *Door) hinted(p identity.Party, f oauth.Form, r *authorize.Request) refusal {
	hint := f["id_token_hint"]
	if hint == "" {
		return nil
	}
	bad := oauth.Say("invalid_request", "id_token_hint: no ID token of this issuer for this party")
	alg, signers := jose.ES256, d.Signers
	if p.IDTokenAlg == jose.SM2 && d.SignersSM != nil {
		alg, signers = jose.SM2, d.SignersSM
	}
	token, err := jose.Place{Algs: []string{alg}, Types: []string{"JWT"}, Limit: maxHint}.Parse(hint)
	if err != nil {
		return bad
	}
	published, err := jose.Publish(alg, signers()...)
	if err != nil {
		return oauth.Ask(err)
	}
	keys, err := jose.ParseSet(published, alg)
	if err != nil {
		return oauth.Ask(err)
	}
	c, err := token.Verify(keys)
	if err != nil {
		return bad
	}
	iss, _ := c.Text("iss")
	sub, _ := c.Text("sub")
	if iss != d.Issuer || sub == "" || !c.Names("aud", string(p.ID)) {
		return bad
	}
	r.Hint = identity.Subject(sub)
	return nil
}
