package admit

import (
	"context"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// endorsed is the kind of what operators endorse here.
const endorsed = "party"

// Operators are those whose endorsements count.
type Operators interface {
	Check(e identity.Endorsement, kind, name string, record []byte) error // Forbidden "endorsement_invalid"
	Keys() []string
	Digest(record []byte) string
}

// Approve takes one operator's endorsement of a party as it stands. The first
// proposes it, and with a second operator's it takes part. What was read is what
// is approved: the signature is over the record, and the commit is guarded by the
// version of the row that has it. Each operator endorses once. join as in Resume.
func (a *Act) Approve(ctx context.Context, id identity.PartyID, e identity.Endorsement, join bool) (identity.Party, error) {
	const op = "admit.Approve"
	for try := 1; ; try++ {
		p, err := a.Store.PartyNow(ctx, id)
		if err != nil {
			return identity.Party{}, fault.At(op, err)
		}
		from := p.Version
		if p, err = a.endorse(ctx, p, join, e); err != nil {
			return p, fault.At(op, err)
		}
		event := identity.Event{Kind: identity.PartyProposed, Party: p.ID, Name: &p.Name, Detail: a.Operators.Digest(p.Record()), Endorsed: p.Endorsed, Grounds: []identity.Ground{}}
		if p.Countersigned() {
			event.Kind = identity.PartyApproved
		}
		p.Version = from + 1
		_, err = a.Book.RecordPublic(ctx, event, identity.AmendParty{Party: p, From: from})
		if try < tries && fault.Because(err, "party_moved") {
			continue
		}
		return p, fault.At(op, err)
	}
}

// endorse is a party with more operators behind it, as far as that may be.
func (a *Act) endorse(ctx context.Context, p identity.Party, join bool, by ...identity.Endorsement) (identity.Party, error) {
	const op = "admit.endorse"
	switch {
	case p.Standing == identity.PartyRemoved:
		return p, fault.New(op, fault.Gone, "party_removed")
	case a.Operators == nil || p.Sandbox:
		return p, fault.New(op, fault.Forbidden, "approval_unneeded")
	case slices.ContainsFunc(by, func(e identity.Endorsement) bool { return p.EndorsedBy(e.Operator) }):
		return p, fault.New(op, fault.Conflict, "endorsed_already")
	case p.Countersigned():
		return p, fault.New(op, fault.Conflict, "party_approved")
	case p.Joins && !join:
		return p, fault.New(op, fault.Conflict, "sector_shared")
	}
	for _, e := range by {
		if err := a.backs(ctx, e, p); err != nil {
			return p, err
		}
	}
	if len(p.Access) > 0 { // it registered itself
		if err := a.owns(ctx, &p); err != nil {
			return p, err
		}
	}
	p.Endorsed = slices.Clone(p.Endorsed)
	for _, e := range by {
		if e.Time.IsZero() {
			e.Time = a.Now().UTC().Truncate(time.Second)
		}
		p.Endorsed = append(p.Endorsed, e)
	}
	if p.Countersigned() {
		p.Before, p.Returned = nil, ""
		if p.Standing == identity.PartySuspended && p.Reason == identity.PartyReview {
			p.Standing, p.Reason, p.Joins = identity.PartyActive, "", false
		}
	}
	return p, nil
}

// Reject ends a review with a no, and the reason: whoever endorsed the party
// endorsed it for nothing.
func (a *Act) Reject(ctx context.Context, id identity.PartyID, reason string) (identity.Party, error) {
	return a.stand(ctx, "admit.Reject", id, identity.PartyHalted, identity.PartySuspended, reason, func(p *identity.Party) error {
		if p.Sandbox || p.Countersigned() {
			return fault.New("admit.Reject", fault.Conflict, "party_approved")
		}
		p.Endorsed = nil
		return nil
	})
}

// Seat says in the ledger, once for each set of them, whose endorsements count
// from now on: whoever changes the configuration to operators of their own leaves
// that there.
func (a *Act) Seat(ctx context.Context) error {
	keys := strings.Join(a.Operators.Keys(), " ")
	if keys == "" {
		return nil
	}
	id := a.Keys.Digest([]byte("operators"), []byte(keys))
	_, err := a.Book.RecordPublic(ctx, identity.Event{Kind: identity.OperatorsNamed, Detail: keys, Grounds: []identity.Ground{}}, identity.TakeOnce{ID: id[:], Until: forever()})
	if fault.Because(err, "already_used") {
		return nil
	}
	return fault.At("admit.Seat", err)
}

// vouched puts behind a party those endorsements that are good for it, and makes it wait where they are not enough.
func (a *Act) vouched(ctx context.Context, p *identity.Party, by []identity.Endorsement) {
	if p.Sandbox {
		return
	}
	p.Endorsed = nil
	for _, e := range by {
		if a.Operators != nil && !p.EndorsedBy(e.Operator) && a.backs(ctx, e, *p) == nil {
			if e.Time.IsZero() { // new in the file
				e.Time = a.Now().UTC().Truncate(time.Second)
			}
			p.Endorsed = append(p.Endorsed, e)
		}
	}
	if !p.Countersigned() {
		p.Standing, p.Reason = identity.PartySuspended, identity.PartyReview
	}
}
