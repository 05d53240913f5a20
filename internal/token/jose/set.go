package jose

import (
	"encoding/json"
	"slices"

	"netid/internal/fault"
	"netid/internal/suite"
)

const (
	maxSet  = 16 << 10 // bytes of a party's key set
	maxKeys = 16
)

// private are the members of RFC 7518 §6 and RFC 9964 that carry private or symmetric keys.
var private = [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

// Set is public keys of one algorithm, checked.
type Set struct {
	alg  string
	keys []key
}

type key struct {
	kid   string
	named bool
	jwk   []byte // canonical
}

// ParseSet reads a party's JWK Set (RFC 7517 §5) as it is registered: 1 to 16
// keys for ES256 (EC, P-256, a point on the curve), for signatures (as `use` and
// `key_ops` say, if they are there), no private part, each with its own `kid`
// (one key alone may have none), at most 16 KB.
// What is not understood inside a key is ignored; a key that could never be
// used is refused, so that its owner learns of it now. Reason "jwks_invalid".
func ParseSet(b []byte) (Set, error) {
	const op = "jose.ParseSet"
	bad := func(why string) (Set, error) { return Set{}, fault.Newf(op, fault.Invalid, "jwks_invalid", "%s", why) }
	o, err := ParseObject(b, maxSet)
	if err != nil {
		return Set{}, fault.Wrap(op, fault.Invalid, "jwks_invalid", err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(o["keys"], &raw); err != nil || len(raw) == 0 || len(raw) > maxKeys {
		return bad("not 1 to 16 keys")
	}
	s := Set{alg: ES256}
	seen := map[string]bool{}
	for _, r := range raw {
		k, err := parseKey(r)
		if err != nil {
			return Set{}, err
		}
		if seen[k.kid] || !k.named && len(raw) > 1 {
			return bad("key ids are not unique")
		}
		seen[k.kid] = true
		s.keys = append(s.keys, k)
	}
	return s, nil
}

// CheckSet is ParseSet for whoever wants only to know whether a set is good.
func CheckSet(b []byte) error {
	_, err := ParseSet(b)
	return err
}

func parseKey(b []byte) (key, error) {
	const op = "jose.parseKey"
	bad := func(why string) (key, error) { return key{}, fault.Newf(op, fault.Invalid, "jwks_invalid", "%s", why) }
	o, err := ParseObject(b, maxSet)
	if err != nil {
		return key{}, fault.Wrap(op, fault.Invalid, "jwks_invalid", err)
	}
	for _, name := range private {
		if o.Has(name) {
			return bad("a private part")
		}
	}
	if alg, ok := o.Text("alg"); o.Has("alg") && (!ok || alg != ES256) {
		return bad("not for ES256")
	}
	if use, ok := o.Text("use"); o.Has("use") && (!ok || use != "sig") {
		return bad("not for signatures")
	}
	if o.Has("key_ops") && !verifies(o["key_ops"]) {
		return bad("not for verifying")
	}
	k := key{}
	if k.kid, k.named = o.Text("kid"); k.named != o.Has("kid") || len(k.kid) > 256 || k.named && k.kid == "" {
		return bad("key id")
	}
	bare, err := json.Marshal(map[string]json.RawMessage{"kty": member(o, "kty"), "crv": member(o, "crv"), "x": member(o, "x"), "y": member(o, "y")})
	if err != nil {
		return key{}, fault.Wrap(op, fault.Invalid, "jwks_invalid", err)
	}
	if k.jwk, _, err = suite.ParseDeviceKey(bare); err != nil {
		return key{}, fault.Wrap(op, fault.Invalid, "jwks_invalid", err)
	}
	return k, nil
}

// verifies reports whether a key's operations (RFC 7517 §4.3) say so.
func verifies(operations json.RawMessage) bool {
	var list []string
	return json.Unmarshal(operations, &list) == nil && slices.Contains(list, "verify")
}

func member(o Object, name string) json.RawMessage {
	if raw := o[name]; raw != nil {
		return raw
	}
	return json.RawMessage("null")
}

// find never guesses: a named key is that key, and without a name there must
// be no choice.
func (s Set) find(kid string, named bool) (key, bool) {
	if !named {
		if len(s.keys) == 1 {
			return s.keys[0], true
		}
		return key{}, false
	}
	for _, k := range s.keys {
		if k.named && k.kid == kid {
			return k, true
		}
	}
	return key{}, false
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
