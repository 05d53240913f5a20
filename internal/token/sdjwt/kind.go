package sdjwt

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

const (
	maxKind   = 64 << 10
	maxClaims = 128
)

// Kind is what a credential's type says about its claims (type metadata,
// draft-ietf-oauth-sd-jwt-vc §4). How it looks is not read here.
type Kind struct {
	name   string
	claims []claimRule
}

type claimRule struct {
	path      []pathPart
	mandatory bool
	sd        string // always, never, allowed (§4.6.4)
}

// pathPart is a name, an index, or every element.
type pathPart struct {
	name  string
	index int // -1: a name; -2: every element
}

// Integrity is the `vct#integrity` of a document (§5, W3C SRI §3): SHA-256,
// whatever the suite, since the notation has no other that we compute.
func Integrity(document []byte) string {
	d := suite.HashOf(identity.ES256, document)
	return "sha256-" + base64.StdEncoding.EncodeToString(d[:])
}

// Intact reports whether a document is the one that the metadata names: of the
// expressions in it, one with sha256 must be its own. Metadata that has none is
// never met (§5).
func Intact(metadata string, document []byte) bool {
	want := Integrity(document)
	for _, expression := range strings.Fields(metadata) {
		if expression, _, _ = strings.Cut(expression, "?"); expression == want {
			return true
		}
	}
	return false
}

// ParseKind reads type metadata. One that extends another is refused: nothing is
// fetched here. Reason "kind_invalid".
func ParseKind(document []byte) (Kind, error) {
	const op = "sdjwt.ParseKind"
	bad := func(why string) (Kind, error) {
		return Kind{}, fault.Newf(op, fault.Invalid, "kind_invalid", "%s", why)
	}
	o, err := jose.ParseObject(document, maxKind)
	if err != nil {
		return Kind{}, fault.Wrap(op, fault.Invalid, "kind_invalid", err)
	}
	k := Kind{}
	var ok bool
	if k.name, ok = o.Text("vct"); !ok || k.name == "" || o.Has("extends") {
		return bad("no name, or an extension of another")
	}
	if !o.Has("claims") {
		return k, nil
	}
	all, err := jose.ParseArray(o["claims"], maxKind)
	if err != nil || len(all) > maxClaims {
		return bad("claims that are no array, or too many")
	}
	for _, raw := range all {
		c, err := parseClaimRule(raw)
		if err != nil {
			return Kind{}, fault.Wrap(op, fault.Invalid, "kind_invalid", err)
		}
		k.claims = append(k.claims, c)
	}
	return k, nil
}

func parseClaimRule(raw []byte) (c claimRule, err error) {
	const op = "sdjwt.parseClaimRule"
	o, err := jose.ParseObject(raw, maxKind)
	if err != nil {
		return c, err
	}
	path, err := jose.ParseArray(o["path"], maxKind)
	if err != nil || len(path) == 0 || len(path) > maxNesting {
		return c, invalid(op, "no path")
	}
	for _, raw := range path {
		part := pathPart{index: -1}
		switch {
		case string(raw) == "null":
			part.index = -2
		case raw[0] == '"':
			err = json.Unmarshal(raw, &part.name)
		default:
			if err = json.Unmarshal(raw, &part.index); err == nil && part.index < 0 {
				err = invalid(op, "an index below zero")
			}
		}
		if err != nil {
			return c, err
		}
		c.path = append(c.path, part)
	}
	if o.Has("mandatory") {
		if err := json.Unmarshal(o["mandatory"], &c.mandatory); err != nil {
			return c, err
		}
	}
	c.sd = "allowed"
	if o.Has("sd") {
		var ok bool
		if c.sd, ok = o.Text("sd"); !ok || c.sd != "always" && c.sd != "never" && c.sd != "allowed" {
			return c, invalid(op, "sd is neither always, never nor allowed")
		}
	}
	return c, nil
}

// Check holds what was presented against its kind (§4.6): a claim is disclosable
// exactly as it must or may be, and a mandatory one that nobody can hide is
// there. That a claim which may be hidden is not there proves nothing.
// Reason "credential_kind".
func (k Kind) Check(p *Presented) error {
	const op = "sdjwt.Kind.Check"
	bad := func(why string) error {
		return fault.Newf(op, fault.Invalid, "credential_kind", "%s", why)
	}
	if name, ok := p.Claims.Text("vct"); !ok || name != k.name {
		return bad("of another kind")
	}
	wrong, met := false, make([]bool, len(k.claims))
	_, _, err := resolve(p.kept.suite, p.kept.payload, p.kept.texts, func(at *step, hidden bool) {
		for i, c := range k.claims {
			if !c.selects(at) {
				continue
			}
			met[i] = true
			wrong = wrong || hidden && c.sd == "never" || !hidden && c.sd == "always"
		}
	})
	if err != nil {
		return fault.At(op, err)
	}
	if wrong {
		return bad("a claim can be hidden that must not, or the other way round")
	}
	for i, c := range k.claims {
		if c.mandatory && c.sd == "never" && len(c.path) == 1 && !met[i] {
			return bad("a mandatory claim is not there")
		}
	}
	return nil
}

func (c claimRule) selects(at *step) bool {
	if at.deep() != len(c.path) {
		return false
	}
	for i := len(c.path) - 1; i >= 0; i, at = i-1, at.up {
		want := c.path[i]
		if want.index == -2 && at.index < 0 || want.index >= 0 && want.index != at.index || want.index == -1 && (at.index >= 0 || want.name != at.name) {
			return false
		}
	}
	return true
}
