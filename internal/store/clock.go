package store

import (
	"context"
	"time"

	"netid/internal/fault"
)

// Drift is how far a process's clock may be from the database's, so two of
// them differ by twice that at most. Who sweeps leaves what another may still
// accept (see Sweep).
const Drift = 30 * time.Second

// Ready reports whether changes can be made here: the database answers, and it
// agrees with this process on what time it is. What is wrong otherwise is
// fault.Unavailable, "store_unavailable" or "clock_wrong".
func (s *Store) Ready(ctx context.Context) error {
	at, err := s.db.Clock(ctx)
	if err != nil {
		return unavailable("store.Ready", err)
	}
	return s.agrees(at)
}

// agrees refuses a clock that stands elsewhere than the database's: the nodes
// of one database compare times that each of them wrote, and one that is an
// hour ahead would sweep single-use ids that the others still guard by.
func (s *Store) agrees(at time.Time) error {
	if at.IsZero() {
		return nil
	}
	if off := s.now().Sub(at); off.Abs() > Drift {
		return fault.Newf("store.Commit", fault.Unavailable, "clock_wrong", "this machine's clock is %v off the database's", off.Round(time.Second))
	}
	return nil
}
