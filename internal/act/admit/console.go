package admit

import (
	"context"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Console knows who works there, by their passkeys.
type Console interface {
	// Endorses fails with Forbidden "endorsement_invalid" unless the passkey of somebody
	// who may signed a proposal to approve the party with this record, and said yes.
	Endorses(ctx context.Context, e identity.Endorsement, id identity.PartyID, record string) error
}

// backs fails with Forbidden "endorsement_invalid" unless the endorsement is an
// operator's and over the party as it stands, whichever way it was given.
func (a *Act) backs(ctx context.Context, e identity.Endorsement, p identity.Party) error {
	switch {
	case !e.AtConsole():
		return a.Operators.Check(e, endorsed, string(p.ID), p.Record())
	case a.Console == nil:
		return fault.New("admit.backs", fault.Forbidden, "endorsement_invalid")
	}
	return a.Console.Endorses(ctx, e, p.ID, a.Operators.Digest(p.Record()))
}

// Countersign takes the two signatures of a proposal of the console, which is all that a
// party needs to take part. Done again with the same two it does nothing. join as in Resume.
func (a *Act) Countersign(ctx context.Context, id identity.PartyID, two []identity.Endorsement, join bool) (identity.Party, error) {
	const op = "admit.Countersign"
	for try := 1; ; try++ {
		p, err := a.Store.PartyNow(ctx, id)
		if err != nil {
			return identity.Party{}, fault.At(op, err)
		}
		if p.Countersigned() && has(p, two) {
			return p, nil
		}
		if p.Returned != "" { // two sent it back since: what they agreed to last counts
			return p, fault.New(op, fault.Conflict, "review_over")
		}
		from := p.Version
		if p, err = a.endorse(ctx, p, join, two...); err != nil {
			return p, fault.At(op, err)
		}
		if !p.Countersigned() { // two signatures, and not the two of one proposal
			return p, fault.New(op, fault.Forbidden, "endorsement_invalid")
		}
		p.Version = from + 1
		_, err = a.Book.RecordPublic(ctx, identity.Event{Kind: identity.PartyApproved, Party: p.ID, Name: &p.Name, Detail: a.Operators.Digest(p.Record()), Endorsed: p.Endorsed, Grounds: []identity.Ground{}},
			identity.AmendParty{Party: p, From: from})
		if try < tries && fault.Because(err, "party_moved") {
			continue
		}
		return p, fault.At(op, err)
	}
}

// has reports whether all of them stand behind the party.
func has(p identity.Party, all []identity.Endorsement) bool {
	for _, e := range all {
		there := false
		for _, o := range p.Endorsed {
			there = there || o.Operator == e.Operator && o.Said == e.Said
		}
		if !there {
			return false
		}
	}
	return len(all) > 0
}

// Reading is a party as two read it before they endorse it.
type Reading struct {
	identity.Party
	Lines  []identity.RecordLine
	Digest string // of the record: what is endorsed
	Behind []Backing
}

// Backing is an endorsement as it is checked now, against who works here and who is named.
type Backing struct {
	identity.Endorsement
	Good bool // a signature over this record, by an operator whom this service knows
}

// Read gives a party line by line, beside what was in force. Reason "approval_unneeded"
// where nobody reads parties.
func (a *Act) Read(ctx context.Context, id identity.PartyID) (r Reading, err error) {
	const op = "admit.Read"
	p, err := a.Store.PartyNow(ctx, id)
	if err != nil {
		return r, fault.At(op, err)
	}
	if a.Operators == nil || p.Sandbox {
		return r, fault.New(op, fault.Forbidden, "approval_unneeded")
	}
	record := p.Record()
	r = Reading{Party: p, Digest: a.Operators.Digest(record)}
	if r.Lines, err = identity.CompareRecords(p.Before, record); err == nil {
		r.Behind, err = a.behind(ctx, p)
	}
	return r, fault.At(op, err)
}

// behind checks each endorsement of a party anew.
func (a *Act) behind(ctx context.Context, p identity.Party) (all []Backing, err error) {
	for _, e := range p.Endorsed {
		err := a.backs(ctx, e, p)
		if err != nil && !fault.Because(err, "endorsement_invalid") {
			return nil, err
		}
		all = append(all, Backing{e, err == nil})
	}
	return all, nil
}

// Unbacked are the parties that take part and have an endorsement of the console behind
// them which is none: somebody wrote it there who was not asked. An operator's key may be
// taken out of the configuration, and what it approved stays; a passkey's account stays.
func (a *Act) Unbacked(ctx context.Context) (ids []identity.PartyID, err error) {
	const op = "admit.Unbacked"
	if a.Operators == nil {
		return nil, nil
	}
	all, err := a.Store.Parties(ctx)
	if err != nil {
		return nil, fault.At(op, err)
	}
	for _, p := range all {
		if p.Sandbox || p.Standing != identity.PartyActive {
			continue
		}
		behind, err := a.behind(ctx, p)
		if err != nil {
			return ids, fault.At(op, err)
		}
		if slices.ContainsFunc(behind, func(b Backing) bool { return b.AtConsole() && !b.Good }) {
			ids = append(ids, p.ID)
		}
	}
	return ids, nil
}

// waiting reads a party that waits to be read. Reason "review_over" where it does not.
func (a *Act) waiting(ctx context.Context, op string, id identity.PartyID) (Reading, error) {
	r, err := a.Read(ctx, id)
	switch {
	case err != nil:
		return r, err
	case r.Standing == identity.PartyRemoved:
		return r, fault.New(op, fault.Gone, "party_removed")
	case !r.Waits():
		return r, fault.New(op, fault.Conflict, "review_over")
	}
	return r, nil
}

// Approving says what the approval of a party with this record would do; its last word
// in each language is the record's digest. It asks all that Countersign will, but for
// the signatures: nobody signs in vain.
func (a *Act) Approving(ctx context.Context, id identity.PartyID, record string, join bool) (identity.Text, error) {
	const op = "admit.Approving"
	r, err := a.waiting(ctx, op, id)
	switch {
	case err != nil:
		return identity.Text{}, err
	case r.Digest != record:
		return identity.Text{}, fault.New(op, fault.Conflict, "proposal_changed")
	case r.Joins && !join:
		return identity.Text{}, fault.New(op, fault.Conflict, "sector_shared")
	case len(r.Access) > 0: // it registered itself
		if err := a.owns(ctx, &r.Party); err != nil {
			return identity.Text{}, err
		}
	}
	zh, en := "批准平台 "+string(id)+"（"+r.Name.In("zh-CN")+"）参加", "Let the party "+string(id)+" ("+r.Name.In("en")+") take part"
	if r.Joins {
		zh, en = zh+"，并与同一组织的其他平台使用相同的应用标识", en+", knowing people by the names that another party of its sector has"
	}
	return identity.Text{ZH: zh + "，登记内容摘要 " + record, EN: en + ", as its record says, digest " + record}, nil
}

// Returning is Halting for giving a party that waits back to who declared it.
func (a *Act) Returning(ctx context.Context, id identity.PartyID, reason string) (identity.Text, error) {
	const op = "admit.Returning"
	if err := said(op, reason); err != nil {
		return identity.Text{}, err
	}
	r, err := a.waiting(ctx, op, id)
	return identity.Text{ZH: "退回平台 " + string(id) + "（" + r.Name.In("zh-CN") + "）的登记：" + reason, EN: "Return what the party " + string(id) + " (" + r.Name.In("en") + ") declares: " + reason}, err
}

// Return gives a party that waits back to who declared it, with the reasons. Unlike
// after Reject it may change what it declares, and then waits anew; whoever endorsed it
// endorsed it for nothing.
func (a *Act) Return(ctx context.Context, id identity.PartyID, reason string) (identity.Party, error) {
	const op = "admit.Return"
	return a.stand(ctx, op, id, identity.PartyReturned, identity.PartySuspended, reason, func(p *identity.Party) error {
		if p.Sandbox || p.Countersigned() {
			return fault.New(op, fault.Conflict, "review_over")
		}
		p.Endorsed, p.Returned, p.Reason = nil, reason, identity.PartyReview
		return nil
	})
}

// Removing is Halting for ending a party for good.
func (a *Act) Removing(ctx context.Context, id identity.PartyID, reason string) (identity.Text, error) {
	const op = "admit.Removing"
	if err := said(op, reason); err != nil {
		return identity.Text{}, err
	}
	p, err := a.standing(ctx, op, id, identity.PartyRemoved)
	return identity.Text{ZH: "永久移除平台 " + string(id) + "（" + p.Name.In("zh-CN") + "）：" + reason, EN: "Remove the party " + string(id) + " (" + p.Name.In("en") + ") for good: " + reason}, err
}
