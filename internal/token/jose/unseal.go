package jose

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	jwe "github.com/go-jose/go-jose/v4"

	"netid/internal/fault"
	"netid/internal/suite"
)

// A128GCM is served where the other side may choose (RFC 7518 §5.3).
const A128GCM = "A128GCM"

const (
	ecdhES        = "ECDH-ES"
	maxSealHeader = 4 << 10 // characters
)

// ContentAlgs are how the content of messages between wallets and us is encrypted.
func ContentAlgs() []string { return []string{A128GCM, A256GCM} }

// PublishSealing gives a JWK Set of the keys to which others seal.
func PublishSealing(keys ...suite.Agreement) (json.RawMessage, error) {
	const op = "jose.PublishSealing"
	var all []json.RawMessage
	for _, k := range keys {
		o, err := ParseObject(k.PublicJWK(), maxSet)
		if err != nil {
			return nil, fault.At(op, err)
		}
		for name, value := range map[string]string{"kid": k.KeyID(), "alg": ecdhES, "use": "enc"} {
			o[name] = json.RawMessage(`"` + value + `"`)
		}
		b, err := json.Marshal(o)
		if err != nil {
			return nil, fault.Wrap(op, fault.Internal, "", err)
		}
		all = append(all, b)
	}
	b, err := json.Marshal(map[string]any{"keys": all})
	return b, fault.Wrap(op, fault.Internal, "", err)
}

// Unseal opens a compact JWE of at most limit characters that somebody made to one
// of the keys, which its `kid` names: ECDH-ES without wrapping, the content under one of
// ContentAlgs, nothing compressed (so that what comes out is no longer than what came in).
// Reason "sealed_invalid", whatever is wrong with it.
func Unseal(text string, limit int, keys []suite.Agreement) ([]byte, error) {
	const op = "jose.Unseal"
	bad := func(err error) error { return fault.Wrap(op, fault.Invalid, "sealed_invalid", err) }
	head, _, _ := strings.Cut(text, ".")
	if len(text) > limit || len(head) > maxSealHeader || strings.Count(text, ".") != 4 {
		return nil, fault.Newf(op, fault.Invalid, "sealed_invalid", "%d characters, or no five parts", len(text))
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(head)
	if err != nil {
		return nil, bad(err)
	}
	header, err := ParseObject(raw, maxSealHeader)
	if err != nil {
		return nil, bad(err)
	}
	kid, _ := header.Text("kid")
	i := slices.IndexFunc(keys, func(k suite.Agreement) bool { return k.KeyID() == kid })
	if i < 0 || header.Has("zip") { // crit is the library's to refuse
		return nil, fault.Newf(op, fault.Invalid, "sealed_invalid", "to no key of ours, or with zip")
	}
	e, err := jwe.ParseEncryptedCompact(text, []jwe.KeyAlgorithm{ecdhES}, []jwe.ContentEncryption{A128GCM, A256GCM})
	if err != nil {
		return nil, bad(err)
	}
	plain, err := e.Decrypt(agreed{keys[i], header})
	if err != nil {
		return nil, bad(err)
	}
	return plain, nil
}

// agreed gives go-jose the key of one message: the private key stays in the suite.
type agreed struct {
	key    suite.Agreement
	header Object
}

// DecryptKey agrees on it. The header is the one that was read strictly above.
func (a agreed) DecryptKey(encrypted []byte, _ jwe.Header) ([]byte, error) {
	const op = "jose.agreed"
	epk, err := ParseObject(a.header["epk"], maxSealHeader)
	if err != nil || len(encrypted) > 0 {
		return nil, fault.Newf(op, fault.Invalid, "sealed_invalid", "epk, or a wrapped key")
	}
	bare, err := json.Marshal(public(epk))
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "sealed_invalid", err)
	}
	ephemeral, err := suite.ParsePublicKey(bare)
	if err != nil {
		return nil, fault.At(op, err)
	}
	var info [2][]byte
	for i, name := range []string{"apu", "apv"} {
		text, ok := a.header.Text(name)
		if info[i], err = base64.RawURLEncoding.Strict().DecodeString(text); err != nil || a.header.Has(name) != ok {
			return nil, fault.Newf(op, fault.Invalid, "sealed_invalid", "%s", name)
		}
	}
	enc, _ := a.header.Text("enc")
	size := map[string]int{A128GCM: 16, A256GCM: 32}[enc]
	return a.key.ContentKey(ephemeral, enc, size, info[0], info[1])
}

// Recipient is a key that came with a request, for what it is answered.
type Recipient struct {
	key sealer
	enc string
}

// ParseRecipient reads one: a key on P-256 whose `alg` is ECDH-ES, and a content
// encryption. Reason "encryption_alg_not_served", or as ParseSet.
func ParseRecipient(jwk []byte, enc string) (Recipient, error) {
	const op = "jose.ParseRecipient"
	o, err := ParseObject(jwk, maxSet)
	if err != nil {
		return Recipient{}, fault.Wrap(op, fault.Invalid, "jwks_invalid", err)
	}
	if use, ok := o.Text("use"); o.Has("use") && (!ok || use != "enc") {
		return Recipient{}, invalid(op, "not for encryption")
	}
	k, err := parseSealer(o)
	if err != nil {
		return Recipient{}, err
	}
	if k.alg != ecdhES || !slices.Contains(ContentAlgs(), enc) {
		return Recipient{}, fault.New(op, fault.Invalid, "encryption_alg_not_served")
	}
	return Recipient{k, enc}, nil
}

// Seal encrypts a JWT's claims to it (RFC 7519 §5): nobody here opens it again.
func (r Recipient) Seal(claims []byte) (string, error) {
	return r.key.seal(ecdhES, r.enc, "", claims)
}
