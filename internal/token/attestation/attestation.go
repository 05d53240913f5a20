// Package attestation reads what the provider of somebody's wallet says of it:
// that a wallet's instance is genuine (attestation-based client
// authentication, draft-ietf-oauth-attestation-based-client-auth-07) and that
// keys are kept well (OpenID4VCI 1.0 appendix D), both in the form that HAIP 1.0
// asks for: a JWT whose own certificate comes with it (`x5c`), below a root that
// the operator named.
//
// It owns the strict reading of these texts and the list of whom to believe. It
// refuses to know what a wallet may ask, and which of its ids were used.
//
// Invariant: nothing that an attestation says counts before its signature is
// that of a certificate below a root of a provider who may speak for this
// wallet; a provider speaks for the wallets that the operator gave it and for no others.
package attestation

import (
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

const (
	maxText = 16 << 10         // bytes of an attestation, its certificates and keys included
	Skew    = 10 * time.Second // of the clocks of others
	fresh   = 24 * time.Hour   // an attestation says how things are; older ones say how they were
)

// Provider is who makes wallets, or what they keep keys in.
type Provider struct {
	Name    string // for people
	Roots   suite.Roots
	Wallets []identity.PartyID // whose instances and keys it vouches for; none: it vouches for anybody's keys and for no wallet
}

func (p Provider) makes(wallet identity.PartyID) bool { return slices.Contains(p.Wallets, wallet) }

// vouches reports whether it may speak of the keys of this wallet; "" is one
// that did not say which it is.
func (p Provider) vouches(wallet identity.PartyID) bool {
	return len(p.Wallets) == 0 || wallet == "" || p.makes(wallet)
}

// Trust is the providers that the operator named.
type Trust []Provider

// Makes reports whether anybody vouches for the instances of this wallet.
func (t Trust) Makes(wallet identity.PartyID) bool {
	return slices.ContainsFunc(t, func(p Provider) bool { return p.makes(wallet) })
}

// Wallets reports whether anybody vouches for any.
func (t Trust) Wallets() bool {
	return slices.ContainsFunc(t, func(p Provider) bool { return len(p.Wallets) > 0 })
}

// signed checks the signature by the certificate that the token brings, and
// that certificate by the roots of the providers who may speak.
func (t Trust) signed(op string, token *jose.Token, may func(Provider) bool, now time.Time) error {
	own, between, err := token.Chain()
	if err != nil {
		return bad(op, err)
	}
	err = fault.New(op, fault.Unauthenticated, "certificate_untrusted")
	for _, p := range t {
		if may(p) && err != nil {
			err = p.Roots.VerifySigner(own, between, now)
		}
	}
	if err != nil {
		return bad(op, err)
	}
	key, ok := own.Key()
	if !ok {
		return wrong(op, "a certificate with a key of another kind")
	}
	if _, err := token.VerifyWith(key); err != nil {
		return bad(op, err)
	}
	return nil
}

// timely holds what a text says of its own time against now: exp is the first
// second that is too late.
func timely(c jose.Object, now time.Time) string {
	if exp, ok := c.Instant("exp"); c.Has("exp") && (!ok || !now.Before(exp.Add(Skew))) {
		return "exp"
	}
	for _, name := range []string{"iat", "nbf"} {
		if at, ok := c.Instant(name); c.Has(name) && (!ok || at.After(now.Add(Skew))) {
			return name
		}
	}
	return ""
}

func bad(op string, err error) error {
	return fault.Wrap(op, fault.Unauthenticated, "attestation_invalid", err)
}

func wrong(op, what string) error {
	return fault.Newf(op, fault.Unauthenticated, "attestation_invalid", "%s", what)
}

func stale(op string) error { return fault.New(op, fault.Unauthenticated, "attestation_stale") }
