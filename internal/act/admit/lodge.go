package admit

import (
	"bytes"
	"context"
	"reflect"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Lodge is a party that an organisation registers at the portal, which chose its
// identifier and the word by which it is changed (act/partner). It takes part as one does
// that registered itself: in a sandbox at once, elsewhere when two operators have
// endorsed it. Again with the same word it is done already.
func (a *Act) Lodge(ctx context.Context, in Application, word string) (identity.Party, error) {
	const op = "admit.Lodge"
	p, _, err := a.admit(ctx, in, func(p *identity.Party) { p.Access = a.access(p.ID, word) })
	if fault.Because(err, "party_exists") {
		if known, no := a.Managed(ctx, identity.PartyID(in.ID), word); no == nil {
			return known, nil
		}
	}
	return p, fault.At(op, err)
}

// Rekey gives a party other keys and leaves all else as it is: what it declares is not
// judged again, and who is suspended may put a lost key out of use as well. while are guards
// of the same commit: whoever hands over keys knows that they are still the newest.
func (a *Act) Rekey(ctx context.Context, id identity.PartyID, word string, jwks []byte, uri string, while ...identity.Verb) (identity.Party, error) {
	const op = "admit.Rekey"
	known, err := a.Managed(ctx, id, word)
	if err != nil {
		return identity.Party{}, fault.At(op, err)
	}
	p, in := known, Application{JWKS: bytes.Clone(jwks), Proof: Proof{JWKSURI: uri}}
	switch {
	case known.Auth != identity.AuthKey && known.Auth != identity.AuthSelf || !a.signing(in):
		return identity.Party{}, fault.New(op, fault.Invalid, "jwks_missing")
	case known.Sealed != "":
		if err := a.Keys.CheckSeal(jwks, known.Sealed); err != nil { // else nothing could be sealed to it any more
			return identity.Party{}, fault.At(op, err)
		}
	}
	if err := a.keys(&p, in); err != nil {
		return identity.Party{}, fault.At(op, err)
	}
	if reflect.DeepEqual(p, known) {
		return p, nil
	}
	v := a.Law.InForce(identity.Today(a.Now()))
	if err := v.Err(op); err != nil {
		return identity.Party{}, err
	}
	return p, fault.At(op, a.amend(ctx, &p, known, []identity.Ground{v.Ground()}, while...))
}
