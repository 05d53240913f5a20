package oidc

import (
	"netid/internal/act/authorize"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

const maxHint = 8 << 10 // bytes

// hinted reads id_token_hint (Core §3.1.2.1): an ID token of ours for this very
// party, of whatever age. Nobody but the person whom it is about may then answer.
// It gives no sight of who that is: the name is the party's own for them.
func (d *Door) hinted(p identity.Party, f oauth.Form, r *authorize.Request) refusal {
	hint := f["id_token_hint"]
	if hint == "" {
		return nil
	}
	bad := oauth.Say("invalid_request", "id_token_hint: no ID token of this issuer for this party")
	c, err := d.ours(hint)
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

// ours reads an ID token of this issuer, by whichever of its keys.
func (d *Door) ours(compact string) (jose.Object, error) {
	claims, err := d.own(compact, jose.ES256, d.Signers)
	if err != nil && d.SignersSM != nil {
		claims, err = d.own(compact, jose.SM2, d.SignersSM)
	}
	return claims, err
}

// own reads a token that one of our keys signed, as it is published. Neither a
// logout token nor half a receipt has this type.
func (d *Door) own(compact, alg string, signers func() []jose.Signer) (jose.Object, error) {
	t, err := (jose.Place{Algs: []string{alg}, Types: []string{"JWT"}, Limit: maxHint}).Parse(compact)
	if err != nil {
		return nil, err
	}
	b, err := jose.Publish(alg, signers()...)
	if err != nil {
		return nil, err
	}
	keys, err := jose.ParseSet(b, alg)
	if err != nil {
		return nil, err
	}
	return t.Verify(keys)
}
