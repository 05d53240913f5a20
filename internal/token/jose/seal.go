package jose

import (
	"encoding/json"
	"slices"

	jwe "github.com/go-jose/go-jose/v4"

	"netid/internal/fault"
	"netid/internal/suite"
)

// A256GCM is how the content of every JWE is encrypted here (RFC 7518 §5.3).
const A256GCM = "A256GCM"

// SealAlgs are the ways in which a JWE may be made to a party's key (RFC 7518
// §4.1). RSA1_5 is not among them, nor OAEP with SHA-1.
func SealAlgs() []string { return []string{"ECDH-ES", "ECDH-ES+A256KW", "RSA-OAEP-256"} }

// sealer is a party's public key for encryption.
type sealer struct {
	kid string
	alg string // what it says that it is for; "": any that suits its kind
	suite.PublicKey
}

// seals reports whether a key of a set is for encryption: it says so.
func seals(o Object) bool {
	use, _ := o.Text("use")
	alg, _ := o.Text("alg")
	return use == "enc" || use == "" && slices.Contains(SealAlgs(), alg)
}

// parseSealer reads such a key: P-256, or RSA of 2048 to 4096 bits.
func parseSealer(o Object) (sealer, error) {
	const op = "jose.parseSealer"
	if revealing(o) {
		return sealer{}, invalid(op, "a private part")
	}
	bare, err := json.Marshal(public(o))
	if err != nil {
		return sealer{}, fault.Wrap(op, fault.Invalid, "jwks_invalid", err)
	}
	k := sealer{}
	if k.PublicKey, err = suite.ParsePublicKey(bare); err != nil {
		return sealer{}, fault.Wrap(op, fault.Invalid, "jwks_invalid", err)
	}
	k.kid, _ = o.Text("kid")
	k.alg, _ = o.Text("alg")
	if o.Has("alg") && !k.does(k.alg) || len(k.kid) > 256 || !k.does("ECDH-ES") && !k.does("RSA-OAEP-256") {
		return sealer{}, invalid(op, "not for encryption by an algorithm that is served")
	}
	return k, nil
}

// does reports whether the key's kind is that of the algorithm, and the key does
// not say that it is for another.
func (k sealer) does(alg string) bool {
	kind := map[string]string{"ECDH-ES": suite.AlgES256, "ECDH-ES+A256KW": suite.AlgES256, "RSA-OAEP-256": suite.AlgPS256}[alg]
	return kind != "" && kind == k.Alg() && (k.alg == "" || k.alg == alg)
}

// Seals reports whether the set has a key to which Seal would encrypt.
func (s Set) Seals(alg string) bool { return s.sealer(alg) != nil }

// Signs reports whether the set has a key that verifies signatures.
func (s Set) Signs() bool { return len(s.keys) > 0 }

// sealer is the first of the set that does: where a party rotates, it puts its
// new key first.
func (s Set) sealer(alg string) *sealer {
	for i, k := range s.seal {
		if k.does(alg) {
			return &s.seal[i]
		}
	}
	return nil
}

// Seal encrypts a signed token to the party's key: a JWT nested in a compact JWE
// (RFC 7519 §5.2, RFC 7516 §7.1), its content under A256GCM with a key of this
// one message. Nobody but the party opens it again, netid included. Reason
// "encryption_key_missing".
func (s Set) Seal(alg, token string) (string, error) {
	const op = "jose.Seal"
	k := s.sealer(alg)
	if k == nil {
		return "", fault.New(op, fault.Unavailable, "encryption_key_missing")
	}
	return k.seal(alg, A256GCM, "JWT", []byte(token))
}

func (k sealer) seal(alg, enc string, content jwe.ContentType, plain []byte) (string, error) {
	const op = "jose.seal"
	var to jwe.JSONWebKey
	if err := to.UnmarshalJSON(k.JWK()); err != nil {
		return "", fault.Wrap(op, fault.Internal, "", err)
	}
	opts := &jwe.EncrypterOptions{}
	if content != "" {
		opts.WithContentType(content)
	}
	e, err := jwe.NewEncrypter(jwe.ContentEncryption(enc), jwe.Recipient{Algorithm: jwe.KeyAlgorithm(alg), Key: to.Key, KeyID: k.kid}, opts)
	if err != nil {
		return "", fault.Wrap(op, fault.Internal, "", err)
	}
	sealed, err := e.Encrypt(plain)
	if err != nil {
		return "", fault.Wrap(op, fault.Internal, "", err)
	}
	compact, err := sealed.CompactSerialize()
	return compact, fault.Wrap(op, fault.Internal, "", err)
}

// CheckSeal refuses an algorithm that is not served, and a registered set
// without a key for it; nil stands for one that is published. Reasons
// "encryption_alg_not_served", "encryption_key_missing".
func CheckSeal(jwks []byte, alg string, algs ...string) error {
	const op = "jose.CheckSeal"
	if !slices.Contains(SealAlgs(), alg) {
		return fault.New(op, fault.Invalid, "encryption_alg_not_served")
	}
	if jwks == nil {
		return nil
	}
	s, err := ParseSet(jwks, algs...)
	if err == nil && !s.Seals(alg) {
		err = fault.New(op, fault.Invalid, "encryption_key_missing")
	}
	return err
}

// Signing reports whether a registered set has a key to prove by: one that has
// keys for encryption alone proves nothing.
func Signing(jwks []byte, algs ...string) bool {
	s, err := ParseSet(jwks, algs...)
	return err != nil || s.Signs() // what is wrong with it is said where it is checked
}
