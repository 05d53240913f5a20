package attest

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Redemption is an offer taken up.
type Redemption struct {
	Code             string
	TxCode           string              // "": none came
	identity.Confirm                     // what the wallet showed to hold, and its tokens are bound to
	Takes            []identity.TakeOnce // what its proofs use up
}

// Granted is what a wallet gets for an offer.
type Granted struct {
	Access  string
	TTL     time.Duration
	Refresh string // "": it cannot come back
	Kinds   []string
	identity.Confirm
}

// Redeem takes an offer, once. When it comes twice, what came of it is over (RFC
// 6749 §4.1.2). Reasons "code_invalid", "code_expired", "code_used"; of the transaction code
// "tx_code_missing", "tx_code_unexpected", "tx_code_wrong", "tx_code_void".
func (a *Act) Redeem(ctx context.Context, r Redemption) (Granted, error) {
	const op = "attest.Redeem"
	c, err := a.offered(ctx, op, r)
	if err != nil {
		return Granted{}, err
	}
	g := identity.CredentialGrant{Person: c.Person, Certificate: c.Certificate, Epoch: c.Epoch, Kinds: c.Kinds, Confirm: r.Confirm, Receipt: c.Receipt, Later: c.Later}
	used := a.Cover.Digest([]byte("netid/offer/v1"), c.Receipt[:])
	takes := append(r.Takes[:len(r.Takes):len(r.Takes)], identity.TakeOnce{ID: used[:], Until: time.Unix(c.Until, 0).Add(time.Minute)})
	err = a.Store.Jot(ctx, notes(a.guards(g, identity.Opened{}), takes)...)
	if fault.Because(err, "already_used") {
		return Granted{}, a.replayed(ctx, c)
	}
	if err != nil {
		return Granted{}, fault.At(op, err)
	}
	return a.grant(op, g, time.Unix(c.Ends, 0))
}

// offered holds the offer against what came with it. A code that needs a
// transaction code counts each try before it is looked at, so that a thousand at a
// time are no more than the five.
func (a *Act) offered(ctx context.Context, op string, r Redemption) (c offered, err error) {
	if c, err = a.sealed(op, r.Code); err != nil {
		return c, err
	}
	switch {
	case c.Tx == nil && r.TxCode != "":
		return c, fault.New(op, fault.Invalid, "tx_code_unexpected")
	case c.Tx == nil:
		return c, nil
	case r.TxCode == "":
		return c, fault.New(op, fault.Invalid, "tx_code_missing")
	}
	tries := a.Cover.Digest([]byte("netid/tx-tries/v1"), c.Receipt[:])
	err = a.Store.Jot(ctx, identity.Count{Index: tries[:], Limit: txTries, Window: offerLife + time.Minute, Now: a.Now()})
	switch {
	case fault.Is(err, fault.TooMany):
		return c, fault.Wrap(op, fault.Gone, "tx_code_void", err)
	case err != nil:
		return c, fault.At(op, err)
	case !a.Cover.Equal(a.txDigest(c.Receipt, r.TxCode), c.Tx):
		return c, fault.New(op, fault.Invalid, "tx_code_wrong")
	}
	return c, nil
}

// replayed ends what came of an offer for as long as any of it could live.
func (a *Act) replayed(ctx context.Context, c offered) error {
	const op = "attest.Redeem"
	err := a.Store.Jot(ctx, identity.RevokeVerification{ID: a.Book.EntryKey(c.Receipt).ID, Until: a.Now().Add(renewLife + time.Minute)})
	if err != nil {
		return fault.At(op, err)
	}
	return fault.New(op, fault.Gone, "code_used")
}

// grant seals the tokens: the wallet may come back where its token is bound to a
// key of its own. To whoever bears it alone none is given that is good for long (RFC 9700 §4.14.2).
func (a *Act) grant(op string, g identity.CredentialGrant, ends time.Time) (Granted, error) {
	now := a.Now().UTC().Truncate(time.Second)
	out := Granted{Kinds: g.Kinds, Confirm: g.Confirm}
	var err error
	if g.Confirm.JKT != "" {
		g.Until = earlier(now.Add(renewLife), ends)
		if out.Refresh, err = a.Renewals.Seal(g); err != nil {
			return Granted{}, fault.At(op, err)
		}
	}
	g.Until = earlier(now.Add(grantLife), ends)
	out.TTL = g.Until.Sub(now)
	out.Access, err = a.Grants.Seal(g)
	return out, fault.At(op, err)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Renewal is a wallet that comes back.
type Renewal struct {
	Token            string
	identity.Confirm // as in Redemption
	Takes            []identity.TakeOnce
}

// Renew gives a wallet another access token for as long as everything holds that
// held when its owner offered, 30 days at most. Reasons "refresh_invalid",
// "refresh_expired", "proof_key_wrong", and those of the guards.
func (a *Act) Renew(ctx context.Context, r Renewal) (Granted, error) {
	const op = "attest.Renew"
	var g identity.CredentialGrant
	if err := a.Renewals.Open(r.Token, &g); err != nil {
		return Granted{}, fault.Wrap(op, fault.Invalid, "refresh_invalid", err)
	}
	switch {
	case g.Confirm != r.Confirm:
		return Granted{}, fault.New(op, fault.Invalid, "proof_key_wrong")
	case !a.Now().Before(g.Until):
		return Granted{}, fault.New(op, fault.Gone, "refresh_expired")
	}
	if err := a.Store.Jot(ctx, notes(a.guards(g, identity.Opened{}), r.Takes)...); err != nil {
		return Granted{}, fault.At(op, err)
	}
	ends := g.Until
	out, err := a.grant(op, g, ends)
	out.Refresh = "" // the one that it has stays
	return out, err
}

// Grant reads an access token. Reasons "token_invalid", "token_expired".
func (a *Act) Grant(token string) (identity.CredentialGrant, error) {
	const op = "attest.Grant"
	var g identity.CredentialGrant
	if err := a.Grants.Open(token, &g); err != nil {
		return g, fault.Wrap(op, fault.Unauthenticated, "token_invalid", err)
	}
	if !a.Now().Before(g.Until) {
		return g, fault.New(op, fault.Unauthenticated, "token_expired")
	}
	return g, nil
}
