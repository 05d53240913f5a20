package operator

import (
	"context"
	"slices"
	"time"

	"netid/internal/act/staff"
	"netid/internal/gauge"
	"netid/internal/web/shell"
)

// Amount is how much there is of something that the service bears, and how much there may be.
type Amount struct {
	Name  string `json:"name"`
	Now   int64  `json:"now"`
	Most  int64  `json:"most,omitempty"` // 0: no limit of its own
	Bytes bool   `json:"bytes,omitempty"`
}

// Check is one thing that must hold of the service, and whether it does.
type Check struct {
	Name  string `json:"name"`
	Bad   bool   `json:"bad"`
	Count int    `json:"count,omitempty"` // of what is wrong, where it is counted
}

// Capacity is what the service bears, and what is wrong with it: of the service itself, and
// of nobody who uses it.
type Capacity interface {
	Amounts(context.Context) ([]Amount, error)
	Hour(now time.Time, name string) []gauge.Level
	Checks(context.Context) []Check
}

// health shows each check, what is wrong first.
func (d *Door) health(v *shell.Visit, m staff.Member) error {
	all := d.Capacity.Checks(v.Context())
	slices.SortStableFunc(all, func(x, y Check) int {
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
