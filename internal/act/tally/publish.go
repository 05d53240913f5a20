package tally

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

const (
	settled = time.Hour // after a month's end, until every node has added what it counted
	reach   = 24        // months back in which a publication is looked for
	known   = 12        // months that the page shows
)

// Month is what is published of one, for good: it stands in a public event of the ledger.
type Month struct {
	Month   string `json:"month"`            // "2026-11", of the civil calendar
	Before  string `json:"before,omitempty"` // the month that was published before
	Lines   []Line `json:"lines"`
	Erasure *Times `json:"erasure,omitempty"`
	Total   []Line `json:"total"` // of all months up to this
}

// Published is a month with the event in which it is found.
type Published struct {
	Month
	Event identity.EventID
}

// Publish writes every month that is over into the ledger, rounded, once; with
// that commit its exact figures are gone.
func (a *Act) Publish(ctx context.Context) error {
	const op = "tally.Publish"
	this, err := firstOf(monthOf(a.Now().Add(-settled)))
	if err != nil {
		return fault.At(op, err)
	}
	last, due, err := a.due(ctx, this)
	if err != nil {
		return fault.At(op, err)
	}
	for _, month := range slices.Backward(due) {
		if last, err = a.publish(ctx, month, last); err != nil {
			return fault.At(op, err)
		}
	}
	return nil
}

// due are the months before this that are not published, the newest first, and
// the last one that is. A month in which nothing was counted has its place too.
func (a *Act) due(ctx context.Context, this identity.Date) (last *Published, months []string, err error) {
	counted := 0
	for back := 1; back <= reach; back++ {
		month := monthName(this.AddMonths(-back))
		if last, err = a.find(ctx, month); err != nil || last != nil {
			return last, months, err
		}
		months = append(months, month)
		r, err := a.row(ctx, month)
		if err != nil {
			return nil, nil, err
		}
		if r.stands.Version > 0 {
			counted = back
		}
	}
	return nil, months[:counted], nil // before the first that was counted there was no service
}

// publish is one commit: the event, whose id is the month's, and the row gone as it was read.
func (a *Act) publish(ctx context.Context, month string, last *Published) (*Published, error) {
	const op = "tally.publish"
	for range attempts {
		r, err := a.row(ctx, month)
		if err != nil {
			return nil, err
		}
		m, err := a.rounded(ctx, r, last)
		if err != nil {
			return nil, err
		}
		said, err := json.Marshal(m)
		if err != nil {
			return nil, fault.Wrap(op, fault.Internal, "internal", err)
		}
		var verbs []identity.Verb
		if r.stands.Version > 0 {
			verbs = append(verbs, identity.DropDraft{ID: r.stands.ID, Version: r.stands.Version})
		}
		id, end, err := a.id(month)
		if err != nil {
			return nil, err
		}
		_, err = a.Book.RecordPublic(ctx, identity.Event{ID: id.String(), Kind: identity.FiguresPublished, Time: end, Detail: string(said), Grounds: []identity.Ground{}}, verbs...)
		switch {
		case err == nil:
			a.forget()
			return &Published{m, id}, nil
		case fault.Because(err, "already_recorded"): // another node was first
			a.forget()
			return a.find(ctx, month)
		case !fault.Because(err, "draft_moved"):
			return nil, err
		}
	}
	return nil, fault.New(op, fault.Unavailable, "try_again")
}

func (a *Act) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.report = nil
}

// rounded is a month as it leaves. Lines that are not divided stand there also
// when nothing was counted: a nought is a figure.
func (a *Act) rounded(ctx context.Context, r row, last *Published) (Month, error) {
	m := Month{Month: r.Month, Lines: []Line{}}
	words, err := a.words(ctx)
	if err != nil {
		return m, err
	}
	counts := map[figure]int{}
	for key, n := range r.Counts {
		f := parse(key)
		if f.name == "plaintext" {
			f.of = words[f.of]
		}
		counts[f] += n // before it is rounded: several grounds may be without words
	}
	m.Lines, m.Erasure = published(counts), times(counts)
	if last != nil {
		m.Before, m.Total = last.Month.Month, last.Total
	}
	m.Total = sum(m.Total, m.Lines)
	return m, nil
}

func published(counts map[figure]int) []Line {
	out := []Line{}
	for f, n := range counts {
		if divided(f.name) && n > 0 {
			out = append(out, shown(f, n))
		}
	}
	for _, name := range lines() {
		if !divided(name) {
			out = append(out, shown(figure{name: name}, counts[figure{name: name}]))
		}
	}
	return inOrder(out)
}

// words are the laws that parties cite, by their digests; one that nobody cites any
// more, or that had no room, is "".
func (a *Act) words(ctx context.Context) (map[string]string, error) {
	parties, err := a.Store.Parties(ctx)
	out := map[string]string{}
	for _, p := range parties {
		for _, law := range p.Bases {
			out[a.ground(law)] = law
		}
	}
	return out, err
}

// id names a month's event, whose time is the month's end, whenever it is written: so
// it is found without a list, and is written once.
func (a *Act) id(month string) (id identity.EventID, end time.Time, err error) {
	first, err := firstOf(month)
	if err != nil {
		return id, end, err
	}
	d := a.Digest([]byte("netid/figures/v1"), []byte(month))
	copy(id[:], d[:])
	end = first.AddMonths(1).Yesterday().End()
	return id.On(end), end, nil
}

// find is a month's publication; none is nil.
func (a *Act) find(ctx context.Context, month string) (*Published, error) {
	id, _, err := a.id(month)
	if err != nil {
		return nil, err
	}
	e, err := a.Store.Entry(ctx, a.Book.EntryKey(id))
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return opened(id, e)
}

func opened(id identity.EventID, r identity.EntryRow) (*Published, error) {
	const op = "tally.opened"
	e, _, err := ledger.OpenEntry(identity.Keys{}, r)
	if err != nil {
		return nil, fault.At(op, err)
	}
	p := Published{Event: id}
	if err := json.Unmarshal([]byte(e.Detail), &p.Month); err != nil || r.State != identity.EntryPublic || e.Kind != identity.FiguresPublished {
		return nil, fault.Newf(op, fault.Internal, "internal", "no figures in the entry of a month")
	}
	return &p, nil
}
