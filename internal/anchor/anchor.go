// Package anchor vouches for the service's own keys, and for parties' keys that
// ask wallets: the platform's root certificate and those below it.
//
// It owns who is certified under which name and for how long, and how one root
// follows another. It refuses to know what the keys sign, where they lie, and
// who reads.
//
// Invariant: a certificate of the service follows from its key, the root's key
// and the day, so every node, every restart and every restored server shows the
// same bytes, and nothing is kept that could be lost or tell nodes apart. A root
// is in no chain: whoever checks has it from elsewhere.
//
// Specifications: RFC 5280; HAIP 1.0 §6.1.1. Decisions:
// docs/adr/0049-anchor.md.
package anchor

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"sync"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

const (
	day = 24 * time.Hour

	rootLife = 7305 * day // twenty years
	leafLife = 400 * day
	leafTurn = 180 * day // after which the next one is shown: more than what is longest signed, six months, is left of the former
	keyLife  = 90 * day  // of a party's certificate

	maxBetween = 4 // what readers follow
	maxKept    = 256
)

// Anchor is safe for concurrent use.
type Anchor struct {
	Issuer string                          // scheme://host[:port]
	Roots  func() []suite.Signer           // live keys of the root, first the one that vouches
	Keys   func(use string) []suite.Signer // live keys of a use
	Made   func(kid string) time.Time      // when a key was drawn
	Now    func() time.Time

	mu   sync.Mutex // guards kept
	kept map[string]suite.Certificate
}

// Chains gives the certificates of the live keys of a use, by a key's id: its
// own, and those that lead from a former root to the present one. A key of
// another use, or one that is no ES256 key, has none.
func (a *Anchor) Chains(use string) func(kid string) [][]byte {
	return func(kid string) [][]byte {
		for _, s := range a.Keys(use) {
			if s.KeyID() == kid {
				chain, err := a.chain(use, s)
				if err != nil {
					return nil // the coder says for which key, and signs nothing
				}
				return chain
			}
		}
		return nil
	}
}

// Listed are the certificates of all live roots, the one that vouches first.
func (a *Anchor) Listed() ([]suite.Certificate, error) {
	var all []suite.Certificate
	for _, s := range a.Roots() {
		c, err := a.root(s)
		if err != nil {
			return nil, fault.At("anchor.Listed", err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fault.Newf("anchor.Listed", fault.Internal, "internal", "no key of the root")
	}
	return all, nil
}

// Party certifies the key with which a party signs its requests to wallets, from
// this day on for ninety days, by the party's own request (PKCS #10). Asked again
// on that day it gives the same. Reason "certificate_request_invalid".
func (a *Anchor) Party(id identity.PartyID, domain string, request []byte) (identity.RequestCertificate, error) {
	const op = "anchor.Party"
	var none identity.RequestCertificate
	key, err := suite.ParseRequest(request)
	if err != nil {
		return none, fault.At(op, err)
	}
	host, from := hostOf("https://"+domain), midnight(a.Now())
	chain, err := a.below(a.Roots(), key, suite.Claim{Name: string(id), Organization: host, Host: host, From: from, To: from.Add(keyLife)})
	if err != nil {
		return none, fault.At(op, err)
	}
	own, err := suite.ParseCertificate(chain[0])
	if err != nil {
		return none, fault.At(op, err)
	}
	_, until := own.Term()
	return identity.RequestCertificate{Thumbprint: own.Thumbprint(), Until: until, Chain: chain}, nil
}

// chain is what a key of the service shows today.
func (a *Anchor) chain(use string, s suite.Signer) ([][]byte, error) {
	key, err := suite.ParsePublicKey(s.PublicJWK())
	if err != nil {
		return nil, err
	}
	from := midnight(a.Made(s.KeyID()))
	if turns := a.Now().Sub(from) / leafTurn; turns > 0 {
		from = from.Add(turns * leafTurn)
	}
	return a.below(a.Roots(), key, suite.Claim{Name: "netid " + use, Organization: a.host(), Host: a.host(), URI: a.Issuer, From: from, To: from.Add(leafLife)})
}

// below makes the chain of a key below the root that vouches. The root's own
// certificate is not in it; what follows the key's is the same root as certified
// by the one before, and so on, for those who know that one alone.
func (a *Anchor) below(roots []suite.Signer, key suite.PublicKey, says suite.Claim) ([][]byte, error) {
	if len(roots) == 0 {
		return nil, fault.Newf("anchor.below", fault.Internal, "internal", "no key of the root")
	}
	root, err := a.root(roots[0])
	if err != nil {
		return nil, err
	}
	_, end := root.Term()
	says.To = earlier(says.To, end)
	own, err := a.keep(says, roots[0], key, func() (suite.Certificate, error) { return root.Vouch(roots[0], key, says) })
	if err != nil {
		return nil, err
	}
	chain := [][]byte{own.DER()}
	next := roots[0]
	for _, former := range roots[1:] {
		if len(chain) > maxBetween || a.Made(former.KeyID()).After(a.Made(next.KeyID())) { // one that is announced and does not vouch yet
			continue
		}
		c, err := a.cross(former, next)
		if err != nil {
			return nil, err
		}
		chain, next = append(chain, c.DER()), former
	}
	return chain, nil
}

func (a *Anchor) root(s suite.Signer) (suite.Certificate, error) {
	says := a.rootClaim(s)
	return a.keep(says, s, suite.PublicKey{}, func() (suite.Certificate, error) { return suite.SelfSigned(s, says) })
}

// cross certifies a root's key by the root before.
func (a *Anchor) cross(former, next suite.Signer) (suite.Certificate, error) {
	root, err := a.root(former)
	if err != nil {
		return root, err
	}
	key, err := suite.ParsePublicKey(next.PublicJWK())
	if err != nil {
		return root, err
	}
	says := a.rootClaim(next)
	_, end := root.Term()
	says.To = earlier(says.To, end)
	return a.keep(says, former, key, func() (suite.Certificate, error) { return root.Cross(former, key, says) })
}

// rootClaim: a root's name is its key's, so no two have the same one.
func (a *Anchor) rootClaim(s suite.Signer) suite.Claim {
	from := midnight(a.Made(s.KeyID()))
	id, _ := base64.RawURLEncoding.DecodeString(s.KeyID())
	return suite.Claim{Name: fmt.Sprintf("netid root %x", id[:min(len(id), 6)]), Organization: a.host(), URI: a.Issuer, From: from, To: from.Add(rootLife)}
}

// keep makes each certificate once: they are asked for with every token.
func (a *Anchor) keep(says suite.Claim, by suite.Signer, of suite.PublicKey, make func() (suite.Certificate, error)) (suite.Certificate, error) {
	at := fmt.Sprintln(by.KeyID(), of.Thumbprint(), says)
	a.mu.Lock()
	defer a.mu.Unlock()
	if c, ok := a.kept[at]; ok {
		return c, nil
	}
	c, err := make()
	if err != nil {
		return c, err
	}
	if a.kept == nil || len(a.kept) >= maxKept {
		a.kept = map[string]suite.Certificate{}
	}
	a.kept[at] = c
	return c, nil
}

func (a *Anchor) host() string { return hostOf(a.Issuer) }

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// midnight is when the civil day (Asia/Shanghai) of a moment began.
func midnight(t time.Time) time.Time {
	const east = 8 * time.Hour
	return t.Add(east).Truncate(day).Add(-east)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
