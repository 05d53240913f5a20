package deliver

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Entry is a delivery as the operator may see it: neither where it goes nor
// what it says.
type Entry struct {
	ID       identity.DeliveryID
	Kind     identity.DeliveryKind // empty: the body does not open
	Dead     bool
	Attempts int
	Due      time.Time // next attempt; zero for the dead
	Until    time.Time // of one that waits: when it is of no use any more; of the dead: the hour of the end
	Reason   string    // of the last failure; empty: none yet
}

// List gives up to limit deliveries that wait, or that are dead.
func List(ctx context.Context, from Store, box Box, dead bool, limit int) ([]Entry, error) {
	const op = "deliver.List"
	rows, err := from.Deliveries(ctx, dead, limit)
	if err != nil {
		return nil, fault.At(op, err)
	}
	a := &Act{Box: box}
	all := make([]Entry, 0, len(rows))
	for _, row := range rows {
		e := Entry{ID: row.ID, Dead: dead, Attempts: row.Attempts}
		if !dead {
			e.Due = row.Due
		}
		l, err := a.open(row)
		switch {
		case fault.Because(err, "sealed_invalid"):
			e.Reason = "delivery_unreadable"
		case err != nil:
			return nil, fault.At(op, err)
		default:
			e.Kind, e.Until, e.Reason = l.Kind, l.At, l.Reason
		}
		all = append(all, e)
	}
	return all, nil
}
