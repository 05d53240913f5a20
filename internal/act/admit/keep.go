package admit

import (
	"context"
	"reflect"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Keep registers a party, or amends it when what it declares has changed: for
// parties whose declaration is a reviewed file of the operator's own.
func (a *Act) Keep(ctx context.Context, in Application) (identity.Party, string, error) {
	const op = "admit.Keep"
	p, secret, grounds, err := a.judge(in)
	if err != nil {
		return p, "", fault.At(op, err)
	}
	known, err := a.Store.Party(ctx, p.ID)
	switch {
	case fault.Is(err, fault.NotFound):
		return p, secret, fault.At(op, a.record(ctx, p, grounds, identity.AdmitParty{Party: p}))
	case err != nil:
		return p, "", fault.At(op, err)
	}
	p.Since, p.Standing = known.Since, known.Standing
	if reflect.DeepEqual(p, known) {
		return p, secret, nil
	}
	return p, secret, fault.At(op, a.record(ctx, p, grounds, identity.AmendParty{Party: p}))
}
