package admit

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Halting says what suspending a party would do, for whoever proposes and whoever
// approves it. Fails as Suspend does, and with Conflict "party_stands" where it would change nothing.
func (a *Act) Halting(ctx context.Context, id identity.PartyID, reason string) (identity.Text, error) {
	const op = "admit.Halting"
	if err := said(op, reason); err != nil {
		return identity.Text{}, err
	}
	p, err := a.standing(ctx, op, id, identity.PartySuspended)
	return identity.Text{ZH: "停用平台 " + string(id) + "（" + p.Name.In("zh-CN") + "）：" + reason, EN: "Suspend the party " + string(id) + " (" + p.Name.In("en") + "): " + reason}, err
}

// Resuming is Halting for letting one go on.
func (a *Act) Resuming(ctx context.Context, id identity.PartyID) (identity.Text, error) {
	p, err := a.standing(ctx, "admit.Resuming", id, identity.PartyActive)
	return identity.Text{ZH: "恢复平台 " + string(id) + "（" + p.Name.In("zh-CN") + "）", EN: "Let the party " + string(id) + " (" + p.Name.In("en") + ") go on"}, err
}

// standing reads a party that would come to stand otherwise.
func (a *Act) standing(ctx context.Context, op string, id identity.PartyID, to identity.PartyStanding) (identity.Party, error) {
	p, err := a.Store.PartyNow(ctx, id)
	switch {
	case err != nil:
		return p, fault.At(op, err)
	case p.Standing == identity.PartyRemoved:
		return p, fault.New(op, fault.Gone, "party_removed")
	case p.Standing == to:
		return p, fault.New(op, fault.Conflict, "party_stands")
	}
	return p, nil
}
