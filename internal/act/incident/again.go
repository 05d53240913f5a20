package incident

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Again is the choice by which certificates are issued again for an incident: those that
// were issued in a time. At is the moment that all of them then have.
type Again struct {
	From  time.Time `json:"issued_from"`
	Until time.Time `json:"issued_until"` // not included
	At    time.Time `json:"at"`
}

// Reissue writes down which certificates are issued again, once, and gives the choice
// that stands: asked again it is the former one, so that a cut goes on. It takes a stop
// of this incident, without which others would be issued under the same key and at the same moment. Refused:
// "reissue_unstopped", "reissue_invalid".
func (a *Act) Reissue(ctx context.Context, ref string, s Step, from, until time.Time) (Again, error) {
	const op = "incident.Reissue"
	i, err := a.Read(ctx, ref)
	if err != nil {
		return Again{}, fault.At(op, err)
	}
	if i.Again != nil {
		return *i.Again, nil
	}
	stand, err := a.Stops(ctx)
	if err != nil {
		return Again{}, fault.At(op, err)
	}
	var since time.Time
	for _, one := range stand {
		if one.Incident == ref && one.Scope == law.StopIssue {
			since = one.At
		}
	}
	again := Again{from.UTC().Truncate(time.Second), until.UTC().Truncate(time.Second), a.now()}
	switch {
	case since.IsZero():
		return Again{}, fault.New(op, fault.Conflict, "reissue_unstopped")
	case !again.From.Before(again.Until) || again.Until.After(again.At):
		return Again{}, fault.New(op, fault.Invalid, "reissue_invalid")
	}
	// A certificate of the second in which the stop came may have been issued before it.
	if !again.At.After(since) {
		again.At = since.Add(time.Second)
	}
	err = a.stepWith(ctx, op, ref, s, "", func(i *Incident) (did, error) {
		if i.Again != nil {
			again = *i.Again
			return did{}, fault.New(op, fault.Conflict, "incident_step_done")
		}
		i.Again = &again
		return did{verbs: []identity.Verb{a.Dossiers.Guard(stops, string(law.StopIssue), 1)}}, nil
	})
	if fault.Because(err, "incident_step_done") {
		return again, nil
	}
	return again, err
}

// againAt is the moment that certificates have which were issued again for an incident; zero where none were.
func (a *Act) againAt(ctx context.Context, ref string) (time.Time, error) {
	i, err := a.Read(ctx, ref)
	if err != nil || i.Again == nil {
		return time.Time{}, err
	}
	return i.Again.At, nil
}

// Unfinished are the choices of all incidents that are not closed, by reference: what
// issues again goes on with them when a server starts.
func (a *Act) Unfinished(ctx context.Context) (map[string]Again, error) {
	all, err := a.List(ctx)
	out := map[string]Again{}
	for _, i := range all {
		if i.Again != nil && i.Closed.IsZero() {
			out[i.Reference] = *i.Again
		}
	}
	return out, err
}
