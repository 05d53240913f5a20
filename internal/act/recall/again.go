package recall

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Reissue gives certificates of a time another place for their status and another moment
// of issue, all the same one: at the former place each is revoked, so what was signed for
// it under another's hands is worth nothing. Its key is the device's own and nobody else
// had it, so who has the device goes on with it, and gets what the device holds when it next
// comes (issue.Again). It begins or goes on, as Recall; certificates are found by a time alone. Refused: "recall_invalid".
func (a *Act) Reissue(ctx context.Context, c Choice, at time.Time) (Progress, error) {
	const op = "recall.Reissue"
	if err := c.check(a.Now()); err != nil {
		return Progress{}, fault.At(op, err)
	}
	if len(c.IDs) > 0 || at.Before(c.Until) {
		return Progress{}, fault.Newf(op, fault.Invalid, "recall_invalid", "issued again in the time that is chosen")
	}
	name, err := a.name("reissue", c)
	if err != nil {
		return Progress{}, fault.At(op, err)
	}
	p, err := a.goOn(ctx, work{name: name, choice: c, again: at})
	return p, fault.At(op, err)
}

// Far is how far a pass is, for people who look on.
type Far struct {
	Progress
	Begun   bool `json:"begun"`
	Percent int  `json:"percent"`
}

// Far says how far certificates are issued again, and begins nothing. Refused: "recall_invalid".
func (a *Act) Far(ctx context.Context, c Choice, at time.Time) (Far, error) {
	const op = "recall.Far"
	if err := c.check(a.Now()); err != nil {
		return Far{}, fault.At(op, err)
	}
	name, err := a.name("reissue", c)
	if err != nil {
		return Far{}, fault.At(op, err)
	}
	p, begun, err := a.pass(ctx, name)
	if err != nil || !begun || p.Target != uint64(at.Unix()) {
		return Far{}, fault.At(op, err)
	}
	return Far{Progress{p.Done, p.Total, p.Odd, p.Ended}, true, percent(p)}, nil
}

// percent is by the place in the order of ids: they are drawn evenly, so that is the
// share of certificates which were looked at, and needs no count of all of them.
func percent(p identity.Rewrap) int {
	switch {
	case p.Ended:
		return 100
	case len(p.Reached) < 2:
		return 0
	}
	return (int(p.Reached[0])<<8 + int(p.Reached[1])) * 100 >> 16
}

// step is what one page changes, in one commit with how far the pass is.
func (a *Act) step(ctx context.Context, w work, p identity.Rewrap, of page) (identity.StepRewrap, error) {
	step := identity.StepRewrap{What: w.name, Target: p.Target, From: p.Reached, To: of.last, Done: of.looked, Ended: of.over}
	for _, row := range of.chosen {
		if w.again.IsZero() {
			step.Revoke = append(step.Revoke, row.ID)
			continue
		}
		at, err := a.Places.Next(ctx)
		if err != nil {
			return step, err
		}
		again, err := a.Vault.IssueAgain(row, at, time.Unix(int64(p.Target), 0))
		switch {
		case fault.Is(err, fault.Gone): // its person is erased at this moment
		case err != nil:
			return step, err
		default:
			step.Again = append(step.Again, again)
		}
	}
	step.Odd = of.odd
	return step, nil
}
