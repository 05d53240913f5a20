package recall

import (
	"context"

	"netid/internal/fault"
)

// sample is how many pages Count looks at: a page that a person waits for reads no more.
const sample = 10

// Counted is how many certificates a choice is about. Where there are too many to look at
// them all while somebody waits, it is by the share of those that were looked at.
type Counted struct {
	Certificates uint64 `json:"certificates"`
	About        bool   `json:"about,omitempty"`
}

// Count says how many certificates a choice would end, and ends none. Refused: "recall_invalid".
func (a *Act) Count(ctx context.Context, c Choice) (n Counted, err error) {
	const op = "recall.Count"
	if err := c.check(a.Now()); err != nil {
		return n, fault.At(op, err)
	}
	var at page
	for range sample {
		if at, err = a.page(ctx, c, at.last); err != nil {
			return n, fault.At(op, err)
		}
		if n.Certificates += uint64(len(at.chosen)); at.over {
			return n, nil
		}
	}
	return Counted{whole(n.Certificates, at.last), true}, nil
}

// whole is how many there are in all where so many lie up to an id: ids are drawn evenly.
// Two figures of it are meant, and no more are said.
func whole(found uint64, last []byte) uint64 {
	if len(last) < 2 {
		return found
	}
	n := found << 16 / (uint64(last[0])<<8 + uint64(last[1]) + 1)
	step := uint64(1)
	for n/step >= 100 {
		step *= 10
	}
	return n / step * step
}

// RecallByTwo is Recall of what two agreed to at the console: the public event names their
// proposal, and the auditors, who read that, are not told of one person's deed.
func (a *Act) RecallByTwo(ctx context.Context, c Choice, proposal string) (Progress, error) {
	const op = "recall.RecallByTwo"
	if err := c.check(a.Now()); err != nil {
		return Progress{}, fault.At(op, err)
	}
	name, err := a.name("recall", c)
	if err != nil {
		return Progress{}, fault.At(op, err)
	}
	p, err := a.goOn(ctx, work{name: name, choice: c, proposal: proposal})
	return p, fault.At(op, err)
}

// Ending says how far certificates are ended, and begins nothing. Refused: "recall_invalid".
func (a *Act) Ending(ctx context.Context, c Choice) (Far, error) {
	const op = "recall.Ending"
	if err := c.check(a.Now()); err != nil {
		return Far{}, fault.At(op, err)
	}
	name, err := a.name("recall", c)
	if err != nil {
		return Far{}, fault.At(op, err)
	}
	p, begun, err := a.pass(ctx, name)
	if err != nil || !begun {
		return Far{}, fault.At(op, err)
	}
	return Far{Progress{p.Done, p.Total, p.Odd, p.Ended}, true, percent(p)}, nil
}
