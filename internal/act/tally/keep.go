package tally

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	attempts = 12   // to add to a row that other nodes add to as well
	rowSize  = 5600 // of what is sealed: the row says by its size nothing of what is in it
	grounds  = 64   // different laws by which plain text was given in a month; the rest is one more
	rowLife  = 400 * 24 * time.Hour
)

// row is the month that runs, as it is sealed.
type row struct {
	Month  string         `json:"m"` // so that it opens nowhere else
	Counts map[string]int `json:"c"`
	Even   string         `json:"e"`
	stands identity.DraftRow
}

// monthOf is the civil month in which an instant lies.
func monthOf(t time.Time) string { return monthName(identity.Today(t)) }

func monthName(d identity.Date) string { return d.String()[:len("2006-01")] }

// firstOf is a month's first day.
func firstOf(month string) (identity.Date, error) { return identity.ParseDate(month + "-01") }

// Keep adds to the row what was counted since the last time. What fails is
// counted on, for the next time.
func (a *Act) Keep(ctx context.Context) error {
	const op = "tally.Keep"
	counts, plain := a.taken()
	if len(counts) == 0 {
		return nil
	}
	more, err := a.grounded(ctx, plain)
	if err == nil {
		for f, n := range counts {
			more[f] += n
		}
		err = a.keep(ctx, more)
	}
	if err != nil {
		a.back(counts, plain)
		return fault.At(op, err)
	}
	a.forget()
	return nil
}

// grounded gives plain text the law by which it was given, as its digest: the words
// of a law are longer than a row has room for.
func (a *Act) grounded(ctx context.Context, plain map[disclosed]int) (map[figure]int, error) {
	out := map[figure]int{}
	for d, n := range plain {
		p, err := a.Store.Party(ctx, d.party)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		out[figure{"plaintext", a.ground(p.Bases[d.item])}] += n
	}
	return out, nil
}

func (a *Act) ground(words string) string {
	d := a.Digest([]byte("netid/figures/ground/v1"), []byte(words))
	return hex.EncodeToString(d[:8])
}

func (a *Act) keep(ctx context.Context, more map[figure]int) error {
	month := monthOf(a.Now())
	for range attempts {
		r, err := a.row(ctx, month)
		if err != nil {
			return err
		}
		for f, n := range more {
			r.add(f, n)
		}
		note, err := a.sealed(r)
		if err != nil {
			return err
		}
		err = a.Store.Jot(ctx, note)
		if !fault.Because(err, "draft_moved") && !fault.Because(err, "draft_exists") {
			return err
		}
	}
	return fault.New("tally.keep", fault.Unavailable, "try_again")
}

func (r *row) add(f figure, n int) {
	if f.name == "plaintext" && r.Counts[f.String()] == 0 && r.divisions("plaintext") >= grounds {
		f.of = "other"
	}
	r.Counts[f.String()] += n
}

func (r *row) divisions(name string) (n int) {
	for key := range r.Counts {
		if parse(key).name == name {
			n++
		}
	}
	return n
}

// row reads a month's, or begins it.
func (a *Act) row(ctx context.Context, month string) (row, error) {
	const op = "tally.row"
	r := row{Month: month, Counts: map[string]int{}}
	stands, err := a.Store.Draft(ctx, a.Place(month))
	if fault.Is(err, fault.NotFound) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if err := a.Figures.Open(string(stands.Body), &r); err != nil {
		return r, fault.Wrap(op, fault.Internal, "internal", err)
	}
	if r.Month != month {
		return r, fault.Newf(op, fault.Internal, "internal", "a row of %s in the place of %s", r.Month, month)
	}
	r.stands = stands
	return r, nil
}

func (a *Act) sealed(r row) (identity.Note, error) {
	size := 0
	for key := range r.Counts {
		size += len(key) + len(`"":1234567890123,`)
	}
	if size > rowSize {
		return nil, fault.Newf("tally.sealed", fault.Internal, "internal", "%d bytes of figures", size)
	}
	first, err := firstOf(r.Month)
	if err != nil {
		return nil, err
	}
	r.Even = ""
	plain := size
	for _, n := range r.Counts {
		plain -= 13 - digits(n)
	}
	r.Even = strings.Repeat(" ", rowSize-plain)
	body, err := a.Figures.Seal(r)
	if err != nil {
		return nil, err
	}
	d := identity.DraftRow{ID: a.Place(r.Month), Version: r.stands.Version + 1, Expires: first.End().Add(rowLife), Body: []byte(body)}
	if r.stands.Version == 0 {
		return identity.PutDraft{Draft: d}, nil
	}
	return identity.SwapDraft{Draft: d, From: r.stands.Version}, nil
}

func digits(n int) int {
	d := 1
	for n >= 10 {
		n, d = n/10, d+1
	}
	return d
}
