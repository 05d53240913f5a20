package staff

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Tidy drops what the law keeps no longer (law.WorkEnds): proposals, alerts that an
// auditor looked at, and invitations that nobody took, with the claim on their reference.
// What is approved and not carried yet stays, and so does what no auditor has seen. It
// says how many it dropped; what moved meanwhile waits for the next time.
func (a *Act) Tidy(ctx context.Context) (dropped int, err error) {
	const op = "staff.Tidy"
	var over [][]identity.Note
	drop := func(kind, name string, version uint64, also ...identity.Note) {
		over = append(over, append(also, a.Dossiers.Drop(kind, name, version)))
	}
	err = a.Dossiers.List(ctx, proposals, func(name string, version uint64, open func(any) error) error {
		var p Proposal
		err := open(&p)
		if err == nil && a.past(p) {
			drop(proposals, name, version)
		}
		return err
	})
	if err == nil {
		err = a.Dossiers.List(ctx, alerts, func(name string, version uint64, open func(any) error) error {
			var one Alert
			err := open(&one)
			if err == nil && one.Seen != "" && a.ended(law.SeenWork, one.Time) {
				drop(alerts, name, version)
			}
			return err
		})
	}
	if err == nil {
		err = a.Dossiers.List(ctx, invitations, func(name string, version uint64, open func(any) error) error {
			var ask asked
			err := open(&ask)
			if err != nil || !a.ended(law.InvitedWork, ask.Expires) {
				return err
			}
			k, at, err := a.reference(ctx, ask.Reference)
			if err != nil {
				return err
			}
			if at > 0 && k.Account == ask.ID && !k.Until.IsZero() { // nobody joined by it, and no later one has the reference
				drop(invitations, name, version, a.Dossiers.Drop(references, ask.Reference, at))
			} else {
				drop(invitations, name, version)
			}
			return nil
		})
	}
	if err != nil {
		return 0, fault.At(op, err)
	}
	for _, notes := range over {
		err := a.Store.Jot(ctx, notes...)
		if err != nil && !fault.Because(err, "dossier_moved") {
			return dropped, fault.At(op, err)
		}
		if err == nil {
			dropped++
		}
	}
	return dropped, nil
}

func (a *Act) ended(w law.Work, over time.Time) bool { return !a.Now().Before(law.WorkEnds(w, over)) }

// past reports whether a proposal is kept no longer.
func (a *Act) past(p Proposal) bool {
	switch {
	case p.State == Approved:
		return false
	case p.Decided != nil:
		return a.ended(law.DecidedWork, p.Decided.Time)
	}
	return a.ended(law.UndecidedWork, p.Expires)
}
