package kit

import (
	"context"

	"netid/internal/act/incident"
	"netid/internal/act/recall"
)

// Reissues says how far certificates are issued again, as the program does.
type Reissues struct{ *Kit }

// Far is counts.
func (r Reissues) Far(ctx context.Context, again incident.Again) (recall.Far, error) {
	return r.Recall.Far(ctx, Chosen(again), again.At)
}

// Chosen is the choice of an incident.
func Chosen(again incident.Again) recall.Choice {
	return recall.Choice{From: again.From, Until: again.Until, Reason: "an incident"}
}
