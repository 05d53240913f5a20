package staff

import (
	"context"
	"encoding/hex"
	"time"

	"netid/internal/fault"
)

// opened is the kind of the record of what one account opened lately.
const opened = "staff-opened"

// From how many the auditors look. Both are our choice: who works a queue opens a few an hour.
const (
	opensIn    = time.Hour
	opensMost  = 20 // different cases
	missesMost = 5  // references that there are not
	missesEnd  = 30 // from here on nothing is opened for an hour: who guesses learns nothing any more
	opensKept  = 64
)

// opening is one case that was opened, or was tried. The reference is a digest: the record
// counts, and is no second list of cases.
type opening struct {
	Ref   string    `json:"r"`
	Known bool      `json:"k"`
	Time  time.Time `json:"t"`
}

type openings struct {
	All  []opening            `json:"all"`
	Told map[string]time.Time `json:"told,omitempty"` // when the auditors were last told of what
}

// Opened notes that somebody opened a case by its reference, or tried one that there is not.
// Who opens many, or guesses, is put before the auditors in the same commit (N05), once an
// hour for each. No case names anybody: what this finds is a colleague who browses.
func (a *Act) Opened(ctx context.Context, by Member, ref string, known bool) error {
	const op = "staff.Opened"
	for again := 0; ; again++ {
		err := a.noteOpening(ctx, by, ref, known)
		if !fault.Because(err, "dossier_moved") && !fault.Because(err, "dossier_exists") || again == 7 {
			return fault.At(op, err)
		}
	}
}

func (a *Act) noteOpening(ctx context.Context, by Member, ref string, known bool) error {
	var o openings
	version, err := a.Dossiers.Read(ctx, opened, string(by.ID), &o)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	digest := a.Cover.Digest([]byte("netid/staff/opened/v1"), []byte(ref))
	now := a.Now().UTC().Truncate(time.Second)
	what := o.add(opening{hex.EncodeToString(digest[:8]), known, now})
	kept, err := a.Dossiers.Keep(opened, string(by.ID), version, o)
	if err != nil {
		return err
	}
	if what == "" {
		err = a.Store.Jot(ctx, kept)
		if err == nil && o.misses(now) > missesEnd {
			err = fault.New("staff.Opened", fault.TooMany, "too_many_tries")
		}
		return err
	}
	n := string(a.label())
	alert, err := a.Dossiers.Keep(alerts, n, 0, Alert{Name: n, What: what, Ref: string(by.ID), Who: by.ID, Time: now})
	if err != nil {
		return err
	}
	return a.Store.Jot(ctx, kept, alert)
}

// misses are the references within the last hour that there were not.
func (o *openings) misses(now time.Time) (n int) {
	for _, p := range o.All {
		if !p.Known && p.Time.After(now.Add(-opensIn)) {
			n++
		}
	}
	return n
}

// add keeps an opening, forgets what is over, and gives what the auditors are told of; "" for nothing.
func (o *openings) add(one opening) (what string) {
	since := one.Time.Add(-opensIn)
	var left []opening
	cases, misses := map[string]bool{}, 0
	for _, p := range append(o.All, one) {
		if !p.Time.After(since) {
			continue
		}
		left = append(left, p)
		if p.Known {
			cases[p.Ref] = true
		} else {
			misses++
		}
	}
	o.All = left[max(0, len(left)-opensKept):]
	switch {
	case misses > missesMost:
		what = "guessed-references"
	case len(cases) > opensMost:
		what = "many-cases"
	}
	if what == "" || o.Told[what].After(since) {
		return ""
	}
	if o.Told == nil {
		o.Told = map[string]time.Time{}
	}
	o.Told[what] = one.Time
	return what
}
