package main

import (
	"context"
	"encoding/json"
	"slices"

	"netid/internal/act/incident"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/operator"
)

// aboutIncidents are the proposals by which two review an incident, close it, and review
// a use of break-glass: each by their passkeys, and none by a name that is typed. What is
// done already by the same two is done: it may be carried twice.
func aboutIncidents(all *incident.Act) map[law.Action]staff.Kind {
	kind := func(says func(context.Context, string, incident.Step) (identity.Text, error), do func(context.Context, string, incident.Step) error) staff.Kind {
		return staff.Kind{Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
			s, err := stepOf(p)
			if err != nil {
				return identity.Text{}, err
			}
			return says(ctx, p.Subject, s)
		}, After: func(ctx context.Context, p staff.Proposal) error {
			s, err := stepOf(p)
			if err == nil {
				err = do(ctx, p.Subject, s)
			}
			return err
		}}
	}
	return map[law.Action]staff.Kind{
		law.ReviewIncident: kind(all.Examining, func(ctx context.Context, ref string, s incident.Step) error {
			err := all.Examine(ctx, ref, s)
			if i, e := all.Read(ctx, ref); fault.Is(err, fault.Conflict) && e == nil && i.Review != nil && i.Review.By == s.By && i.Review.What == s.What {
				return nil
			}
			return err
		}),
		law.CloseIncident: kind(all.Closing, func(ctx context.Context, ref string, s incident.Step) error {
			err := all.Close(ctx, ref, s)
			if i, e := all.Read(ctx, ref); fault.Is(err, fault.Conflict) && e == nil && slices.Equal(i.Closers, []string{s.By, s.Second}) {
				return nil
			}
			return err
		}),
		law.ReviewGlass: kind(func(ctx context.Context, ref string, s incident.Step) (identity.Text, error) {
			return all.Inspecting(ctx, ref, s.By, s.What)
		}, func(ctx context.Context, ref string, s incident.Step) error {
			err := all.Inspect(ctx, ref, s.By, s.What)
			if g, e := all.Glass(ctx, ref); fault.Is(err, fault.Conflict) && e == nil && g.Review != nil && g.Review.By == s.By && g.Review.What == s.What {
				return nil
			}
			return err
		}),
	}
}

// stepOf is what the two of a proposal write down, by the labels of their passkeys.
func stepOf(p staff.Proposal) (s incident.Step, err error) {
	var why operator.Reason
	if json.Unmarshal(p.Body, &why) != nil {
		return s, fault.New("staff.stepOf", fault.Invalid, "proposal_invalid")
	}
	s = incident.Step{By: incident.Hand(string(p.By)), What: why.Reason}
	if p.Decided != nil {
		s.Second = incident.Hand(string(p.Decided.By))
	}
	return s, nil
}
