package admit

import (
	"cmp"
	"context"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Ending is a basis whose last day is near, or was.
type Ending struct {
	Party identity.PartyID
	Item  string
	Last  identity.Date
}

// Endings are the bases of parties that take part which end before a day, by
// party and item: what the operator has to speak about with a party before its
// requests are refused (Art. 8).
func (a *Act) Endings(ctx context.Context, before identity.Date) (all []Ending, err error) {
	ps, err := a.Store.Parties(ctx)
	if err != nil {
		return nil, fault.At("admit.Endings", err)
	}
	for _, p := range ps {
		if p.Standing != identity.PartyActive {
			continue
		}
		for _, item := range identity.Items() {
			if last, ends := p.BasesUntil[string(item)]; ends && last.Before(before) {
				all = append(all, Ending{p.ID, string(item), last})
			}
		}
	}
	slices.SortStableFunc(all, func(x, y Ending) int { return cmp.Compare(x.Party, y.Party) })
	return all, nil
}
