package redress

import (
	"context"
	"strings"
	"time"
	"unicode"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// longest is a citation, in characters.
const longest = 200

// Answer takes a party's word about a request that it was sent: done, or the law
// by which it does not delete. The first word stands; the same again is the
// same. Of a person who is not here any more it is counted, and nothing else.
func (a *Act) Answer(ctx context.Context, party identity.PartyID, request string, done bool, citation string) error {
	const op = "redress.Answer"
	var ask identity.ErasureAsk
	if a.Asks.Open(request, &ask) != nil || ask.Party != party || a.old(ask) {
		return fault.New(op, fault.Invalid, "erasure_unknown")
	}
	v := a.Law.Deletes(done, citation)
	if err := v.Err(op); err != nil {
		return err
	}
	if len([]rune(citation)) > longest || strings.ContainsFunc(citation, func(r rune) bool { return !unicode.IsPrint(r) }) { // the citizen reads it
		return fault.New(op, fault.Invalid, "erasure_ground_invalid")
	}
	said := identity.ErasureDone
	if !done {
		said = identity.ErasureRefused + "/" + citation
	}
	p, err := a.Store.Party(ctx, party)
	if err != nil {
		return fault.At(op, err)
	}
	for range 8 {
		o, err := a.Vault.Open(ctx, ask.Person)
		switch {
		case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone):
			return fault.At(op, a.gone(ctx, ask))
		case err != nil:
			return fault.At(op, err)
		}
		err = a.answered(ctx, o, p, ask, said, v.Ground())
		switch {
		case fault.Because(err, "already_used"):
			return a.same(ctx, op, o, ask, said)
		case fault.Because(err, "standing_changed"): // frozen, or signed out everywhere, meanwhile
		default:
			return fault.At(op, err)
		}
	}
	return fault.New(op, fault.Unavailable, "try_again")
}

func (a *Act) old(ask identity.ErasureAsk) bool {
	return identity.DayOf(a.Now())-ask.Record.Day() > int32(identity.ErasureHeard/(24*time.Hour))
}

// answered is one try. That the request is taken is the guard that makes of any
// number of answers one; it outlives the time for which they are heard.
func (a *Act) answered(ctx context.Context, o identity.Opened, p identity.Party, ask identity.ErasureAsk, said string, ground identity.Ground) error {
	once, count := a.taken(ask)
	_, err := a.Book.Record(ctx, o, identity.Event{Kind: identity.ErasureAnswered, Party: p.ID, Name: &p.Name, Detail: ask.Record.String() + "/" + said, Grounds: []identity.Ground{ground}},
		identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}, once, count)
	return err
}

// taken is the request's name, and one more that was answered of its day.
func (a *Act) taken(ask identity.ErasureAsk) (identity.TakeOnce, identity.Count) {
	name := a.Vault.CounterIndex("erasure-answer", ask.Record[:])
	due := ask.Record.Day() + int32(identity.ErasureTerm/(24*time.Hour))
	return identity.TakeOnce{ID: name[:16], Until: day(a.Now()).Add(identity.ErasureHeard + 48*time.Hour)}, a.tally(a.dueIndex(heard, ask.Party, due))
}

// gone counts the answer about a person who left meanwhile: the party did its part.
func (a *Act) gone(ctx context.Context, ask identity.ErasureAsk) error {
	once, count := a.taken(ask)
	err := a.Store.Jot(ctx, once, count)
	if fault.Because(err, "already_used") {
		return nil
	}
	return err
}

// same looks whether what the party says now is what it said.
func (a *Act) same(ctx context.Context, op string, o identity.Opened, ask identity.ErasureAsk, said string) error {
	rows, err := a.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
	if err != nil {
		return fault.At(op, err)
	}
	for _, r := range rows {
		e, _, err := ledger.OpenEntry(o.Keys, r)
		if err != nil {
			return fault.At(op, err)
		}
		if e.Kind == identity.ErasureAnswered && e.Detail == ask.Record.String()+"/"+said {
			return nil
		}
	}
	return fault.New(op, fault.Conflict, "erasure_answered")
}
