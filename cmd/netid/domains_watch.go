package main

import (
	"context"

	"netid/internal/identity"
)

// remindOfDomains tells the operator once a day, and at the start, of each domain of a party
// that takes part whose proof is over. Nothing stops by itself: two decide.
func (h *house) remindOfDomains(ctx context.Context, said identity.Date) identity.Date {
	today := identity.Today(h.Now())
	if h.partner == nil || today == said {
		return said
	}
	all, err := h.partner.Lapses(ctx)
	if err != nil {
		h.Log.Error("look for domains whose proof is over", "err", err)
		return said // again in an hour
	}
	for _, l := range all {
		h.Log.Warn("a proof of a domain is over, and its party takes part: have it proven anew, or two suspend the party", "party", l.Party, "organisation", string(l.Organisation), "host", l.Host, "ended", l.Ended)
	}
	return today
}

// domains counts them for the console.
func (c capacity) domains(ctx context.Context) (int, error) {
	if c.h.partner == nil {
		return 0, nil
	}
	all, err := c.h.partner.Lapses(ctx)
	return len(all), err
}
