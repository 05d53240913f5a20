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
	again := Again{}
	err = a.stepWith(ctx, op, ref, s, "", func(i *Incident) (did, error) {
		if i.Again != nil {
			again = *i.Again
			return did{}, fault.New(op, fault.Conflict, "incident_step_done")
		}
		held, err := a.again(ctx, ref, from, until, &again)
		i.Again = &again
		return did{verbs: []identity.Verb{held}}, err
	})
	if fault.Because(err, "incident_step_done") {
		return again, nil
	}
	if err != nil {
		return Again{}, err
	}
	return again, nil
}

// again judges the choice by the stop that stands now, and gives the guard of that stop. It is
// read after its incident, each time that this is tried: a stop that was lifted moved its
// incident's record, and one that came after it has the same name and the same version.
func (a *Act) again(ctx context.Context, ref string, from, until time.Time, out *Again) (identity.Verb, error) {
	const op = "incident.Reissue"
	stop, version, err := a.stop(ctx, law.StopIssue)
	*out = Again{from.UTC().Truncate(time.Second), until.UTC().Truncate(time.Second), a.now()}
	switch {
	case err != nil && !fault.Because(err, "stop_unknown"):
		return nil, err
	case err != nil || stop.Incident != ref:
		return nil, fault.New(op, fault.Conflict, "reissue_unstopped")
	case !out.From.Before(out.Until) || out.Until.After(out.At):
		return nil, fault.New(op, fault.Invalid, "reissue_invalid")
	}
	// A certificate of the second in which the stop came may have been issued before it.
	if !out.At.After(stop.At) {
		out.At = stop.At.Add(time.Second)
	}
	return a.Dossiers.Guard(stops, string(law.StopIssue), version), nil
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
