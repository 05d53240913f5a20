package verify

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Of one person at one party, without a page: more than anybody signs in, and
// few enough that no party buries what else stands in the person's records.
const (
	silentMost = 60
	silentIn   = time.Hour
)

// basis is what the citizen agreed by: the signed approval of this transaction,
// or the standing consent that was signed before.
func (a *Act) basis(op string, c identity.Code, p identity.Party) (*identity.Approval, string, error) {
	if c.Standing != nil {
		return nil, c.Standing.String(), nil
	}
	statement := a.Statement(c.Ask, p, c.Locale, c.Give).Bytes()
	if d := a.Digest(statement); !a.Equal(d[:], c.Digest) {
		return nil, "", fault.New(op, fault.Conflict, "party_changed")
	}
	return &identity.Approval{Statement: statement, Signature: c.Signature, Device: c.Device, Certificate: c.Certificate.String()}, "", nil
}

// standing are the guards of an answer that rests on a standing consent: that
// very one stands there at the moment of the commit, and it was not used too often.
func (a *Act) standing(ctx context.Context, c identity.Code, p identity.Party, o identity.Opened) ([]identity.Verb, error) {
	if c.Standing == nil {
		return nil, nil
	}
	index := a.Vault.LinkIndex(o, p.ID)
	body, err := a.Store.Consent(ctx, index)
	if err != nil {
		return nil, err
	}
	consent, err := a.Vault.OpenConsent(o, p.ID, body)
	if err != nil {
		return nil, err
	}
	now, terms := a.Now(), a.Digest(p.Terms())
	if consent.ID != *c.Standing || !consent.Holds(c.Certificate, c.Epoch, terms[:], now) {
		return nil, fault.New("verify.standing", fault.Gone, "consent_over")
	}
	counter := a.Digest([]byte("netid/silent/v1"), index)
	return []identity.Verb{identity.GuardConsent{Index: index, Body: body},
		identity.Count{Index: counter[:], Limit: silentMost, Window: silentIn, Now: now}}, nil
}
