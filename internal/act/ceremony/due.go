package ceremony

import (
	"slices"
	"time"

	"netid/internal/identity"
)

const (
	yearly    = 365 * 24 * time.Hour
	rootLives = 15 * yearly // a root is good for twenty years, and the next is given time to be known (ADR 0049)
)

// Row is a key with its age and what is due about it.
type Row struct {
	Key
	Days int    `json:"days"`
	Due  string `json:"due,omitempty"` // Rotate, Retire or ""
	May  string `json:"may,omitempty"` // what two may do about it now, due or not
}

// Wait is a ceremony that is due.
type Wait struct {
	Name string `json:"ceremony"`
}

// State is what stands about the service's keys.
type State struct {
	Keys  []Row  `json:"keys"`
	Waits []Wait `json:"waits"`
}

// State is each key, and which ceremonies are due. held are the records of those that were.
func (a *Act) State(held []Order) State {
	s := State{Waits: []Wait{}}
	now := a.Now()
	for _, k := range a.Ring.Keys() {
		s.Keys = append(s.Keys, Row{k, int(now.Sub(k.Created).Hours() / 24), due(k, now), may(k, now)})
	}
	if !a.Officers.Ready(identity.MonthAt(now) + 1) { // without it nothing is recorded from its first day on
		s.Waits = append(s.Waits, Wait{"officers-months"})
	}
	if !since(held, "master-split", "master-rotate") { // shares of a former master key open nothing any more
		s.Waits = append(s.Waits, Wait{"master-split"})
	}
	return s
}

// due is what should be done about a key. How often is our choice: the law asks that keys be
// managed (Art. 13), and names no term. What only grows with each version is due never.
func due(k Key, now time.Time) string {
	most := yearly
	switch {
	case k.State == "former" && !k.Free.IsZero() && !now.Before(k.Free):
		return Retire
	case k.State != "current" || k.Life != "rotates" && k.Life != "rewraps":
		return ""
	case k.Use == "anchor":
		most = rootLives
	}
	if now.Sub(k.Created) >= most {
		return Rotate
	}
	return ""
}

func may(k Key, now time.Time) string {
	if k.State == "current" && k.Life != "fixed" {
		return Rotate
	}
	if due(k, now) == Retire {
		return Retire
	}
	return ""
}

// since reports whether one ceremony was held on or after the last of another.
func since(held []Order, one, other string) bool {
	last := func(name string) (day identity.Date) {
		for _, o := range held {
			if o.Do == Held && o.Name == name && day.Before(o.Day) {
				day = o.Day
			}
		}
		return day
	}
	day := last(one)
	return day != (identity.Date{}) && !day.Before(last(other))
}

// Records are the ceremonies that were held, of all orders, the newest first.
func Records(all []Order) (held []Order) {
	for _, o := range all {
		if o.Do == Held {
			held = append(held, o)
		}
	}
	slices.SortStableFunc(held, func(x, y Order) int {
		if x.Day.Before(y.Day) {
			return 1
		}
		if y.Day.Before(x.Day) {
			return -1
		}
		return 0
	})
	return held
}
