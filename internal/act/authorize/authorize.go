// Package authorize is the act in which a party asks and the citizen decides
// (Arts 5, 7, 8, 10).
//
// It owns the request on its way to the citizen, the statement that the
// citizen's device signs, and the code that carries the signed approval back.
// It refuses to know any protocol's words and stores nothing of an approval:
// request, approval and code travel sealed, and the verification that redeems
// the code is the record. A consent to plain text alone is recorded when it is given. An approval that is never redeemed leaves none. A request that its
// party pushed ahead is a row (RFC 9126), and the decision takes it.
//
// Invariants: no code exists without a device signature over exactly the bytes
// that were rendered for this party, purpose, items, transaction and time; a
// pushed request is decided once.
package authorize

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
	requestLife = 15 * time.Minute // for the citizen to read, fetch a phone, decide
	codeLife    = 60 * time.Second // RFC 9700 §2.1.1 with FAPI 2.0 §5.3.2.1: at most 60 s
	answerLife  = 60 * time.Second
)

// Box seals small values that travel with the caller.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Store reads what the decision needs.
type Store interface {
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	Certificate(ctx context.Context, id identity.CertificateID) (identity.CertificateRow, error)
	Link(ctx context.Context, index []byte) (uint64, error)
	Consent(ctx context.Context, index []byte) ([]byte, error)
	Draft(ctx context.Context, id []byte) (identity.DraftRow, error)
	Pushed(ctx context.Context, id []byte) (identity.PushedRow, error)
	Jot(ctx context.Context, notes ...identity.Note) error
	Counted(ctx context.Context, index []byte) (n int, since time.Time, err error)
	Entry(ctx context.Context, key identity.EntryKey) (identity.EntryRow, error)
}

// Vault opens persons and certificates.
type Vault interface {
	Visit(context.Context, identity.Session) (identity.Opened, error)
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
	Regime(ctx context.Context, o identity.Opened, on identity.Date) (identity.Regime, error)
	Passcode(ctx context.Context, o identity.Opened, c identity.CertificateID, digits string) error
	LinkIndex(identity.Opened, identity.PartyID) []byte
	LinkOwner(identity.Opened) []byte
	Subject(identity.Opened, string) identity.Subject
	SealConsent(identity.Opened, identity.StandingConsent) ([]byte, error)
	OpenConsent(identity.Opened, identity.PartyID, []byte) (identity.StandingConsent, error)
	CounterIndex(kind string, parts ...[]byte) []byte
	RefusalIndex(o identity.Opened, p identity.PartyID, within time.Duration) []byte
	Identity(context.Context, identity.Opened) (identity.Person, error)
}

// Face is the device-asserted face step.
type Face interface {
	Check(assertion string) error
}

// Hash digests length-prefixed parts.
type Hash func(parts ...[]byte) [32]byte

// Cover keeps pushed requests, each under the handle that its party was told, and
// requests across two devices, each under one that the browser's cookie makes.
type Cover interface {
	ID(h identity.Handle) []byte // where its row lies
	Seal(h identity.Handle, v any) ([]byte, error)
	Open(h identity.Handle, sealed []byte, v any) error
	Digest(parts ...[]byte) [32]byte // of the names that are counted
	Random(n int) []byte
	Equal(a, b []byte) bool
}

// Statement composes what the citizen is shown and the device signs.
type Statement func(ask identity.CodeAsk, p identity.Party, locale string, give []string) client.Statement

// Parting writes the notices to a party whose sessions end.
type Parting interface {
	Letters(ctx context.Context, o identity.Opened, party identity.PartyID) ([]identity.Verb, error)
	Nudge()
}

// Act authorizes.
type Act struct {
	Requests, Codes, Answers Box
	Waits                    Box // of approvals that wait for a guardian
	Frames, Arrivals         Box // of codes that another device reads, and of what it keeps then
	Guardians                Guardians
	Cover                    Cover
	Store                    Store
	Vault                    Vault
	Faces                    Face
	Digest                   Hash
	Parting                  Parting
	Book                     *ledger.Book
	Law                      *law.Book
	Statement                Statement
	Anywhere                 identity.Party // stands in the statement of a code for whichever venue
	Now                      func() time.Time
}

// Request is what a party asks, in the project's own words; the door has
// parsed it and checked the redirect URI before it redirects any error there.
type Request struct {
	Party     identity.PartyID
	Redirect  string
	State     string
	Nonce     string
	Challenge string          // PKCE S256
	JKT       string          // of the DPoP key that is to redeem the code, or ""
	Modes     []identity.Mode // in order of preference; none: the weakest
	Marks     []identity.Mark
	Plain     []identity.PlainAsk
	Intent    identity.Intent
	Kinds     []string // credential configurations that a wallet asks; then nothing else is asked
	Way       string   // how the answer is to travel, in the door's words
	AuthTime  bool
	Offline   bool             // to be answered again without the citizen; ignored where the party did not register that
	Fresh     bool             // sign in anew before the page
	Shown     bool             // the page, whatever the citizen consented to for longer
	Within    *int64           // seconds since the sign-in that may answer without a page
	Quiet     bool             // no page
	Hint      identity.Subject // who alone may answer, by the party's own name for them; "": whoever it is
	Browser   identity.Handle
	Locale    string
	Pushed    []byte // the row that it was recalled from, or nil
}

// Begin asks the law whether the party may ask this, and seals the request.
func (a *Act) Begin(ctx context.Context, r Request) (string, error) {
	const op = "authorize.Begin"
	p, err := a.may(ctx, op, r)
	if err != nil {
		return "", err
	}
	mode, remember := r.mode(), 0
	if a.lasts(r, law.StandingDays).Allowed {
		remember = law.StandingDays
	}
	var offline identity.Offline
	if r.Offline {
		offline = p.Offline
	}
	now := a.Now().UTC().Truncate(time.Second)
	s, err := a.Requests.Seal(identity.Ask{Transaction: identity.NewEventID(now).String(), Party: p.ID, Redirect: r.Redirect,
		State: r.State, Nonce: r.Nonce, Challenge: r.Challenge, JKT: r.JKT, Mode: mode, Marks: r.Marks, Plain: r.Plain, Intent: r.Intent, AuthTime: r.AuthTime,
		Offline: offline, Fresh: r.Fresh, Shown: r.Shown, Within: r.Within, Quiet: r.Quiet, Hint: r.Hint, Remember: remember, Kinds: r.Kinds, Way: r.Way, Pushed: r.Pushed, Browser: a.browser(r.Browser), Locale: r.Locale, Time: now, Expires: now.Add(requestLife)})
	return s, fault.At(op, err)
}

// mode is the one that is asked: the party's first, or the weakest.
func (r Request) mode() identity.Mode {
	if len(r.Modes) > 0 {
		return r.Modes[0]
	}
	return identity.ModeCert
}

// may asks the law whether the party may ask this.
func (a *Act) may(ctx context.Context, op string, r Request) (identity.Party, error) {
	p, err := a.party(ctx, op, r.Party)
	if err != nil {
		return p, err
	}
	if !p.Allows(r.Redirect) {
		return p, fault.New(op, fault.Invalid, "redirect_uri_unregistered")
	}
	if p.MustPush() && r.Pushed == nil {
		return p, fault.New(op, fault.Invalid, "request_not_pushed") // FAPI 2.0 §5.3.2.2
	}
	if r.Kinds != nil && !p.Wallet() {
		return p, fault.New(op, fault.Forbidden, "wallet_unregistered")
	}
	items := []string{"result"}
	for _, i := range r.Plain {
		items = append(items, string(i.Item))
	}
	if err := a.Law.Asks(p, items).Err(op); err != nil {
		return p, err
	}
	if len(r.Plain) > 0 {
		if err := a.Law.InTerm(p, r.Plain, identity.Today(a.Now())).Err(op); err != nil {
			return p, err
		}
		if err := a.Law.Seals(p).Err(op); err != nil {
			return p, err
		}
	}
	for _, m := range r.Marks {
		if err := a.Law.Marks(p, m.Mark).Err(op); err != nil {
			return p, err
		}
	}
	if r.Quiet {
		return p, a.mayAskQuietly(op, r)
	}
	return p, nil
}

// Presented is what the citizen is shown.
type Presented struct {
	Ask       identity.Ask
	Party     identity.Party
	Statement client.Statement // every optional item not given
	Lasting   string           // the item by which the citizen may consent for longer, "" where it is not offered
}

// Present opens a request in the browser that started it.
func (a *Act) Present(ctx context.Context, sealed string, browser identity.Handle, locale string) (Presented, error) {
	const op = "authorize.Present"
	ask, err := a.ask(op, sealed, browser)
	if err != nil {
		return Presented{}, err
	}
	p, err := a.party(ctx, op, ask.Party)
	if err != nil {
		return Presented{}, err
	}
	return Presented{ask, p, a.Statement(short(ask), p, locale, nil), short(ask).Lasting()}, nil
}

func (a *Act) ask(op, sealed string, browser identity.Handle) (identity.Ask, error) {
	var ask identity.Ask
	if err := a.Requests.Open(sealed, &ask); err != nil {
		return ask, fault.Wrap(op, fault.Invalid, "request_invalid", err)
	}
	if !a.Now().Before(ask.Expires) {
		return ask, fault.New(op, fault.Gone, "request_expired")
	}
	if string(ask.Browser) != string(a.browser(browser)) {
		return ask, fault.New(op, fault.Forbidden, "other_browser")
	}
	return ask, nil
}

// browser is what a request remembers of the browser that started it.
func (a *Act) browser(h identity.Handle) []byte {
	d := a.Digest([]byte("browser"), h[:])
	return d[:16]
}

func (a *Act) party(ctx context.Context, op string, id identity.PartyID) (identity.Party, error) {
	p, err := a.Store.Party(ctx, id)
	if err != nil {
		return p, fault.At(op, err)
	}
	if p.Standing != identity.PartyActive {
		return p, fault.New(op, fault.Forbidden, "party_suspended")
	}
	return p, nil
}

// Open reads an answer for the protocol's door.
func (a *Act) Open(answer string) (identity.Answer, error) {
	const op = "authorize.Open"
	var ans identity.Answer
	if err := a.Answers.Open(answer, &ans); err != nil {
		return ans, fault.Wrap(op, fault.Invalid, "request_invalid", err)
	}
	if !a.Now().Before(ans.Expires) {
		return ans, fault.New(op, fault.Gone, "request_expired")
	}
	return ans, nil
}
