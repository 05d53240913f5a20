package tally

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// freshFor is how long a report is given out as it is: whoever asks often costs little.
const freshFor = 30 * time.Second

// Report is what everybody may know.
type Report struct {
	Months   []Published // the newest first
	Total    []Line      // of all that was ever published
	Running  Month       // so far: what is about nobody, and the rest in a sandbox alone
	Narrowed bool        // Running leaves out what is about people
}

// Report reads what is published.
func (a *Act) Report(ctx context.Context) (Report, error) {
	const op = "tally.Report"
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.report != nil && a.Now().Before(a.fresh) {
		return *a.report, nil
	}
	r, err := a.read(ctx)
	if err != nil {
		return r, fault.At(op, err)
	}
	a.report, a.fresh = &r, a.Now().Add(freshFor)
	return r, nil
}

func (a *Act) read(ctx context.Context) (Report, error) {
	r := Report{Narrowed: !a.Live}
	this := monthOf(a.Now())
	first, err := firstOf(this)
	if err != nil {
		return r, err
	}
	newest, err := a.newest(ctx, first)
	for p := newest; p != nil && err == nil && len(r.Months) < known; {
		r.Months = append(r.Months, *p)
		if p.Before == "" {
			break
		}
		p, err = a.find(ctx, p.Before)
	}
	if err != nil {
		return r, err
	}
	if newest != nil {
		r.Total = newest.Total
	}
	row, err := a.row(ctx, this)
	if err != nil {
		return r, err
	}
	r.Running, err = a.rounded(ctx, row, nil)
	r.Running.Total = nil
	if !a.Live {
		r.Running.Erasure = nil
		r.Running.Lines = about(r.Running.Lines)
	}
	return r, err
}

// newest is the last publication: that of the month before, or at its beginning the one before that.
func (a *Act) newest(ctx context.Context, this identity.Date) (*Published, error) {
	for back := 1; back <= reach; back++ {
		if p, err := a.find(ctx, monthName(this.AddMonths(-back))); p != nil || err != nil {
			return p, err
		}
	}
	return nil, nil
}

// about leaves the lines that are about nobody.
func about(all []Line) (out []Line) {
	for _, l := range all {
		if l.Exact {
			out = append(out, l)
		}
	}
	return out
}
