package admit

import (
	"bytes"
	"context"
	"reflect"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Keep registers a party, or amends it when what it declares has changed: for
// parties whose declaration is a reviewed file of the operator's own, with two
// operators' endorsements beside each. Its standing is not the file's: a suspended
// party stays so, and of one that is removed the reason is "party_removed".
func (a *Act) Keep(ctx context.Context, in Application) (identity.Party, string, error) {
	const op = "admit.Keep"
	for try := 1; ; try++ {
		p, secret, err := a.keep(ctx, in)
		if try < tries && (fault.Because(err, "party_moved") || fault.Because(err, "party_exists")) { // another node starts too
			continue
		}
		return p, secret, fault.At(op, err)
	}
}

func (a *Act) keep(ctx context.Context, in Application) (identity.Party, string, error) {
	const op = "admit.keep"
	p, secret, grounds, err := a.judge(in)
	if err != nil {
		return p, "", err
	}
	known, err := a.Store.PartyNow(ctx, p.ID)
	switch {
	case fault.Is(err, fault.NotFound):
		return a.admit(ctx, in, func(*identity.Party) {})
	case err != nil:
		return p, "", err
	case known.Standing == identity.PartyRemoved:
		return known, "", fault.New(op, fault.Gone, "party_removed")
	}
	if err := a.stays(ctx, &p, known, in); err != nil {
		return p, "", err
	}
	same, by := bytes.Equal(p.Record(), known.Record()), in.Endorsed
	if !same {
		p.Returned = "" // it is read anew
	} else {
		by = append(slices.Clone(known.Endorsed), by...)
	}
	if !p.Sandbox && !(same && known.Countersigned()) {
		if err := a.anew(ctx, &p, known, by); err != nil {
			return known, "", err
		}
	}
	if reflect.DeepEqual(p, known) {
		return p, secret, nil
	}
	return p, secret, a.amend(ctx, &p, known, grounds)
}

// anew is what the file says and nobody approved yet: with two operators' endorsements it is in
// force as it is written. Without, what was approved before stays in force
// ("party_unapproved"), and what never was waits as it now reads.
func (a *Act) anew(ctx context.Context, p *identity.Party, known identity.Party, by []identity.Endorsement) error {
	standing, reason := known.Standing, known.Reason
	a.vouched(ctx, p, by)
	switch {
	case !p.Countersigned() && known.Countersigned():
		return fault.New("admit.anew", fault.Conflict, "party_unapproved")
	case p.Countersigned() && standing == identity.PartySuspended && reason == identity.PartyReview && !p.Joins:
		standing, reason = identity.PartyActive, ""
	}
	p.Standing, p.Reason = standing, reason
	return nil
}
