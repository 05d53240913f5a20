// Package vc makes the attestations that wallets hold: "a real person", and "of
// age" (Arts 8, 10), as SD-JWT VCs.
//
// It owns what the two say, their types' metadata and how they are described to
// wallets. It refuses to know who may have them, which key holds them and who
// sees them.
//
// Invariant: of two attestations of one kind and day nothing differs that their
// person did not cause: no number, no name, no id, no status, no time but the day's;
// the key, the salts, the decoys and the signature alone.
package vc

import (
	"context"
	"encoding/json"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/sdjwt"
)

// fill is the number of digests that every attestation of age has.
const fill = 8

// Format is that of an SD-JWT VC in metadata and requests (OpenID4VCI 1.0 §A.3.1).
const Format = "dc+sd-jwt"

// Kind is one configuration.
type Kind struct {
	ID    string             // of the configuration
	Name  string             // of the type: the last part of its `vct`
	Suite identity.Suite     // that signs it
	Marks []identity.AgeMark // disclosed one by one; none: a real person and nothing else
	Kept  []string           // how hard the holder's key must be to copy and to use (OpenID4VCI 1.0 §D.2), by the word of somebody who is believed; none: nobody asks
}

// Kinds are all of a service: with sm those too that only readers of SM2 take.
func Kinds(sm bool) []Kind {
	marks := []identity.AgeMark{identity.Over14, identity.Over18, identity.Over60}
	all := []Kind{{ID: "person", Name: "person", Suite: identity.ES256}, {ID: "age", Name: "age", Suite: identity.ES256, Marks: marks}}
	if sm {
		all = append(all, Kind{ID: "person-sm", Name: "person", Suite: identity.SM}, Kind{ID: "age-sm", Name: "age", Suite: identity.SM, Marks: marks})
	}
	return all
}

// Attested are the same two for keys that are kept so: of HAIP 1.0 §4.5.1, beside
// those that ask nothing. What is issued says the same.
func Attested(levels []string) []Kind {
	all := Kinds(false)
	for i := range all {
		all[i].ID, all[i].Kept = all[i].ID+"-attested", levels
	}
	return all
}

// Item is how records name it.
func (k Kind) Item() string { return "attest_" + k.Name }

// Type is its `vct` at an issuer.
func (k Kind) Type(issuer string) string { return issuer + "/credentials/" + k.Name }

// Ages answers "over N?" and nothing else.
type Ages interface {
	Over(ctx context.Context, o identity.Opened, years int, on identity.Date) (bool, error)
}

// Maker makes attestations of one kind.
type Maker struct {
	kind      Kind
	issuer    string
	integrity string
	sign      *sdjwt.Issuer
	ages      Ages
}

// NewMaker makes one. The coder's tokens have the type sdjwt.TypeCredential.
func NewMaker(k Kind, issuer string, coder sdjwt.Coder, ages Ages) (*Maker, error) {
	const op = "vc.NewMaker"
	document, err := k.Document(issuer)
	if err != nil {
		return nil, fault.At(op, err)
	}
	sign, err := sdjwt.NewIssuer(coder, k.Suite, fill)
	return &Maker{k, issuer, sdjwt.Integrity(document), sign, ages}, fault.At(op, err)
}

// Make makes one for each key of a holder; who their person is is asked once. They are good for
// the civil day on which they are made, and everybody's of that day begin and end
// at the same second: a finer time would let two readers match what they saw.
func (m *Maker) Make(ctx context.Context, o identity.Opened, h identity.Holding, now time.Time) ([]string, error) {
	const op = "vc.Make"
	from, until := Day(now)
	claims := sdjwt.Object{"nbf": from.Unix(), "real_person": true}
	for _, mark := range m.kind.Marks {
		over, err := m.ages.Over(ctx, o, mark.Years(), identity.Today(now))
		if err != nil {
			return nil, fault.At(op, err)
		}
		claims[string(mark)] = sdjwt.Hidden{Value: over}
	}
	texts := make([]string, len(h.Keys))
	for i, holder := range h.Keys {
		key, err := suite.ParsePublicKey(holder)
		if err != nil {
			return nil, fault.At(op, err)
		}
		texts[i], err = m.sign.Credential(sdjwt.Credential{Kind: m.kind.Type(m.issuer), Integrity: m.integrity, Issuer: m.issuer, Issued: from, Expires: until, Holder: key, Claims: claims})
		if err != nil {
			return nil, fault.At(op, err)
		}
	}
	return texts, nil
}

// Day is the civil day of an instant, from its first second to that of the next.
func Day(now time.Time) (from, until time.Time) {
	d := identity.Today(now)
	from = time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.FixedZone("", 8*60*60)) // Asia/Shanghai, as identity.Today
	return from, from.AddDate(0, 0, 1)
}

// Configuration describes the kind to wallets (OpenID4VCI 1.0 §12.2.4).
func (k Kind) Configuration(issuer string) map[string]any {
	proof := map[string]any{"proof_signing_alg_values_supported": []string{jose.ES256}}
	proofs := map[string]any{"jwt": proof}
	if k.Kept != nil {
		proof["key_attestations_required"] = map[string]any{"key_storage": k.Kept, "user_authentication": k.Kept}
		proofs["attestation"] = proof
	}
	return map[string]any{
		"format": Format, "scope": k.ID, "vct": k.Type(issuer),
		"credential_signing_alg_values_supported": []string{jose.AlgOf(k.Suite)},
		"cryptographic_binding_methods_supported": []string{"jwk"},
		"proof_types_supported":                   proofs,
		"credential_metadata":                     map[string]any{"display": display(k.says(), "name"), "claims": k.claims("name")},
	}
}

// Document is the type's metadata, as it is published under its `vct`
// (draft-ietf-oauth-sd-jwt-vc §4): the same bytes at each call.
func (k Kind) Document(issuer string) ([]byte, error) {
	b, err := json.Marshal(map[string]any{"vct": k.Type(issuer), "name": k.says().EN, "display": display(k.says(), "name"), "claims": k.claims("label")})
	return b, fault.Wrap("vc.Document", fault.Internal, "internal", err)
}

func (k Kind) says() identity.Text {
	if k.Marks == nil {
		return identity.Text{ZH: "真人证明", EN: "Proof of a real person"}
	}
	return identity.Text{ZH: "年龄证明", EN: "Proof of age"}
}

// claims are what it says, in order. What may be hidden is not mandatory; `sd` and
// the word for a label are the type metadata's own.
func (k Kind) claims(word string) []map[string]any {
	one := func(name string, hidden bool, says identity.Text) map[string]any {
		c := map[string]any{"path": []string{name}, "mandatory": !hidden, "display": display(says, word)}
		if word == "label" {
			c["sd"] = map[bool]string{true: "always", false: "never"}[hidden]
		}
		return c
	}
	all := []map[string]any{one("real_person", false, identity.Text{ZH: "真人", EN: "a real person"})}
	for _, m := range k.Marks {
		says := map[identity.AgeMark]identity.Text{identity.Over14: {ZH: "已满 14 周岁", EN: "14 or over"}, identity.Over18: {ZH: "已满 18 周岁", EN: "18 or over"},
			identity.Over60: {ZH: "已满 60 周岁", EN: "60 or over"}}[m]
		all = append(all, one(string(m), true, says))
	}
	return all
}

func display(t identity.Text, word string) []map[string]string {
	return []map[string]string{{"locale": "zh-CN", word: t.ZH}, {"locale": "en", word: t.EN}}
}
