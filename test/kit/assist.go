package kit

import (
	"context"
	"sync"

	"netid/internal/act/assist"
	"netid/internal/act/look"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/quorum"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
	"netid/internal/vault"
)

// assists wires lawful assistance as a service does.
func (k *Kit) assists(ring *keyring.Ring, book *ledger.Book) *assist.Act {
	return &assist.Act{Dossiers: k.Staff.Dossiers, Store: k.Store, Quorum: k.Officers, Persons: people{k.Vault, k.Store}, Words: suite.NewRotatingBox(ring.Secrets("request"), "assistance"),
		Index: func(n identity.Number, p identity.Period) []byte {
			return quorum.EscrowIndex(ring.Secret("escrow"), n, p)
		},
		Key: recipient, Page: k.Staff.Page, Digest: suite.Digest, Walks: new(sync.Mutex), Book: book, Now: k.Now}
}

func recipient(text string) (string, error) {
	r, err := suite.ParseRecipient(text)
	return r.ID(), err
}

type people struct {
	*vault.Guarded
	all vault.Profiles
}

func (p people) NumberOfSubject(ctx context.Context, sector string, sub identity.Subject) (identity.Number, error) {
	return p.Guarded.NumberOfSubject(ctx, p.all, sector, sub)
}

func (p people) Sealed(ctx context.Context, n identity.Number) (s assist.SealedIdentity, err error) {
	s.Row, s.Body, s.Under, err = p.SealedIdentity(ctx, n)
	return s, err
}

// copies tell a citizen's copy of their data what authorities were given about them.
type copies struct{ *assist.Act }

func (c copies) Assisted(ctx context.Context, n identity.Number) (all []look.Assisted, err error) {
	told, err := c.Told(ctx, n)
	for _, t := range told {
		one := look.Assisted{Time: t.Time, Help: string(t.Help), Authority: t.Authority, Citation: t.Citation, Event: t.Event}
		if t.Late != nil {
			one.KeptBy, one.KeptUntil = t.Late.Citation, t.Late.Until
		}
		all = append(all, one)
	}
	return all, err
}
