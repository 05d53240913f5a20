// Package enrol is the act by which a person proves once who they are and
// gets a net number (Arts 2, 4, 9, 11, 15).
//
// It owns the order of the steps and the draft between them, and refuses to
// know how a chip is read, a code is sent or a row is stored. A draft is
// sealed under a handle that only the citizen's browser holds: without that
// browser nobody, the operator included, can read how far someone came, and
// a cancelled or expired draft leaves nothing.
//
// Invariant: one natural person has one number, whatever documents, browsers
// and parallel attempts they use: the person handle's blind index is taken in
// the same commit that creates the number.
package enrol

import (
	"context"
	"errors"
	"sync"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Lifetime of a draft: long enough to fetch a document, short enough to be forgotten.
const Lifetime = 30 * time.Minute

// Store keeps drafts and counters.
type Store interface {
	Draft(ctx context.Context, id []byte) (identity.DraftRow, error)
	Certificates(ctx context.Context, owner []byte) ([]identity.CertificateRow, error)
	Counted(ctx context.Context, index []byte) (n int, since time.Time, err error)
	Jot(ctx context.Context, notes ...identity.Note) error
}

// Cover seals a draft under its handle and names its row by the handle's hash.
type Cover interface {
	ID(identity.Handle) []byte
	Seal(identity.Handle, any) ([]byte, error)
	Open(identity.Handle, []byte, any) error
	Random(n int) []byte
	Equal(a, b []byte) bool
	Digest(parts ...[]byte) [32]byte
	VerifyES256(jwk, message, signature []byte) error
}

// Desk reads documents: chips checked here, cards decoded by the authority.
type Desk interface {
	Kinds() []identity.DocumentKind
	Origin(identity.DocumentKind) identity.Origin // who checks its chip
	Read(ctx context.Context, kind identity.DocumentKind, evidence, challenge []byte) (identity.Document, identity.PersonHandle, error)
	// Begin and Finish are Read for a chip that proves itself by an exchange,
	// which is drawn from the seed.
	Begin(ctx context.Context, kind identity.DocumentKind, evidence, seed []byte) (exchange []byte, err error)
	Finish(ctx context.Context, kind identity.DocumentKind, evidence, seed []byte) (identity.Document, identity.PersonHandle, error)
	Photo(kind identity.DocumentKind, evidence []byte) string // the digest of the photo that stays with the holder, or ""
}

// Register is the authority's answer about a telephone and about guardians it already knows.
type Register interface {
	// Still fails with Invalid "document_not_valid" where the register says no more that this document is this person's.
	Still(ctx context.Context, d identity.Document, p identity.PersonHandle) error
	PhoneOnFile(ctx context.Context, handle identity.PersonHandle, phone string) (bool, error)
	Guardians(ctx context.Context, p identity.PersonHandle) ([]identity.PersonHandle, error)
}

// Face is the device-asserted face step; nothing of a face reaches the service.
type Face interface {
	Compares(photo string) bool     // whether a device can, with a photo of this digest
	Text(identity.FaceTerms) string // what the device signs, before its word
	Heard(identity.FaceTerms, identity.FaceWord) error
}

// Post delivers the code. What Write gives is committed with the draft; First
// fails only when the message is given up. What Leave gives nobody waits for.
type Post interface {
	Write(slot []byte, m identity.Message, until time.Time) (identity.Deliver, error)
	First(ctx context.Context, d identity.Deliver) error
	Leave(m identity.Message, until time.Time) (identity.Deliver, error)
	Nudge()
	Waits(ctx context.Context, slot []byte) (bool, error)
}

// Vault keeps the person.
type Vault interface {
	Create(identity.PersonID) (identity.Opened, identity.WrappedKeys, error)
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	Visit(context.Context, identity.Session) (identity.Opened, error)
	Identity(context.Context, identity.Opened) (identity.Person, error)
	Passcode(ctx context.Context, o identity.Opened, c identity.CertificateID, digits string) error
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
	CertOwner(identity.Opened) []byte
	PasscodeMatches(identity.Opened, identity.Passcode) bool
	AmendIdentity(context.Context, identity.Opened, func(*identity.Person)) (identity.KeepIdentity, error)
	SealIdentity(identity.Opened, identity.Person) (identity.KeepIdentity, error)
	SealProfile(identity.Opened, identity.Profile) []byte
	HandleIndex(identity.PersonHandle) [][]byte
	DocumentIndex(identity.DocumentKind, string) [][]byte
	NumberIndex(identity.Number) [][]byte
	Claim(identity.Opened, [][]byte) identity.ClaimIndex
	Find(context.Context, [][]byte) (identity.PersonID, error)
	NewVerifier(identity.Passcode) []byte
	CounterIndex(kind string, parts ...[]byte) []byte
}

// Act enrols.
type Act struct {
	Store     Store
	Cover     Cover
	Desk      Desk
	Register  Register
	Faces     Face
	Post      Post
	Vault     Vault
	Guardians Guardians
	Counters  Counters
	Book      *ledger.Book
	Law       *law.Book
	Operator  law.Operator
	Issuer    string
	Sandbox   bool // synthetic people only; production refuses them
	Message   func(locale, code string) string
	Warning   func(locale string) string                        // somebody wants a new device in your name
	Helped    func(locale string, at identity.CounterID) string // a counter enrolled you
	Notice    func(change string) string                        // "phone": another telephone waits, in words for both
	Pace      Pace
	AtCounter Pace // of people enrolled at one counter
	Now       func() time.Time

	// One renewal of a person at a time: 64 browsers of one person would
	// mostly beat each other to the guard and give up. Other nodes meet the guard.
	turns [64]sync.Mutex
}

// Kinds are the documents served here.
func (a *Act) Kinds() []identity.DocumentKind { return a.Desk.Kinds() }

// Start opens a draft for one kind of document. Nothing personal is in it yet.
func (a *Act) Start(ctx context.Context, kind string) (identity.Handle, error) {
	return a.begin(ctx, "enrol.Start", kind, identity.PersonID{})
}

func (a *Act) begin(ctx context.Context, op, kind string, owner identity.PersonID) (identity.Handle, error) {
	k, err := identity.ParseDocumentKind(kind)
	if err != nil {
		return identity.Handle{}, fault.At(op, err)
	}
	if err := a.Law.InForce(a.today()).Err(op); err != nil {
		return identity.Handle{}, err
	}
	if err := a.Law.Accepts(k, a.Desk.Kinds()).Err(op); err != nil {
		return identity.Handle{}, err
	}
	h, err := a.put(ctx, draft{Kind: k, Owner: owner, Transaction: identity.NewEventID(a.Now()).String()})
	return h, fault.At(op, err)
}

// put keeps a new draft.
func (a *Act) put(ctx context.Context, d draft) (identity.Handle, error) {
	h := identity.NewHandle()
	row := identity.DraftRow{ID: a.Cover.ID(h), Version: 1, Expires: a.Now().Add(Lifetime)}
	var err error
	if row.Body, err = a.Cover.Seal(h, d); err != nil {
		return identity.Handle{}, err
	}
	return h, a.Store.Jot(ctx, identity.PutDraft{Draft: row})
}

// Cancel forgets the draft: leaving is one step and nothing is kept (Art. 4). Guardians who
// were asked read that it was given up.
func (a *Act) Cancel(ctx context.Context, h identity.Handle) error {
	for {
		row, err := a.Store.Draft(ctx, a.Cover.ID(h))
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return fault.At("enrol.Cancel", err)
		}
		err = a.Store.Jot(ctx, append(a.givenUp(ctx, h, row), identity.DropDraft{ID: row.ID, Version: row.Version}, identity.WithdrawDelivery{Slot: a.slot(h)})...)
		if !fault.Because(err, "draft_moved") {
			return fault.At("enrol.Cancel", err)
		}
	}
}

func (a *Act) today() identity.Date { return identity.Today(a.Now()) }

// load opens the draft under its handle.
func (a *Act) load(ctx context.Context, h identity.Handle) (draft, identity.DraftRow, error) {
	var d draft
	row, err := a.Store.Draft(ctx, a.Cover.ID(h))
	if err != nil {
		return d, row, err
	}
	if !a.Now().Before(row.Expires) {
		return d, row, fault.New("enrol.load", fault.Gone, "draft_expired")
	}
	return d, row, a.Cover.Open(h, row.Body, &d)
}

// step loads the draft, lets do change it, and stores it, with the notes that
// belong to it, if nobody else moved it meanwhile. A refusal of do that asks to
// be remembered (a wrong code) is stored too.
func (a *Act) step(ctx context.Context, op string, h identity.Handle, do func(*draft) error, with ...identity.Note) error {
	d, row, err := a.load(ctx, h)
	if err != nil {
		return fault.At(op, err)
	}
	verdict := do(&d)
	var keep remembered
	if verdict != nil && !errors.As(verdict, &keep) {
		return fault.At(op, verdict)
	}
	from := row.Version
	row.Version++
	if row.Body, err = a.Cover.Seal(h, d); err != nil {
		return fault.At(op, err)
	}
	if err := a.Store.Jot(ctx, append([]identity.Note{identity.SwapDraft{Draft: row, From: from}}, with...)...); err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, verdict)
}

// remembered is a refusal that changes the draft: a try is used up.
type remembered struct{ error }

func (r remembered) Unwrap() error { return r.error }
