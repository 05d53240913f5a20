package admit

import (
	"context"
	"reflect"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Keep registers a party, or amends it when what it declares has changed: for
// parties whose declaration is a reviewed file of the operator's own. Its standing
// is not the file's: a suspended party stays so, and of one that is removed
// the reason is "party_removed".
func (a *Act) Keep(ctx context.Context, in Application) (identity.Party, string, error) {
	const op = "admit.Keep"
	for try := 1; ; try++ {
		p, secret, err := a.keep(ctx, in)
		if try < tries && (fault.Because(err, "party_moved") || fault.Because(err, "party_exists")) { // another node starts too
			continue
		}
		return p, secret, fault.At(op, err)
	}
}

func (a *Act) keep(ctx context.Context, in Application) (identity.Party, string, error) {
	const op = "admit.keep"
	p, secret, grounds, err := a.judge(in)
	if err != nil {
		return p, "", err
	}
	known, err := a.Store.PartyNow(ctx, p.ID)
	switch {
	case fault.Is(err, fault.NotFound):
		return a.admit(ctx, in, func(*identity.Party) {})
	case err != nil:
		return p, "", err
	case known.Standing == identity.PartyRemoved:
		return known, "", fault.New(op, fault.Gone, "party_removed")
	}
	if err := a.stays(ctx, &p, known, in); err != nil {
		return p, "", err
	}
	if reflect.DeepEqual(p, known) {
		return p, secret, nil
	}
	return p, secret, a.amend(ctx, &p, known, grounds)
}
