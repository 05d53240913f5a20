package admit

import (
	"context"
	"reflect"
	"time"
	"unicode"
	"unicode/utf8"

	"netid/internal/fault"
	"netid/internal/identity"
)

const tries = 4 // of a change of standing, when somebody else changes the party

// Suspend ends a party's part, with the reason, until it is resumed: nobody is
// asked, no code is redeemed and no token says anything, on every node within
// the second for which a party is remembered at most.
func (a *Act) Suspend(ctx context.Context, id identity.PartyID, reason string) (identity.Party, error) {
	return a.stand(ctx, "admit.Suspend", id, identity.PartyHalted, identity.PartySuspended, reason, nothing)
}

// Resume lets a party take part again: outside of a sandbox one which two
// operators endorsed as it stands (the commit's "party_unapproved"). join approves that it
// knows people by the names that another party of its sector has.
func (a *Act) Resume(ctx context.Context, id identity.PartyID, join bool) (identity.Party, error) {
	const op = "admit.Resume"
	return a.stand(ctx, op, id, identity.PartyResumed, identity.PartyActive, "", func(p *identity.Party) error {
		if p.Joins && !join {
			return fault.New(op, fault.Conflict, "sector_shared")
		}
		p.Joins = false
		return nil
	})
}

// Remove ends a party for good. Its row stays, with the name under which
// records know it, so that nobody ever takes its identifier; its keys go.
func (a *Act) Remove(ctx context.Context, id identity.PartyID, reason string) (identity.Party, error) {
	return a.stand(ctx, "admit.Remove", id, identity.PartyGone, identity.PartyRemoved, reason, func(p *identity.Party) error {
		p.Auth, p.SecretDigest, p.JWKS, p.JWKSURI, p.Certificate, p.Access = identity.AuthNone, nil, nil, "", identity.CertificateName{}, nil
		p.Requests = nil
		return nil
	})
}

func nothing(*identity.Party) error { return nil }

func (a *Act) stand(ctx context.Context, op string, id identity.PartyID, kind identity.EventKind, to identity.PartyStanding, reason string, how func(*identity.Party) error) (identity.Party, error) {
	if to != identity.PartyActive {
		if err := said(op, reason); err != nil {
			return identity.Party{}, err
		}
	}
	for try := 1; ; try++ {
		p, err := a.Store.PartyNow(ctx, id)
		if err != nil {
			return identity.Party{}, fault.At(op, err)
		}
		was := p
		if p.Standing == identity.PartyRemoved {
			if to == p.Standing && reason == p.Reason {
				return p, nil
			}
			return p, fault.New(op, fault.Gone, "party_removed")
		}
		p.Returned, p.Reason = "", reason
		if err := how(&p); err != nil {
			return was, fault.At(op, err)
		}
		p.Standing = to
		if reflect.DeepEqual(p, was) {
			return p, nil
		}
		p.Version++
		p.Stood = a.Now().UTC().Truncate(time.Second)
		_, err = a.Book.RecordPublic(ctx, identity.Event{Kind: kind, Party: p.ID, Name: &p.Name, Detail: reason, Grounds: []identity.Ground{}},
			identity.AmendParty{Party: p, From: was.Version})
		if try < tries && fault.Because(err, "party_moved") {
			continue
		}
		return p, fault.At(op, err)
	}
}

// said bounds what an operator gives as a reason: 1 to 200 characters that can be read.
func said(op, reason string) error {
	for _, r := range reason {
		if !unicode.IsPrint(r) {
			return fault.New(op, fault.Invalid, "reason_invalid")
		}
	}
	if n := utf8.RuneCountInString(reason); n == 0 || n > 200 || !utf8.ValidString(reason) {
		return fault.New(op, fault.Invalid, "reason_invalid")
	}
	return nil
}
