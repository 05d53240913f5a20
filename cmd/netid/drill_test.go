package main

import (
	"testing"
	"time"

	"netid/internal/act/incident"
)

func drilled(t testing.TB, people int) []incident.Took {
	t.Helper()
	took, err := drill(t.Context(), t.TempDir(), people)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range took {
		t.Logf("%s: %s", s.Step, time.Duration(s.MS)*time.Millisecond)
	}
	return took
}

// A leaked key: stop, rotate, issue 3,000 certificates again, notify, report, lift, and
// every device fetches its own. The times are said, never asserted.
func TestDrillLeakedKey(t *testing.T) {
	if took := drilled(t, 3000); len(took) != len(incident.DrillSteps()) {
		t.Error(took)
	}
}

// BenchmarkDrillLeakedKey is the same among 100,000, once (-benchtime 1x).
func BenchmarkDrillLeakedKey(b *testing.B) {
	for b.Loop() {
		for _, s := range drilled(b, 100_000) {
			b.ReportMetric(float64(s.MS), s.Step+"-ms")
		}
	}
}
