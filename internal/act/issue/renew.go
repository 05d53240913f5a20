package issue

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Renew binds another certificate to the key of the device that is signed in,
// after its owner showed a document that is valid for longer. It gives no token
// and writes nothing when the one that the device has lasts as long.
func (a *Act) Renew(ctx context.Context, s identity.Session, g identity.Grant) (identity.Certificate, string, error) {
	const op = "issue.Renew"
	none := identity.Certificate{}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return none, "", fault.At(op, err)
	}
	if g.Person != o.ID {
		return none, "", fault.New(op, fault.Forbidden, "session_over")
	}
	row, err := a.Store.Certificate(ctx, s.Certificate)
	if err != nil {
		return none, "", fault.At(op, err)
	}
	held, err := a.Vault.OpenCertificate(row)
	if err != nil {
		return none, "", fault.At(op, err)
	}
	if held.Person != o.ID {
		return none, "", fault.New(op, fault.Internal, "")
	}
	if !expiry(g, a.Now()).After(held.Expires) {
		return held, "", nil
	}
	return a.mint(ctx, op, g, held.Device, identity.GuardCertificate{ID: held.ID})
}
