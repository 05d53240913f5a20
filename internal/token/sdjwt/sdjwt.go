// Package sdjwt issues, holds and reads JWTs whose claims are disclosed one by
// one (SD-JWT, RFC 9901), and credentials in that form (SD-JWT VC,
// draft-ietf-oauth-sd-jwt-vc-24).
//
// It owns salts, disclosures, digests, decoys, the binding to a holder's key, and
// what the type of a credential says about its claims. It refuses to know what a
// claim means, who may ask for it, and what the status of a credential is; it
// fetches nothing. The JWTs are those of package jose, and no cryptography is its own.
//
// Invariant: what is read is the whole text or nothing. Each digest stands once,
// each disclosure answers to one, no disclosure decides whether a token is valid,
// and a place that asks for a holder's proof never takes a text without.
//
// Decisions: docs/adr/0042-credentials.md.
package sdjwt

import (
	"encoding/base64"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// Types of the two JWTs (`typ`): a credential (draft-ietf-oauth-sd-jwt-vc §2.2.1)
// and a holder's proof (RFC 9901 §4.3).
const (
	TypeCredential = "dc+sd-jwt"
	TypeBinding    = "kb+jwt"
)

// The names of the digests (`_sd_alg`, RFC 9901 §4.1.1), compared with case. SM3
// is not in the registry, so ours is a private name, as those of package suite.
const (
	SHA256 = "sha-256"
	SM3    = "urn:netid:hash:SM3"
)

const (
	maxText        = 128 << 10 // bytes of a presentation
	maxDisclosures = 256
	saltSize       = 16 // 128 bits, RFC 9901 §9.3
)

// validity are the claims that decide whether a token counts, and for whom: never
// disclosable, nor what is below them (draft-ietf-oauth-sd-jwt-vc §2.2.2.3, RFC
// 9901 §9.7). `aud` is ours to add.
var validity = [...]string{"iss", "aud", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"}

// Names that the format keeps for itself (RFC 9901 §4.1).
const (
	digestsName = "_sd"
	elementName = "..."
	hashName    = "_sd_alg"
)

func hashOf(s identity.Suite) string {
	if s == identity.SM {
		return SM3
	}
	return SHA256
}

// digest is base64url of the hash over the text's own bytes (RFC 9901 §4.2.3).
func digest(s identity.Suite, text string) string {
	d := suite.HashOf(s, []byte(text))
	return base64.RawURLEncoding.EncodeToString(d[:])
}

// parts are a text in its compact serialization (RFC 9901 §4): the issuer's JWT,
// a tilde, disclosures each with a tilde behind, and perhaps a holder's proof.
type parts struct {
	jwt         string
	disclosures []string
	signed      string // what a holder's proof is made over: all but itself (§4.3.1)
	proof       string // "": none
}

func split(text string) (p parts, err error) {
	const op = "sdjwt.split"
	if len(text) > maxText {
		return p, invalid(op, "too large")
	}
	if n := strings.Count(text, "~"); n < 1 || n > maxDisclosures+1 {
		return p, invalid(op, "no tilde, or too many")
	}
	all := strings.Split(text, "~")
	last := len(all) - 1
	p = parts{jwt: all[0], disclosures: all[1:last], proof: all[last]}
	p.signed = text[:len(text)-len(p.proof)]
	return p, nil
}

func invalid(op, why string) error {
	return fault.Newf(op, fault.Invalid, "credential_invalid", "%s", why)
}

// disclosure is one (RFC 9901 §4.2): [salt, name, value] of a member, [salt, value] of an element.
type disclosure struct {
	text   string
	named  bool
	name   string
	value  []byte
	at     *step       // where it was found to belong; nil while nothing answers for it
	within *disclosure // the one in whose value its digest stands (§4.2.6); nil: the payload
}

func parseDisclosure(text string) (*disclosure, error) {
	const op = "sdjwt.parseDisclosure"
	if strings.ContainsAny(text, "\r\n") { // the decoder would skip them
		return nil, invalid(op, "broken into lines")
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "credential_invalid", err)
	}
	all, err := jose.ParseArray(b, maxText)
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "credential_invalid", err)
	}
	if len(all) != 2 && len(all) != 3 {
		return nil, invalid(op, "neither a member's nor an element's")
	}
	d := &disclosure{text: text, named: len(all) == 3, value: all[len(all)-1]}
	read := jose.Object{"salt": all[0], "name": all[1]}
	if _, ok := read.Text("salt"); !ok {
		return nil, invalid(op, "no salt")
	}
	if d.named {
		var ok bool
		if d.name, ok = read.Text("name"); !ok || d.name == digestsName || d.name == elementName || d.name == hashName {
			return nil, invalid(op, "a name that cannot be disclosed") // §7.1 step 3.c.ii.2
		}
	}
	return d, nil
}
