package store

import (
	"context"
	"fmt"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Commit makes one change durable, all or nothing, and returns when it is on
// disk. A failed guard is a fault.Conflict with the guard's name (see
// identity.Verb), the first one in the order single-use ids, entry, other verbs, chain; an entry id
// that is there already is "already_recorded". When the database fails the answer is
// fault.Unavailable: "store_unavailable" when nothing happened,
// "outcome_unknown" when that cannot be known.
//
// A context that ends before the writer takes the change withdraws it; after
// that the answer is the truth, whatever the context.
func (s *Store) Commit(ctx context.Context, c identity.Change) error {
	return s.submit(ctx, "store.Commit", &request{
		entry: &c.Entry,
		apply: func(g *group) error { return g.change(c) },
	})
}

// Jot writes short-lived state that is about no event, all or nothing, with the
// guards of identity.Note and the errors of Commit.
func (s *Store) Jot(ctx context.Context, notes ...identity.Note) error {
	return s.submit(ctx, "store.Jot", &request{apply: func(g *group) error {
		for _, n := range notes {
			if err := g.note(n); err != nil {
				return err
			}
		}
		return nil
	}})
}

// change records before it does: the entry's id is the guard of every single-use
// thing, and a replay must hear that before anything else. Only what the request itself
// uses up comes sooner: a request that is sent again as it was says nothing new of its code. The chain comes last, so that "chain_moved"
// means that all else held and trying again makes sense.
func (g *group) change(c identity.Change) error {
	var verbs []identity.Verb
	for _, v := range c.Verbs {
		if once, is := v.(identity.TakeOnce); !is {
			verbs = append(verbs, v)
		} else if err := g.takeOnce(once); err != nil {
			return err
		}
	}
	if err := g.record(c.Entry); err != nil {
		return err
	}
	for _, v := range verbs {
		if err := g.verb(v); err != nil {
			return err
		}
	}
	if c.Entry.Chain == nil {
		return nil
	}
	return g.moveChain(*c.Entry.Chain)
}

func (g *group) verb(v identity.Verb) error {
	if v, is := v.(identity.Guard); is {
		return g.guard(v)
	}
	switch v := v.(type) {
	case identity.OpenPerson:
		return g.openPerson(v)
	case identity.SetProfile:
		return g.setProfile(v)
	case identity.SetStanding:
		return g.setStanding(v)
	case identity.KeepIdentity:
		return g.keepIdentity(v)
	case identity.ClaimIndex:
		return g.claimIndex(v)
	case identity.FreeIndex:
		return g.freeIndex(v)
	case identity.BindCertificate:
		return g.bindCertificate(v)
	case identity.RevokeCertificate:
		return g.revokeCertificate(v)
	case identity.KeepCertificate:
		return g.keepCertificate(v)
	case identity.EndSessions:
		return g.endSessions(v)
	case identity.CutLink:
		return g.cutLink(v)
	case identity.AmendParty:
		return g.amendParty(v)
	case identity.AdmitParty:
		return g.admitParty(v)
	case identity.ErasePerson:
		return g.erasePerson(v)
	case identity.KeepEscrow:
		return g.keepEscrow(v)
	case identity.ExpireHeld:
		return g.expireHeld(v)
	case identity.ExpireDays:
		return g.expireDays(v)
	case identity.RaiseEpoch:
		return g.raiseEpoch(v)
	case identity.SweepErased:
		return g.sweepErased(v)
	case identity.KeepConsent:
		return g.keepConsent(v)
	case identity.GuardDraft:
		return g.guardDraft(v)
	case identity.GuardConsent:
		return g.guardConsent(v)
	case identity.EndConsent:
		return g.endConsent(v)
	case identity.EndConsents:
		return g.endConsents(v)
	}
	return fault.Wrap("store.Commit", fault.Internal, "internal", fmt.Errorf("unknown verb %T", v))
}

// guard is a verb that may stand in a change and alone.
func (g *group) guard(v identity.Guard) error {
	switch v := v.(type) {
	case identity.GuardPerson:
		return g.guardPerson(v)
	case identity.GuardCertificate:
		return g.guardCertificate(v)
	case identity.GuardLink:
		return g.guardLink(v)
	case identity.GuardParty:
		return g.guardParty(v)
	case identity.GuardVerification:
		return g.guardVerification(v)
	case identity.RevokeVerification:
		return g.revokeVerification(v)
	case identity.TurnRefresh:
		return g.turnRefresh(v)
	case identity.PutDraft:
		return g.putDraft(v)
	case identity.SwapDraft:
		return g.swapDraft(v)
	case identity.DropDraft:
		return g.dropDraft(v)
	case identity.TakeOnce:
		return g.takeOnce(v)
	case identity.TakePushed:
		return g.takePushed(v)
	case identity.Deliver:
		return g.deliver(v)
	case identity.WithdrawDelivery:
		return g.withdrawDelivery(v)
	case identity.Count:
		return g.count(v)
	case identity.MoveFeed:
		return g.moveFeed(v)
	case identity.BeginRewrap:
		return g.beginRewrap(v)
	case identity.KeepDossier:
		return g.keepDossier(v)
	case identity.GuardDossier:
		return g.guardDossier(v)
	case identity.DropDossier:
		return g.dropDossier(v)
	}
	return fault.Wrap("store.Commit", fault.Internal, "internal", fmt.Errorf("unknown verb %T", v))
}

func (g *group) note(n identity.Note) error {
	if v, is := n.(identity.Guard); is {
		return g.guard(v)
	}
	switch n := n.(type) {
	case identity.Count:
		return g.count(n)
	case identity.Uncount:
		return g.uncount(n)
	case identity.Shredded:
		return g.shredded(n)
	case identity.StepRewrap:
		return g.stepRewrap(n)
	case identity.CloseDays:
		return g.closeDays(n)
	case identity.PutPushed:
		return g.putPushed(n)
	case identity.TakePlaces:
		return g.takePlaces(n)
	}
	return g.outboxNote(n)
}

func (g *group) outboxNote(n identity.Note) error {
	switch n := n.(type) {
	case identity.LeaseDelivery:
		return g.leaseDelivery(n)
	case identity.Delivered:
		return g.delivered(n)
	case identity.PutOff:
		return g.putOff(n)
	case identity.BuryDelivery:
		return g.buryDelivery(n)
	}
	return fault.Wrap("store.Jot", fault.Internal, "internal", fmt.Errorf("unknown note %T", n))
}
