package issue

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Holds say whether certificates are signed now (act/incident).
type Holds interface {
	Stopped(ctx context.Context, kind identity.EventKind) error
}

// Again signs the certificate of the device that is signed in as it stands, with the
// current key: for who has one that the service issued again while they were away. It
// writes nothing. A passkey's holds no token, and gets none. While issuance is stopped
// nothing is signed ("issuance_stopped"): the key may be the one that others have.
func (a *Act) Again(ctx context.Context, s identity.Session) (identity.Certificate, string, error) {
	const op = "issue.Again"
	none := identity.Certificate{}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return none, "", fault.At(op, err)
	}
	row, err := a.Store.Certificate(ctx, s.Certificate)
	if err != nil {
		return none, "", fault.At(op, err)
	}
	c, err := a.Vault.OpenCertificate(row)
	switch {
	case err != nil:
		return none, "", fault.At(op, err)
	case c.Person != o.ID:
		return none, "", fault.New(op, fault.Internal, "")
	case !c.ValidAt(a.Now()):
		return none, "", fault.New(op, fault.Forbidden, "document_expired")
	case c.Passkey || c.Place == 0:
		return c, "", nil
	}
	if err := a.Holds.Stopped(ctx, identity.Issued); err != nil {
		return none, "", fault.At(op, err)
	}
	token, err := a.Minter.Mint(c, o.Profile.Number)
	return c, token, fault.At(op, err)
}
