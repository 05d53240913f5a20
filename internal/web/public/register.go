package public

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"netid/internal/identity"
)

// Entry is one party as everybody may read it: what it declared, and whether it takes part.
type Entry struct {
	ID           identity.PartyID `json:"id"`
	Name         identity.Text    `json:"name"`
	Domain       string           `json:"domain"`
	Organisation string           `json:"organisation,omitempty"`
	State        string           `json:"state"`          // active, suspended, review or removed
	Since        time.Time        `json:"since"`          // registered
	Stood        time.Time        `json:"stood,omitzero"` // since when it is suspended or removed
	Purpose      *identity.Text   `json:"purpose,omitempty"`
	Plain        []Plain          `json:"plaintext"`
	Ages         []Age            `json:"age_marks"`
	Otherwise    []identity.Way   `json:"other_ways"`
	Offline      int              `json:"again_for_days,omitempty"` // it may be answered again without a page, for as long, to whoever agrees
	Sandbox      bool             `json:"sandbox,omitempty"`
}

// Plain is one item that it may ask in plain text.
type Plain struct {
	Item  string         `json:"item"`
	Law   string         `json:"law"`
	Until *identity.Date `json:"until,omitempty"` // the law's last day
	Days  int            `json:"kept_days"`       // how long the party keeps it, at most
}

// Age is one age that it may ask about, as yes or no.
type Age struct {
	Mark identity.AgeMark `json:"mark"`
	Law  string           `json:"law"`
}

// entry leaves out what only the party or an operator is concerned with: addresses, keys, who
// endorsed it and why it was suspended. A declaration that waits for the operators is
// in force for nobody, so nothing of it is said but that.
func entry(p identity.Party) Entry {
	e := Entry{ID: p.ID, Name: p.Name, Domain: p.Domain, Organisation: p.Organisation, State: string(p.Standing), Since: p.Since, Stood: p.Stood, Sandbox: p.Sandbox,
		Plain: []Plain{}, Ages: []Age{}, Otherwise: []identity.Way{}}
	if p.Standing == identity.PartyActive {
		e.Stood = time.Time{}
	}
	if p.Standing == identity.PartySuspended && (p.Reason == identity.PartyReview || len(p.Before) > 0) {
		e.State, e.Stood = "review", time.Time{}
		return e
	}
	e.Purpose, e.Otherwise, e.Offline = &p.Purpose.Text, p.Otherwise, int(p.Offline)
	for _, item := range slices.Sorted(maps.Keys(p.Bases)) {
		one := Plain{Item: item, Law: p.Bases[item], Days: p.KeepDays}
		if until, ends := p.BasesUntil[item]; ends {
			one.Until = &until
		}
		e.Plain = append(e.Plain, one)
	}
	for _, mark := range slices.SortedFunc(maps.Keys(p.AgeMarks), func(a, b identity.AgeMark) int { return cmp.Compare(a.Years(), b.Years()) }) {
		e.Ages = append(e.Ages, Age{mark, p.AgeMarks[mark]})
	}
	return e
}
