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
	Expires    time.Time                 `json:"x"`
}

// Claimed is what an access token may still say.
type Claimed struct {
	Party   identity.PartyID
	Subject identity.Subject
	Marks   map[identity.AgeMark]bool
}

// Claims reads an access token. It is dead once its verification was revoked,
// the citizen withdrew, froze or erased, or the party was suspended.
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
	return Claimed{t.Party, a.Vault.Subject(o, p.Sector), t.Marks}, nil
}
