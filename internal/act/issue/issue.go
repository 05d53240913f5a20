// Package issue is the act that binds a net certificate (网证) to a device
// key, and freezes and thaws it (Arts 2, 4).
//
// It owns the certificate's life and refuses to know how the person was
// proved: a Grant from enrolment is its whole input.
//
// Invariant: a certificate is never valid longer than the document behind it
// nor longer than six months, and the net number in it is readable by netid alone.
package issue

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// validity of a certificate, cut short by the document's own.
const validity = 6 // months

// Store reads the certificate that a session came by.
type Store interface {
	Certificate(ctx context.Context, id identity.CertificateID) (identity.CertificateRow, error)
}

// Vault keeps the person and seals the certificate.
type Vault interface {
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	Visit(context.Context, identity.Session) (identity.Opened, error)
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
	SealCertificate(identity.Opened, identity.Certificate) (identity.CertificateRow, error)
	Passcode(ctx context.Context, o identity.Opened, c identity.CertificateID, digits string) error
	LinkOwner(identity.Opened) []byte
	CertOwner(identity.Opened) []byte
	Regime(ctx context.Context, o identity.Opened, on identity.Date) (identity.Regime, error)
}

// Minter signs the certificate that the device holds.
type Minter interface {
	Mint(identity.Certificate, identity.Number) (string, error)
}

// Places gives each certificate the place of its status, which nobody else ever gets.
type Places interface {
	Next(context.Context) (identity.Place, error)
}

// Keys reads a device's public key strictly.
type Keys interface {
	ParseDeviceKey(jwk []byte) (canonical []byte, thumbprint [32]byte, err error)
}

// Parting ends the person's sessions at parties, and writes the notices.
type Parting interface {
	Close(ctx context.Context, o identity.Opened) ([]identity.Verb, error)
	Nudge()
}

// Act issues.
type Act struct {
	Store   Store
	Vault   Vault
	Minter  Minter
	Places  Places
	Keys    Keys
	Parting Parting
	Holds   Holds
	Book    *ledger.Book
	Law     *law.Book
	Now     func() time.Time
}

// Mint binds a new certificate to the device key of a person whom enrolment
// has just proved. It returns the certificate and its signed form.
func (a *Act) Mint(ctx context.Context, g identity.Grant, device []byte) (identity.Certificate, string, error) {
	return a.mint(ctx, "issue.Mint", g, device)
}

// mint binds the certificate, guarded by what else must hold.
func (a *Act) mint(ctx context.Context, op string, g identity.Grant, device []byte, guards ...identity.Verb) (identity.Certificate, string, error) {
	none := identity.Certificate{}
	key, _, err := a.Keys.ParseDeviceKey(device)
	if err != nil {
		return none, "", fault.At(op, err)
	}
	o, err := a.Vault.Open(ctx, g.Person)
	if err != nil {
		return none, "", fault.At(op, err)
	}
	now := a.Now().UTC().Truncate(time.Second)
	c := identity.Certificate{ID: identity.NewCertificateID(), Person: o.ID, Device: key, Issued: now, Expires: expiry(g, now)}
	// A frozen person may get a certificate on a new device, to thaw from it;
	// what they may do with it is asked at each use.
	verdict := a.Law.OneNumber(o.Profile.Number, g.Number)
	if err := verdict.Err(op); err != nil {
		return none, "", err
	}
	if o.Standing.Has(identity.Closed) { // since their document was read
		return none, "", fault.New(op, fault.Invalid, "document_not_valid")
	}
	if !c.ValidAt(now) {
		return none, "", fault.New(op, fault.Forbidden, "document_expired")
	}
	if c.Place, err = a.Places.Next(ctx); err != nil {
		return none, "", fault.At(op, err)
	}
	token, err := a.Minter.Mint(c, o.Profile.Number)
	if err != nil {
		return none, "", fault.At(op, err)
	}
	event := identity.Event{Kind: identity.Issued, Detail: c.ID.String(), Grounds: []identity.Ground{verdict.Ground()}}
	if err := a.bind(ctx, o, c, event, guards...); err != nil {
		return none, "", fault.At(op, err)
	}
	return c, token, nil
}

// bind stores the certificate. When the vault's keys changed while it was on
// its way, it is sealed again under the newer ones.
func (a *Act) bind(ctx context.Context, o identity.Opened, c identity.Certificate, event identity.Event, guards ...identity.Verb) error {
	for again := 0; ; again++ {
		row, err := a.Vault.SealCertificate(o, c)
		if err != nil {
			return err
		}
		_, err = a.Book.Record(ctx, o, event, append(guards, identity.BindCertificate{Certificate: row, Standing: o.Standing},
			identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch})...)
		if !fault.Because(err, "keys_moved") || again == 3 {
			return err
		}
	}
}

// expiry is the earlier of the document's last day and six months from now.
func expiry(g identity.Grant, now time.Time) time.Time {
	end := identity.Today(now).AddMonths(validity).End()
	if !g.Long && g.Expires.End().Before(end) {
		end = g.Expires.End()
	}
	return end.UTC()
}
