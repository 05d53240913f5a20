// Package redress is the act by which a citizen asks more of a party than this
// service can do by itself: that it deletes what it keeps, and that the operator looks at it.
//
// It owns the request to erase (its term, its one answer) and the report (a
// reason of a closed list, once a month for each person, party and reason). It
// refuses to know how a request is signed or sent, and what a party keeps.
//
// Invariant: asking ends all that the party was allowed, in one commit with the
// request; an answer stands in the citizen's own records, once. Nothing is stored that
// leads from a request or a report to a person: what the operator counts
// holds numbers alone. Decision: docs/adr/0057-platforms.md.
package redress

import (
	"context"
	"encoding/json"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// waits is how long a request stays in the outbox: what is left of the party's
// term is then too little, and the citizen sees that nothing came.
const waits = 7 * 24 * time.Hour

// Store reads parties, links, counts and the person's own entries.
type Store interface {
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	Parties(ctx context.Context) ([]identity.Party, error)
	Link(ctx context.Context, index []byte) (uint64, error)
	Entry(ctx context.Context, key identity.EntryKey) (identity.EntryRow, error)
	EntriesOf(ctx context.Context, owner []byte) ([]identity.EntryRow, error)
	Counted(ctx context.Context, index []byte) (n int, since time.Time, err error)
	Jot(ctx context.Context, notes ...identity.Note) error
}

// Vault opens persons, names them to parties and names what is counted.
type Vault interface {
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	Visit(context.Context, identity.Session) (identity.Opened, error)
	Subject(identity.Opened, string) identity.Subject
	LinkIndex(identity.Opened, identity.PartyID) []byte
	LinkOwner(identity.Opened) []byte
	CounterIndex(kind string, parts ...[]byte) []byte
}

// Box seals what a party carries until it answers.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Post is the outbox.
type Post interface {
	Leave(m identity.Message, until time.Time) (identity.Deliver, error)
	Nudge()
}

// Parting tells a party that sessions are over.
type Parting interface {
	Letters(ctx context.Context, o identity.Opened, party identity.PartyID) ([]identity.Verb, error)
}

// Act asks in the citizen's name.
type Act struct {
	Asks    Box
	Store   Store
	Vault   Vault
	Post    Post
	Parting Parting
	Alarm   func(identity.PartyID, identity.Complaint) // hears of each report; nil: nobody does
	Book    *ledger.Book
	Law     *law.Book
	Now     func() time.Time
}

// Erase asks one party to delete what it keeps about the person. It ends first
// all that the party was allowed, as withdrawing does; what was lawful before stays so.
func (a *Act) Erase(ctx context.Context, s identity.Session, id identity.PartyID) error {
	const op = "redress.Erase"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	p, err := a.Store.Party(ctx, id)
	if err != nil {
		return fault.At(op, err)
	}
	if p.Erasures == "" {
		return fault.New(op, fault.Conflict, "erasure_not_taken")
	}
	v := a.Law.Withdraws()
	if err := v.Err(op); err != nil {
		return err
	}
	for range 8 {
		err := a.ask(ctx, op, o, p, v.Ground())
		if err == nil {
			a.Post.Nudge()
		}
		if !fault.Because(err, "link_changed") {
			return fault.At(op, err)
		}
	}
	return fault.New(op, fault.Unavailable, "try_again")
}

// ask is one try. The link is read before the records and cut by the commit: of
// two requests at once the second finds the first's.
func (a *Act) ask(ctx context.Context, op string, o identity.Opened, p identity.Party, ground identity.Ground) error {
	index := a.Vault.LinkIndex(o, p.ID)
	from, err := a.Store.Link(ctx, index)
	if err != nil {
		return err
	}
	if err := a.mayAsk(ctx, op, o, p.ID); err != nil {
		return err
	}
	letters, err := a.Parting.Letters(ctx, o, p.ID)
	if err != nil {
		return err
	}
	now := a.Now().UTC().Truncate(time.Second)
	id, due := identity.NewEventID(now), now.Add(identity.ErasureTerm)
	letter, err := a.letter(o, p, id, due)
	if err != nil {
		return err
	}
	_, err = a.Book.Record(ctx, o, identity.Event{ID: id.String(), Time: now, Kind: identity.ErasureAsked, Party: p.ID, Name: &p.Name, Until: &due, Grounds: []identity.Ground{ground}},
		append(letters, letter,
			identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch},
			identity.CutLink{Index: index, Owner: a.Vault.LinkOwner(o), From: from},
			a.tally(a.dueIndex(asked, p.ID, identity.DayOf(due))))...) // the id's day and the term: Answer counts by the same
	return err
}

// mayAsk refuses a request for which there is nothing to delete, and one that is
// open: it was not answered, and its term runs; or it was, and nothing came after.
func (a *Act) mayAsk(ctx context.Context, op string, o identity.Opened, party identity.PartyID) error {
	rows, err := a.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
	if err != nil {
		return err
	}
	var last *identity.Erasure
	told := false // something, since the last request
	for _, r := range rows {
		e, _, err := ledger.OpenEntry(o.Keys, r)
		if err != nil {
			return err
		}
		if e.Party != party {
			continue
		}
		if last = last.After(e); e.Kind == identity.ErasureAsked {
			told = false
		}
		told = told || e.Kind == identity.Verified || e.Kind == identity.Refreshed
	}
	switch {
	case told && (last == nil || last.Done):
		return nil
	case last == nil || last.Done:
		return fault.New(op, fault.Conflict, "erasure_nothing")
	case a.Now().Before(last.Due):
		return fault.New(op, fault.Conflict, "erasure_waits")
	}
	return nil
}

func (a *Act) letter(o identity.Opened, p identity.Party, id identity.EventID, due time.Time) (identity.Deliver, error) {
	request, err := a.Asks.Seal(identity.ErasureAsk{Record: id, Person: o.ID, Party: p.ID})
	if err != nil {
		return identity.Deliver{}, err
	}
	text, err := json.Marshal(identity.ErasureNotice{Subject: a.Vault.Subject(o, p.Sector), Request: request, Due: due})
	if err != nil {
		return identity.Deliver{}, fault.Wrap("redress.letter", fault.Internal, "", err)
	}
	return a.Post.Leave(identity.Message{Kind: identity.ErasureToken, Address: string(p.ID), Text: string(text)}, a.Now().Add(waits))
}
