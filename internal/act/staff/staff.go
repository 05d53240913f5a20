// Package staff is the act by which people work at the operator's console: how an
// account begins and ends, how its owner signs in, and how two of them do together
// what none of them does alone.
//
// It owns accounts, invitations, sessions, proposals and what auditors are shown. It
// refuses to know what a proposal does: cmd registers each kind (Kind).
//
// Invariants: an account is one person's and has one role and one passkey; no other way
// to sign in exists. What is done by two was signed by both over one text, which says
// all of it; the state of the proposal, what it does and the event are one commit, which
// also holds that both accounts stand as they were read. Decision: docs/adr/0062-staff.md.
package staff

import (
	"context"
	"encoding/hex"
	"strings"
	"time"
	"unicode"

	"netid/client"
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
	Guard(kind, name string, version uint64) identity.GuardDossier
	Drop(kind, name string, version uint64) identity.DropDossier
}

// Store writes what is no event: when somebody signed in.
type Store interface {
	Jot(ctx context.Context, notes ...identity.Note) error
}

// Cover computes digests and reads passkeys.
type Cover interface {
	ID(identity.Handle) []byte
	Digest(parts ...[]byte) [32]byte
	PasskeyOf(jwk []byte, origin string) ([]byte, error)
}

// Index names a person's reference under a key of the service.
type Index interface {
	CounterIndex(kind string, parts ...[]byte) []byte
}

// Box seals what a browser carries.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// The kinds of dossier.
const (
	accounts    = "staff"
	references  = "staff-reference"
	invitations = "staff-invitation"
	seen        = "staff-seen"
	outs        = "staff-out"
	founding    = "staff-founding"
	proposals   = "staff-proposal"
	alerts      = "staff-alert"
	settings    = "staff-settings"
)

// Act keeps accounts and proposals.
type Act struct {
	Dossiers   Dossiers
	Store      Store
	Cover      Cover
	Index      Index
	Sessions   Box
	Challenges Box
	Drafts     Box // proposals that nobody signed yet
	Book       *ledger.Book
	Issuer     string
	Kinds      map[law.Action]Kind // beside those of this act
	Now        func() time.Time
}

// ID of an account: the label by which public events name it, 16 hexadecimal digits
// drawn at random. Its passkey carries it.
type ID string

// Member is who is signed in.
type Member struct {
	ID     ID
	Name   string
	Role   law.Role
	Sector string // of a supervisor of a sector
}

// Account is one as it is kept. Of the person's reference it has the keyed digest alone;
// a proposal to invite them shows it to who approves.
type Account struct {
	Member
	Reference string    `json:"ref"` // keyed digest
	Manager   string    `json:"manager,omitempty"`
	Key       []byte    `json:"key"` // public JWK with its origin
	Joined    time.Time `json:"joined"`
	Enabled   time.Time `json:"enabled,omitzero"`
	Disabled  bool      `json:"disabled,omitempty"`
	Removed   bool      `json:"removed,omitempty"`
}

// Listed is an account as its colleagues see it.
type Listed struct {
	Account
	Seen   time.Time
	Stands bool
	Why    string // "removed", "disabled", "dormant" or ""
}

// Accounts are all of them.
func (a *Act) Accounts(ctx context.Context) (all []Listed, err error) {
	const op = "staff.Accounts"
	dormant, err := a.Setting(ctx, law.DormantDays)
	if err != nil {
		return nil, fault.At(op, err)
	}
	err = a.Dossiers.List(ctx, accounts, func(name string, _ uint64, open func(any) error) error {
		var one Account
		if err := open(&one); err != nil {
			return err
		}
		l, err := a.listed(ctx, one, dormant)
		all = append(all, l)
		return err
	})
	return all, fault.At(op, err)
}

func (a *Act) listed(ctx context.Context, one Account, dormant int) (Listed, error) {
	l := Listed{Account: one, Seen: one.Joined}
	var last time.Time
	if _, err := a.Dossiers.Read(ctx, seen, string(one.ID), &last); err != nil && !fault.Is(err, fault.NotFound) {
		return l, err
	}
	for _, t := range []time.Time{last, one.Enabled} {
		if t.After(l.Seen) {
			l.Seen = t
		}
	}
	switch {
	case one.Removed:
		l.Why = "removed"
	case one.Disabled:
		l.Why = "disabled"
	case a.Now().Sub(l.Seen) > time.Duration(dormant)*24*time.Hour:
		l.Why = "dormant"
	}
	l.Stands = l.Why == ""
	return l, nil
}

// account is one with its version.
func (a *Act) account(ctx context.Context, id ID) (l Listed, version uint64, err error) {
	var one Account
	version, err = a.Dossiers.Read(ctx, accounts, string(id), &one)
	if err != nil {
		return l, 0, fault.Missing("staff.account", err, "staff_unknown")
	}
	dormant, err := a.Setting(ctx, law.DormantDays)
	if err != nil {
		return l, 0, err
	}
	l, err = a.listed(ctx, one, dormant)
	return l, version, err
}

// depth is how far up a reporting line is followed.
const depth = 32

// signatory is the account as the law judges it, with the line above it as far as
// accounts say it.
func (a *Act) signatory(ctx context.Context, l Listed) (law.Signatory, error) {
	s := law.Signatory{Account: string(l.ID), Reference: l.Reference, Role: l.Role, Stands: l.Stands}
	for next := l.Manager; next != "" && len(s.Above) < depth; {
		s.Above = append(s.Above, next)
		r, _, err := a.reference(ctx, next)
		if err != nil {
			return s, err
		}
		next = r.Manager
	}
	return s, nil
}

// known is what stands at a person's reference: who they are here, and who leads them.
type known struct {
	Account ID        `json:"a"`
	Manager string    `json:"m,omitempty"`
	Until   time.Time `json:"u,omitzero"` // of an invitation that nobody took yet
	Free    bool      `json:"f,omitempty"`
}

func (a *Act) reference(ctx context.Context, digest string) (k known, version uint64, err error) {
	version, err = a.Dossiers.Read(ctx, references, digest, &k)
	if fault.Is(err, fault.NotFound) {
		return known{}, 0, nil
	}
	return k, version, err
}

// digest of what the operator calls a person by: "" for nobody.
func (a *Act) digest(reference string) string {
	reference = strings.ToUpper(strings.TrimSpace(narrow(reference)))
	if reference == "" {
		return ""
	}
	return hex.EncodeToString(a.Index.CounterIndex("staff-reference", []byte(reference)))
}

// narrow writes the wide forms of letters and digits, as Chinese is typed, as the narrow ones.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			return r - ('！' - '!')
		}
		return r
	}, s)
}

// Person is who has an account, as a rule tells people apart (law.Hand).
func (a *Act) Person(ctx context.Context, by Member) (law.Hand, error) {
	l, _, err := a.account(ctx, by.ID)
	return law.Hand{Name: l.Name, Person: l.Reference}, fault.At("staff.Person", err)
}

// PersonOf is somebody whom the operator calls by a reference, with an account or without.
func (a *Act) PersonOf(name, reference string) law.Hand {
	return law.Hand{Name: name, Person: a.digest(reference)}
}

func (a *Act) label() ID {
	h := identity.NewHandle()
	return ID(hex.EncodeToString(h[:8]))
}

// plainText reports whether people read it as one line of at most so many characters.
func plainText(s string, most int) bool {
	n := 0
	for _, r := range s {
		if n++; !unicode.IsPrint(r) {
			return false
		}
	}
	return n > 0 && n <= most && strings.TrimSpace(s) == s
}

// signed reports whether the account's passkey signed the text.
func (l Listed) signed(op, text string, signature []byte) error {
	return fault.Wrap(op, fault.Forbidden, "signature_invalid", client.CheckDevice([]byte(text), signature, l.Key))
}
