// Package gauge counts how this process answers: how many requests each minute of the
// last hour, how many of them it refused or failed, and how long they took.
//
// It is handed a status and a duration and refuses to know more: no address, no party, no
// person, so nothing that it shows can be joined with anything (N16). What happened to
// people's identities is counted by act/tally, and not again here.
//
// Invariant: memory alone, of a fixed size, whatever arrives; a start begins at nought.
package gauge

import (
	"sync"
	"time"
)

// Span is how many minutes are kept.
const Span = 60

// Limits are the upper ends of the steps of how long answers took; one more step holds
// what took longer.
func Limits() []time.Duration {
	return []time.Duration{5 * time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second}
}

const steps = 6

// Minute is what was answered in one minute.
type Minute struct {
	Start   time.Time
	Asked   int // all
	Refused int // 4xx: who asked was told why not
	Failed  int // 5xx: the service's own
	Took    [steps]int
}

// Gauge counts; the zero value is ready.
type Gauge struct {
	mu   sync.Mutex // guards ring
	ring [Span]Minute
}

// Answered counts one answer that was given at a time.
func (g *Gauge) Answered(at time.Time, status int, took time.Duration) {
	start := at.UTC().Truncate(time.Minute)
	g.mu.Lock()
	defer g.mu.Unlock()
	m := &g.ring[place(start)]
	if m.Start.After(start) { // the clock went back by more than the ring: what is newer stays
		return
	}
	if !m.Start.Equal(start) {
		*m = Minute{Start: start}
	}
	m.Asked++
	switch {
	case status >= 500:
		m.Failed++
	case status >= 400:
		m.Refused++
	}
	m.Took[step(took)]++
}

// Hour is the last Span minutes up to now, the oldest first; minutes in which nothing was
// asked are there too.
func (g *Gauge) Hour(now time.Time) []Minute {
	last := now.UTC().Truncate(time.Minute)
	out := make([]Minute, Span)
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range out {
		start := last.Add(time.Duration(i-Span+1) * time.Minute)
		out[i] = Minute{Start: start}
		if m := g.ring[place(start)]; m.Start.Equal(start) {
			out[i] = m
		}
	}
	return out
}

func place(start time.Time) int {
	n := int(start.Unix()/60) % Span
	if n < 0 { // before 1970: a clock that is wrong must not end the process
		n += Span
	}
	return n
}

func step(took time.Duration) int {
	for i, most := range Limits() {
		if took <= most {
			return i
		}
	}
	return steps - 1
}
