// Package logout is the act by which a session at a party ends.
//
// It owns what a session there is (a verification from which neither its party
// nor the citizen has parted since, at most thirty days old), how one is named
// to its party, and the notice that the party gets. It refuses to know how
// a logout token is signed or sent, and what the party's own session is.
//
// Invariant: an end is one event of the citizen's records, and in its commit lie
// the end of the tokens and the notice to that party; a second end of the same
// changes nothing. No party hears of another's: what two of them are
// told has nothing in common. Decision: docs/adr/0029-logout.md.
package logout

import (
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

const (
	askLife = 10 * time.Minute
	// Late is when a notice is of no use any more: what the party's server has missed for so long, its own sessions have outlived.
	Late = 24 * time.Hour
	// most notices of one commit: who ends everything is told to the parties seen last.
	most = 64
)

// Store reads parties, links and the person's own entries.
type Store interface {
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	Link(ctx context.Context, index []byte) (uint64, error)
	EntriesOf(ctx context.Context, owner []byte) ([]identity.EntryRow, error)
	VerificationRevoked(ctx context.Context, id []byte) (bool, error)
}

// Vault opens persons and names them to parties.
type Vault interface {
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	Visit(context.Context, identity.Session) (identity.Opened, error)
	Subject(identity.Opened, string) identity.Subject
	LinkIndex(identity.Opened, identity.PartyID) []byte
	LinkOwner(identity.Opened) []byte
}

// Box seals small values that travel with the caller.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Post is the outbox.
type Post interface {
	Leave(m identity.Message, until time.Time) (identity.Deliver, error)
	Nudge()
}

// Act ends sessions.
type Act struct {
	Sids, Goodbyes Box
	Store          Store
	Vault          Vault
	Post           Post
	Digest         func(parts ...[]byte) [32]byte
	Book           *ledger.Book
	Law            *law.Book
	Now            func() time.Time
}

// Hinted ends the session that a party names by its `sid`. Of one that is over,
// was ended in another way, or is another party's, nothing is said and
// nothing happens.
func (a *Act) Hinted(ctx context.Context, party identity.PartyID, sid string) error {
	const op = "logout.Hinted"
	var s identity.PartySession
	if a.Sids.Open(sid, &s) != nil || s.Party != party || s.Over(a.Now()) {
		return nil
	}
	o, err := a.Vault.Open(ctx, s.Person)
	switch {
	case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone):
		return nil
	case err != nil:
		return fault.At(op, err)
	case o.Standing != identity.Active: // freezing ended it
		return nil
	}
	return fault.At(op, a.end(ctx, o, s, sid))
}

// End ends one session at the citizen's word.
func (a *Act) End(ctx context.Context, visit identity.Session, receipt identity.EventID) error {
	const op = "logout.End"
	o, err := a.Vault.Visit(ctx, visit)
	if err != nil {
		return fault.At(op, err)
	}
	live, _, err := a.living(ctx, o)
	if err != nil {
		return fault.At(op, err)
	}
	i := slices.IndexFunc(live, func(s Session) bool { return s.Receipt == receipt })
	if i < 0 {
		return nil
	}
	generation, err := a.Store.Link(ctx, a.Vault.LinkIndex(o, live[i].Party))
	if err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, a.end(ctx, o, identity.PartySession{Receipt: receipt, Person: o.ID, Party: live[i].Party, Generation: generation}, live[i].sid))
}

// end is one event with the end of the tokens and the notice. Taking the
// session's name is the guard that makes two of them one.
func (a *Act) end(ctx context.Context, o identity.Opened, s identity.PartySession, sid string) error {
	p, err := a.Store.Party(ctx, s.Party)
	if err != nil {
		return err
	}
	ground := a.Law.Withdraws()
	if err := ground.Err("logout.end"); err != nil {
		return err
	}
	until := a.ended()
	key := a.Book.EntryKey(s.Receipt)
	name := a.Digest([]byte("session-ended"), key.ID)
	verbs := []identity.Verb{
		identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch},
		identity.GuardLink{Index: a.Vault.LinkIndex(o, p.ID), Generation: s.Generation},
		identity.TakeOnce{ID: name[:16], Until: until},
		identity.RevokeVerification{ID: key.ID, Until: until}}
	if p.BackChannel != "" && sid != "" {
		letter, err := a.letter(o, p, sid)
		if err != nil {
			return err
		}
		verbs = append(verbs, letter)
	}
	_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.SessionEnded, Party: p.ID, Name: &p.Name, Detail: s.Receipt.String(),
		Grounds: []identity.Ground{ground.Ground()}}, verbs...)
	switch {
	case fault.Because(err, "already_used") || fault.Because(err, "link_changed"): // somebody was quicker
		return nil
	case err == nil:
		a.Post.Nudge()
	}
	return err
}

// ended is until when it must be known that a session was: its refresh token, if
// there is one, outlives its name. A day more, for the day's grain of both.
func (a *Act) ended() time.Time { return a.Now().Add(identity.OfflineLife + 24*time.Hour) }

// EndAll ends every session at one party. It cuts the link, as withdrawing
// does, so that no code or token made before is good; the citizen's consent is untouched.
func (a *Act) EndAll(ctx context.Context, visit identity.Session, party identity.PartyID) error {
	const op = "logout.EndAll"
	o, err := a.Vault.Visit(ctx, visit)
	if err != nil {
		return fault.At(op, err)
	}
	p, err := a.Store.Party(ctx, party)
	if err != nil {
		return fault.At(op, err)
	}
	ground := a.Law.Withdraws()
	if err := ground.Err(op); err != nil {
		return err
	}
	return a.cut(ctx, op, o, p, identity.Event{Kind: identity.SessionEnded, Grounds: []identity.Ground{ground.Ground()}})
}

// UndoFor is how long a citizen may say of a verification that it was not them.
const UndoFor = 10 * time.Minute

// Disown is the citizen's word that a verification of the last ten minutes was
// not theirs. Whoever it was may sit in an account by now, so everything at that party
// ends: tokens, sessions, and what was consented to for longer. The party is told.
func (a *Act) Disown(ctx context.Context, visit identity.Session, receipt identity.EventID) error {
	const op = "logout.Disown"
	o, err := a.Vault.Visit(ctx, visit)
	if err != nil {
		return fault.At(op, err)
	}
	live, _, err := a.living(ctx, o)
	if err != nil {
		return fault.At(op, err)
	}
	i := slices.IndexFunc(live, func(s Session) bool { return s.Receipt == receipt })
	if i < 0 || !a.Now().Before(live[i].Time.Add(UndoFor)) {
		return fault.New(op, fault.Gone, "undo_late")
	}
	p, err := a.Store.Party(ctx, live[i].Party)
	if err != nil {
		return fault.At(op, err)
	}
	ground := a.Law.Withdraws()
	if err := ground.Err(op); err != nil {
		return err
	}
	return a.cut(ctx, op, o, p, identity.Event{Kind: identity.Disowned, Detail: receipt.String(), Grounds: []identity.Ground{ground.Ground()}})
}

// cut ends every session at a party under one event; where there is none it does nothing.
func (a *Act) cut(ctx context.Context, op string, o identity.Opened, p identity.Party, e identity.Event) error {
	e.Party, e.Name = p.ID, &p.Name
	index := a.Vault.LinkIndex(o, p.ID)
	for range 8 {
		from, err := a.Store.Link(ctx, index) // before the records: whoever cuts between the two has them say so
		if err != nil {
			return fault.At(op, err)
		}
		live, _, err := a.living(ctx, o)
		if err != nil {
			return fault.At(op, err)
		}
		live = slices.DeleteFunc(live, func(s Session) bool { return s.Party != p.ID })
		if len(live) == 0 {
			return nil
		}
		letters, err := a.letters(ctx, o, live)
		if err != nil {
			return fault.At(op, err)
		}
		_, err = a.Book.Record(ctx, o, e,
			append([]identity.Verb{identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch},
				identity.CutLink{Index: index, Owner: a.Vault.LinkOwner(o), From: from}}, letters...)...)
		if err == nil {
			a.Post.Nudge()
		}
		if !fault.Because(err, "link_changed") {
			return fault.At(op, err)
		}
	}
	return fault.New(op, fault.Unavailable, "try_again")
}

// Seal makes the text under which a log-out travels through the browser.
func (a *Act) Seal(g identity.Goodbye) (string, error) {
	g.Expires = a.Now().Add(askLife)
	s, err := a.Goodbyes.Seal(g)
	return s, fault.At("logout.Seal", err)
}

// Read is Open for the citizen's page, with the party if there is one.
func (a *Act) Read(ctx context.Context, sealed string) (identity.Goodbye, identity.Party, error) {
	const op = "logout.Read"
	g, err := a.Open(sealed)
	if err != nil || g.Party == "" {
		return g, identity.Party{}, fault.At(op, err)
	}
	p, err := a.Store.Party(ctx, g.Party)
	return g, p, fault.At(op, err)
}

// Open undoes Seal, for ten minutes.
func (a *Act) Open(sealed string) (g identity.Goodbye, err error) {
	const op = "logout.Open"
	if err := a.Goodbyes.Open(sealed, &g); err != nil {
		return g, fault.Wrap(op, fault.Invalid, "request_invalid", err)
	}
	if !a.Now().Before(g.Expires) {
		return g, fault.New(op, fault.Gone, "request_expired")
	}
	return g, nil
}
