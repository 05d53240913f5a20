package jose

import (
	"encoding/json"
	"slices"

	"netid/internal/fault"
	"netid/internal/suite"
)

const (
	maxSet     = 16 << 10 // bytes of a party's key set
	maxFetched = 64 << 10 // bytes of one that it publishes, with certificates and keys for other purposes
	maxKeys    = 16
)

// private are the members of RFC 7518 §6 and RFC 9964 that carry private or symmetric keys.
var private = [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

// Set is public keys, checked, each of one algorithm.
type Set struct {
	keys []key
	seal []sealer
}

type key struct {
	kid   string
	named bool
	suite.PublicKey
}

// ParseSet reads a party's JWK Set (RFC 7517 §5) as it is registered: 1 to 16
// keys of the algorithms, for signatures (as `use` and `key_ops` say, if they are
// there), and those that say they are for encryption, no private part, each with its own `kid` (one key alone may have
// none), at most 16 KB.
// What is not understood inside a key is ignored; a key that could never be
// used is refused, so that its owner learns of it now. Reason "jwks_invalid".
func ParseSet(b []byte, algs ...string) (Set, error) {
	const op = "jose.ParseSet"
	raw, err := list(b, maxSet)
	if err != nil {
		return Set{}, err
	}
	s := Set{}
	seen := map[string]bool{}
	for _, r := range raw {
		o, err := ParseObject(r, maxSet)
		if err != nil {
			return Set{}, fault.Wrap(op, fault.Invalid, "jwks_invalid", err)
		}
		if seals(o) {
			if err := s.add(o, seen, len(raw)); err != nil {
				return Set{}, err
			}
			continue
		}
		k, err := parseKey(o)
		if err != nil {
			return Set{}, err
		}
		if !slices.Contains(algs, k.Alg()) {
			return Set{}, invalid(op, "a key of another kind")
		}
		if seen[k.kid] || !k.named && len(raw) > 1 {
			return Set{}, invalid(op, "key ids are not unique")
		}
		seen[k.kid] = true
		s.keys = append(s.keys, k)
	}
	return s, nil
}

// add takes a key for encryption from a registered set.
func (s *Set) add(o Object, seen map[string]bool, all int) error {
	k, err := parseSealer(o)
	if err != nil {
		return err
	}
	if seen[k.kid] || k.kid == "" && all > 1 {
		return invalid("jose.ParseSet", "key ids are not unique")
	}
	seen[k.kid] = true
	s.seal = append(s.seal, k)
	return nil
}

// ParseFetched reads a JWK Set that a party publishes, at most 64 KB: as
// ParseSet, but keys that are not of the algorithms, or for another purpose, are
// passed over (RFC 7517 §5), since a party publishes what others need too. A
// private part is refused here as there.
func ParseFetched(b []byte, algs ...string) (Set, error) {
	const op = "jose.ParseFetched"
	raw, err := list(b, maxFetched)
	if err != nil {
		return Set{}, err
	}
	s := Set{}
	for _, r := range raw {
		o, err := ParseObject(r, maxFetched)
		if err != nil || revealing(o) {
			return Set{}, invalid(op, "not a public key")
		}
		if k, err := parseSealer(o); err == nil && seals(o) {
			s.seal = append(s.seal, k)
			continue
		}
		if k, err := parseKey(o); err == nil && slices.Contains(algs, k.Alg()) {
			s.keys = append(s.keys, k)
		}
	}
	return s, nil
}

// CheckSet is ParseSet for whoever wants only to know whether a set is good.
func CheckSet(b []byte, algs ...string) error {
	_, err := ParseSet(b, algs...)
	return err
}

func invalid(op, why string) error { return fault.Newf(op, fault.Invalid, "jwks_invalid", "%s", why) }

// list gives the keys of a set, still encoded.
func list(b []byte, limit int) (raw []json.RawMessage, err error) {
	const op = "jose.list"
	o, err := ParseObject(b, limit)
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "jwks_invalid", err)
	}
	if err := json.Unmarshal(o["keys"], &raw); err != nil || len(raw) == 0 || len(raw) > maxKeys {
		return nil, invalid(op, "not 1 to 16 keys")
	}
	return raw, nil
}

func revealing(o Object) bool {
	return slices.ContainsFunc(private[:], o.Has)
}

func parseKey(o Object) (key, error) {
	const op = "jose.parseKey"
	if revealing(o) {
		return key{}, invalid(op, "a private part")
	}
	if use, ok := o.Text("use"); o.Has("use") && (!ok || use != "sig") {
		return key{}, invalid(op, "not for signatures")
	}
	if o.Has("key_ops") && !verifies(o["key_ops"]) {
		return key{}, invalid(op, "not for verifying")
	}
	k := key{}
	if k.kid, k.named = o.Text("kid"); k.named != o.Has("kid") || len(k.kid) > 256 || k.named && k.kid == "" {
		return key{}, invalid(op, "key id")
	}
	bare, err := json.Marshal(public(o))
	if err != nil {
		return key{}, fault.Wrap(op, fault.Invalid, "jwks_invalid", err)
	}
	if k.PublicKey, err = suite.ParsePublicKey(bare); err != nil {
		return key{}, fault.Wrap(op, fault.Invalid, "jwks_invalid", err)
	}
	if alg, ok := o.Text("alg"); o.Has("alg") && (!ok || alg != k.Alg()) {
		return key{}, invalid(op, "its alg is not that of its kind")
	}
	return k, nil
}

// public is a key's own members, without what is said about it.
func public(o Object) Object {
	bare := Object{}
	for _, name := range []string{"kty", "crv", "x", "y", "n", "e"} {
		if o.Has(name) {
			bare[name] = o[name]
		}
	}
	return bare
}

// verifies reports whether a key's operations (RFC 7517 §4.3) say so.
func verifies(operations json.RawMessage) bool {
	var list []string
	return json.Unmarshal(operations, &list) == nil && slices.Contains(list, "verify")
}

// find never guesses: of the keys of the algorithm a named one is that key,
// and without a name there must be no choice.
func (s Set) find(alg, kid string, named bool) (found key, ok bool) {
	for _, k := range s.keys {
		if k.Alg() != alg || named && (!k.named || k.kid != kid) {
			continue
		}
		if ok {
			return key{}, false
		}
		found, ok = k, true
	}
	return found, ok
}

// Finds reports whether the set has the key with which Verify would check the token.
func (s Set) Finds(t *Token) bool {
	_, ok := s.find(t.alg, t.kid, t.named)
	return ok
}

// Has reports whether a key of the set has this thumbprint (RFC 7638).
func (s Set) Has(thumbprint string) bool {
	return slices.ContainsFunc(s.keys, func(k key) bool { return k.Thumbprint() == thumbprint })
}

// Thumbprints name a registered set's keys (RFC 7638), those for encryption too.
func Thumbprints(b []byte, algs ...string) (all []string, err error) {
	s, err := ParseSet(b, algs...)
	for _, k := range s.keys {
		all = append(all, k.Thumbprint())
	}
	for _, k := range s.seal {
		all = append(all, k.Thumbprint())
	}
	return all, err
}

// Publish makes the JWK Set of our own signers of one algorithm (RFC 7517 §5),
// for anybody to fetch: public members, `kid`, `alg` and `use` only. A key of
// another algorithm is refused: whoever reads a set must find nothing in it
// that they did not ask for.
func Publish(alg string, signers ...Signer) ([]byte, error) {
	const op = "jose.Publish"
	type public struct {
		Kty string `json:"kty"`
		Crv string `json:"crv"`
		X   string `json:"x"`
		Y   string `json:"y,omitempty"`
		Kid string `json:"kid"`
		Alg string `json:"alg"`
		Use string `json:"use"`
	}
	set := struct {
		Keys []public `json:"keys"`
	}{Keys: []public{}}
	for _, s := range signers {
		if s.Alg() != alg {
			return nil, fault.Newf(op, fault.Internal, "", "signer %q with algorithm %q", s.KeyID(), s.Alg())
		}
		var k public
		if err := json.Unmarshal(s.PublicJWK(), &k); err != nil {
			return nil, fault.Wrap(op, fault.Internal, "", err)
		}
		k.Kid, k.Alg, k.Use = s.KeyID(), s.Alg(), "sig"
		set.Keys = append(set.Keys, k)
	}
	b, err := json.Marshal(set)
	return b, fault.Wrap(op, fault.Internal, "", err)
}
