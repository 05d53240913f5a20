// Package signin is the act by which a citizen's browser shows that it holds
// the device key of a net certificate, and by which its owner has several
// devices, loses one, and stops everything (ADR 0038).
//
// It owns challenges, sessions, the list of devices and recovery codes, and
// refuses to know passwords: there are none. A session is a sealed cookie:
// nothing about it is stored. It ends with its twelve hours, with the person,
// and with every other one when the person's epoch is raised.
//
// Invariants: a challenge is answered once, by the key it was made for nobody
// in particular, within two minutes. What lets somebody in takes two things
// that only its owner has; what stops everything takes one.
package signin

import (
	"context"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

const (
	challengeLife = 2 * time.Minute
	sessionLife   = 12 * time.Hour
	clocks        = time.Minute // apart, of two nodes that serve at most
)

// Box seals small values that travel with the caller.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Store finds certificates, and keeps what two devices know together.
type Store interface {
	Certificate(ctx context.Context, id identity.CertificateID) (identity.CertificateRow, error)
	Certificates(ctx context.Context, owner []byte) ([]identity.CertificateRow, error)
	Draft(ctx context.Context, id []byte) (identity.DraftRow, error)
	Jot(ctx context.Context, notes ...identity.Note) error
}

// Vault opens certificates and persons.
type Vault interface {
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	Visit(context.Context, identity.Session) (identity.Opened, error)
	Find(context.Context, [][]byte) (identity.PersonID, error)
	NumberIndex(identity.Number) [][]byte
	HandleIndex(identity.PersonHandle) [][]byte
	CounterIndex(kind string, parts ...[]byte) []byte
	Identity(context.Context, identity.Opened) (identity.Person, error)
	AmendIdentity(context.Context, identity.Opened, func(*identity.Person)) (identity.KeepIdentity, error)
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
	SealCertificate(identity.Opened, identity.Certificate) (identity.CertificateRow, error)
	Passcode(ctx context.Context, o identity.Opened, c identity.CertificateID, digits string) error
	CertOwner(identity.Opened) []byte
	LinkOwner(identity.Opened) []byte
}

// Cover checks a device's key and signature, and seals under a handle that only
// two devices hold.
type Cover interface {
	VerifyES256(jwk, message, signature []byte) error
	PasskeyOf(jwk []byte, origin string) ([]byte, error)
	ParseDeviceKey(jwk []byte) (canonical []byte, thumbprint [32]byte, err error)
	ID(identity.Handle) []byte
	Seal(identity.Handle, any) ([]byte, error)
	Open(identity.Handle, []byte, any) error
	Random(n int) []byte
	Equal(a, b []byte) bool
	Digest(parts ...[]byte) [32]byte
}

// Places gives each certificate the place of its status, which nobody else ever gets.
type Places interface {
	Next(context.Context) (identity.Place, error)
}

// Parting ends the person's sessions at parties, and writes the notices.
type Parting interface {
	Close(ctx context.Context, o identity.Opened) ([]identity.Verb, error)
	Nudge()
}

// Signals end with their device.
type Signals interface {
	Quiet(ctx context.Context, o identity.Opened, only ...identity.CertificateID) ([]identity.Verb, error)
}

// Post writes the message that a telephone is owed; Parting.Nudge sends it.
type Post interface {
	Leave(m identity.Message, until time.Time) (identity.Deliver, error)
}

// Act signs in.
type Act struct {
	Challenges Box
	Offers     Box // of places for passkeys
	Sessions   Box
	Store      Store
	Vault      Vault
	Cover      Cover
	Places     Places
	Parting    Parting
	Post       Post
	Signals    Signals
	Notice     func(change string) string // "added", "removed", "stopped" or "shown", in words for the owner's telephone
	Book       *ledger.Book
	Law        *law.Book
	Issuer     string
	Now        func() time.Time
}

type challenge struct {
	ID      identity.Handle `json:"i"`
	Expires time.Time       `json:"e"`
}

// Challenge gives a sealed challenge; nothing is stored until it is answered.
func (a *Act) Challenge() (string, error) {
	s, err := a.Challenges.Seal(challenge{identity.NewHandle(), a.Now().Add(challengeLife)})
	return s, fault.At("signin.Challenge", err)
}

// Text is the exact text that the device key signs.
func (a *Act) Text(challenge string) string {
	return "netid-signin/1\n" + a.Issuer + "\n" + challenge
}

// Prove takes the answer to a challenge and gives a session. Whatever is
// wrong with the certificate, an outsider learns one thing: not signed in.
func (a *Act) Prove(ctx context.Context, sealed, certificate string, signature []byte) (identity.Session, error) {
	const op = "signin.Prove"
	refused := func(err error) (identity.Session, error) {
		if fault.Is(err, fault.Unavailable) { // whoever is told that they are unknown here throws their key away
			return identity.Session{}, fault.At(op, err)
		}
		return identity.Session{}, fault.Wrap(op, fault.Unauthenticated, "device_unknown", err)
	}
	var c challenge
	if err := a.Challenges.Open(sealed, &c); err != nil {
		return identity.Session{}, fault.Wrap(op, fault.Unauthenticated, "challenge_expired", err)
	}
	if !a.Now().Before(c.Expires) {
		return identity.Session{}, fault.New(op, fault.Unauthenticated, "challenge_expired")
	}
	id, err := identity.ParseCertificateID(certificate)
	if err != nil {
		return refused(err)
	}
	row, err := a.Store.Certificate(ctx, id)
	if err != nil {
		if !fault.Is(err, fault.NotFound) {
			return identity.Session{}, fault.At(op, err)
		}
		return refused(err)
	}
	cert, err := a.Vault.OpenCertificate(row)
	if err != nil {
		return refused(err)
	}
	if err := client.CheckDevice([]byte(a.Text(sealed)), signature, cert.Device); err != nil {
		return refused(err)
	}
	if cert.Revoked {
		return refused(fault.New(op, fault.Forbidden, "certificate_gone"))
	}
	o, err := a.Vault.Open(ctx, cert.Person)
	if err != nil {
		return refused(err)
	}
	err = a.record(ctx, o, identity.TakeOnce{ID: c.ID[:16], Until: c.Expires}, id)
	if fault.Because(err, "already_used") {
		return identity.Session{}, fault.Wrap(op, fault.Unauthenticated, "challenge_used", err)
	}
	if err != nil {
		return identity.Session{}, fault.At(op, err)
	}
	return identity.Session{Person: o.ID, Certificate: id, Epoch: o.Epoch, At: a.Now().UTC().Truncate(time.Second), Passkey: cert.Passkey}, nil
}

// record takes the challenge in the same commit in which the citizen's own
// records gain the sign-in: whoever uses a stolen device leaves a trace.
func (a *Act) record(ctx context.Context, o identity.Opened, once identity.TakeOnce, id identity.CertificateID) error {
	verdict := a.Law.Sees(true)
	if err := verdict.Err("signin.record"); err != nil {
		return err
	}
	_, err := a.Book.Record(ctx, o, identity.Event{Kind: identity.SignedIn, Grounds: []identity.Ground{verdict.Ground()}},
		once, identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}, identity.GuardCertificate{ID: id})
	return err
}

// Seal makes the cookie of a session.
func (a *Act) Seal(s identity.Session) (string, error) {
	c, err := a.Sessions.Seal(s)
	return c, fault.At("signin.Seal", err)
}

// Open reads a session's cookie and checks that the session still stands.
func (a *Act) Open(ctx context.Context, cookie string) (identity.Session, error) {
	const op = "signin.Open"
	var s identity.Session
	if err := a.Sessions.Open(cookie, &s); err != nil {
		return identity.Session{}, fault.Wrap(op, fault.Unauthenticated, "session_over", err)
	}
	// One of a later moment than this would pass for a fresh sign-in until then.
	if age := a.Now().Sub(s.At); age > sessionLife || age < -clocks {
		return identity.Session{}, fault.New(op, fault.Unauthenticated, "session_over")
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return identity.Session{}, fault.At(op, err)
	}
	s.Found = &o
	return s, nil
}
