package law_test

import (
	"testing"

	"netid/internal/law"
)

// Thirty working days are six weeks, from whatever day of the week.
func TestFilingDue(t *testing.T) {
	for reached, want := range map[string]string{
		"2026-11-27": "2027-01-08", // a Friday
		"2026-11-28": "2027-01-08", // a Saturday
		"2026-11-29": "2027-01-08",
		"2026-11-30": "2027-01-11",
		"2027-12-31": "2028-02-11", // over a year's end
		"2028-02-28": "2028-04-10", // over a leap day
	} {
		if got := law.FilingDue(day(reached)).String(); got != want {
			t.Errorf("reached %s: due %s, want %s", reached, got, want)
		}
	}
}
