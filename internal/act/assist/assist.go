// Package assist is the act of lawful assistance: an authority that a law entitles is
// given the real identity behind one net number, or that number's authentication log, and
// nothing else (the official explanation of the measures; obligation X-1).
//
// It owns the requests, the officers' names, their approvals and the reviews. It refuses
// to know what it hands out: every byte of it is sealed, and opens to enough officers'
// private keys together, on a machine of theirs. There is no way to look for people here:
// a request names one, by what the authority has: a number, or an account's pseudonym.
//
// Invariants: nothing is handed out before the public event that says so is on disk, in
// one commit with the request's new state, and nothing twice. Two officers approve, each
// with their own key, and neither asked. Decision: docs/adr/0066-assistance.md,
// docs/adr/0074-assistance-by-a-pseudonym.md.
package assist

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Dossiers keep the records of this act.
type Dossiers interface {
	Read(ctx context.Context, kind, name string, into any) (version uint64, err error)
	List(ctx context.Context, kind string, each func(name string, version uint64, open func(into any) error) error) error
	Keep(kind, name string, from uint64, v any) (identity.KeepDossier, error)
}

// Store writes what is no event, and reads sealed rows.
type Store interface {
	Jot(ctx context.Context, notes ...identity.Note) error
	Escrow(ctx context.Context, index []byte) ([]byte, error)
	EntriesOf(ctx context.Context, owner []byte) ([]identity.EntryRow, error)
	// Party is one party, whatever its standing; NotFound "party_unknown".
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
}

// Quorum knows the officers by their public keys, and where their rows lie.
type Quorum interface {
	// Officers are the ids of their keys, and how many of them open together.
	Officers() (ids []string, needed int)
	// SealToOfficer seals to one of them, bound to a text.
	SealToOfficer(id, text string, plain []byte) ([]byte, error)
	// Packet is what officers rebuild a period's key from: the shares, each sealed to one
	// of them. Fails with NotFound "quorum_missing" and Gone "quorum_destroyed".
	Packet(p identity.Period) ([]byte, error)
}

// Persons find who a document or a pseudonym belongs to, and give a living person's sealed identity.
type Persons interface {
	// NumberOf is the net number of who enrolled by a document; NotFound "person_unknown".
	NumberOf(ctx context.Context, kind identity.DocumentKind, number string) (identity.Number, error)
	// NumberOfSubject is the net number of who has a pseudonym at a sector; NotFound
	// "person_unknown". It looks at everybody, and may take as long.
	NumberOfSubject(ctx context.Context, sector string, sub identity.Subject) (identity.Number, error)
	// Sealed is the row of the person who has the number, as it lies in the store, and what
	// takes the service's own seal off the officers' copy of its key. It opens nothing.
	Sealed(ctx context.Context, n identity.Number) (SealedIdentity, error)
}

// Box seals what travels: what an officer's key must open to say yes.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Act keeps requests for assistance. It may be used by many goroutines.
type Act struct {
	Dossiers Dossiers
	Store    Store
	Quorum   Quorum
	Persons  Persons
	Words    Box
	Index    func(n identity.Number, p identity.Period) []byte   // of what is left to the officers
	Key      func(text string) (id string, err error)            // reads an authority's public key
	Page     func(what, reference string) (identity.Verb, error) // puts an opening before the auditors; nil: there are none
	Digest   func(parts ...[]byte) [32]byte                      // binds an officer's yes to what they read
	Walks    *sync.Mutex                                         // is who walks over everybody: one at a time
	Book     *ledger.Book
	Now      func() time.Time
}

// The kinds of dossier.
const (
	requests = "assistance"
	officers = "assistance-officers"
	named    = "all" // the one record of officers
)

const (
	maxName = 60
	maxText = 200
	tries   = 100 // at one record, before who comes is asked to come again
)

// Ask is what an authority asks, as somebody here writes it down.
type Ask struct {
	By        string    `json:"by"` // who writes it down: a word for one who works here
	Person    string    `json:"-"`  // who that is, where a passkey of the console says it (law.Hand)
	Authority string    `json:"authority"`
	Citation  string    `json:"citation"` // the law that obliges the service, and the number of the paper
	Key       string    `json:"key"`      // the authority's public key, to which the answer is sealed
	Help      string    `json:"help"`
	Number    string    `json:"number,omitempty"`
	Kind      string    `json:"document_kind,omitempty"` // instead of the number, for a log
	Document  string    `json:"document,omitempty"`
	Pseudonym string    `json:"pseudonym,omitempty"` // instead: of an account
	At        string    `json:"at,omitempty"`        // the party that has it
	From      time.Time `json:"from,omitzero"`       // of a log: the first and the last day, UTC
	To        time.Time `json:"to,omitzero"`
	Secret    *Secret   `json:"secret,omitempty"` // nil: the person sees it as soon as it was opened
}

// Secret is a law that keeps the assistance from its person until a day.
type Secret struct {
	Citation string    `json:"citation"`
	Until    time.Time `json:"until"`
}

// Hand is somebody who works for the operator.
type Hand = law.Hand

// Approval is one officer's yes.
type Approval struct {
	Officer string    `json:"officer"` // id of the key
	Name    string    `json:"name"`
	Person  string    `json:"person,omitempty"`
	At      time.Time `json:"at"`
}

// Review is what somebody else found afterwards.
type Review struct {
	By     string    `json:"by"`
	Person string    `json:"person,omitempty"`
	At     time.Time `json:"at"`
	What   string    `json:"what"`
}

// Request is one, as it is kept.
type Request struct {
	Reference string          `json:"reference"`
	By        string          `json:"by"`
	Person    string          `json:"person,omitempty"`
	Asked     time.Time       `json:"asked"`
	Authority string          `json:"authority"`
	Citation  string          `json:"citation"`
	Key       string          `json:"key"`
	Help      law.Help        `json:"help"`
	Way       law.Way         `json:"way"`
	Number    identity.Number `json:"number,omitempty"` // none: nobody enrolled by that document, or nobody was looked for yet. Who asks is not told so before it is opened

	Pseudonym identity.Subject `json:"pseudonym,omitempty"`
	Party     identity.PartyID `json:"party,omitempty"`        // where it is somebody's
	Sector    string           `json:"sector,omitempty"`       // of that party
	Walk      int64            `json:"walk_seconds,omitempty"` // that looking for its person took: they are not of the quarter of an hour

	From      time.Time  `json:"from,omitzero"`
	To        time.Time  `json:"to,omitzero"`
	Secret    *Secret    `json:"secret,omitempty"`
	Approvals []Approval `json:"approvals"`
	Opened    time.Time  `json:"opened,omitzero"`
	Event     string     `json:"event,omitempty"` // of the public ledger
	Rows      time.Time  `json:"rows,omitzero"`   // when the log's rows were handed out
	Review    *Review    `json:"review,omitempty"`
	Alarmed   time.Time  `json:"alarmed,omitzero"` // when the auditors heard that nobody reviewed it
}

func (a Approval) hand() law.Hand { return law.Hand{Name: a.Name, Person: a.Person} }

func (r Request) law() law.Assistance {
	a := law.Assistance{Number: r.Number, Help: r.Help, Citation: r.Citation, Authority: r.Authority, Requester: law.Hand{Name: r.By, Person: r.Person}, Asked: r.Asked, Walk: time.Duration(r.Walk) * time.Second}
	if len(r.Approvals) > 0 {
		a.First = r.Approvals[0].hand()
	}
	if len(r.Approvals) > 1 {
		a.Second, a.Approved = r.Approvals[1].hand(), r.Approvals[1].At
	}
	return a
}

// hidden reports whether it is kept from its person at now.
func (r Request) hidden(now time.Time) bool {
	a := r.law()
	return r.Secret != nil && law.Secrecy{Citation: r.Secret.Citation, Approver: a.First.Name, Second: a.Second.Name, Given: a.Approved, Until: r.Secret.Until}.Hides(now)
}

// Request writes down what an authority asks, and gives its reference. Whether there is
// such a person is not said.
func (a *Act) Request(ctx context.Context, in Ask) (ref string, err error) {
	const op = "assist.Request"
	r := Request{Reference: word(), By: in.By, Person: in.Person, Asked: a.now(), Authority: in.Authority, Citation: in.Citation, Key: in.Key, From: in.From.UTC(), To: in.To.UTC(), Secret: in.Secret, Approvals: []Approval{}}
	if r.Help, err = law.ParseHelp(in.Help); err != nil {
		return "", fault.At(op, err)
	}
	if !readable(in.By, maxName) || !readable(in.Authority, maxText) || !readable(in.Citation, maxText) {
		return "", fault.New(op, fault.Invalid, "assistance_text_invalid")
	}
	if _, err := a.Key(in.Key); err != nil {
		return "", fault.Wrap(op, fault.Invalid, "assistance_key_invalid", err)
	}
	boxed := r.Help == law.AuthenticationLog
	if boxed != law.BoxFits(r.From, r.To, r.Asked) || !boxed && !(in.From.IsZero() && in.To.IsZero()) {
		return "", fault.New(op, fault.Invalid, "assistance_box_invalid")
	}
	if s := in.Secret; s != nil && (!readable(s.Citation, maxText) || !(law.Secrecy{Citation: s.Citation, Until: s.Until}).Fits(r.Asked)) {
		return "", fault.New(op, fault.Invalid, "assistance_secret_invalid")
	}
	if err := a.whose(ctx, in, &r); err != nil {
		return "", fault.At(op, err)
	}
	kept, err := a.Dossiers.Keep(requests, r.Reference, 0, r)
	if err != nil {
		return "", fault.At(op, err)
	}
	return r.Reference, fault.At(op, a.Store.Jot(ctx, kept))
}

// whose finds the one person by the one way that was given. A document's number is looked
// up and not kept; where nobody has it the request goes its way all the same, since a
// refusal here would tell who writes requests who is enrolled (N04).
func (a *Act) whose(ctx context.Context, in Ask, r *Request) (err error) {
	const op = "assist.whose"
	r.Way = in.way()
	switch {
	case !law.MayFind(r.Help, r.Way):
		return fault.New(op, fault.Invalid, "assistance_way_invalid")
	case r.Way == law.ByNumber:
		r.Number, err = identity.ParseNumber(in.Number)
		return err
	case r.Way == law.ByPseudonym:
		return a.account(ctx, in, r)
	}
	kind, err := identity.ParseDocumentKind(in.Kind)
	if err != nil {
		return fault.Wrap(op, fault.Invalid, "assistance_way_invalid", err)
	}
	r.Number, err = a.Persons.NumberOf(ctx, kind, in.Document)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		err = nil
	}
	return err
}

// Read is the request of a reference, else NotFound "assistance_missing".
func (a *Act) Read(ctx context.Context, ref string) (Request, error) {
	r, _, err := a.read(ctx, ref)
	return r.shown(), err
}

// shown is the request without a number that nobody brought: who works here does not
// learn by a document or a pseudonym who has which number, nor whether anybody has. Nor is
// anybody shown the digests by which colleagues are told apart.
func (r Request) shown() Request {
	r.Person, r.Approvals = "", slices.Clone(r.Approvals)
	for i := range r.Approvals {
		r.Approvals[i].Person = ""
	}
	if r.Review != nil {
		seen := *r.Review
		seen.Person, r.Review = "", &seen
	}
	if r.Way != law.ByNumber {
		r.Number = ""
	}
	return r
}

func (a *Act) read(ctx context.Context, ref string) (r Request, version uint64, err error) {
	version, err = a.Dossiers.Read(ctx, requests, ref, &r)
	if fault.Is(err, fault.NotFound) {
		err = fault.New("assist.read", fault.NotFound, "assistance_missing")
	}
	return r, version, err
}

// List is all requests, the newest first.
func (a *Act) List(ctx context.Context) (all []Request, err error) {
	all, err = a.list(ctx)
	for i := range all {
		all[i] = all[i].shown()
	}
	return all, err
}

func (a *Act) list(ctx context.Context) (all []Request, err error) {
	err = a.Dossiers.List(ctx, requests, func(_ string, _ uint64, open func(any) error) error {
		var r Request
		err := open(&r)
		all = append(all, r)
		return err
	})
	slices.SortStableFunc(all, func(x, y Request) int { return y.Asked.Compare(x.Asked) })
	return all, fault.At("assist.List", err)
}

// change changes a request under the version that was read, again where another changed
// it in between, with what is then true.
func (a *Act) change(ctx context.Context, op, ref string, how func(*Request) error, commit func(Request, identity.KeepDossier) error) (err error) {
	for range tries {
		var r Request
		var version uint64
		if r, version, err = a.read(ctx, ref); err == nil {
			err = how(&r)
		}
		var kept identity.KeepDossier
		if err == nil {
			kept, err = a.Dossiers.Keep(requests, ref, version, r)
		}
		if err == nil {
			err = commit(r, kept)
		}
		if !fault.Because(err, "dossier_moved") {
			break
		}
	}
	return fault.At(op, err)
}

func (a *Act) now() time.Time { return a.Now().UTC().Truncate(time.Second) }

func word() string {
	h := identity.NewHandle()
	return hex.EncodeToString(h[:8])
}

// readable is one line of visible words. Names of authorities and laws become public, so
// nothing in them may look like a person's number.
func readable(s string, most int) bool {
	unseen := func(r rune) bool { return r != ' ' && !unicode.IsGraphic(r) || unicode.Is(unicode.Bidi_Control, r) }
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && strings.ContainsFunc(s, unicode.IsLetter) && !strings.ContainsFunc(s, unseen) && strings.TrimSpace(s) == s && !numbered(s)
}

const maxDigits = 10 // together: more are a document's or a telephone's

func numbered(s string) bool {
	run := 0
	for _, r := range s {
		if run++; !unicode.IsDigit(r) {
			run = 0
		}
		if run > maxDigits {
			return true
		}
	}
	return false
}
