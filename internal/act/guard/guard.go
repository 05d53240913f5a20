// Package guard is the act by which a guardian answers for a minor, in a
// session of their own (Arts 4, 5; DESIGN 3.7).
//
// It owns what waits for a guardian, the guardian's answer, and what a guardian
// may see and do. It refuses to keep who is whose guardian: the population
// register is asked each time, so that a guardian who is none any more is
// none at the next question. It never opens a session as the minor.
//
// Invariants: an answer is used in one commit, at the version at which it was
// read, together with every other guardian's to the same matter, none of which is
// no; and from the fourteenth birthday on no record of the minor's is opened here.
package guard

import (
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// How much one may ask for: nobody's page can be buried, and nobody gathers minors.
const (
	asksMost   = 10 // questions about one minor
	asksIn     = time.Hour
	wardsIn    = 24 * time.Hour
	toldWithin = 30 // days for which a birthday is told of
)

// Store keeps what waits, and reads what the answer needs.
type Store interface {
	Draft(ctx context.Context, id []byte) (identity.DraftRow, error)
	Jot(ctx context.Context, notes ...identity.Note) error
	Certificate(ctx context.Context, id identity.CertificateID) (identity.CertificateRow, error)
	Certificates(ctx context.Context, owner []byte) ([]identity.CertificateRow, error)
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	Link(ctx context.Context, index []byte) (uint64, error)
	Consent(ctx context.Context, index []byte) ([]byte, error)
	Counted(ctx context.Context, index []byte) (n int, since time.Time, err error)
	EntriesOf(ctx context.Context, owner []byte) ([]identity.EntryRow, error)
}

// Register says who answers for whom, as of now.
type Register interface {
	Guardians(ctx context.Context, p identity.PersonHandle) ([]identity.PersonHandle, error)
	Wards(ctx context.Context, p identity.PersonHandle) ([]identity.PersonHandle, error)
}

// Vault opens persons, and what waits for them.
type Vault interface {
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	Visit(context.Context, identity.Session) (identity.Opened, error)
	Find(context.Context, [][]byte) (identity.PersonID, error)
	HandleIndex(identity.PersonHandle) [][]byte
	Identity(context.Context, identity.Opened) (identity.Person, error)
	Regime(ctx context.Context, o identity.Opened, on identity.Date) (identity.Regime, error)
	Place(o identity.Opened, n int) []byte
	WardIndex(identity.Opened, identity.PersonHandle) []byte
	GuardianMark(ward identity.Opened, guardian identity.PersonID) []byte
	SealMatter(o identity.Opened, place []byte, m identity.Matter) ([]byte, error)
	OpenMatter(o identity.Opened, place, sealed []byte) (identity.Matter, error)
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
	CertOwner(identity.Opened) []byte
	LinkIndex(identity.Opened, identity.PartyID) []byte
	LinkOwner(identity.Opened) []byte
	SealConsent(identity.Opened, identity.StandingConsent) ([]byte, error)
	OpenConsent(identity.Opened, identity.PartyID, []byte) (identity.StandingConsent, error)
	CounterIndex(kind string, parts ...[]byte) []byte
}

// Signals tells a guardian's own devices that something waits. It is the same for
// those who turned none on.
type Signals interface {
	Leave(identity.Opened) (identity.Deliver, error)
	Nudge()
}

// Pace is what one guardian says yes to without anybody's look (K26): Alone children
// who are enrolled or agreed to, Daily applications within 24 hours.
type Pace struct{ Alone, Daily int }

// Act guards.
type Act struct {
	Store      Store
	Register   Register
	Vault      Vault
	Digest     func(parts ...[]byte) [32]byte
	Mover      Mover
	Withdrawer Withdrawer
	Signals    Signals // nil: there are none
	Pace       Pace
	Reviews    Box
	Tickets    Tickets
	Alarm      func(Review) // hears that a person has to look; may be nil
	Book       *ledger.Book
	Law        *law.Book
	Issuer     string
	Now        func() time.Time
}

func (a *Act) today() identity.Date { return identity.Today(a.Now()) }

// guardians are those of a minor who are enrolled here, and how many are not. Of
// whom the register says that they are their own guardian, it says nothing.
func (a *Act) guardians(ctx context.Context, ward identity.PersonHandle) (all []identity.Opened, strangers int, err error) {
	if ward == "" {
		return nil, 0, nil
	}
	handles, err := a.Register.Guardians(ctx, ward)
	if err != nil {
		return nil, 0, err
	}
	handles = slices.DeleteFunc(slices.Clone(handles), func(h identity.PersonHandle) bool { return h == ward })
	err = a.each(ctx, handles, func(_ identity.PersonHandle, o identity.Opened) error { all = append(all, o); return nil })
	return all, len(handles) - len(all), err
}

// strange reads for guardians who are not enrolled what is read for those who
// are: how long an application takes does not tell which they are (K14).
func (a *Act) strange(ctx context.Context, strangers int) error {
	for range strangers {
		o := identity.Opened{ID: identity.NewPersonID()}
		if _, err := a.Vault.Open(ctx, o.ID); !fault.Is(err, fault.NotFound) {
			return err
		}
		if _, _, err := a.places(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// Of are the guardians of a minor who are enrolled here, for an act that tells them something.
func (a *Act) Of(ctx context.Context, ward identity.PersonHandle) ([]identity.Opened, error) {
	all, _, err := a.guardians(ctx, ward)
	return all, fault.At("guard.Of", err)
}

// each opens those of the people who are enrolled here.
func (a *Act) each(ctx context.Context, handles []identity.PersonHandle, do func(identity.PersonHandle, identity.Opened) error) error {
	for _, h := range handles {
		o, err := a.open(ctx, h)
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) { // not enrolled, or erased
			continue
		}
		if err == nil {
			err = do(h, o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Act) open(ctx context.Context, h identity.PersonHandle) (o identity.Opened, err error) {
	id, err := a.Vault.Find(ctx, a.Vault.HandleIndex(h))
	if err == nil {
		o, err = a.Vault.Open(ctx, id)
	}
	return o, err
}

// handle is how the register knows the person.
func (a *Act) handle(ctx context.Context, o identity.Opened) (identity.PersonHandle, error) {
	p, err := a.Vault.Identity(ctx, o)
	return p.Handle, err
}
