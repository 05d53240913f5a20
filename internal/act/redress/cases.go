package redress

import (
	"context"
	"encoding/binary"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// What is counted for the operator: requests that were made and answered, by
// the day on which they fall due, and reports by month.
const (
	asked = "erasures-asked"
	heard = "erasures-answered"

	counted = 120 * 24 * time.Hour // how long a count stays
	shown   = 60                   // days of requests, and three months of reports, in a case
)

// Case is what the operator is told of one party: numbers, and nobody.
type Case struct {
	Party   identity.PartyID `json:"party"`
	Open    int              `json:"erasures_open"`    // the term runs
	Overdue int              `json:"erasures_overdue"` // of the last 60 days
	Reports []Reports        `json:"reports"`
}

// Reports is how many persons named one reason in one month.
type Reports struct {
	Reason  identity.Complaint `json:"reason"`
	Month   string             `json:"month"`
	Persons int                `json:"persons"`
}

// Cases are the parties of whom there is something to look at.
func (a *Act) Cases(ctx context.Context) ([]Case, error) {
	const op = "redress.Cases"
	parties, err := a.Store.Parties(ctx)
	if err != nil {
		return nil, fault.At(op, err)
	}
	all := []Case{}
	for _, p := range parties {
		c := Case{Party: p.ID, Reports: []Reports{}}
		if err := a.requests(ctx, &c); err != nil {
			return nil, fault.At(op, err)
		}
		if err := a.reports(ctx, &c); err != nil {
			return nil, fault.At(op, err)
		}
		if c.Open > 0 || c.Overdue > 0 || len(c.Reports) > 0 {
			all = append(all, c)
		}
	}
	return all, nil
}

// requests counts by days: one that falls due today still has its hours.
func (a *Act) requests(ctx context.Context, c *Case) error {
	today := identity.DayOf(a.Now())
	for due := today - shown; due <= today+int32(identity.ErasureTerm/(24*time.Hour)); due++ {
		n, _, err := a.Store.Counted(ctx, a.dueIndex(asked, c.Party, due))
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		done, _, err := a.Store.Counted(ctx, a.dueIndex(heard, c.Party, due))
		if err != nil {
			return err
		}
		if due < today {
			c.Overdue += max(0, n-done)
		} else {
			c.Open += max(0, n-done)
		}
	}
	return nil
}

func (a *Act) reports(ctx context.Context, c *Case) error {
	month := identity.MonthAt(a.Now())
	for _, m := range []identity.Month{month, month - 1, month - 2} {
		for _, why := range identity.Complaints() {
			n, _, err := a.Store.Counted(ctx, a.reportIndex(c.Party, why, m))
			if err != nil {
				return err
			}
			if n > 0 {
				c.Reports = append(c.Reports, Reports{why, m.String(), n})
			}
		}
	}
	return nil
}

func (a *Act) dueIndex(what string, p identity.PartyID, due int32) []byte {
	return a.Vault.CounterIndex(what, []byte(p), binary.BigEndian.AppendUint32(nil, uint32(due)))
}

func (a *Act) reportIndex(p identity.PartyID, why identity.Complaint, m identity.Month) []byte {
	return a.Vault.CounterIndex("party-reports", []byte(p), []byte(why), []byte(m.String()))
}

// tally adds one. Its row says the day and not the moment, so that it is joined to no event.
func (a *Act) tally(index []byte) identity.Count {
	return identity.Count{Index: index, Limit: 1 << 30, Window: counted, Now: day(a.Now())}
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
