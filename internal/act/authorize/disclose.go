package authorize

import (
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Ten values a day may be held against one person's, whoever asks and however
// many parties do: a citizen who is made to approve again and again is no
// dictionary to be searched (docs/adr/0030-plaintext.md).
const (
	matchesMost = 10
	matchesIn   = 24 * time.Hour
)

// agreed are the plain items that were asked and that the citizen chose to give.
func agreed(ask identity.Ask, give []string) []identity.PlainAsk {
	var out []identity.PlainAsk
	for _, i := range ask.Plain {
		if slices.Contains(give, i.Name()) {
			out = append(out, i)
		}
	}
	return out
}

// consent records the citizen's separate consents to plain text, one for each
// item, before any code exists (Arts 8, 9). Its id follows from the request's, so
// that a request is consented to once; a pushed one is taken by the same commit.
func (a *Act) consent(ctx context.Context, ask identity.Ask, o identity.Opened, p identity.Party, generation uint64, signed *identity.Approval, in Approval) (identity.EventID, error) {
	const op = "authorize.consent"
	items := agreed(ask, in.Give)
	now := a.Now().UTC().Truncate(time.Second)
	id, err := a.consentID("netid/plain/v1", ask.Transaction)
	if err != nil {
		return id, err
	}
	st := a.Statement(short(ask), p, in.Locale, in.Give)
	var consents []identity.Consent
	for _, line := range st.Items {
		if slices.ContainsFunc(items, func(i identity.PlainAsk) bool { return i.Name() == line.Name }) {
			d := a.Digest([]byte(st.Line(line)))
			consents = append(consents, identity.Consent{Subject: line.Name, Digest: d[:], Locale: in.Locale, Given: line.Given, Time: now})
		}
	}
	var grounds []identity.Ground
	for _, v := range []law.Verdict{a.Law.Discloses(p, items, consents), a.Law.InTerm(p, items, identity.Today(now)), a.Law.Seals(p)} {
		if err := v.Err(op); err != nil {
			return id, err
		}
		grounds = append(grounds, v.Ground())
	}
	if err := a.within(ctx, o, p, ask, items); err != nil {
		return id, err
	}
	certificate, err := identity.ParseCertificateID(signed.Certificate)
	if err != nil {
		return id, fault.At(op, err)
	}
	verbs := []identity.Verb{identity.GuardPerson{ID: o.ID, Standing: identity.Active, Epoch: o.Epoch}, identity.GuardCertificate{ID: certificate},
		identity.GuardLink{Index: a.Vault.LinkIndex(o, p.ID), Generation: generation}, identity.GuardParty{ID: p.ID}}
	if len(ask.Pushed) > 0 {
		verbs = append(verbs, identity.TakePushed{ID: ask.Pushed})
	}
	_, err = a.Book.Record(ctx, o, identity.Event{ID: id.String(), Kind: identity.Consented, Time: now, Party: p.ID, Name: &p.Name, Purpose: &p.Purpose.Text, Intent: ask.Intent,
		Consents: consents, Approval: signed, Grounds: grounds}, verbs...)
	if fault.Because(err, "already_recorded") {
		return id, fault.Wrap(op, fault.Gone, "request_used", err)
	}
	return id, fault.At(op, err)
}

// consentID is the record's of a consent that goes with a request: of the request's
// own day, another for each kind, and the same each time.
func (a *Act) consentID(kind, transaction string) (identity.EventID, error) {
	id, err := identity.ParseEventID(transaction)
	if err != nil {
		return id, fault.Wrap("authorize.consentID", fault.Invalid, "request_invalid", err)
	}
	d := a.Digest([]byte(kind), id[:])
	copy(id[2:], d[:]) // the first two bytes are the day
	return id, nil
}

// within counts the values that are to be matched, before any is looked at and
// whatever they are, so that parallel approvals cannot race it. Beyond the cap
// the request ends: the citizen's record says so, and the party cannot tell it
// from a no. Reason "match_cap".
func (a *Act) within(ctx context.Context, o identity.Opened, p identity.Party, ask identity.Ask, items []identity.PlainAsk) error {
	const op = "authorize.within"
	var notes []identity.Note
	for _, i := range items {
		if i.Match {
			notes = append(notes, identity.Count{Index: a.Vault.CounterIndex("match", o.ID[:]), Limit: matchesMost, Window: matchesIn, Now: a.Now()})
		}
	}
	if len(notes) == 0 {
		return nil
	}
	err := a.Store.Jot(ctx, notes...)
	if !fault.Because(err, "too_many_tries") {
		return fault.At(op, err)
	}
	if err := a.refuse(ctx, o, p, ask, identity.Event{Detail: capped}); err != nil {
		return fault.At(op, err)
	}
	return fault.Wrap(op, fault.Forbidden, "match_cap", err)
}

// capped is the detail of a record that says why a request ended without an answer.
const capped = "match-cap"
