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
