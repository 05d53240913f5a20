package authorize

import (
	"context"
	"math"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// hush makes the standing no that takes the place of whatever stands in the
// person's link to the party (docs/adr/0031-standing-consent.md).
func (a *Act) hush(ctx context.Context, o identity.Opened, p identity.Party, ask identity.Ask) (until time.Time, _ identity.Verb, err error) {
	id, err := identity.ParseEventID(ask.Transaction)
	if err != nil {
		return until, nil, fault.Wrap("authorize.hush", fault.Invalid, "request_invalid", err)
	}
	index := a.Vault.LinkIndex(o, p.ID)
	generation, err := a.Store.Link(ctx, index)
	if err != nil {
		return until, nil, err
	}
	now := a.Now().UTC().Truncate(time.Second)
	until = now.AddDate(0, 0, law.StandingDays)
	body, err := a.Vault.SealConsent(o, identity.StandingConsent{ID: id, Party: p.ID, Epoch: o.Epoch, Generation: generation, Given: now, Until: until, No: true})
	return until, identity.KeepConsent{Index: index, Owner: a.Vault.LinkOwner(o), Generation: generation, Until: dayAfter(until), Body: body}, err
}

// spared ends a request of which the citizen wants to see nothing, before its
// page is shown. Nothing of it is recorded: nothing was decided, and a party
// must not be able to bury the citizen's records.
func (a *Act) spared(ctx context.Context, s *identity.Session, ask identity.Ask) (bool, error) {
	if s == nil {
		return false, nil
	}
	no, err := a.unwanted(ctx, *s, ask.Party)
	if err != nil || !no {
		return false, err
	}
	return true, a.take(ctx, ask)
}

// unwanted reports whether the citizen is not to be asked by this party: they
// said so, or said no to it several times. It only spares them the
// page: a page that is open can still be approved, and their word undoes it.
func (a *Act) unwanted(ctx context.Context, s identity.Session, id identity.PartyID) (bool, error) {
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return false, nil // the page says what is the matter
	}
	often, err := a.often(ctx, o, id)
	if err != nil || often {
		return often, err
	}
	c, _, err := a.standing(ctx, o, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return c.Refuses(a.Now()), err
}

// counted are the verbs that count a refusal, in its own commit.
func (a *Act) counted(o identity.Opened, id identity.PartyID) (verbs []identity.Verb) {
	for _, q := range identity.Quiets() {
		verbs = append(verbs, identity.Count{Index: a.Vault.RefusalIndex(o, id, q.For), Limit: math.MaxInt, Window: q.For, Now: a.Now()})
	}
	return verbs
}

// often reports whether the citizen refused the party so often that it is
// answered for them, until the time that began with the first no is over.
func (a *Act) often(ctx context.Context, o identity.Opened, id identity.PartyID) (bool, error) {
	for _, q := range identity.Quiets() {
		n, since, err := a.Store.Counted(ctx, a.Vault.RefusalIndex(o, id, q.For))
		if err != nil || a.Now().Before(q.Until(n, since)) {
			return err == nil, err
		}
	}
	return false, nil
}

// uncounted forgets them.
func (a *Act) uncounted(o identity.Opened, id identity.PartyID) (notes []identity.Note) {
	for _, q := range identity.Quiets() {
		notes = append(notes, identity.Uncount{Index: a.Vault.RefusalIndex(o, id, q.For)})
	}
	return notes
}
