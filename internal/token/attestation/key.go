package attestation

import (
	"encoding/json"
	"slices"
	"time"

	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// maxKeys is how many keys one attestation may vouch for: more than any batch has.
const maxKeys = 64

// levels are how hard an attack must be that a key store, or the way in which
// its owner proves themself to it, withstands (OpenID4VCI 1.0 appendix D.2), the hardest first.
var levels = [...]string{"iso_18045_high", "iso_18045_moderate", "iso_18045_enhanced-basic", "iso_18045_basic"}

// Levels are the words for level and for everything harder, as metadata lists
// what is accepted; none for a word that is not known.
func Levels(level string) []string { return slices.Clone(levels[:slices.Index(levels[:], level)+1]) }

// Need is what keys must have to be taken.
type Need struct {
	Storage        []string // one of them in `key_storage`; none: nothing is asked
	Authentication []string // one of them in `user_authentication`
}

// Keys is what a key attestation vouches for.
type Keys struct {
	All            []suite.PublicKey
	Nonce          string // "" where it has none
	Until          time.Time
	storage, login []string
}

// Has reports whether the attestation vouches for the key.
func (k Keys) Has(key suite.PublicKey) bool {
	return slices.ContainsFunc(k.All, func(a suite.PublicKey) bool { return a.Thumbprint() == key.Thumbprint() })
}

// Meets reports whether the keys are kept as is needed.
func (k Keys) Meets(n Need) bool {
	return meets(k.storage, n.Storage) && meets(k.login, n.Authentication)
}

func meets(has, one []string) bool {
	return len(one) == 0 || slices.ContainsFunc(one, func(s string) bool { return slices.Contains(has, s) })
}

// Keys reads a key attestation (OpenID4VCI 1.0 appendix D.1) about the keys of a
// wallet ("" where it did not say who it is). It must say until when it holds, as appendix F.1
// asks of one beside a proof, and be of today. The nonce is the caller's to know. Its `status` is not asked for: nothing
// here fetches, and a day is soon over. Reason "attestation_invalid", "attestation_stale".
func (t Trust) Keys(text string, wallet identity.PartyID, now time.Time) (Keys, error) {
	const op = "attestation.Keys"
	token, err := jose.Place{Algs: Algs(), Types: []string{"key-attestation+jwt"}, Limit: 2 * maxText}.Parse(text)
	if err != nil {
		return Keys{}, bad(op, err)
	}
	c := token.Peek()
	k := Keys{}
	if why := timely(c, now); why != "" || !c.Has("iat") || !c.Has("exp") {
		return k, wrong(op, "time: "+why)
	}
	k.Until, _ = c.Instant("exp")
	var ok bool
	if k.Nonce, ok = c.Text("nonce"); c.Has("nonce") && (!ok || k.Nonce == "") {
		return k, wrong(op, "nonce")
	}
	if k.storage, ok = words(c, "key_storage"); !ok {
		return k, wrong(op, "key_storage")
	}
	if k.login, ok = words(c, "user_authentication"); !ok {
		return k, wrong(op, "user_authentication")
	}
	if k.All, err = attested(op, c["attested_keys"]); err != nil {
		return Keys{}, err
	}
	if err := t.signed(op, token, func(p Provider) bool { return p.vouches(wallet) }, now); err != nil {
		return Keys{}, err
	}
	if !recent(c, now) {
		return Keys{}, stale(op)
	}
	return k, nil
}

// words: a member that is not there, or a non-empty array of strings.
func words(c jose.Object, name string) (list []string, ok bool) {
	if !c.Has(name) {
		return nil, true
	}
	return list, json.Unmarshal(c[name], &list) == nil && len(list) > 0
}

// attested reads the keys, each there once, none with its private part.
func attested(op string, raw json.RawMessage) (keys []suite.PublicKey, err error) {
	all, err := jose.ParseArray(raw, 2*maxText)
	if err != nil {
		return nil, bad(op, err)
	}
	if len(all) == 0 || len(all) > maxKeys {
		return nil, wrong(op, "not 1 to 64 keys")
	}
	seen := map[string]bool{}
	for _, one := range all {
		key, err := suite.ParsePublicKey(one)
		if err != nil {
			return nil, bad(op, err)
		}
		if seen[key.Thumbprint()] {
			return nil, wrong(op, "a key twice")
		}
		seen[key.Thumbprint()] = true
		keys = append(keys, key)
	}
	return keys, nil
}
