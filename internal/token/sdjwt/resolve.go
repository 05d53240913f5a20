package sdjwt

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/token/jose"
)

// maxNesting is how deep objects and arrays may lie in each other, also through
// disclosures whose own texts are flat.
const maxNesting = 16

// step is a place in the processed payload, by the way that leads there.
type step struct {
	up    *step
	name  string
	index int // as issued, counting what is not disclosed; -1 for a member
	depth int
}

func (s *step) member(name string) *step { return &step{s, name, -1, s.deep() + 1} }
func (s *step) element(index int) *step  { return &step{s, "", index, s.deep() + 1} }
func (s *step) top() (first *step) {
	for first = s; first.up != nil; first = first.up {
	}
	return first
}
func (s *step) deep() int {
	if s == nil {
		return 0
	}
	return s.depth
}

// pointer is the place as RFC 6901 writes it.
func (s *step) pointer() string {
	if s == nil {
		return ""
	}
	if s.index >= 0 {
		return s.up.pointer() + "/" + strconv.Itoa(s.index)
	}
	return s.up.pointer() + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(s.name)
}

// resolver puts disclosures where their digests stand (RFC 9901 §7.1 step 3).
type resolver struct {
	by     map[string]*disclosure      // by digest
	seen   map[string]bool             // digests that were met
	within *disclosure                 // whose value is being read
	bare   bool                        // no digest may be there at all
	visit  func(at *step, hidden bool) // hears of every claim, if it is there; hidden: disclosable by itself
}

// resolve gives the processed payload, and the disclosures that it took, all of them.
func resolve(s identity.Suite, payload jose.Object, texts []string, visit func(*step, bool)) (jose.Object, []*disclosure, error) {
	const op = "sdjwt.resolve"
	name, there := payload.Text(hashName)
	if !there && (payload.Has(hashName) || s != identity.ES256) || there && name != hashOf(s) { // absent is sha-256 (§4.1.1)
		return nil, nil, invalid(op, "digests of another kind")
	}
	r := resolver{by: make(map[string]*disclosure, len(texts)), seen: map[string]bool{}, visit: visit}
	all := make([]*disclosure, 0, len(texts))
	for _, text := range texts {
		d, err := parseDisclosure(text)
		if err != nil {
			return nil, nil, err
		}
		r.by[digest(s, text)] = d
		all = append(all, d)
	}
	bare := make(jose.Object, len(payload))
	for name, value := range payload {
		if name != hashName {
			bare[name] = value
		}
	}
	processed, err := r.object(bare, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range all {
		if d.at == nil { // step 5; also where one is there twice
			return nil, nil, invalid(op, "a disclosure that no digest answers for")
		}
		for _, never := range validity {
			if d.at.top().name == never {
				return nil, nil, invalid(op, never+" is disclosed")
			}
		}
	}
	o, err := jose.ParseObject(processed, 2*maxText) // names that differ in case only, and depth, also across disclosures
	return o, all, fault.Wrap(op, fault.Invalid, "credential_invalid", err)
}

// find is step 3.c: the disclosure of a digest, nil where there is none; a digest that was met before is refused (step 4).
func (r *resolver) find(digest string, named bool) (*disclosure, error) {
	const op = "sdjwt.find"
	if r.seen[digest] {
		return nil, invalid(op, "a digest is there twice")
	}
	r.seen[digest] = true
	d := r.by[digest]
	if d != nil && d.named != named {
		return nil, invalid(op, "a member's disclosure for an element, or the other way round")
	}
	return d, nil
}

// take reads the value of a disclosure at the place where it belongs.
func (r *resolver) take(d *disclosure, at *step) (json.RawMessage, error) {
	d.at, d.within = at, r.within
	outer := r.within
	r.within = d
	defer func() { r.within = outer }()
	return r.value(d.value, at)
}

func (r *resolver) value(raw json.RawMessage, at *step) (json.RawMessage, error) {
	const op = "sdjwt.value"
	if at.deep() > maxNesting {
		return nil, invalid(op, "too deep")
	}
	switch raw[0] {
	case '{':
		o, err := jose.ParseObject(raw, maxText)
		if err != nil {
			return nil, fault.Wrap(op, fault.Invalid, "credential_invalid", err)
		}
		if o.Has(hashName) { // §4.1.1: at the top alone
			return nil, invalid(op, "the kind of digests is said twice")
		}
		return r.object(o, at)
	case '[':
		all, err := jose.ParseArray(raw, maxText)
		if err != nil {
			return nil, fault.Wrap(op, fault.Invalid, "credential_invalid", err)
		}
		return r.array(all, at)
	}
	return raw, nil
}

func (r *resolver) object(o jose.Object, at *step) (json.RawMessage, error) {
	const op = "sdjwt.object"
	out := make(jose.Object, len(o))
	for name, raw := range o {
		switch name {
		case digestsName:
		case elementName:
			return nil, invalid(op, "a digest of an element outside of an array")
		default:
			if err := r.put(out, raw, at.member(name)); err != nil {
				return nil, err
			}
		}
	}
	if raw, there := o[digestsName]; there {
		var digests []*string // null would be ""
		if err := json.Unmarshal(raw, &digests); err != nil || digests == nil || slices.Contains(digests, nil) || r.bare {
			return nil, invalid(op, "digests that are no array of strings, or where there may be none")
		}
		if err := r.members(out, digests, at); err != nil {
			return nil, err
		}
	}
	b, err := json.Marshal(out)
	return b, fault.Wrap(op, fault.Internal, "", err)
}

// put reads a member that stands there openly.
func (r *resolver) put(out jose.Object, raw json.RawMessage, at *step) (err error) {
	if r.visit != nil {
		r.visit(at, false)
	}
	out[at.name], err = r.value(raw, at)
	return err
}

// members is step 3.c.ii.
func (r *resolver) members(out jose.Object, digests []*string, at *step) error {
	for _, key := range digests {
		d, err := r.find(*key, true)
		if err != nil {
			return err
		}
		if d == nil {
			continue // not disclosed, or a decoy
		}
		if out.Has(d.name) {
			return invalid("sdjwt.members", "a claim is there twice")
		}
		where := at.member(d.name)
		if r.visit != nil {
			r.visit(where, true)
		}
		if out[d.name], err = r.take(d, where); err != nil {
			return err
		}
	}
	return nil
}

// array is step 3.c.iii, and 3.d: what is not disclosed is not there.
func (r *resolver) array(all []json.RawMessage, at *step) (json.RawMessage, error) {
	const op = "sdjwt.array"
	out := make([]json.RawMessage, 0, len(all))
	for i, raw := range all {
		where := at.element(i)
		key, hidden, err := hiddenElement(raw)
		if err != nil {
			return nil, err
		}
		if r.visit != nil {
			r.visit(where, hidden)
		}
		var value json.RawMessage
		if hidden {
			d, err := r.find(key, false)
			if err != nil {
				return nil, err
			}
			if d == nil {
				continue
			}
			value, err = r.take(d, where)
			if err != nil {
				return nil, err
			}
		} else if value, err = r.value(raw, where); err != nil {
			return nil, err
		}
		out = append(out, value)
	}
	b, err := json.Marshal(out)
	return b, fault.Wrap(op, fault.Internal, "", err)
}

// hiddenElement reads {"...": digest}.
func hiddenElement(raw json.RawMessage) (digest string, hidden bool, err error) {
	if raw[0] != '{' {
		return "", false, nil
	}
	o, err := jose.ParseObject(raw, maxText)
	if err != nil || !o.Has(elementName) {
		return "", false, fault.Wrap("sdjwt.hiddenElement", fault.Invalid, "credential_invalid", err)
	}
	digest, ok := o.Text(elementName)
	if !ok || len(o) != 1 {
		return "", false, invalid("sdjwt.hiddenElement", "the digest of an element is no string, or not alone")
	}
	return digest, true, nil
}
