package verify

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// access is an opaque access token with its seal off.
type access struct {
	Receipt    identity.EventID          `json:"i"`
	Person     identity.PersonID         `json:"o"`
	Party      identity.PartyID          `json:"p"`
	Generation uint64                    `json:"g"`
	Marks      map[identity.AgeMark]bool `json:"m,omitempty"`
	Time       time.Time                 `json:"t"`
	Expires    time.Time                 `json:"x"`
	Confirm    identity.Confirm          `json:"c,omitzero"`
	Until      time.Time                 `json:"u,omitzero"` // when the refresh token that came with it is over
}

// Claimed is what an access token may still say.
type Claimed struct {
	Party            identity.PartyID
	Subject          identity.Subject
	Marks            map[identity.AgeMark]bool
	Time, Expires    time.Time
	UserInfoAlg      string // how the party wants to be told; empty: unsigned
	identity.Confirm        // what its bearer must hold; the door checks
}

// Claims reads an access token. It is dead once its verification was revoked,
// the citizen withdrew, froze or erased, or the party was suspended. While use is
// stopped it says nothing (Unavailable "use_stopped") and is not dead.
func (a *Act) Claims(ctx context.Context, token string) (Claimed, error) {
	const op = "verify.Claims"
	dead := func(why string, err error) (Claimed, error) {
		return Claimed{}, &fault.Error{Op: op, Kind: fault.Unauthenticated, Public: why, Err: err}
	}
	var t access
	if err := a.Accesses.Open(token, &t); err != nil {
		return dead("token_invalid", err)
	}
	if !a.Now().Before(t.Expires) {
		return dead("token_expired", nil)
	}
	o, err := a.Vault.Open(ctx, t.Person)
	switch {
	case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone):
		return dead("token_revoked", err)
	case err != nil:
		return Claimed{}, fault.At(op, err)
	case o.Standing != identity.Active:
		return dead("token_revoked", nil)
	}
	p, err := a.Store.Party(ctx, t.Party)
	if err != nil {
		return Claimed{}, fault.At(op, err)
	}
	generation, err := a.Store.Link(ctx, a.Vault.LinkIndex(o, t.Party))
	if err != nil {
		return Claimed{}, fault.At(op, err)
	}
	revoked, err := a.Store.VerificationRevoked(ctx, a.Book.EntryKey(t.Receipt).ID)
	if err != nil {
		return Claimed{}, fault.At(op, err)
	}
	if revoked || generation != t.Generation || p.Standing != identity.PartyActive {
		return dead("token_revoked", nil)
	}
	if err := a.Book.Stopped(ctx, identity.Verified); err != nil { // it would be confirmed anew, and is no event that a stop holds
		return Claimed{}, fault.At(op, err)
	}
	return Claimed{t.Party, a.Vault.Subject(o, p.Sector), t.Marks, t.Time, t.Expires, p.UserInfoAlg, t.Confirm}, nil
}

// Revoke makes a party's own token dead, of either kind, and with it whatever
// else came of its verification (RFC 7009 §2.1). Of a token that is none, is over or is
// somebody else's nothing is said and nothing happens: there is nothing to
// revoke, or nobody who may.
func (a *Act) Revoke(ctx context.Context, party identity.PartyID, token string) error {
	var t access
	if a.Accesses.Open(token, &t) != nil {
		var r refresh
		if a.Refreshes.Open(token, &r) != nil {
			return nil
		}
		t = access{Receipt: r.Receipt, Party: r.Party, Expires: r.Expires, Until: r.Expires}
	}
	if t.Party != party || !a.Now().Before(t.Expires) {
		return nil
	}
	return fault.At("verify.Revoke", a.end(ctx, t.Receipt, t.Until))
}
