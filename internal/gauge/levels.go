package gauge

import (
	"sync"
	"time"
)

// kinds is how many amounts are kept; more have no room.
const kinds = 16

// Level is an amount at a minute; Known is false where nobody read it then.
type Level struct {
	Start  time.Time
	Amount int64
	Known  bool
}

// Levels keeps what somebody reads once a minute, by names that stand in the program: an hour
// of each, in memory alone. The zero value is ready.
type Levels struct {
	mu  sync.Mutex // guards all
	all map[string]*[Span]Level
}

// Note keeps an amount of this minute; the last one counts.
func (l *Levels) Note(at time.Time, name string, amount int64) {
	start := at.UTC().Truncate(time.Minute)
	l.mu.Lock()
	defer l.mu.Unlock()
	ring := l.all[name]
	if ring == nil {
		if len(l.all) >= kinds {
			return
		}
		if l.all == nil {
			l.all = map[string]*[Span]Level{}
		}
		ring = &[Span]Level{}
		l.all[name] = ring
	}
	if one := &ring[place(start)]; !one.Start.After(start) { // the clock went back by more than the ring: what is newer stays
		*one = Level{start, amount, true}
	}
}

// Hour is the last Span minutes up to now, the oldest first.
func (l *Levels) Hour(now time.Time, name string) []Level {
	last := now.UTC().Truncate(time.Minute)
	out := make([]Level, Span)
	l.mu.Lock()
	defer l.mu.Unlock()
	ring := l.all[name]
	for i := range out {
		start := last.Add(time.Duration(i-Span+1) * time.Minute)
		out[i] = Level{Start: start}
		if ring != nil && ring[place(start)].Start.Equal(start) {
			out[i] = ring[place(start)]
		}
	}
	return out
}
