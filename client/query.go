package client

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Query is what a reader asks of a wallet, in DCQL (OpenID4VP 1.0 §6). It is
// made by ParseQuery or QueryFor, and is what it was read from.
type Query struct {
	text        []byte
	credentials []wanted
	sets        []wantedSet
}

// wanted is one credential that is asked for (§6.1).
type wanted struct {
	id       string
	kinds    []string // `vct_values`
	multiple bool
	trusted  []string // key identifiers of authorities, decoded; nil: no matter which
	claims   []wantedClaim
	options  [][]int // `claim_sets`, as places in claims; nil: all of them
}

// wantedClaim is §6.3. A step of its path is a string (a member), an int (an element) or nil (every element).
type wantedClaim struct {
	path   []any
	values []string // as JSON in one form; nil: no matter which
}

// wantedSet is §6.2: of the options one, as bits over the credentials.
type wantedSet struct {
	options  []uint
	required bool
}

const (
	maxQuery       = 16 << 10
	maxCredentials = 12 // in a query: what may come is compared with every combination of them
	maxQueried     = 64 // claims, values, options, names of kinds
	formatSDJWT    = "dc+sd-jwt"
)

var queryID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// QueryFor asks for one credential of a kind (`vct`), and of what it hides for
// these claims. Its id is "credential".
func QueryFor(kind string, claims ...string) (Query, error) {
	type claim struct {
		Path []string `json:"path"`
	}
	asked := make([]claim, len(claims))
	for i, name := range claims {
		asked[i].Path = []string{name}
	}
	one := map[string]any{"id": "credential", "format": formatSDJWT, "meta": map[string][]string{"vct_values": {kind}}}
	if len(asked) > 0 {
		one["claims"] = asked
	}
	text, err := json.Marshal(map[string]any{"credentials": []any{one}})
	if err != nil {
		return Query{}, refuseQuery(err.Error())
	}
	return ParseQuery(text)
}

// ParseQuery reads a query. A wallet ignores what it does not know; a reader
// that sent it would believe to have asked for something, and could not check the
// answer. So whatever is not understood here is refused: other formats than SD-JWT VC,
// other signs of trust than `aki`, credentials without their holder's proof,
// unknown members. Fails with ErrQuery.
func ParseQuery(text []byte) (Query, error) {
	if len(text) > maxQuery {
		return Query{}, refuseQuery("too long")
	}
	o, err := only(text, "credentials", "credential_sets")
	if err != nil {
		return Query{}, err
	}
	all, err := queried(o, "credentials", maxCredentials)
	if err != nil || all == nil {
		return Query{}, refuseQuery("no credentials, or too many")
	}
	q := Query{text: slices.Clone(text)}
	for _, raw := range all {
		w, err := parseWanted(raw)
		if err != nil {
			return Query{}, err
		}
		if slices.ContainsFunc(q.credentials, func(other wanted) bool { return other.id == w.id }) {
			return Query{}, refuseQuery("two credentials of one id")
		}
		q.credentials = append(q.credentials, w)
	}
	return q, q.parseSets(o)
}

// Bytes is the query as it was read.
func (q Query) Bytes() []byte { return slices.Clone(q.text) }

// MarshalJSON gives the query as it was read.
func (q Query) MarshalJSON() ([]byte, error) {
	if q.text == nil {
		return nil, refuseQuery("nothing is asked")
	}
	return q.text, nil
}

// Kinds are the kinds of credentials that may answer, and of each every claim
// that is asked by a plain name of its top; "" stands for any other claim. Who
// decides what a reader may ask compares these.
func (q Query) Kinds() map[string][]string {
	kinds := map[string][]string{}
	for _, w := range q.credentials {
		for _, kind := range w.kinds {
			kinds[kind] = append(kinds[kind], w.names()...)
		}
	}
	return kinds
}

func (w wanted) names() []string {
	names := []string{}
	for _, c := range w.claims {
		name, plain := c.path[0].(string)
		if !plain || len(c.path) > 1 {
			name = ""
		}
		names = append(names, name)
	}
	return names
}

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

func (q *Query) parseSets(o object) error {
	sets, err := queried(o, "credential_sets", maxQueried)
	if err != nil {
		return err
	}
	for _, raw := range sets {
		s, err := only(raw, "options", "required")
		if err != nil {
			return err
		}
		set := wantedSet{}
		if set.required, err = s.choice("required", true); err != nil {
			return err
		}
		options, err := queried(s, "options", maxQueried)
		if err != nil || options == nil {
			return refuseQuery("credential_sets without options")
		}
		for _, raw := range options {
			ids, err := list(raw)
			if err != nil {
				return err
			}
			bits, err := q.bits(ids)
			if err != nil {
				return err
			}
			set.options = append(set.options, bits)
		}
		q.sets = append(q.sets, set)
	}
	return nil
}

// bits are the places of credentials by their ids.
func (q Query) bits(ids []string) (all uint, err error) {
	for _, id := range ids {
		i := q.find(id)
		if i < 0 || all&(1<<i) != 0 {
			return 0, refuseQuery("a credential that is not asked for, or one twice")
		}
		all |= 1 << i
	}
	return all, nil
}

func (q Query) find(id string) int {
	return slices.IndexFunc(q.credentials, func(w wanted) bool { return w.id == id })
}

// only reads an object that has no other members than these.
func only(raw []byte, names ...string) (object, error) {
	o, err := parseObject(raw)
	if err != nil {
		return nil, refuseQuery("not one object, or one with a name twice")
	}
	for name := range o {
		if !slices.Contains(names, name) {
			return nil, refuseQuery("a member that is not understood")
		}
	}
	return o, nil
}

// queried reads an array that has something in it; nil where it is not there.
func queried(o object, name string, limit int) ([]json.RawMessage, error) {
	raw, there := o[name]
	if !there {
		return nil, nil
	}
	all, err := parseArray(raw)
	if err != nil || len(all) == 0 || len(all) > limit {
		return nil, refuseQuery(name + " is no array, empty or too long")
	}
	return all, nil
}

func texts(o object, name string) ([]string, error) {
	raw, there := o[name]
	if !there {
		return nil, nil
	}
	return list(raw)
}

// list reads an array of strings that has something in it.
func list(raw json.RawMessage) (all []string, err error) {
	parts, err := parseArray(raw)
	if err != nil || len(parts) == 0 || len(parts) > maxQueried {
		return nil, refuseQuery("not an array of strings, empty or too long")
	}
	for _, p := range parts {
		s, ok := unquote(p)
		if !ok || s == "" {
			return nil, refuseQuery("not an array of strings")
		}
		all = append(all, s)
	}
	return all, nil
}

func (o object) choice(name string, otherwise bool) (bool, error) {
	switch raw, there := o[name]; {
	case !there:
		return otherwise, nil
	case string(raw) == "true" || string(raw) == "false":
		return raw[0] == 't', nil
	}
	return false, refuseQuery(name + " is no boolean")
}

// scalar gives a string, whole number or boolean in one form: 1 is not "1", and "a" is "\u0061".
func scalar(raw json.RawMessage) (string, bool) {
	if s, ok := unquote(raw); ok {
		return `"` + s, true
	}
	text := string(raw)
	if text == "true" || text == "false" {
		return text, true
	}
	var n int64
	if strings.ContainsAny(text, ".eE") || json.Unmarshal(raw, &n) != nil || text == "null" {
		return "", false
	}
	return text, true
}

func refuseQuery(what string) error { return fmt.Errorf("%w: %s", ErrQuery, what) }
