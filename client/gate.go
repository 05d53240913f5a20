package client

import (
	"fmt"
	"sync"
	"time"
)

// Entry is what a code proved: that the holder of the slip's key is a real person,
// enrolled and not frozen when the bundle was made, and showed it now.
type Entry struct {
	Over18 bool      // the slip says so; false says nothing
	Until  time.Time // end of the slip's day
	Age    time.Duration
	Stale  bool // the bundle is older than BundleFresh: to be said beside the answer
}

// Gate checks codes at one place of a venue.
type Gate struct {
	Bundle Bundle
	Venue  string     // this venue's id; "": codes for a venue are refused, those for none are taken
	Bound  bool       // only codes that were made for this venue
	Over18 bool       // only who is over 18
	Once   bool       // one entry: a slip serves once in its whole life
	Seen   SlipMemory // what was shown at this gate
}

// SlipMemory remembers what was shown at a gate.
type SlipMemory interface {
	// Take remembers that a slip was shown in a step, for as long as until. It reports
	// whether it is the first time: with once, that this slip was never shown; else, that
	// it was shown in no step as late as this one. Of many at the same time one is the first.
	Take(slip [16]byte, step uint64, once bool, until, now time.Time) (bool, error)
}

// Check checks a code as it is scanned. Fails with ErrSlip for what is no code,
// ErrKey or ErrSignature for a forged one, ErrSlipTime for a slip of another day,
// ErrSlipElsewhere for another venue's code, ErrSlipLate for one that was shown before
// (a screenshot, or the phone's clock), ErrSlipEarly (a clock), ErrSlipFrozen,
// ErrSlipAge, ErrSlipUsed, ErrBundle and ErrBundleOld.
func (g Gate) Check(scanned string, now time.Time) (Entry, error) {
	if err := g.Bundle.over(now); err != nil {
		return Entry{}, err
	}
	s, err := readCode(scanned)
	if err != nil {
		return Entry{}, err
	}
	if err := s.issued(g.Bundle.keys); err != nil {
		return Entry{}, err
	}
	if err := s.held(); err != nil {
		return Entry{}, err
	}
	if err := g.here(s, now); err != nil {
		return Entry{}, err
	}
	if g.Bundle.refuses(s.id) {
		return Entry{}, fmt.Errorf("%w: it was stopped", ErrSlipFrozen)
	}
	if g.Over18 && s.payload.Flags&SlipOver18 == 0 {
		return Entry{}, fmt.Errorf("%w: nor that they are younger", ErrSlipAge)
	}
	first, err := g.Seen.Take(s.id, s.Step, g.Once, s.until, now) // last: what is refused is not remembered
	if err != nil {
		return Entry{}, err
	}
	if !first {
		return Entry{}, fmt.Errorf("%w: at this gate", ErrSlipUsed)
	}
	return Entry{Over18: s.payload.Flags&SlipOver18 != 0, Until: s.until, Age: g.Bundle.Age(now), Stale: g.Bundle.Stale(now)}, nil
}

// here checks that the code is for this place and this moment: the half minute that
// it is now, the one before or the one behind.
func (g Gate) here(s shownCode, now time.Time) error {
	if now.Before(s.from) || !now.Before(s.until) {
		return fmt.Errorf("%w: %s to %s", ErrSlipTime, s.from.Format(time.RFC3339), s.until.Format(time.RFC3339))
	}
	if s.Venue != "" && s.Venue != g.Venue || s.Venue == "" && g.Bound {
		return fmt.Errorf("%w: %q", ErrSlipElsewhere, s.Venue)
	}
	behind := now.Unix()/int64(SlipStep/time.Second) - int64(s.Step) // half minutes; as a Duration it could run over
	switch {
	case behind > 1:
		return fmt.Errorf("%w: by %d half minutes: a picture, or the clock of the phone or of this gate", ErrSlipLate, behind)
	case behind < -1:
		return fmt.Errorf("%w: by %d half minutes: the clock of the phone or of this gate", ErrSlipEarly, -behind)
	}
	return nil
}

// ShownSlips is a SlipMemory that is gone when its process is. Its zero value is ready.
type ShownSlips struct {
	mu    sync.Mutex // guards what follows
	seen  map[[16]byte]shownSlip
	swept time.Time
}

type shownSlip struct {
	step  uint64
	until time.Time
}

// Take is SlipMemory's.
func (m *ShownSlips) Take(slip [16]byte, step uint64, once bool, until, now time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil {
		m.seen = map[[16]byte]shownSlip{}
	}
	if now.Sub(m.swept) > time.Hour { // whose day is over is refused without being remembered
		for id, s := range m.seen {
			if !now.Before(s.until) {
				delete(m.seen, id)
			}
		}
		m.swept = now
	}
	before, there := m.seen[slip]
	if there && (once || step <= before.step) {
		return false, nil
	}
	m.seen[slip] = shownSlip{step, until}
	return true, nil
}
