package kit

import (
	"context"
	"fmt"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/roster"
)

// Operators is how many a kit has, by whom a party may be approved.
const Operators = 3

// roster makes them at the first call, and names them.
// Lifts are the signatures of two operators over the stop that stands.
func (k *Kit) Lifts(ctx context.Context, scope law.StopScope) (by [2]identity.Endorsement, err error) {
	all, err := k.Incident.Stops(ctx)
	for _, s := range all {
		for n := range by {
			if err == nil && s.Scope == scope {
				by[n], err = k.operators[n].Endorse(Issuer, "stop", string(scope), s.Record())
			}
		}
	}
	return by, err
}

func (k *Kit) roster() *roster.Roster {
	named := map[string]string{}
	for n := range Operators {
		if len(k.operators) <= n {
			key, err := roster.NewKey(k.Profile.Suite())
			must(k.t, err)
			k.operators = append(k.operators, key)
		}
		named[fmt.Sprint("operator ", n)] = k.operators[n].Public()
	}
	r, err := roster.New(Issuer, named)
	must(k.t, err)
	return r
}

// Endorse is the n-th operator's signature over a party as it stands.
func (k *Kit) Endorse(ctx context.Context, n int, id identity.PartyID) identity.Endorsement {
	p, err := k.Store.PartyNow(ctx, id)
	must(k.t, err)
	return k.EndorseAs(n, p)
}

// EndorseAs is the same over a party as somebody read it.
func (k *Kit) EndorseAs(n int, p identity.Party) identity.Endorsement {
	e, err := k.operators[n].Endorse(Issuer, "party", string(p.ID), p.Record())
	must(k.t, err)
	return e
}

// Approve has two operators approve a party as it stands.
func (k *Kit) Approve(ctx context.Context, id identity.PartyID, join bool) (p identity.Party, err error) {
	for n := range 2 {
		if p, err = k.Admit.Approve(ctx, id, k.Endorse(ctx, n, id), join); err != nil {
			return p, err
		}
	}
	return p, nil
}
