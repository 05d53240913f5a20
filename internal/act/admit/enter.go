package admit

import (
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	maxInvitation = 7 * 24 * time.Hour
	openly        = 600 // registrations an hour that a sandbox takes from whoever comes
)

// Box seals what travels outside of the store.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// invitation is an initial access token (RFC 7591 §1.2) with its seal off.
// Nothing of it is stored until it is used up.
type invitation struct {
	ID      identity.Handle `json:"i"`
	Expires time.Time       `json:"x"`
}

// Told is what a party hears once, when it registers itself.
type Told struct {
	Secret string // empty: it proves itself otherwise, or keeps the one it has
	Access string // registration access token (RFC 7592)
}

// Invite makes an invitation for one party: single-use, at most seven days. For
// whom it is stands in the ledger, not in the invitation.
func (a *Act) Invite(ctx context.Context, whom string, life time.Duration) (string, time.Time, error) {
	const op = "admit.Invite"
	if life < time.Minute || life > maxInvitation {
		return "", time.Time{}, fault.New(op, fault.Invalid, "invitation_life_invalid")
	}
	if err := said(op, whom); err != nil {
		return "", time.Time{}, err
	}
	in := invitation{ID: identity.Handle(a.Keys.Random(32)), Expires: a.Now().UTC().Truncate(time.Second).Add(life)}
	sealed, err := a.Invitations.Seal(in)
	if err != nil {
		return "", time.Time{}, fault.At(op, err)
	}
	_, err = a.Book.RecordPublic(ctx, identity.Event{Kind: identity.PartyInvited, Detail: whom, Grounds: []identity.Ground{}})
	return sealed, in.Expires, fault.At(op, err)
}

// Enter is a party that registers itself. A sandbox lets in whoever comes, so
// many an hour; elsewhere an invitation is taken with the party's own row, and
// the party takes part when two operators have endorsed what it says of itself.
func (a *Act) Enter(ctx context.Context, sealed string, in Application) (identity.Party, Told, error) {
	const op = "admit.Enter"
	verbs, err := a.may(ctx, sealed, in.Sandbox)
	if err != nil {
		return identity.Party{}, Told{}, fault.At(op, err)
	}
	in.ID = "reg-" + identity.Handle(a.Keys.Random(32)).Text()[:22]
	access := identity.Handle(a.Keys.Random(32)).Text()
	p, secret, err := a.admit(ctx, in, func(p *identity.Party) {
		p.Access = a.access(p.ID, access)
	}, verbs...)
	switch {
	case fault.Because(err, "already_used"):
		return identity.Party{}, Told{}, fault.Wrap(op, fault.Unauthenticated, "invitation_used", err)
	case err != nil:
		return identity.Party{}, Told{}, fault.At(op, err)
	}
	return p, Told{secret, access}, nil
}

func (a *Act) access(id identity.PartyID, word string) []byte {
	d := a.Keys.Digest([]byte("party-access"), []byte(id), []byte(word))
	return d[:]
}

// may opens the door to whoever registers a party, and says what is used up with it.
func (a *Act) may(ctx context.Context, sealed string, sandbox bool) ([]identity.Verb, error) {
	const op = "admit.may"
	if sandbox {
		i := a.Keys.Digest([]byte("party-register"))
		return nil, a.Store.Jot(ctx, identity.Count{Index: i[:], Limit: openly, Window: time.Hour, Now: a.Now()})
	}
	var in invitation
	if err := a.Invitations.Open(sealed, &in); err != nil {
		return nil, fault.Wrap(op, fault.Unauthenticated, "invitation_invalid", err)
	}
	if !a.Now().Before(in.Expires) {
		return nil, fault.New(op, fault.Unauthenticated, "invitation_expired")
	}
	id := a.Keys.Digest([]byte("party-invitation"), in.ID[:])
	return []identity.Verb{identity.TakeOnce{ID: id[:], Until: in.Expires.Add(time.Minute)}}, nil
}

// admit judges and records a new party. Whoever is first in a sector takes it
// with the party's row, and so with its keys; of two that come at once the second
// finds it taken, and looks again at who is there.
func (a *Act) admit(ctx context.Context, in Application, also func(*identity.Party), verbs ...identity.Verb) (identity.Party, string, error) {
	p, secret, grounds, err := a.judge(in)
	if err != nil {
		return identity.Party{}, "", err
	}
	for again := true; ; again = false {
		first, err := a.sector(ctx, &p, in)
		if err != nil {
			return identity.Party{}, "", err
		}
		if p.Joins {
			p.Standing, p.Reason = identity.PartySuspended, identity.PartyReview
		}
		also(&p)
		a.vouched(ctx, &p, in.Endorsed)
		alone, err := a.alone(ctx, p, identity.Party{})
		if err != nil {
			return identity.Party{}, "", err
		}
		all := slices.Concat([]identity.Verb{identity.AdmitParty{Party: p}}, verbs, in.While, alone)
		if first {
			id := a.Keys.Digest([]byte("party-sector"), []byte(p.Sector))
			all = append(all, identity.TakeOnce{ID: id[:], Until: forever()})
		}
		err = a.record(ctx, p, grounds, all...)
		if again && (first && fault.Because(err, "already_used") || fault.Because(err, "too_many_tries")) {
			continue
		}
		if err != nil {
			return identity.Party{}, "", shared(err)
		}
		return p, secret, nil
	}
}

// forever is later than anything is swept: pseudonyms are never made anew.
func forever() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }
