package law_test

import (
	"testing"
	"time"

	"netid/internal/law"
)

// A drill is due a year after the last, and the first a year after the service began.
func TestDrillDue(t *testing.T) {
	began := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	if due := law.DrillDue(time.Time{}, began); !due.Equal(began.Add(365 * 24 * time.Hour)) {
		t.Error(due)
	}
	last := began.AddDate(0, 3, 0)
	if due := law.DrillDue(last, began); !due.Equal(last.Add(365 * 24 * time.Hour)) {
		t.Error(due)
	}
}
