package partner

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// What is counted beside the codes of refusals, which are as the party was told them. A
// decline, a time-out and a guardian's no are one access_denied there, and here.
const (
	Asked    = "asked"         // requests that came as far as a citizen's page
	Approved = "approved"      // codes that went to the party
	Declined = "access_denied" // whoever and whatever said no
	Traded   = "token"         // answers of the token endpoint, with how long they took
	other    = "other_error"
)

const (
	figures  = "partner-figures" // a dossier for each application
	keptDays = 35
	shownTo  = 10 // fewer are shown as fewer
	maxCodes = 24 // of refusals, on one day

	maxMinute = 10_000 // applications that are counted within one minute: memory has an end, whoever asks
)

// took are the upper ends of the steps of time; one more step holds what took longer.
var took = []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second}

// Steps are the upper ends of the steps of a Day's Took; the last holds what took longer.
func Steps() []time.Duration { return slices.Clone(took) }

// counts are what one application was told on one day.
type counts struct {
	Told map[string]int `json:"told"`
	Took [5]int         `json:"took"`
}

type counted struct {
	party identity.PartyID
	day   identity.Date
}

// counter is memory until the minute is over.
type counter struct {
	mu  sync.Mutex // guards all
	all map[counted]counts
}

// Answered counts what a party was just told: it costs no write. It is told no person,
// no browser and no request.
func (a *Act) Answered(party identity.PartyID, what string, d time.Duration) {
	key := counted{party, identity.Today(a.Now())}
	a.minute.mu.Lock()
	defer a.minute.mu.Unlock()
	if a.minute.all == nil {
		a.minute.all = map[counted]counts{}
	}
	c, there := a.minute.all[key]
	if !there && len(a.minute.all) >= maxMinute {
		return
	}
	c.add(what, 1)
	if d > 0 {
		i, _ := slices.BinarySearch(took, d)
		c.Took[i]++
	}
	a.minute.all[key] = c
}

func (c *counts) add(what string, n int) {
	if c.Told == nil {
		c.Told = map[string]int{}
	}
	if _, there := c.Told[what]; !there && len(c.Told) >= maxCodes { // codes are ours and few; a day's record stays small whatever comes
		what = other
	}
	c.Told[what] += n
}

// record is an application's figures as they are kept, by day.
type record struct {
	Days map[string]counts `json:"days"`
}

// Count keeps what the last minute brought, of applications that organisations have; of
// other parties nobody would read it, and it goes. What could not be kept is counted on.
func (a *Act) Count(ctx context.Context) error {
	a.minute.mu.Lock()
	all := a.minute.all
	a.minute.all = nil
	a.minute.mu.Unlock()
	var failed error
	for key, c := range all {
		if err := a.again(func() error { return a.countOne(ctx, key, c) }); err != nil {
			failed = errors.Join(failed, err)
			a.back(key, c)
		}
	}
	return fault.At("partner.Count", failed)
}

func (a *Act) countOne(ctx context.Context, key counted, c counts) error {
	version, err := a.Dossiers.Read(ctx, applications, string(key.party), &owner{})
	if err != nil {
		return gone(err)
	}
	var r record
	at, err := a.Dossiers.Read(ctx, figures, string(key.party), &r)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if r.Days == nil {
		r.Days = map[string]counts{}
	}
	day := r.Days[key.day.String()]
	day.join(c)
	r.Days[key.day.String()] = day
	oldest := identity.Today(a.Now().AddDate(0, 0, -keptDays))
	for name := range r.Days {
		if name < oldest.String() {
			delete(r.Days, name)
		}
	}
	kept, err := a.Dossiers.Keep(figures, string(key.party), at, r)
	if err != nil {
		return err
	}
	return a.Store.Jot(ctx, kept, a.Dossiers.Guard(applications, string(key.party), version)) // none of what was just withdrawn
}

func (c *counts) join(d counts) {
	for what, n := range d.Told {
		c.add(what, n)
	}
	for i, n := range d.Took {
		c.Took[i] += n
	}
}

func (a *Act) back(key counted, c counts) {
	a.minute.mu.Lock()
	defer a.minute.mu.Unlock()
	if a.minute.all == nil {
		a.minute.all = map[counted]counts{}
	}
	now := a.minute.all[key]
	now.join(c)
	a.minute.all[key] = now
}

// Amount is a figure that can be shown: rounded down to tens, or fewer than ten.
type Amount struct {
	N   int  `json:"n"`
	Few bool `json:"few,omitempty"` // one to nine
}

func amount(n int) Amount {
	if n > 0 && n < shownTo {
		return Amount{Few: true}
	}
	return Amount{N: n - n%shownTo}
}

// Code is how often a party was told one code.
type Code struct {
	Code string `json:"code"`
	Amount
}

// Day is what an application was told on one day that is over.
type Day struct {
	Day      string   `json:"day"`
	Asked    Amount   `json:"asked"`
	Approved Amount   `json:"approved"`
	Declined Amount   `json:"declined"`
	Errors   []Code   `json:"errors"`
	Took     []Amount `json:"took"` // of the token endpoint, by Steps
}

// Figures are an application's days, the newest first. A day is shown when it is over, once
// and for all: a figure that moved would tell by when it did whose no it was. A sandbox
// shows the running day too, since nobody in it exists.
func (a *Act) Figures(ctx context.Context, by Who, id identity.PartyID) (days []Day, err error) {
	const op = "partner.Figures"
	if _, _, err := a.read(ctx, by, Read); err != nil {
		return nil, fault.At(op, err)
	}
	if _, _, err := a.application(ctx, by, id); err != nil {
		return nil, fault.At(op, err)
	}
	var r record
	if _, err := a.Dossiers.Read(ctx, figures, string(id), &r); err != nil {
		return nil, fault.At(op, gone(err))
	}
	today := identity.Today(a.Now().Add(-settles)).String()
	for name, c := range r.Days {
		if name < today || a.Sandbox {
			days = append(days, c.shown(name))
		}
	}
	slices.SortFunc(days, func(x, y Day) int { return cmp.Compare(y.Day, x.Day) })
	return days, nil
}

const settles = time.Hour // after midnight, until every node has kept what it counted

func (c counts) shown(name string) Day {
	d := Day{Day: name, Asked: amount(c.Told[Asked]), Approved: amount(c.Told[Approved]), Declined: amount(c.Told[Declined]), Errors: []Code{}}
	for what, n := range c.Told {
		switch what {
		case Asked, Approved, Declined, Traded:
		default:
			d.Errors = append(d.Errors, Code{what, amount(n)})
		}
	}
	slices.SortFunc(d.Errors, func(x, y Code) int { return cmp.Compare(x.Code, y.Code) })
	for _, n := range c.Took {
		d.Took = append(d.Took, amount(n))
	}
	return d
}
