package supervise

import (
	"context"

	"netid/internal/fault"
)

// All is what who supervises reads: records, and counts of people, never who.
type All struct {
	Records     []Record    `json:"records"`
	Emergencies []Emergency `json:"emergencies"`
	Tickets     []Ticket    `json:"tickets"`
	Exports     []Export    `json:"exports"`
	Parties     []PartyDuty `json:"parties"`
	Alarms      []Alarm     `json:"alarms"`
}

// All reads everything.
func (a *Act) All(ctx context.Context) (All, error) {
	all, err := a.Kept(ctx)
	if err == nil {
		all.Parties, err = a.PartyDuties(ctx)
	}
	return all, fault.At("supervise.All", err)
}

// Kept is All without what parties owe: what an evidence pack takes from a store.
func (a *Act) Kept(ctx context.Context) (All, error) {
	all := All{Records: []Record{}, Emergencies: []Emergency{}, Tickets: []Ticket{}, Exports: []Export{}, Parties: []PartyDuty{}, Alarms: []Alarm{}}
	rs, err := a.Records(ctx)
	if err != nil {
		return all, err
	}
	es, err := a.Emergencies(ctx)
	if err != nil {
		return all, err
	}
	ts, err := a.Tickets(ctx)
	if err != nil {
		return all, err
	}
	xs, err := a.Exports(ctx)
	if err != nil {
		return all, err
	}
	alarms, err := a.Alarms(ctx)
	all.Records, all.Emergencies = append(all.Records, rs...), append(all.Emergencies, es...)
	all.Tickets, all.Exports, all.Alarms = append(all.Tickets, ts...), append(all.Exports, xs...), append(all.Alarms, alarms...)
	return all, err
}
