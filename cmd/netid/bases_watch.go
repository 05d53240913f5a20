package main

import (
	"context"
	"time"

	"netid/internal/identity"
)

// reminder is how long before its end the operator is told of a basis.
const reminder = 30 * 24 * time.Hour

// remindOfBases tells the operator once a day, and at the start, of each basis
// that ends within 30 days or has ended: its party is refused from then on.
func (h *house) remindOfBases(ctx context.Context, said identity.Date) identity.Date {
	now := h.Now()
	today := identity.Today(now)
	if today == said {
		return said
	}
	all, err := h.admit.Endings(ctx, identity.Today(now.Add(reminder)))
	if err != nil {
		h.Log.Error("look for bases that end", "err", err)
		return said // again in an hour
	}
	for _, e := range all {
		if e.Last.Before(today) {
			h.Log.Warn("a basis has ended: plain text is refused", "party", e.Party, "item", e.Item, "last_day", e.Last.String())
		} else {
			h.Log.Warn("a basis ends soon", "party", e.Party, "item", e.Item, "last_day", e.Last.String())
		}
	}
	return today
}
