package issue

import (
	"context"
	"time"

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
	if held.Passkey {
		return a.prolong(ctx, op, o, g, row, held)
	}
	return a.mint(ctx, op, g, held.Device, identity.GuardCertificate{ID: held.ID})
}

// prolong lets a passkey's certificate last longer. It keeps its id: the
// authenticator names that for as long as it has the key.
func (a *Act) prolong(ctx context.Context, op string, o identity.Opened, g identity.Grant, row identity.CertificateRow, c identity.Certificate) (identity.Certificate, string, error) {
	now := a.Now().UTC().Truncate(time.Second)
	c.Issued, c.Expires = now, expiry(g, now)
	verdict := a.Law.OneNumber(o.Profile.Number, g.Number)
	if err := verdict.Err(op); err != nil {
		return c, "", err
	}
	kept, err := a.Vault.SealCertificate(o, c)
	if err != nil {
		return c, "", fault.At(op, err)
	}
	_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.Issued, Detail: c.ID.String(), Grounds: []identity.Ground{verdict.Ground()}},
		identity.KeepCertificate{Certificate: kept, From: row.Body}, identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch})
	return c, "", fault.At(op, err)
}
