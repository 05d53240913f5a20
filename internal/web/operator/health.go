package operator

import (
	"context"
	"slices"
	"time"

	"netid/internal/act/staff"
	"netid/internal/gauge"
	"netid/internal/web/shell"
)

// Capacity is what the service bears, and what is wrong with it: of the service itself, and
// of nobody who uses it.
type Capacity interface {
	Amounts(context.Context) ([]gauge.Amount, error)
	Hour(now time.Time, name string) []gauge.Level
	Checks(context.Context) []gauge.Check
}

// health shows each check, what is wrong first.
func (d *Door) health(v *shell.Visit, m staff.Member) error {
	all := d.Capacity.Checks(v.Context())
	slices.SortStableFunc(all, func(x, y gauge.Check) int {
		switch {
		case x.Bad == y.Bad:
			return 0
		case x.Bad:
			return -1
		}
		return 1
	})
	return v.Show(d.pages, "operator-health", d.page(m, all))
}
