package authorize

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// guardianLife is how long a use waits for a guardian: within the life of its request.
const guardianLife = 10 * time.Minute

// Guardians put a child's use before the guardians, and say what they answered (Art. 5).
type Guardians interface {
	Ask(ctx context.Context, m identity.Matter) error
	Answered(ctx context.Context, ward identity.PersonHandle, key []byte) (identity.Agreed, error)
	Stands(ctx context.Context, ward identity.PersonHandle, by identity.PersonID) (identity.Agreed, error)
}

// wait is a child's signed approval on its way to a guardian's yes: it travels
// sealed with the child's browser.
type wait struct {
	Code    identity.Code         `json:"c"`
	Ask     identity.Ask          `json:"a"`
	Ward    identity.PersonHandle `json:"w"`
	Key     []byte                `json:"k"`
	Expires time.Time             `json:"x"`
}

// ApproveGuarded is Approve for a child under 14: what the child's device signed is
// put before the guardians, and the child's browser keeps it, sealed, until Resume.
// Where a guardian agreed for this party before, the answer is there at once.
func (a *Act) ApproveGuarded(ctx context.Context, s identity.Session, sealed string, browser identity.Handle, in Approval) (answer, waits string, err error) {
	const op = "authorize.ApproveGuarded"
	ask, err := a.ask(op, sealed, browser)
	if err != nil {
		return "", "", err
	}
	d, err := a.decide(ctx, op, s, ask, in, true)
	if fault.Because(err, "other_person") {
		answer, err = a.other(ctx, op, ask)
		return answer, "", err
	}
	if err != nil {
		return "", "", err
	}
	if d.lasts() {
		return "", "", fault.New(op, fault.Forbidden, "child_once")
	}
	p, err := a.Vault.Identity(ctx, d.who)
	if err != nil {
		return "", "", fault.At(op, err)
	}
	now := a.Now().UTC().Truncate(time.Second)
	key := a.Digest([]byte("netid/guardian/use/v1"), d.who.ID[:], d.statement)
	w := wait{Code: a.code(d, now), Ask: ask, Ward: p.Handle, Key: key[:16], Expires: now.Add(guardianLife)}
	yes, err := a.before(ctx, d)
	switch {
	case err == nil:
		answer, err = a.guarded(ctx, op, w, d.who, d.party, yes)
		return answer, "", err
	case !fault.Because(err, "guardian_waits"):
		return "", "", fault.At(op, err)
	}
	if err := a.Guardians.Ask(ctx, identity.Matter{Kind: identity.MatterUse, Key: w.Key, Ward: p.Handle, Person: d.who.ID, Name: identity.MaskName(p.Name),
		Regime: identity.Child, Party: d.party.ID, Text: d.statement, Until: w.Expires}); err != nil {
		return "", "", fault.At(op, err)
	}
	waits, err = a.Waits.Seal(w)
	return "", waits, fault.At(op, err)
}

// lasts reports whether more would be given than a child under 14 gives: this one
// result, and age marks.
func (d decision) lasts() bool {
	offline, standing := d.ask.Offline.Item(), short(d.ask).Lasting()
	for _, item := range d.give {
		if d.ask.Offline > 0 && item == offline || standing != "" && item == standing {
			return true
		}
	}
	return len(agreed(d.ask, d.give)) > 0
}

// before is a guardian's consent to this party that stands, and whose guardian is
// one still; "guardian_waits" if there is none.
func (a *Act) before(ctx context.Context, d decision) (identity.Agreed, error) {
	none := fault.New("authorize.before", fault.Conflict, "guardian_waits")
	c, body, err := a.standing(ctx, d.who, d.party.ID)
	if fault.Because(err, "consent_over") {
		return identity.Agreed{}, none
	}
	if err != nil {
		return identity.Agreed{}, err
	}
	if !c.HoldsBy(d.generation, a.terms(d.party), a.Now()) {
		return identity.Agreed{}, none
	}
	p, err := a.Vault.Identity(ctx, d.who)
	if err != nil {
		return identity.Agreed{}, err
	}
	yes, err := a.Guardians.Stands(ctx, p.Handle, c.By)
	yes.Verbs = append(yes.Verbs, identity.GuardConsent{Index: a.Vault.LinkIndex(d.who, d.party.ID), Body: body})
	return yes, err
}

// Resume goes on with what waited, in the browser that began it: "" while no guardian
// answered. A guardian's no, and the end of the time, are a no like any.
func (a *Act) Resume(ctx context.Context, s identity.Session, waits string, browser identity.Handle) (string, error) {
	const op = "authorize.Resume"
	var w wait
	if err := a.Waits.Open(waits, &w); err != nil {
		return "", fault.Wrap(op, fault.Invalid, "request_invalid", err)
	}
	if string(w.Ask.Browser) != string(a.browser(browser)) || w.Code.Person != s.Person || w.Code.Certificate != s.Certificate {
		return "", fault.New(op, fault.Forbidden, "other_browser")
	}
	p, err := a.party(ctx, op, w.Ask.Party)
	if err != nil {
		return "", err
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return "", fault.At(op, err)
	}
	if !a.Now().Before(w.Expires) {
		return a.refusedBy(ctx, op, w, o, p, expired)
	}
	for range 8 {
		yes, err := a.Guardians.Answered(ctx, w.Ward, w.Key)
		if fault.Because(err, "guardian_waits") { // or the yes is used up, and its answer was lost on the way
			if used, err := a.agreedTo(ctx, w.Ask); err != nil || !used {
				return "", fault.At(op, err)
			}
			return a.guarded(ctx, op, w, o, p, identity.Agreed{})
		}
		switch {
		case fault.Because(err, "guardian_refused"):
			return a.refusedBy(ctx, op, w, o, p, guardianSaid)
		case err != nil:
			return "", fault.At(op, err)
		}
		answer, err := a.guarded(ctx, op, w, o, p, yes)
		if !fault.Because(err, "draft_moved") { // another guardian answered meanwhile
			return answer, err
		}
	}
	return "", fault.New(op, fault.Unavailable, "try_again")
}

// agreedTo reports whether a guardian's yes to the request was used already.
func (a *Act) agreedTo(ctx context.Context, ask identity.Ask) (bool, error) {
	id, err := a.consentID(guardianAgreed, ask.Transaction)
	if err != nil {
		return false, err
	}
	_, err = a.Store.Entry(ctx, a.Book.EntryKey(id))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// guardianAgreed makes the record's id of a guardian's yes from the request's.
const guardianAgreed = "netid/guardian/v1"

// The details of records that say why a child's request ended.
const (
	guardianSaid = "guardian"
	expired      = "guardian-silent"
)

func (a *Act) refusedBy(ctx context.Context, op string, w wait, o identity.Opened, p identity.Party, why string) (string, error) {
	// It counts like the citizen's own no: who asks too often is quiet for a while.
	if err := a.refuse(ctx, o, p, w.Ask, identity.Event{Detail: why}, a.counted(o, p.ID)...); err != nil {
		return "", answered(op, err)
	}
	return a.answer(op, w.Ask, identity.Answer{Error: "access_denied"})
}

// guarded uses a guardian's yes up, in the child's records, once, and seals the code. The
// facts of this moment are asked again: the child may have turned 14, been frozen, or lost the device.
func (a *Act) guarded(ctx context.Context, op string, w wait, o identity.Opened, p identity.Party, yes identity.Agreed) (string, error) {
	row, err := a.Store.Certificate(ctx, w.Code.Certificate)
	if err != nil {
		return "", fault.At(op, err)
	}
	cert, err := a.Vault.OpenCertificate(row)
	if err != nil {
		return "", fault.At(op, err)
	}
	used, err := a.mayUse(ctx, op, o, cert, true)
	if err != nil {
		return "", err
	}
	id, err := a.consentID(guardianAgreed, w.Ask.Transaction)
	if err != nil {
		return "", err
	}
	verbs := append(yes.Verbs[:len(yes.Verbs):len(yes.Verbs)],
		identity.GuardPerson{ID: o.ID, Standing: identity.Active, Epoch: w.Code.Epoch}, identity.GuardCertificate{ID: w.Code.Certificate},
		identity.GuardLink{Index: a.Vault.LinkIndex(o, p.ID), Generation: w.Code.Generation}, identity.GuardParty{ID: p.ID})
	if len(w.Ask.Pushed) > 0 {
		verbs = append(verbs, identity.TakePushed{ID: w.Ask.Pushed})
	}
	_, err = a.Book.Record(ctx, o, identity.Event{ID: id.String(), Kind: identity.GuardianAgreed, Party: p.ID, Name: &p.Name, Purpose: &p.Purpose.Text,
		Intent: w.Ask.Intent, Detail: string(identity.MatterUse), Grounds: used}, verbs...)
	// Sent twice, it makes two codes, and one verification, like any decision.
	if err != nil && !fault.Because(err, "already_recorded") {
		return "", answered(op, err)
	}
	now := a.Now().UTC().Truncate(time.Second)
	w.Code.Grounds, w.Code.Time, w.Code.Expires = used, now, now.Add(codeLife)
	code, err := a.Codes.Seal(w.Code)
	if err != nil {
		return "", fault.At(op, err)
	}
	return a.answer(op, w.Ask, identity.Answer{Code: code})
}
