// Package present is the act by which netid asks wallets for credentials in the
// name of a registered party that does not want to read them itself (ADR 0048).
//
// It owns what such a party may ask, and the rows of its questions. It refuses to
// know how a wallet is asked and how a credential is checked, which are the
// public package client's, and who answers: nobody here can find that out.
//
// Invariants: nothing is asked that the party did not register, with the law that it
// cites; a row is sealed under its name, which is in the question alone, so netid does not open
// what it keeps until the wallet or the party comes; it is answered once, on however many nodes.
package present

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// rowSize is of what bodies' lengths are multiples: whether a row was answered, and what, does not show.
const rowSize = 8 << 10

// Store keeps rows for minutes.
type Store interface {
	Draft(ctx context.Context, id []byte) (identity.DraftRow, error)
	Jot(ctx context.Context, notes ...identity.Note) error
}

// Cover seals a row under its name.
type Cover interface {
	ID(identity.Handle) []byte
	Seal(identity.Handle, any) ([]byte, error)
	Open(identity.Handle, []byte, any) error
}

// Act asks in parties' names.
type Act struct {
	Store  Store
	Cover  Cover
	Law    *law.Book
	Issuer string
}

// Kinds of credentials that parties may ask for, below the issuer.
const (
	kindPerson = "/credentials/person"
	kindAge    = "/credentials/age"
	realPerson = "real_person" // open in both
)

// Asks is the short form of a question: the kind, and what it must disclose. Of
// "person" nothing is hidden; age marks are.
func (a *Act) Asks(words []string) (kind string, claims []string, err error) {
	const op = "present.Asks"
	for _, w := range words {
		if w == "person" || w == realPerson {
			continue
		}
		m, err := identity.ParseAgeMark(w)
		if err != nil {
			return "", nil, fault.At(op, err)
		}
		if !slices.Contains(claims, string(m)) {
			claims = append(claims, string(m))
		}
	}
	switch {
	case len(words) == 0:
		return "", nil, fault.New(op, fault.Invalid, "query_invalid")
	case claims == nil:
		return a.Issuer + kindPerson, nil, nil
	}
	return a.Issuer + kindAge, claims, nil
}

// May refuses a question beyond what the party registered: another kind of
// credential, a claim that it has no use for, an age mark without the law that it
// cites (Art. 10). kinds are all that the question names, and of each its claims.
func (a *Act) May(p identity.Party, kinds map[string][]string) error {
	const op = "present.May"
	if p.Auth == identity.AuthNone { // anybody could ask in its name, and the citizen would read that name
		return fault.New(op, fault.Forbidden, "party_unproven")
	}
	if err := a.Law.Asks(p, []string{"result"}).Err(op); err != nil {
		return err
	}
	for kind, claims := range kinds {
		if kind != a.Issuer+kindPerson && kind != a.Issuer+kindAge {
			return fault.New(op, fault.Forbidden, "credential_unregistered")
		}
		for _, c := range claims {
			if c == realPerson {
				continue
			}
			m, err := identity.ParseAgeMark(c)
			if err != nil || string(m) != c || kind != a.Issuer+kindAge {
				return fault.New(op, fault.Forbidden, "credential_unregistered")
			}
			if err := a.Law.Marks(p, m).Err(op); err != nil {
				return err
			}
		}
	}
	return nil
}

// kept is a row with its seal off.
type kept struct {
	Text []byte `json:"t"`
	Even string `json:"w"`
}

// Put keeps a question's text under a new name.
func (a *Act) Put(ctx context.Context, name string, text []byte, until time.Time) error {
	const op = "present.Put"
	h, err := identity.ParseHandle(name)
	if err != nil {
		return fault.At(op, err)
	}
	body, err := a.seal(h, text)
	if err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, a.Store.Jot(ctx, identity.PutDraft{Draft: identity.DraftRow{ID: a.Cover.ID(h), Version: 1, Expires: until, Body: body}}))
}

// Get gives it back.
func (a *Act) Get(ctx context.Context, name string) ([]byte, error) {
	_, text, err := a.row(ctx, "present.Get", name)
	return text, err
}

// Replace puts another text in its place if it is still this one; of many who try,
// here and on other nodes, one succeeds (fault.Conflict).
func (a *Act) Replace(ctx context.Context, name string, was, becomes []byte) error {
	const op = "present.Replace"
	row, text, err := a.row(ctx, op, name)
	if err != nil {
		return err
	}
	if !bytes.Equal(text, was) {
		return fault.New(op, fault.Conflict, "request_used")
	}
	h, err := identity.ParseHandle(name)
	if err != nil {
		return fault.At(op, err)
	}
	next := identity.DraftRow{ID: row.ID, Version: row.Version + 1, Expires: row.Expires}
	if next.Body, err = a.seal(h, becomes); err != nil {
		return fault.At(op, err)
	}
	err = a.Store.Jot(ctx, identity.SwapDraft{Draft: next, From: row.Version})
	if fault.Because(err, "draft_moved") {
		return fault.Wrap(op, fault.Conflict, "request_used", err)
	}
	return fault.At(op, err)
}

func (a *Act) row(ctx context.Context, op, name string) (identity.DraftRow, []byte, error) {
	h, err := identity.ParseHandle(name)
	if err != nil {
		return identity.DraftRow{}, nil, fault.Wrap(op, fault.NotFound, "handle_unknown", err)
	}
	row, err := a.Store.Draft(ctx, a.Cover.ID(h))
	if err != nil {
		return row, nil, fault.At(op, err)
	}
	var in kept
	if err := a.Cover.Open(h, row.Body, &in); err != nil {
		return row, nil, fault.At(op, err)
	}
	return row, in.Text, nil
}

func (a *Act) seal(h identity.Handle, text []byte) ([]byte, error) {
	in := kept{Text: text}
	plain, err := json.Marshal(in)
	if err != nil {
		return nil, fault.Wrap("present.seal", fault.Internal, "internal", err)
	}
	in.Even = strings.Repeat(" ", rowSize-len(plain)%rowSize)
	return a.Cover.Seal(h, in)
}
