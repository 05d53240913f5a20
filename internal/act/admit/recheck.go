package admit

import (
	"context"

	"netid/internal/identity"
)

// Recheck sends a party back to review: it takes part no more until two endorsed it anew
// (Arts 6, 7). What it declared stands; whoever endorsed it did so for the time that is over.
func (a *Act) Recheck(ctx context.Context, id identity.PartyID) (identity.Party, error) {
	return a.stand(ctx, "admit.Recheck", id, identity.PartyHalted, identity.PartySuspended, identity.PartyReview, func(p *identity.Party) error {
		p.Endorsed = nil
		return nil
	})
}
