package client

import (
	"encoding/json"
	"slices"
)

func parseWanted(raw json.RawMessage) (w wanted, err error) {
	o, err := only(raw, "id", "format", "multiple", "meta", "trusted_authorities", "require_cryptographic_holder_binding", "claims", "claim_sets")
	if err != nil {
		return w, err
	}
	if w.id, err = o.text("id"); err != nil || !queryID.MatchString(w.id) {
		return w, refuseQuery("a credential without a proper id")
	}
	if format, err := o.text("format"); err != nil || format != formatSDJWT {
		return w, refuseQuery("a format that is not read here")
	}
	if w.multiple, err = o.choice("multiple", false); err != nil {
		return w, err
	}
	if bound, err := o.choice("require_cryptographic_holder_binding", true); err != nil || !bound {
		return w, refuseQuery("a credential without its holder's proof could be shown by anybody who saw it")
	}
	meta, err := only(o["meta"], "vct_values")
	if err != nil {
		return w, err
	}
	if w.kinds, err = texts(meta, "vct_values"); err != nil || w.kinds == nil {
		return w, refuseQuery("no vct_values")
	}
	if err := w.parseTrusted(o); err != nil {
		return w, err
	}
	return w, w.parseClaims(o)
}

// parseTrusted is §6.1.1: of several kinds any one would do, so one kind is all that is needed.
func (w *wanted) parseTrusted(o object) error {
	all, err := queried(o, "trusted_authorities", maxQueried)
	if err != nil {
		return err
	}
	for _, raw := range all {
		a, err := only(raw, "type", "values")
		if err != nil {
			return err
		}
		if kind, err := a.text("type"); err != nil || kind != "aki" {
			return refuseQuery("a sign of trust that is not understood here")
		}
		values, err := texts(a, "values")
		if err != nil || values == nil {
			return refuseQuery("aki without values")
		}
		for _, v := range values {
			id, err := decode64(v)
			if err != nil || len(id) == 0 || len(id) > 64 {
				return refuseQuery("aki is not the base64url of a key identifier")
			}
			w.trusted = append(w.trusted, string(id))
		}
	}
	return nil
}

func (w *wanted) parseClaims(o object) error {
	all, err := queried(o, "claims", maxQueried)
	if err != nil {
		return err
	}
	places, paths := map[string]int{}, map[string]bool{}
	for i, raw := range all {
		id, c, path, err := parseClaim(raw)
		if err != nil {
			return err
		}
		if _, twice := places[id]; id != "" && twice || paths[path] {
			return refuseQuery("a claim is asked twice")
		}
		if places[id], paths[path] = i, true; id == "" {
			delete(places, id)
		}
		w.claims = append(w.claims, c)
	}
	sets, err := queried(o, "claim_sets", maxQueried)
	if err != nil || sets != nil && all == nil {
		return refuseQuery("claim_sets")
	}
	for _, raw := range sets {
		option, err := list(raw)
		if err != nil {
			return err
		}
		var set []int
		for _, id := range option {
			at, there := places[id]
			if !there || slices.Contains(set, at) {
				return refuseQuery("claim_sets name a claim that is not there, or one twice")
			}
			set = append(set, at)
		}
		w.options = append(w.options, set)
	}
	return nil
}

func parseClaim(raw json.RawMessage) (id string, c wantedClaim, path string, err error) {
	o, err := only(raw, "id", "path", "values")
	if err != nil {
		return "", c, "", err
	}
	if id, err = o.text("id"); err != nil || o["id"] != nil && !queryID.MatchString(id) {
		return "", c, "", refuseQuery("a claim's id")
	}
	steps, err := queried(o, "path", maxNesting)
	if err != nil || steps == nil {
		return "", c, "", refuseQuery("a claim without path")
	}
	for _, s := range steps {
		step, err := parseStep(s)
		if err != nil {
			return "", c, "", err
		}
		c.path = append(c.path, step)
	}
	values, err := queried(o, "values", maxQueried)
	if err != nil {
		return "", c, "", err
	}
	for _, v := range values {
		one, ok := scalar(v)
		if !ok {
			return "", c, "", refuseQuery("a value that is no string, whole number or boolean")
		}
		c.values = append(c.values, one)
	}
	text, err := json.Marshal(c.path)
	return id, c, string(text), err
}

// parseStep is §7: a member's name, an element's number, or null.
func parseStep(raw json.RawMessage) (any, error) {
	if s, ok := unquote(raw); ok {
		return s, nil
	}
	if string(raw) == "null" {
		return nil, nil
	}
	var n int
	if err := json.Unmarshal(raw, &n); err != nil || n < 0 {
		return nil, refuseQuery("a step of a path that is none")
	}
	return n, nil
}
