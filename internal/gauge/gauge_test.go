package gauge_test

import (
	"sync"
	"testing"
	"time"

	"netid/internal/gauge"
)

// Each answer stands in its own minute, by how it ended and how long it took, and is gone
// an hour later.
func TestAnHourOfAnswers(t *testing.T) {
	var g gauge.Gauge
	at := time.Date(2026, 3, 1, 8, 0, 59, 0, time.UTC)
	for _, a := range []struct {
		status int
		took   time.Duration
	}{{200, time.Millisecond}, {303, 5 * time.Millisecond}, {404, 6 * time.Millisecond}, {499, 2 * time.Second}, {500, time.Minute}, {503, -time.Second}} {
		g.Answered(at, a.status, a.took)
	}
	g.Answered(at.Add(time.Second), 200, time.Second)
	hour := g.Hour(at.Add(time.Minute))
	if len(hour) != gauge.Span || len(gauge.Limits())+1 != len(hour[0].Took) {
		t.Fatal(len(hour))
	}
	want := gauge.Minute{Start: at.Truncate(time.Minute), Asked: 6, Refused: 2, Failed: 2, Took: [6]int{3, 1, 0, 0, 1, 1}}
	if got := hour[gauge.Span-2]; got != want {
		t.Errorf("%+v", got)
	}
	if got := hour[gauge.Span-1]; got.Asked != 1 || got.Took != [6]int{4: 1} {
		t.Errorf("%+v", got)
	}
	sum := func(now time.Time) (n int) {
		for _, m := range g.Hour(now) {
			n += m.Asked
		}
		return n
	}
	if sum(at) != 6 || sum(at.Add(time.Hour)) != 1 || sum(at.Add(2*time.Hour)) != 0 {
		t.Error(sum(at), sum(at.Add(time.Hour)), sum(at.Add(2*time.Hour)))
	}
	g.Answered(at.Add(-time.Hour), 200, 0) // a clock that went back takes nothing away
	if sum(at) != 6 {
		t.Error(sum(at))
	}
	g.Answered(time.Unix(-61, 0), 200, 0)
}

// Many count at once and none is lost.
func TestManyAtOnce(t *testing.T) {
	var g gauge.Gauge
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() { g.Answered(at, 200, 0) })
	}
	all.Wait()
	if hour := g.Hour(at); hour[gauge.Span-1].Asked != 64 {
		t.Errorf("%+v", hour[gauge.Span-1])
	}
}
