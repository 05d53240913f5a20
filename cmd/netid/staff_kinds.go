package main

import (
	"context"
	"encoding/json"

	"netid/internal/act/admit"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/operator"
)

// aboutParties are the proposals by which two read a party and let it take part, stop it
// and let it go on. One operator alone stops one by netid party suspend: that can wait
// for nobody.
func aboutParties(parties *admit.Act, people *staff.Act) map[law.Action]staff.Kind {
	type becomes = func(context.Context, identity.PartyID, string) (identity.Party, error)
	of := func(says func(context.Context, identity.PartyID, string) (identity.Text, error), do becomes) staff.Kind {
		return staff.Kind{Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
			id, why, err := party[operator.Reason](p)
			if err != nil {
				return identity.Text{}, err
			}
			return says(ctx, id, why.Reason)
		}, After: func(ctx context.Context, p staff.Proposal) error {
			id, why, err := party[operator.Reason](p)
			if err == nil {
				_, err = do(ctx, id, why.Reason)
			}
			return err
		}}
	}
	return map[law.Action]staff.Kind{
		law.SuspendParty: of(parties.Halting, parties.Suspend),
		law.ReturnParty:  of(parties.Returning, parties.Return),
		law.RemoveParty:  of(parties.Removing, parties.Remove),
		law.ResumeParty: of(func(ctx context.Context, id identity.PartyID, _ string) (identity.Text, error) {
			return parties.Resuming(ctx, id)
		},
			func(ctx context.Context, id identity.PartyID, _ string) (identity.Party, error) {
				return parties.Resume(ctx, id, false)
			}),
		law.ApproveParty: {Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
			id, read, err := party[operator.Endorsed](p)
			if err != nil {
				return identity.Text{}, err
			}
			return parties.Approving(ctx, id, read.Record, read.Join)
		}, After: func(ctx context.Context, p staff.Proposal) error {
			id, read, err := party[operator.Endorsed](p)
			if err == nil {
				_, err = parties.Countersign(ctx, id, people.Endorsements(p), read.Join)
			}
			return err
		}},
	}
}

// party is of which party a proposal is, and its body.
func party[T any](p staff.Proposal) (id identity.PartyID, body T, err error) {
	id, err = identity.ParsePartyID(p.Subject)
	if err == nil && json.Unmarshal(p.Body, &body) != nil {
		err = fault.New("staff.party", fault.Invalid, "proposal_invalid")
	}
	return id, body, err
}
