package client

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"

	"github.com/emmansun/gmsm/sm3"
)

// maxNesting is how deep claims may lie in each other, also through disclosures.
const maxNesting = 16

// digest is how an SD-JWT of the algorithm hashes (RFC 9901 §4.2.3).
func (a algorithm) digest(text string) string {
	if a.name == AlgSM2 {
		d := sm3.Sum([]byte(text))
		return encode64(d[:])
	}
	d := sha256.Sum256([]byte(text))
	return encode64(d[:])
}

// hash is the name of that, `_sd_alg` (§4.1.1).
func (a algorithm) hash() string {
	if a.name == AlgSM2 {
		return "urn:netid:hash:SM3"
	}
	return "sha-256"
}

// disclosing is RFC 9901 §7.1 step 3 under way.
type disclosing struct {
	by   map[string][]json.RawMessage // disclosures by digest, as they were decoded
	met  map[string]bool              // digests that stood somewhere
	used int

	at    []any   // where it is
	shown [][]any // where disclosures stand
}

// inside goes one step down, and notes where a disclosure stands.
func (d *disclosing) inside(step any, raw json.RawMessage, depth int, hidden bool) (json.RawMessage, error) {
	d.at = append(d.at, step)
	if hidden {
		d.shown = append(d.shown, slices.Clone(d.at))
	}
	value, err := d.value(raw, depth+1)
	d.at = d.at[:len(d.at)-1]
	return value, err
}

// neverHidden decide whether a credential counts; a disclosure of one, or of anything below it, is refused.
func neverHidden() []string {
	return []string{"iss", "aud", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"}
}

// disclose puts the disclosures where their digests stand, all of them or none,
// and says where. Elements that are not disclosed have their places still.
func disclose(a algorithm, payload object, texts []string) (json.RawMessage, [][]any, error) {
	if name, err := payload.text("_sd_alg"); err != nil || name != a.hash() && (name != "" || payload["_sd_alg"] != nil || a.hash() != "sha-256") {
		return nil, nil, errors.New("digests of another kind")
	}
	d := disclosing{by: map[string][]json.RawMessage{}, met: map[string]bool{}}
	for _, text := range texts {
		b, err := decode64(text)
		if err != nil {
			return nil, nil, errors.New("a disclosure that is not base64url")
		}
		content, err := parseArray(b)
		if err != nil || len(content) != 2 && len(content) != 3 {
			return nil, nil, errors.New("a disclosure that is none")
		}
		if _, ok := unquote(content[0]); !ok {
			return nil, nil, errors.New("a disclosure without salt")
		}
		d.by[a.digest(text)] = content
	}
	open := object{}
	for name, raw := range payload {
		if name != "_sd_alg" {
			open[name] = raw
		}
	}
	out, err := d.object(open, 0)
	if err != nil {
		return nil, nil, err
	}
	if d.used != len(texts) { // also where one is there twice
		return nil, nil, errors.New("a disclosure that no digest answers for")
	}
	return out, d.shown, nil
}

// take gives the disclosure of a digest, nil where there is none.
func (d *disclosing) take(digest string, length int) ([]json.RawMessage, error) {
	if d.met[digest] {
		return nil, errors.New("a digest is there twice")
	}
	d.met[digest] = true
	content := d.by[digest]
	if content == nil {
		return nil, nil
	}
	if len(content) != length {
		return nil, errors.New("a member's disclosure for an element, or the other way round")
	}
	d.used++
	return content, nil
}

func (d *disclosing) value(raw json.RawMessage, depth int) (json.RawMessage, error) {
	if depth > maxNesting {
		return nil, errors.New("too deep")
	}
	switch raw[0] {
	case '{':
		o, err := parseObject(raw)
		if err != nil {
			return nil, err
		}
		if o["_sd_alg"] != nil {
			return nil, errors.New("the kind of digests is said twice")
		}
		return d.object(o, depth)
	case '[':
		return d.array(raw, depth)
	}
	return raw, nil
}

func (d *disclosing) object(o object, depth int) (json.RawMessage, error) {
	out := object{}
	for name, raw := range o {
		if name == "_sd" {
			continue
		}
		if name == "..." {
			return nil, errors.New("a digest of an element outside of an array")
		}
		before := d.used
		value, err := d.inside(name, raw, depth, false)
		if err != nil {
			return nil, err
		}
		if depth == 0 && d.used > before && slices.Contains(neverHidden(), name) {
			return nil, errors.New(name + " is hidden in part")
		}
		out[name] = value
	}
	if raw, there := o["_sd"]; there {
		if err := d.members(out, raw, depth); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

// members is step 3.c.ii.
func (d *disclosing) members(out object, raw json.RawMessage, depth int) error {
	var digests []*string // null would be ""
	if err := json.Unmarshal(raw, &digests); err != nil || digests == nil || slices.Contains(digests, nil) {
		return errors.New("digests that are no array of strings")
	}
	for _, digest := range digests {
		content, err := d.take(*digest, 3)
		if err != nil {
			return err
		}
		if content == nil {
			continue // not disclosed, or a decoy
		}
		name, ok := unquote(content[1])
		if !ok || name == "_sd" || name == "..." || name == "_sd_alg" || out[name] != nil || depth == 0 && slices.Contains(neverHidden(), name) {
			return errors.New("a name that cannot be disclosed, or is there already")
		}
		if out[name], err = d.inside(name, content[2], depth, true); err != nil {
			return err
		}
	}
	return nil
}

// array is step 3.c.iii.
func (d *disclosing) array(raw json.RawMessage, depth int) (json.RawMessage, error) {
	all, err := parseArray(raw)
	if err != nil {
		return nil, err
	}
	out := make([]json.RawMessage, 0, len(all))
	for _, raw := range all {
		hidden := false
		if o, err := parseObject(raw); err == nil && o["..."] != nil {
			digest, err := o.text("...")
			if err != nil || len(o) != 1 {
				return nil, errors.New("the digest of an element is no string, or not alone")
			}
			content, err := d.take(digest, 2)
			if err != nil {
				return nil, err
			}
			if content == nil {
				out = append(out, raw) // its place stays until all is put together: a path counts the elements as issued
				continue
			}
			raw, hidden = content[1], true
		}
		value, err := d.inside(len(out), raw, depth, hidden)
		if err != nil {
			return nil, err
		}
		out = append(out, value)
	}
	return json.Marshal(out)
}

// closed reports whether this is the place of an element that is not disclosed.
// Nothing else in what was put together has that name.
func closed(raw json.RawMessage) bool {
	o, err := parseObject(raw)
	return err == nil && o["..."] != nil
}

// disclosed leaves out the elements that are not (RFC 9901 §7.1 step 3.d).
func disclosed(raw json.RawMessage) (json.RawMessage, error) {
	switch raw[0] {
	case '{':
		o, err := parseObject(raw) // refuses names that differ in case only, also across disclosures
		if err != nil {
			return nil, err
		}
		for name, value := range o {
			if o[name], err = disclosed(value); err != nil {
				return nil, err
			}
		}
		return json.Marshal(o)
	case '[':
		all, err := parseArray(raw)
		if err != nil {
			return nil, err
		}
		out := make([]json.RawMessage, 0, len(all))
		for _, element := range all {
			if closed(element) {
				continue
			}
			value, err := disclosed(element)
			if err != nil {
				return nil, err
			}
			out = append(out, value)
		}
		return json.Marshal(out)
	}
	return raw, nil
}
