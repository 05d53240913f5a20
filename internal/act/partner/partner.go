// Package partner is the act of the companies behind relying parties: how an
// organisation begins and ends, who works in it, which domains it proved and which
// applications are its own.
//
// It owns organisations, members, invitations, their sessions and access tokens. It
// refuses to know how a party is judged, endorsed or registered: that is admit's.
//
// Invariants: a member has one passkey and no other way in. An organisation is one
// record, so what one member does and what another does at once are decided one after
// the other, and it never has members without an administrator. A domain and a party
// belong to one organisation, which proved each; a name proves nothing (M09).
// Decision: docs/adr/0064-portal.md.
package partner

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// Dossiers keep the records of this act.
type Dossiers interface {
	Read(ctx context.Context, kind, name string, into any) (version uint64, err error)
	Keep(kind, name string, from uint64, v any) (identity.KeepDossier, error)
	Drop(kind, name string, version uint64) identity.DropDossier
	Guard(kind, name string, version uint64) identity.GuardDossier
	List(ctx context.Context, kind string, each func(name string, version uint64, open func(into any) error) error) error
}

// Store writes what is no event.
type Store interface {
	Jot(ctx context.Context, notes ...identity.Note) error
}

// Cover computes digests and reads passkeys.
type Cover interface {
	ID(identity.Handle) []byte
	Digest(parts ...[]byte) [32]byte
	PasskeyOf(jwk []byte, origin string) ([]byte, error)
}

// Box seals what a browser carries.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Parties checks that somebody holds a registered party's key.
type Parties interface {
	// Proves checks, once, an assertion that the party's key signed for this audience
	// alone (RFC 7523 §3). A party that proves itself by no key cannot.
	Proves(ctx context.Context, id identity.PartyID, audience, assertion string) error
}

// The kinds of dossier.
const (
	organisations = "partner"
	domains       = "partner-domain"
	applications  = "partner-application"
)

const (
	openly         = 60   // organisations an hour, from whoever comes
	unproven       = 240  // changes an hour of an organisation that proved no domain: whoever comes founds one
	proven         = 2400 // of one that did
	knocks         = 60   // of one at hosts, an hour: each may be somebody else's
	maxMembers     = 50
	maxInvitations = 70 // that still wait
	maxOwned       = 100
	maxTokens      = 10
	tries          = 100 // at one record, before who comes is asked to come again
)

// Act keeps organisations. It may be used by many goroutines.
type Act struct {
	Dossiers   Dossiers
	Store      Store
	Cover      Cover
	Sessions   Box
	Challenges Box
	Parties    Parties
	Register   Register
	Sandbox    bool                                                  // an application is in effect at once, and one of this machine's own proves nothing
	Fetch      func(ctx context.Context, url string) ([]byte, error) // from public addresses alone
	Book       *ledger.Book
	Issuer     string
	Now        func() time.Time

	minute counter
}

// ID of an organisation or of a member: random, the word by which events name it.
type ID string

// Role is what a member may do.
type Role string

// The roles. An administrator does all, a developer what concerns applications, a viewer reads.
const (
	Admin     Role = "admin"
	Developer Role = "developer"
	Viewer    Role = "viewer"
)

// Roles are all of them.
func Roles() []Role { return []Role{Admin, Developer, Viewer} }

// Action is a thing that a member does.
type Action string

// The actions.
const (
	Read   Action = "read"
	Build  Action = "build"  // applications and domains
	Govern Action = "govern" // members, tokens and the end
)

// Actions are all of them.
func Actions() []Action { return []Action{Read, Build, Govern} }

// May is the matrix of roles and actions. What stands in it nowhere is refused.
func May(r Role, a Action) bool {
	switch a {
	case Read:
		return slices.Contains(Roles(), r)
	case Build:
		return r == Admin || r == Developer
	case Govern:
		return r == Admin
	}
	return false
}

// Member is somebody who works in an organisation: the least that lets a colleague
// know who it is, and the key that lets them in.
type Member struct {
	ID   ID     `json:"id"`
	Name string `json:"name"` // as colleagues read it; any name will do
	Role Role   `json:"role"`
	Key  []byte `json:"key"`           // public JWK with its origin
	Out  uint64 `json:"out,omitempty"` // how often they signed out: a session of before is over
}

// Organisation is one as it is kept.
type Organisation struct {
	ID           ID                 `json:"id"`
	Name         string             `json:"name"`
	Code         string             `json:"code"`    // unified social credit code
	Contact      string             `json:"contact"` // of the company, not of a person
	Members      []Member           `json:"members"`
	Invitations  []Invitation       `json:"invitations,omitempty"`
	Tokens       []Token            `json:"tokens,omitempty"`
	Domains      []string           `json:"domains,omitempty"`
	Proofs       map[string]Proof   `json:"proofs,omitempty"` // of domains; none of those that were proven before moments were kept
	Applications []identity.PartyID `json:"applications,omitempty"`
	Founded      time.Time          `json:"founded"`
}

// Who is whoever is signed in, as they now stand.
type Who struct {
	Organisation ID
	Member       ID // of a token: the token's
	Role         Role
}

// Declared is what a company says of itself. None of it is proof: operators look at it
// with what it wants to put into production (ADR 0043).
type Declared struct {
	Name    string `json:"name"`
	Code    string `json:"code"`
	Contact string `json:"contact"`
}

// Check refuses what no company can be called, by Invalid "organisation_invalid" or
// "partner_text_invalid".
func (d Declared) Check() error {
	const op = "partner.Declared"
	if err := identity.CheckOrganisation(d.Code); err != nil {
		return fault.At(op, err)
	}
	if !plain(d.Name, 100) || !plain(d.Contact, 200) {
		return fault.New(op, fault.Invalid, "partner_text_invalid")
	}
	return nil
}

// plain is one line of printed characters, without those that hide or turn the others.
func plain(s string, most int) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func (o *Organisation) member(id ID) *Member {
	if i := slices.IndexFunc(o.Members, func(m Member) bool { return m.ID == id }); i >= 0 {
		return &o.Members[i]
	}
	return nil
}

func (o *Organisation) admins() (n int) {
	for _, m := range o.Members {
		if m.Role == Admin {
			n++
		}
	}
	return n
}

// Look gives a member the own organisation: there is no way to read another's.
func (a *Act) Look(ctx context.Context, by Who) (Organisation, error) {
	o, _, err := a.read(ctx, by, Read)
	return o, fault.At("partner.Look", err)
}

func (a *Act) read(ctx context.Context, by Who, to Action) (o Organisation, version uint64, err error) {
	const op = "partner.read"
	version, err = a.Dossiers.Read(ctx, organisations, string(by.Organisation), &o)
	if fault.Is(err, fault.NotFound) {
		return o, 0, fault.New(op, fault.Unauthenticated, "partner_signed_out")
	}
	if err != nil {
		return o, 0, err
	}
	role, there := o.roleOf(by.Member, a.Now())
	switch { // as they now stand, not as they did when their page was made
	case !there:
		return Organisation{}, 0, fault.New(op, fault.Unauthenticated, "partner_signed_out")
	case !May(role, to):
		return Organisation{}, 0, fault.New(op, fault.Forbidden, "partner_role_refused")
	}
	return o, version, nil
}

// roleOf is what a member or a token that is still good may do.
func (o *Organisation) roleOf(id ID, now time.Time) (Role, bool) {
	if m := o.member(id); m != nil {
		return m.Role, true
	}
	for _, t := range o.Tokens {
		if t.ID == id && o.good(t, now) {
			return Developer, true // no token invites, removes or ends anything
		}
	}
	return "", false
}

// good reports whether a token is neither over nor of somebody who may no longer do what it
// does: who was given less holds no more by a token of before.
func (o *Organisation) good(t Token, now time.Time) bool {
	m := o.member(t.By)
	return now.Before(t.Expires) && (t.By == "" || m != nil && May(m.Role, Build))
}

// amend reads an organisation, changes it and commits it with its event; where another
// changed it in between it does all of that again, with what is then true.
func (a *Act) amend(ctx context.Context, by Who, to Action, kind identity.EventKind, change func(*Organisation) (verbs []identity.Verb, detail string, err error)) error {
	return a.again(func() error {
		o, version, err := a.read(ctx, by, to)
		if err != nil {
			return err
		}
		return a.commit(ctx, o, version, kind, change)
	})
}

func (a *Act) commit(ctx context.Context, o Organisation, version uint64, kind identity.EventKind, change func(*Organisation) ([]identity.Verb, string, error)) error {
	verbs, detail, err := change(&o)
	if err != nil {
		return err
	}
	kept, err := a.Dossiers.Keep(organisations, string(o.ID), version, o)
	if err != nil {
		return err
	}
	_, err = a.Book.RecordPublic(ctx, event(kind, o.ID, detail), append([]identity.Verb{kept}, verbs...)...)
	return many("partner.commit", err)
}

// pace counts what an organisation begins and changes: each is an event of the public ledger,
// which nothing ever takes back, and whoever comes may found an organisation. What ends
// something, a member, a token, an application, is never counted.
func (a *Act) pace(o *Organisation) []identity.Verb {
	most := proven
	if len(o.Domains) == 0 && !a.Sandbox {
		most = unproven
	}
	i := a.Cover.Digest([]byte("partner-changes"), []byte(o.ID))
	return []identity.Verb{identity.Count{Index: i[:], Limit: most, Window: time.Hour, Now: a.Now()}}
}

// many says that an organisation did too much within an hour.
func many(op string, err error) error {
	if fault.Because(err, "too_many_tries") {
		return fault.Wrap(op, fault.TooMany, "partner_many", err)
	}
	return err
}

func (a *Act) again(do func() error) (err error) {
	for range tries {
		if err = do(); !fault.Because(err, "dossier_moved") {
			return err
		}
	}
	return err
}

// event names an organisation and its members by their random words alone.
func event(kind identity.EventKind, id ID, detail string) identity.Event {
	return identity.Event{Kind: kind, Detail: strings.TrimSpace(string(id) + " " + detail), Grounds: []identity.Ground{}}
}

// word is a new random one: 80 bits.
func word(prefix string) ID { return ID(prefix + identity.NewHandle().Text()[:14]) }

func (a *Act) today() time.Time { return a.Now().UTC().Truncate(time.Second) }
