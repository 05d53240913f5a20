// Package verify is the act in which a party receives its signed answer
// (Art. 8: the result, and nothing more than was approved).
//
// It owns the redemption of an approval and what an access token may still
// say, and refuses to know how an answer is signed or which wire it takes.
//
// Invariant: one approval gives one verification. The record of the act is
// the single-use guard: it commits once, with the facts that must still hold
// as guards beside it, before the answer leaves.
package verify

import (
	"context"
	"fmt"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// accessLife of an access token: UserInfo is read right after the answer.
const accessLife = 5 * time.Minute

// Box seals small values that travel with the caller.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Store reads what a redemption needs.
type Store interface {
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	Link(ctx context.Context, index []byte) (uint64, error)
	Consent(ctx context.Context, index []byte) ([]byte, error)
	Pushed(ctx context.Context, id []byte) (identity.PushedRow, error)
	Counted(ctx context.Context, index []byte) (n int, since time.Time, err error)
	VerificationRevoked(ctx context.Context, id []byte) (bool, error)
	Jot(ctx context.Context, notes ...identity.Note) error
}

// Vault answers about a person in booleans and pseudonyms.
type Vault interface {
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	Over(ctx context.Context, o identity.Opened, years int, on identity.Date) (bool, error)
	Subject(identity.Opened, string) identity.Subject
	Disclose(ctx context.Context, o identity.Opened, items []identity.PlainAsk) (map[identity.Item]identity.Plain, map[string]bool, error)
	LinkIndex(identity.Opened, identity.PartyID) []byte
	OpenConsent(identity.Opened, identity.PartyID, []byte) (identity.StandingConsent, error)
}

// PKCE gives the S256 challenge of a verifier (RFC 7636 §4.2).
type PKCE func(verifier string) string

// Statement renders again what the citizen's device signed.
type Statement func(ask identity.CodeAsk, p identity.Party, locale string, give []string) client.Statement

// Act verifies.
type Act struct {
	Codes, Accesses, Refreshes Box
	Grants                     Box // of wallets' access tokens, which are for credentials alone
	Sids                       Box // of sessions at parties that log out
	Cover                      Cover
	Store                      Store
	Vault                      Vault
	Challenge                  PKCE
	Equal                      func(a, b []byte) bool
	Digest                     func(parts ...[]byte) [32]byte
	Book                       *ledger.Book
	Law                        *law.Book
	Statement                  Statement
	Now                        func() time.Time
}

// Redemption is a code presented by an authenticated party.
type Redemption struct {
	Code             string
	Party            identity.PartyID
	Redirect         string
	Verifier         string
	identity.Confirm                     // what the party showed to hold, and its tokens are bound to
	Takes            []identity.TakeOnce // what its proofs use up: taken with the record, and only then
}

// Redeem turns an approval into a verification, once. Every refusal but an
// outage is an invalid grant to the party; the reason tells the operator why.
func (a *Act) Redeem(ctx context.Context, r Redemption) (identity.Verification, error) {
	const op = "verify.Redeem"
	none := identity.Verification{}
	code, err := a.check(op, r)
	if fault.Because(err, "code_expired") {
		return none, a.replayed(ctx, code, err) // late, or a second time
	}
	if err != nil {
		return none, err
	}
	p, err := a.Store.Party(ctx, code.Ask.Party)
	if err != nil {
		return none, fault.At(op, err)
	}
	o, err := a.Vault.Open(ctx, code.Person)
	if fault.Is(err, fault.NotFound) {
		return none, fault.Wrap(op, fault.Gone, "person_gone", err)
	}
	if err != nil {
		return none, fault.At(op, err)
	}
	v, err := a.answer(ctx, code, p, o)
	if err != nil {
		return none, fault.At(op, err)
	}
	if p.LogsOut() && v.Kinds == nil {
		if v.SID, err = a.Sids.Seal(identity.PartySession{Receipt: code.Receipt, Person: o.ID, Party: p.ID, Generation: code.Generation}); err != nil {
			return none, fault.At(op, err)
		}
	}
	event, err := a.event(op, code, p, v)
	if err != nil {
		return none, err
	}
	verbs, err := a.standing(ctx, code, p, o)
	if err != nil {
		return none, fault.At(op, err)
	}
	verbs = append([]identity.Verb{
		identity.GuardPerson{ID: o.ID, Standing: identity.Active, Epoch: code.Epoch},
		identity.GuardCertificate{ID: code.Certificate},
		identity.GuardLink{Index: a.Vault.LinkIndex(o, p.ID), Generation: code.Generation},
		identity.GuardParty{ID: p.ID},
	}, verbs...)
	for _, id := range r.Takes {
		verbs = append(verbs, id)
	}
	_, err = a.Book.Record(ctx, o, event, verbs...)
	if fault.Because(err, "already_recorded") {
		return none, a.replayed(ctx, code, fault.New(op, fault.Gone, "code_used"))
	}
	if err != nil {
		return none, fault.At(op, err)
	}
	v.Confirm = r.Confirm
	if v.Kinds != nil {
		v.Access, err = a.Grants.Seal(identity.CredentialGrant{Person: o.ID, Certificate: code.Certificate, Epoch: code.Epoch, Kinds: v.Kinds, Client: p.ID,
			Generation: code.Generation, Confirm: r.Confirm, Receipt: code.Receipt, Until: v.Time.Add(v.TTL)})
		return v, fault.At(op, err)
	}
	until := time.Time{}
	if v.Offline {
		until = code.Until
		if v.Refresh, err = a.lasts(code, p, v); err != nil {
			return none, fault.At(op, err)
		}
	}
	v.Access, err = a.Accesses.Seal(access{code.Receipt, o.ID, p.ID, code.Generation, v.UserInfo, v.Time, v.Time.Add(accessLife), r.Confirm, until})
	return v, fault.At(op, err)
}

// check holds the code against everything it is bound to.
func (a *Act) check(op string, r Redemption) (identity.Code, error) {
	var c identity.Code
	invalid := func(why string) (identity.Code, error) { return c, fault.New(op, fault.Invalid, why) }
	if err := a.Codes.Open(r.Code, &c); err != nil {
		return invalid("code_invalid")
	}
	switch {
	case c.Ask.Party != r.Party:
		return invalid("other_party")
	case c.Ask.Redirect != r.Redirect: // RFC 6749 §4.1.3
		return invalid("redirect_mismatch")
	case !a.Equal([]byte(a.Challenge(r.Verifier)), []byte(c.Ask.Challenge)):
		return invalid("verifier_wrong")
	case c.Ask.JKT != "" && c.Ask.JKT != r.JKT: // RFC 9449 §10
		return invalid("proof_key_wrong")
	}
	if !a.Now().Before(c.Expires) {
		return c, fault.New(op, fault.Gone, "code_expired")
	}
	return c, nil
}

// replayed: the code came twice, so what it gave is no longer good (RFC 6749
// §4.1.2), also when it comes again after its time.
func (a *Act) replayed(ctx context.Context, c identity.Code, refusal error) error {
	if err := a.end(ctx, c.Receipt, c.Until); err != nil {
		return fault.At("verify.Redeem", err)
	}
	return refusal
}

// answer is the least that serves: the result, and each approved mark as a boolean.
func (a *Act) answer(ctx context.Context, c identity.Code, p identity.Party, o identity.Opened) (identity.Verification, error) {
	if holds := c.Ask.Holds(); holds != nil {
		return a.held(c, p, holds), nil
	}
	v := identity.Verification{Receipt: c.Receipt, Subject: a.Vault.Subject(o, p.Sector), Party: p.ID, Mode: c.Mode,
		Nonce: c.Ask.Nonce, Intent: c.Ask.Intent, Time: a.Now().UTC().Truncate(time.Second), TTL: accessLife,
		IDToken: map[identity.AgeMark]bool{}, UserInfo: map[identity.AgeMark]bool{}}
	v.Offline = c.Ask.Offline > 0 && has(c.Give, c.Ask.Offline.Item())
	if c.Ask.AuthTime {
		v.AuthTime = &c.Time
	}
	for _, m := range c.Ask.Marks {
		if !has(c.Give, string(m.Mark)) {
			continue
		}
		over, err := a.Vault.Over(ctx, o, m.Mark.Years(), identity.Today(a.Now()))
		if err != nil {
			return v, err
		}
		if m.IDToken {
			v.IDToken[m.Mark] = over
		}
		if m.UserInfo {
			v.UserInfo[m.Mark] = over
		}
	}
	return v, a.disclose(ctx, c, p, o, &v)
}

// event is the verification's record: what left, what was kept back, on what
// ground, and the citizen's signed approval.
func (a *Act) event(op string, c identity.Code, p identity.Party, v identity.Verification) (identity.Event, error) {
	approval, standing, err := a.basis(op, c, p)
	if err != nil {
		return identity.Event{}, err
	}
	asked, approved, answered := []string{"result"}, append([]string{"result"}, c.Give...), []string{"result"}
	given, withheld := []string{"result"}, []string(nil)
	if holds := c.Ask.Holds(); holds != nil {
		asked, approved = holds, append(holds[:1:1], c.Give...)
		answered, withheld = carried(holds, v.Kinds)
		given = answered
	}
	for _, m := range c.Ask.Marks {
		name := string(m.Mark)
		asked = append(asked, name)
		over, there := v.IDToken[m.Mark]
		if !there {
			over, there = v.UserInfo[m.Mark]
		}
		if !there {
			withheld = append(withheld, name)
			continue
		}
		answered = append(answered, name)
		given = append(given, marked(name, over))
	}
	var until *time.Time
	if c.Ask.Offline > 0 {
		item := c.Ask.Offline.Item()
		asked = append(asked, item)
		if v.Offline {
			answered, given, until = append(answered, item), append(given, item), &c.Until
		} else {
			withheld = append(withheld, item)
		}
	}
	detail := ""
	for _, i := range c.Ask.Plain {
		asked = append(asked, i.Name())
		line, there := told(v.Plain, i)
		if !there {
			withheld = append(withheld, i.Name())
			continue
		}
		answered, given, detail = append(answered, i.Name()), append(given, line), c.Consent.String()
	}
	verdict := a.Law.Answers(asked, approved, answered)
	if err := verdict.Err(op); err != nil {
		return identity.Event{}, err
	}
	grounds := append(c.Grounds, verdict.Ground())
	if items, consents := agreed(c); len(items) > 0 {
		grounds = append(grounds, a.Law.Discloses(p, items, consents).Ground(), a.Law.InTerm(p, items, identity.Today(a.Now())).Ground(), a.Law.Seals(p).Ground())
	}
	return identity.Event{ID: c.Receipt.String(), Kind: identity.Verified, Party: p.ID, Name: &p.Name, Purpose: &p.Purpose.Text,
		Intent: c.Ask.Intent, Given: given, Withheld: withheld, Mode: c.Mode, Detail: detail, Until: until, Session: v.SID, Grounds: grounds,
		Approval: approval, Standing: standing}, nil
}

// marked is how a mark that was given stands in the record.
func marked(name string, over bool) string { return fmt.Sprintf("%s=%t", name, over) }

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
