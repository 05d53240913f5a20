package admit

import (
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// racing is how long a key that was just registered is kept from another party
// that looked at the register before.
const racing = time.Minute

// marks are all by which a party proves itself, and to which it has answers
// encrypted: its keys, or where it publishes them, and its certificate's name.
// A secret is made for each party alone.
func (a *Act) marks(p identity.Party) (all []string, err error) {
	if len(p.JWKS) > 0 {
		all, err = a.Keys.Thumbprints(p.JWKS)
	}
	if p.JWKSURI != "" {
		all = append(all, "at "+p.JWKSURI)
	}
	if p.Certificate.Kind != "" {
		all = append(all, "certificate "+p.Certificate.Kind+" "+p.Certificate.Name)
	}
	return all, err
}

// alone refuses what another organisation's party has registered already
// ("key_shared"): whoever holds one key holds what both are told, and no answer
// says any more who asked. Parties of one organisation may share. What comes
// back belongs into the commit: of two that come at once the second is refused.
func (a *Act) alone(ctx context.Context, p, known identity.Party) ([]identity.Verb, error) {
	const op = "admit.alone"
	mine, err := a.marks(p)
	if err == nil && p.Organisation == known.Organisation {
		var before []string
		before, err = a.marks(known)
		mine = slices.DeleteFunc(mine, func(m string) bool { return slices.Contains(before, m) })
	}
	if err != nil || len(mine) == 0 {
		return nil, err
	}
	others, err := a.Store.Parties(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range others {
		theirs, err := a.marks(o)
		if err != nil {
			return nil, err
		}
		both := func(m string) bool { return slices.Contains(theirs, m) }
		switch {
		case o.ID == p.ID || !slices.ContainsFunc(mine, both):
		case p.Organisation == "" || p.Organisation != o.Organisation:
			return nil, fault.Newf(op, fault.Forbidden, "key_shared", "with %s", o.ID)
		default:
			mine = slices.DeleteFunc(mine, both)
		}
	}
	var verbs []identity.Verb
	for _, m := range mine {
		i := a.Keys.Digest([]byte("party-key"), []byte(m))
		verbs = append(verbs, identity.Count{Index: i[:], Limit: 1, Window: racing, Now: a.Now()})
	}
	return verbs, nil
}

// shared says of a key that somebody registered meanwhile what it is.
func shared(err error) error {
	if fault.Because(err, "too_many_tries") {
		return fault.Wrap("admit.shared", fault.Forbidden, "key_shared", err)
	}
	return err
}

// amend records a party whose declaration has changed, while what was read elsewhere stands.
func (a *Act) amend(ctx context.Context, p *identity.Party, known identity.Party, grounds []identity.Ground, while ...identity.Verb) error {
	p.Version++
	verbs, err := a.alone(ctx, *p, known)
	if err != nil {
		return err
	}
	return shared(a.record(ctx, *p, grounds, append(slices.Concat(verbs, while), identity.AmendParty{Party: *p, From: known.Version})...))
}
