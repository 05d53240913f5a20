package main

import (
	"context"
	"sync"

	"netid/internal/act/assist"
	"netid/internal/act/look"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/quorum"
	"netid/internal/suite"
	"netid/internal/vault"
)

// assisting wires lawful assistance: after the staff, whose auditors each opening pages.
func (h *house) assisting(v *vault.Guarded, book *ledger.Book) *assist.Act {
	index := h.ring.Secret("escrow")
	return &assist.Act{Dossiers: h.desk, Store: h.store, Quorum: h.quorum, Persons: people{v, h.store}, Words: suite.NewRotatingBox(h.ring.Secrets("request"), h.epoch.Label("assistance")),
		Index: func(n identity.Number, p identity.Period) []byte { return quorum.EscrowIndex(index, n, p) },
		Key:   recipientID, Page: h.staff.Page, Digest: suite.Digest, Walks: new(sync.Mutex), Book: book, Now: h.Now}
}

func recipientID(text string) (string, error) {
	r, err := suite.ParseRecipient(text)
	return r.ID(), err
}

// people are the vault, as lawful assistance needs it.
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

// escrow leaves persons' months to the officers, and with what was disclosed the way to
// who they are.
func (h *house) escrow(v *vault.Vault, classes func(identity.EventKind) (identity.Class, error)) *quorum.Escrow {
	e := quorum.NewEscrow(h.quorum, h.ring.Secret("escrow"), classes)
	e.Copies(v.ForOfficers)
	return e
}

// remindOfAssistance says which openings nobody reviewed in time, once each as long as the
// server runs.
func (h *house) remindOfAssistance(ctx context.Context, warned map[string]bool) {
	if err := h.assist.Sweep(ctx); err != nil && ctx.Err() == nil {
		h.Log.Error("tell the auditors of openings that are not reviewed", "err", err)
	}
	refs, err := h.assist.Overdue(ctx)
	if err != nil && ctx.Err() == nil {
		h.Log.Error("look which openings are not reviewed", "err", err)
	}
	for _, ref := range refs {
		if !warned[ref] {
			warned[ref] = true
			h.Log.Warn("overdue: netid assist list", "what", "review", "reference", ref)
		}
	}
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
