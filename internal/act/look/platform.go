package look

import (
	"context"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Platform is one party to one person: what stands between them, what the party
// registered, and each thing that happened, the latest first.
type Platform struct {
	Relation
	Registered identity.Party
	Records    []Record
}

// Platform tells of one party that the person's records know; NotFound
// "platform_unknown" of any other.
func (a *Act) Platform(ctx context.Context, s identity.Session, id identity.PartyID) (Platform, error) {
	const op = "look.Platform"
	o, err := a.visit(ctx, op, s)
	if err != nil {
		return Platform{}, err
	}
	all, err := a.records(ctx, o)
	if err != nil {
		return Platform{}, fault.At(op, err)
	}
	all = slices.DeleteFunc(all, func(r Record) bool { return r.Event.Party != id })
	list, err := a.relations(ctx, o, all)
	if err != nil {
		return Platform{}, fault.At(op, err)
	}
	if len(list) == 0 {
		return Platform{}, fault.New(op, fault.NotFound, "platform_unknown")
	}
	p := Platform{Relation: list[0], Records: all}
	slices.Reverse(p.Records)
	if p.Registered, err = a.Store.Party(ctx, id); fault.Is(err, fault.NotFound) {
		err = nil // its name in the records is all that is left
	}
	return p, fault.At(op, err)
}

// Used are the parties that ever learned something of a person, as far as records are kept.
func (a *Act) Used(ctx context.Context, o identity.Opened) (all []identity.PartyID, err error) {
	records, err := a.records(ctx, o)
	for _, r := range records {
		if e := r.Event; (e.Kind == identity.Verified || e.Kind == identity.Refreshed) && !slices.Contains(all, e.Party) {
			all = append(all, e.Party)
		}
	}
	return all, fault.At("look.Used", err)
}
