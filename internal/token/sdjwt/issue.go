package sdjwt

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// Object and List are claims as an issuer writes them; anything else in them is
// what encoding/json makes of it. Hidden marks a member or an element, at any
// depth, that its holder may disclose or keep.
type (
	Object map[string]any
	List   []any
	Hidden struct{ Value any }
)

// Coder signs claims; a jose.Coder is one.
type Coder interface {
	Encode(claims any) (string, error)
}

// Issuer makes SD-JWTs with the digests of one suite. Safe for concurrent use if its coder is.
type Issuer struct {
	coder Coder
	suite identity.Suite
	fill  int
}

// NewIssuer: fill is the number to a multiple of which the digests of each object
// and array are filled up with decoys (RFC 9901 §4.2.5), so that their number says
// as little as their order; 1 makes none.
func NewIssuer(c Coder, s identity.Suite, fill int) (*Issuer, error) {
	if fill < 1 || fill > 64 {
		return nil, fault.Newf("sdjwt.NewIssuer", fault.Internal, "", "filled to %d", fill)
	}
	return &Issuer{c, s, fill}, nil
}

// Issue signs the claims and gives the SD-JWT with all its disclosures (RFC 9901
// §4). Salts are of 128 bits and drawn for each: two tokens over the same claims
// have no digest in common. What decides validity cannot be hidden, nor anything
// below it, and the format's own names are nobody's claims.
func (i *Issuer) Issue(claims Object) (string, error) {
	const op = "sdjwt.Issue"
	w := writer{issuer: i}
	payload, err := w.members(claims)
	if err != nil {
		return "", fault.At(op, err)
	}
	if payload.Has(hashName) {
		return "", fault.Newf(op, fault.Internal, "", "the kind of digests is ours to say")
	}
	if payload[hashName], err = json.Marshal(hashOf(i.suite)); err != nil {
		return "", fault.Wrap(op, fault.Internal, "", err)
	}
	if _, _, err := resolve(i.suite, payload, w.texts, nil); err != nil { // nothing is signed that no reader would take
		return "", fault.Wrap(op, fault.Internal, "", err)
	}
	jwt, err := i.coder.Encode(payload)
	if err != nil {
		return "", fault.At(op, err)
	}
	text := jwt + "~" + strings.Join(append(w.texts, ""), "~")
	if _, err := split(text); err != nil {
		return "", fault.Wrap(op, fault.Internal, "", err)
	}
	return text, nil
}

// writer collects the disclosures of one token.
type writer struct {
	issuer *Issuer
	texts  []string
}

// members writes an object: what is open, and `_sd` in an order that says nothing
// (RFC 9901 §4.2.4.1).
func (w *writer) members(o Object) (jose.Object, error) {
	const op = "sdjwt.members"
	out := make(jose.Object, len(o)+2)
	var digests []string
	for _, name := range sorted(o) {
		if name == digestsName || name == elementName {
			return nil, fault.Newf(op, fault.Internal, "", "a claim called %s", name)
		}
		hidden, is := o[name].(Hidden)
		if !is {
			raw, err := w.value(o[name])
			if err != nil {
				return nil, err
			}
			out[name] = raw
			continue
		}
		d, err := w.hide(hidden.Value, name)
		if err != nil {
			return nil, err
		}
		digests = append(digests, d)
	}
	if len(digests) == 0 {
		return out, nil
	}
	for len(digests)%w.issuer.fill != 0 {
		digests = append(digests, w.decoy())
	}
	slices.Sort(digests)
	raw, err := json.Marshal(digests)
	out[digestsName] = raw
	return out, fault.Wrap(op, fault.Internal, "", err)
}

func sorted(o Object) []string {
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (w *writer) elements(l List) ([]any, error) {
	out, hidden := make([]any, 0, len(l)), 0
	for _, v := range l {
		h, is := v.(Hidden)
		if !is {
			raw, err := w.value(v)
			if err != nil {
				return nil, err
			}
			out = append(out, raw)
			continue
		}
		d, err := w.hide(h.Value)
		if err != nil {
			return nil, err
		}
		out, hidden = append(out, map[string]string{elementName: d}), hidden+1
	}
	for ; hidden%w.issuer.fill != 0; hidden++ {
		out = append(out, map[string]string{elementName: w.decoy()})
	}
	return out, nil
}

func (w *writer) value(v any) (json.RawMessage, error) {
	const op = "sdjwt.value"
	var tree any
	var err error
	switch v := v.(type) {
	case Object:
		tree, err = w.members(v)
	case List:
		tree, err = w.elements(v)
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, fault.Wrap(op, fault.Internal, "", err)
		}
		return raw, plain(raw)
	}
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(tree)
	return raw, fault.Wrap(op, fault.Internal, "", err)
}

// plain refuses ready JSON that uses the format's names: a reader would take
// what stands there for digests.
func plain(raw json.RawMessage) error {
	r := resolver{seen: map[string]bool{}, bare: true}
	if _, err := r.value(raw, (*step)(nil).member("")); err != nil || len(r.seen) > 0 {
		return fault.Newf("sdjwt.plain", fault.Internal, "", "ready JSON that hides something, or is none that is read: %v", err)
	}
	return nil
}

// hide makes a disclosure (RFC 9901 §4.2.1, §4.2.2) and gives its digest.
func (w *writer) hide(v any, name ...string) (string, error) {
	const op = "sdjwt.hide"
	value, err := w.value(v)
	if err != nil {
		return "", err
	}
	content := []any{base64.RawURLEncoding.EncodeToString(suite.Random(saltSize))}
	for _, n := range name {
		content = append(content, n)
	}
	b, err := json.Marshal(append(content, value))
	if err != nil {
		return "", fault.Wrap(op, fault.Internal, "", err)
	}
	text := base64.RawURLEncoding.EncodeToString(b)
	w.texts = append(w.texts, text)
	return digest(w.issuer.suite, text), nil
}

func (w *writer) decoy() string {
	return digest(w.issuer.suite, string(suite.Random(32)))
}
