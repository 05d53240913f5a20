package authorize

import (
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// A standing consent (DESIGN 3.5, docs/adr/0031-standing-consent.md): given
// once and signed, it lets one party have the result again without a page. It
// answers for the device that signed it, and for the party as it then was.

// lasts asks the law whether one consent may cover this for so many days.
func (a *Act) lasts(r Request, days int) law.Verdict {
	items := []string{"result"}
	for _, i := range r.Plain {
		items = append(items, i.Name())
	}
	for _, m := range r.Marks {
		items = append(items, string(m.Mark))
	}
	for _, k := range r.Kinds {
		items = append(items, identity.Attestation(k)) // more than a sign-in
	}
	if r.Offline {
		items = append(items, "offline") // more than one sign-in
	}
	return a.Law.Lasts(law.Lasting{Asked: items, Intent: r.Intent, Mode: r.mode(), Days: days})
}

// mayAskQuietly refuses what no standing consent could answer. It looks at the
// request alone: what a party hears here tells nothing of who sits there.
func (a *Act) mayAskQuietly(op string, r Request) error {
	if r.mode() != identity.ModeCert {
		return fault.New(op, fault.Forbidden, "interaction_required") // a passcode, a face
	}
	return a.lasts(r, law.StandingDays).Err(op)
}

// remember records the standing consent that the device signed, in the commit
// that puts it in force. A decision that is sent twice is one consent.
func (a *Act) remember(ctx context.Context, o identity.Opened, ask identity.Ask, p identity.Party, cert identity.Certificate, generation uint64, used []identity.Ground, signed identity.Approval, now time.Time) error {
	const op = "authorize.remember"
	v := a.Law.Lasts(law.Lasting{Asked: asked(ask), Intent: ask.Intent, Mode: ask.Mode, Days: ask.Remember})
	if err := v.Err(op); err != nil {
		return err
	}
	id, err := a.consentID("netid/standing/v1", ask.Transaction)
	if err != nil {
		return err
	}
	c := identity.StandingConsent{ID: id, Party: p.ID, Certificate: cert.ID, Epoch: o.Epoch, Generation: generation, Terms: a.terms(p),
		Given: now, Until: now.AddDate(0, 0, ask.Remember)}
	body, err := a.Vault.SealConsent(o, c)
	if err != nil {
		return err
	}
	verbs := []identity.Verb{
		identity.GuardPerson{ID: o.ID, Standing: identity.Active, Epoch: o.Epoch},
		identity.GuardCertificate{ID: cert.ID},
		identity.GuardParty{ID: p.ID},
		identity.KeepConsent{Index: a.Vault.LinkIndex(o, p.ID), Owner: a.Vault.LinkOwner(o), Generation: generation, Until: dayAfter(c.Until), Body: body}}
	if len(ask.Pushed) > 0 {
		verbs = append(verbs, identity.TakePushed{ID: ask.Pushed})
	}
	_, err = a.Book.Record(ctx, o, identity.Event{ID: id.String(), Kind: identity.StandingGiven, Party: p.ID, Name: &p.Name, Purpose: &p.Purpose.Text,
		Intent: ask.Intent, Mode: ask.Mode, Approval: &signed, Until: &c.Until, Grounds: append(slices.Clone(used), v.Ground())}, verbs...)
	switch {
	case !fault.Because(err, "already_recorded"):
		return err
	case len(ask.Pushed) > 0:
		return fault.New(op, fault.Gone, "request_used")
	}
	return nil
}

func (a *Act) terms(p identity.Party) []byte {
	d := a.Digest(p.Terms())
	return d[:]
}

// dayAfter keeps the time of day of a consent out of its row.
func dayAfter(t time.Time) time.Time { return t.Truncate(24 * time.Hour).Add(24 * time.Hour) }

// Silent answers a request for which no page is needed, and gives "" where one
// is. Where the party wants none (prompt=none) it is told that one would be
// needed: one thing, login_required, whether nobody is signed in or whoever is
// did not consent, so that no party can ask who is here (OpenID Core §3.1.2.6).
func (a *Act) Silent(ctx context.Context, s *identity.Session, sealed string, browser identity.Handle) (string, error) {
	const op = "authorize.Silent"
	ask, err := a.ask(op, sealed, browser)
	if err != nil {
		return "", err
	}
	ans := identity.Answer{Error: "login_required"}
	if s != nil && ask.Remember > 0 && !ask.Shown {
		code, err := a.silently(ctx, *s, ask)
		switch {
		case err == nil:
			ans = identity.Answer{Code: code}
		case fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Internal) || fault.Because(err, "request_used"):
			return "", fault.At(op, err)
		}
	}
	if ans.Code == "" && !ask.Quiet {
		if no, err := a.spared(ctx, s, ask); err != nil || !no {
			return "", answered(op, err)
		}
		ans.Error = "access_denied"
	}
	return a.answer(op, ask, ans)
}

func (a *Act) silently(ctx context.Context, s identity.Session, ask identity.Ask) (string, error) {
	const op = "authorize.silently"
	over := fault.New(op, fault.Gone, "consent_over")
	now := a.Now().UTC().Truncate(time.Second)
	p, err := a.party(ctx, op, ask.Party)
	if err != nil {
		return "", err
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return "", err
	}
	c, _, err := a.standing(ctx, o, p.ID)
	if err != nil {
		return "", err
	}
	if !c.Holds(s.Certificate, o.Epoch, a.terms(p), now) || !a.meant(ask, o, p) {
		return "", over
	}
	// Nobody does anything now: the moment of authentication is that of the sign-in, or
	// of the consent where that came later, which this very device signed (Core §2, auth_time).
	at := s.At
	if c.Given.After(at) {
		at = c.Given
	}
	if ask.Within != nil && now.Unix()-at.Unix() > *ask.Within { // Core §3.1.2.1, max_age
		return "", over
	}
	cert, err := a.certificate(ctx, s, s.Certificate.String())
	if err != nil {
		return "", err
	}
	used, err := a.mayUse(ctx, op, o, cert, false)
	if err != nil {
		return "", err
	}
	v := a.Law.Lasts(law.Lasting{Asked: asked(ask), Intent: ask.Intent, Mode: ask.Mode, Days: int(now.Sub(c.Given) / (24 * time.Hour))})
	if err := v.Err(op); err != nil {
		return "", err
	}
	receipt, err := identity.ParseEventID(ask.Transaction)
	if err != nil {
		return "", fault.Wrap(op, fault.Invalid, "request_invalid", err)
	}
	if err := a.take(ctx, ask); err != nil {
		return "", answered(op, err)
	}
	return a.Codes.Seal(even(identity.Code{Receipt: receipt, Ask: short(ask), Person: o.ID, Epoch: o.Epoch, Certificate: cert.ID,
		Mode: identity.ModeCert, Generation: c.Generation, Standing: &c.ID, Grounds: append(used, v.Ground()), Time: at, Expires: now.Add(codeLife)}, evenSilent))
}

// standing is the consent that stands in the link to a party, and its row.
func (a *Act) standing(ctx context.Context, o identity.Opened, id identity.PartyID) (c identity.StandingConsent, body []byte, err error) {
	if body, err = a.Store.Consent(ctx, a.Vault.LinkIndex(o, id)); err == nil {
		c, err = a.Vault.OpenConsent(o, id, body)
	}
	return c, body, err
}

// EndStanding ends a standing consent, or a standing no, and nothing else: from
// this commit on the party's requests are put to the citizen again.
func (a *Act) EndStanding(ctx context.Context, s identity.Session, id identity.PartyID) error {
	const op = "authorize.EndStanding"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	p, err := a.Store.Party(ctx, id)
	if err != nil {
		return fault.At(op, err)
	}
	often, err := a.often(ctx, o, id)
	if err == nil && often {
		err = a.Store.Jot(ctx, a.uncounted(o, id)...)
	}
	if err != nil {
		return fault.At(op, err)
	}
	c, body, err := a.standing(ctx, o, id)
	if often && fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fault.At(op, err)
	}
	v := a.Law.Withdraws()
	if err := v.Err(op); err != nil {
		return err
	}
	_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.StandingEnded, Party: p.ID, Name: &p.Name, Standing: c.ID.String(), Grounds: []identity.Ground{v.Ground()}},
		identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch},
		identity.EndConsent{Index: a.Vault.LinkIndex(o, id), Body: body})
	return fault.At(op, err)
}
