package main

import (
	"context"
	"encoding/json"
	"errors"

	"netid/internal/act/incident"
	"netid/internal/act/recall"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/protocol/admin"
	"netid/internal/web/operator"
)

// aboutStops are the proposals by which two stop issuance and let it go on. One operator
// alone stops it by netid incident stop: that can wait for nobody; nobody alone lifts it.
func aboutStops(of *incident.Act) map[law.Action]staff.Kind {
	read := func(p staff.Proposal) (h operator.Halt, err error) {
		if json.Unmarshal(p.Body, &h) != nil {
			err = fault.New("staff.aboutStops", fault.Invalid, "proposal_invalid")
		}
		return h, err
	}
	return map[law.Action]staff.Kind{
		law.StopIssuance: {Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
			h, err := read(p)
			if err != nil {
				return identity.Text{}, err
			}
			says, err := of.Stopping(ctx, p.Subject, h.Scope)
			return saying(says, h.What, err)
		}, After: func(ctx context.Context, p staff.Proposal) error {
			h, err := read(p)
			if err == nil {
				err = of.Stop(ctx, p.Subject, h.Scope, incident.Step{By: incident.Hand(string(p.By)), What: h.What})
			}
			return unless(err, "stop_stands") // it was done, and the proposal not yet said to be
		}},
		law.LiftStop: {Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
			h, err := read(p)
			if err != nil {
				return identity.Text{}, err
			}
			says, err := of.Lifting(ctx, h.Scope, h.At)
			return saying(says, h.What, err)
		}, After: func(ctx context.Context, p staff.Proposal) error {
			h, err := read(p)
			if err == nil {
				err = of.Lift(ctx, h.Scope, h.At, incident.Hand(string(p.By)), second(p), h.What)
			}
			return unless(err, "stop_unknown")
		}},
	}
}

// saying adds what both write down by it: who approves puts their name to these words too.
func saying(says identity.Text, what string, err error) (identity.Text, error) {
	if err == nil {
		err = incident.Fits(what)
	}
	return identity.Text{ZH: says.ZH + "：" + what, EN: says.EN + ": " + what}, err
}

func second(p staff.Proposal) string {
	if p.Decided == nil {
		return ""
	}
	return incident.Hand(string(p.Decided.By))
}

func unless(err error, reason string) error {
	if fault.Because(err, reason) {
		return nil
	}
	return err
}

// resumeReissues goes on with what issued certificates again when a server stopped.
func (h *house) resumeReissues(ctx context.Context) {
	all, err := h.incident.Unfinished(ctx)
	for _, c := range all {
		if err == nil {
			_, err = h.recall.Reissue(ctx, admin.Reissued(c), c.At)
		}
	}
	if err != nil && ctx.Err() == nil {
		h.Log.Error("go on issuing certificates again", "err", err)
	}
}

// resumeRecalls goes on with what two agreed to end, where a server stopped in between: what
// is over stays so.
func (h *house) resumeRecalls(ctx context.Context) {
	all, err := h.staff.Proposals(ctx)
	for _, p := range all {
		if p.Action == law.RecallMany && p.State == staff.Done {
			err = errors.Join(err, h.staff.Kinds[law.RecallMany].After(ctx, p))
		}
	}
	if err != nil && ctx.Err() == nil {
		h.Log.Error("go on ending certificates", "err", err)
	}
}

// reissues says how far that is, for the console.
type reissues struct{ h *house }

// Far is counts, of the same pass that resumeReissues goes on with.
func (r reissues) Far(ctx context.Context, again incident.Again) (recall.Far, error) {
	return r.h.recall.Far(ctx, admin.Reissued(again), again.At)
}
