package redress

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// reportsDaily is how many reports one person makes in 24 hours.
const reportsDaily = 5

// Report tells the operator of a party, for one reason. It needs a record of the
// citizen's own in which that party asked them. The operator gets the party,
// the reason and how many said so in that month: the record stays with the citizen,
// since its id would tell the party who they are.
func (a *Act) Report(ctx context.Context, s identity.Session, id identity.PartyID, why identity.Complaint, record identity.EventID) error {
	const op = "redress.Report"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	p, err := a.Store.Party(ctx, id)
	if err != nil {
		return fault.At(op, err)
	}
	met, err := a.met(ctx, o, id, record)
	if err != nil {
		return fault.At(op, err)
	}
	v := a.Law.Reports(met)
	if err := v.Err(op); err != nil {
		return err
	}
	now := a.Now()
	month := identity.MonthAt(now)
	once := a.Vault.CounterIndex("reported", o.ID[:], []byte(id), []byte(why), []byte(month.String()))
	_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.Reported, Party: p.ID, Name: &p.Name, Detail: string(why) + "/" + record.String(), Grounds: []identity.Ground{v.Ground()}},
		identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch},
		identity.TakeOnce{ID: once[:16], Until: (month + 1).Begins().Add(24 * time.Hour)},
		identity.Count{Index: a.Vault.CounterIndex("reports", o.ID[:]), Limit: reportsDaily, Window: 24 * time.Hour, Now: now},
		a.tally(a.reportIndex(id, why, month)))
	switch {
	case fault.Because(err, "already_used"):
		return fault.Wrap(op, fault.Conflict, "report_made", err)
	case fault.Because(err, "too_many_tries"):
		return fault.Wrap(op, fault.TooMany, "reports_many", err)
	case err == nil && a.Alarm != nil:
		a.Alarm(id, why)
	}
	return fault.At(op, err)
}

// met reports whether a record is the person's own and of a request of that party.
func (a *Act) met(ctx context.Context, o identity.Opened, party identity.PartyID, record identity.EventID) (bool, error) {
	row, err := a.Store.Entry(ctx, a.Book.EntryKey(record))
	switch {
	case fault.Is(err, fault.NotFound) || err == nil && string(row.Owner) != string(ledger.Owner(o.Keys)):
		return false, nil
	case err != nil:
		return false, err
	}
	e, _, err := ledger.OpenEntry(o.Keys, row)
	switch e.Kind {
	case identity.Verified, identity.Declined, identity.Consented, identity.StandingGiven, identity.Refreshed:
		return e.Party == party, err
	}
	return false, err
}
