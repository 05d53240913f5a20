package guard

import (
	"bytes"
	"context"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Waiting are the matters that wait for the guardian, of minors who are theirs now.
func (a *Act) Waiting(ctx context.Context, s identity.Session) ([]identity.Matter, error) {
	all, err := a.before(ctx, s, func(m identity.Matter) bool { return m.GivenUp.IsZero() && m.Answer == "" })
	return all, fault.At("guard.Waiting", err)
}

// Stopped are the applications that lay before the guardian, and that who applied gave up.
func (a *Act) Stopped(ctx context.Context, s identity.Session) ([]identity.Matter, error) {
	all, err := a.before(ctx, s, func(m identity.Matter) bool { return !m.GivenUp.IsZero() })
	return all, fault.At("guard.Stopped", err)
}

func (a *Act) before(ctx context.Context, s identity.Session, shows func(identity.Matter) bool) ([]identity.Matter, error) {
	o, wards, err := a.visit(ctx, s)
	if err != nil {
		return nil, err
	}
	all, _, err := a.places(ctx, o)
	if err != nil {
		return nil, err
	}
	var list []identity.Matter
	for _, h := range all {
		if shows(h.Matter) && !a.over(h) && wards[h.Ward] {
			list = append(list, h.Matter)
		}
	}
	return list, nil
}

// Reply is what the guardian's browser sends.
type Reply struct {
	Key         []byte
	Answer      identity.GuardianAnswer
	Certificate string
	Signature   []byte // of a yes: by the guardian's device, over Text
}

// Answer records the guardian's answer, in their own records, and leaves it where
// the minor's browser finds it. An answer is given once.
func (a *Act) Answer(ctx context.Context, s identity.Session, in Reply) error {
	const op = "guard.Answer"
	for range 8 { // what the child or the guardian decided elsewhere meanwhile is read again
		err := a.answer(ctx, s, in)
		if !again(err) {
			return fault.At(op, err)
		}
	}
	return fault.New(op, fault.Unavailable, "try_again")
}

func again(err error) bool {
	for _, guard := range []string{"consent_there", "consent_over", "link_changed", "already_used", "too_many_tries", "draft_exists"} {
		if fault.Because(err, guard) {
			return true
		}
	}
	return false
}

func (a *Act) answer(ctx context.Context, s identity.Session, in Reply) error {
	const op = "guard.answer"
	o, wards, err := a.visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	h, err := a.find(ctx, o, in.Key)
	if err != nil {
		return fault.At(op, err)
	}
	verdict, err := a.mayGuard(ctx, op, o, wards[h.Ward], h.Regime)
	if err != nil {
		return err
	}
	event := identity.Event{ID: identity.NewEventID(a.Now()).String(), Kind: identity.GuardianRefused, Detail: string(h.Kind), Grounds: []identity.Ground{verdict.Ground()}}
	verbs := []identity.Verb{identity.GuardPerson{ID: o.ID, Standing: identity.Active, Epoch: o.Epoch}, identity.GuardCertificate{ID: s.Certificate}}
	var party identity.Party
	if h.Kind == identity.MatterUse {
		if party, err = a.Store.Party(ctx, h.Party); err != nil {
			return fault.At(op, err)
		}
		event.Party, event.Name, event.Purpose = party.ID, &party.Name, &party.Purpose.Text
	}
	switch in.Answer {
	case identity.GuardianNo:
	case identity.GuardianYes, identity.GuardianAlways:
		event.Kind = identity.GuardianAgreed
		if event.Approval, err = a.signed(ctx, s, h.Matter, in); err != nil {
			return fault.At(op, err)
		}
		more, err := a.lasting(ctx, op, o, wards, h.Matter, party, in.Answer, &event)
		if err != nil {
			return err
		}
		verbs = append(verbs, more...)
	default:
		return fault.New(op, fault.Invalid, "choice_missing")
	}
	h.Matter.Answer = in.Answer
	from := h.row.Version
	h.row.Version++
	if h.row.Body, err = a.Vault.SealMatter(o, h.row.ID, h.Matter); err != nil {
		return fault.At(op, err)
	}
	_, err = a.Book.Record(ctx, o, event, append(verbs, identity.SwapDraft{Draft: h.row, From: from})...)
	return fault.At(op, err)
}

// find is the matter of this key that waits for the guardian.
func (a *Act) find(ctx context.Context, o identity.Opened, key []byte) (held, error) {
	const op = "guard.find"
	all, _, err := a.places(ctx, o)
	if err != nil {
		return held{}, err
	}
	for _, h := range all {
		switch {
		case !bytes.Equal(h.Key, key):
		case a.over(h):
			return held{}, fault.New(op, fault.Gone, "request_expired")
		case !h.GivenUp.IsZero():
			return held{}, fault.New(op, fault.Gone, "matter_given_up")
		case h.Answer != "":
			return held{}, fault.New(op, fault.Gone, "request_used")
		default:
			return h, nil
		}
	}
	return held{}, fault.New(op, fault.Gone, "request_expired")
}

// mayGuard asks the law whether this person acts for this minor now.
func (a *Act) mayGuard(ctx context.Context, op string, o identity.Opened, related bool, ward identity.Regime) (law.Verdict, error) {
	regime, err := a.Vault.Regime(ctx, o, a.today())
	if err != nil {
		return law.Verdict{}, fault.At(op, err)
	}
	v := a.Law.Guards(law.Guardian{Standing: o.Standing, Regime: regime, Related: related, Ward: ward})
	return v, v.Err(op)
}

// signed checks that the guardian's device signed the matter, with the
// certificate of this session.
func (a *Act) signed(ctx context.Context, s identity.Session, m identity.Matter, in Reply) (*identity.Approval, error) {
	const op = "guard.signed"
	row, err := a.Store.Certificate(ctx, s.Certificate)
	if err != nil {
		return nil, err
	}
	c, err := a.Vault.OpenCertificate(row)
	if err != nil {
		return nil, err
	}
	if in.Certificate != s.Certificate.String() || c.Person != s.Person || !c.ValidAt(a.Now()) {
		return nil, fault.New(op, fault.Unauthenticated, "session_over")
	}
	text := a.Text(m)
	if err := client.CheckDevice(text, in.Signature, c.Device); err != nil {
		return nil, fault.Wrap(op, fault.Unauthenticated, "signature_invalid", err)
	}
	if m.Kind != identity.MatterUse {
		return nil, nil // it is no statement about a party
	}
	return &identity.Approval{Statement: text, Signature: in.Signature, Device: c.Device, Certificate: c.ID.String()}, nil
}

// lasting is what a yes does besides: an application is counted; of a use, the
// guardian may agree for this party until they withdraw.
func (a *Act) lasting(ctx context.Context, op string, o identity.Opened, wards map[identity.PersonHandle]bool, m identity.Matter, p identity.Party, answer identity.GuardianAnswer, event *identity.Event) ([]identity.Verb, error) {
	if m.Kind == identity.MatterApply {
		return a.gathers(ctx, o, wards, m.Ward)
	}
	child, err := a.Vault.Open(ctx, m.Person)
	if err != nil {
		return nil, fault.At(op, err)
	}
	regime, err := a.Vault.Regime(ctx, child, a.today())
	if err != nil {
		return nil, fault.At(op, err)
	}
	if regime != identity.Child { // they decide alone since this morning
		return nil, fault.New(op, fault.Gone, "request_expired")
	}
	verbs := []identity.Verb{identity.GuardPerson{ID: child.ID, Standing: identity.Active, Epoch: child.Epoch}, identity.GuardParty{ID: p.ID}}
	if answer != identity.GuardianAlways {
		return verbs, nil
	}
	lasts, err := a.always(ctx, o, child, p, event)
	return append(verbs, lasts...), err
}

// always is the consent that lasts. It takes the place of a guardian's, never of
// a no of the child's: of two who decide, the no holds, whoever said it first.
func (a *Act) always(ctx context.Context, o, child identity.Opened, p identity.Party, event *identity.Event) ([]identity.Verb, error) {
	const op = "guard.always"
	id, err := identity.ParseEventID(event.ID)
	if err != nil {
		return nil, err
	}
	index := a.Vault.LinkIndex(child, p.ID)
	generation, err := a.Store.Link(ctx, index)
	if err != nil {
		return nil, err
	}
	before, err := a.Store.Consent(ctx, index)
	if err != nil && !fault.Because(err, "consent_over") {
		return nil, err
	}
	now := a.Now().UTC().Truncate(time.Second)
	var verbs []identity.Verb
	if len(before) > 0 {
		was, err := a.Vault.OpenConsent(child, p.ID, before)
		if err != nil {
			return nil, err
		}
		if was.Refuses(now) {
			return nil, fault.New(op, fault.Conflict, "child_refuses")
		}
		verbs = append(verbs, identity.GuardConsent{Index: index, Body: before})
	}
	terms := a.Digest(p.Terms())
	c := identity.StandingConsent{ID: id, Party: p.ID, Generation: generation, Terms: terms[:], Given: now, Until: now.AddDate(0, 0, identity.GuardianDays), By: o.ID}
	body, err := a.Vault.SealConsent(child, c)
	if err != nil {
		return nil, err
	}
	event.Until = &c.Until
	return append(verbs, identity.KeepConsent{Index: index, Owner: a.Vault.LinkOwner(child), Generation: generation, Alone: len(before) == 0,
		Until: c.Until.Truncate(24 * time.Hour).Add(24 * time.Hour), Body: body}), nil
}
