package client

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Match compares what a wallet showed, by the ids of the query, with what was
// asked (OpenID4VP 1.0 §6.4): every credential that must be there is, once unless
// several may be, of a kind, an authority, with the claims and the values that were
// asked; and nothing is there that was not asked for. What a wallet says to
// have done with `values` proves nothing (§6.4.1), so they are compared again.
// The presentations must come from CheckPresentation. Fails with ErrResponse.
func (q Query) Match(shown map[string][]Presentation) error {
	var came uint
	for id, all := range shown {
		i := q.find(id)
		if i < 0 || len(all) == 0 {
			return refuseResponse("a credential that was not asked for")
		}
		came |= 1 << i
		w := q.credentials[i]
		if len(all) > 1 && !w.multiple {
			return refuseResponse("more credentials than were asked for")
		}
		for _, p := range all {
			if err := w.match(p); err != nil {
				return err
			}
		}
	}
	return q.complete(came)
}

// complete looks for one option of every set, none where it may be left out,
// that together are exactly what came: less is no answer, more was not asked for.
func (q Query) complete(came uint) error {
	if q.sets == nil {
		if came != 1<<len(q.credentials)-1 {
			return refuseResponse("a credential is missing")
		}
		return nil
	}
	reached := map[uint]bool{0: true}
	for _, set := range q.sets {
		next := map[uint]bool{}
		for had := range reached {
			if !set.required {
				next[had] = true
			}
			for _, option := range set.options {
				if option&^came == 0 {
					next[had|option] = true
				}
			}
		}
		reached = next
	}
	if !reached[came] {
		return refuseResponse("a credential is missing, or one too many")
	}
	return nil
}

func (w wanted) match(p Presentation) error {
	if !slices.Contains(w.kinds, p.Kind) {
		return refuseResponse("a credential of another kind")
	}
	if w.trusted != nil && !slices.ContainsFunc(p.authorities, func(id string) bool { return slices.Contains(w.trusted, id) }) {
		return refuseResponse("a credential of another authority")
	}
	if w.options == nil {
		return w.holds(p, w.claims)
	}
	err := refuseResponse("a claim is missing")
	for _, option := range w.options {
		claims := make([]wantedClaim, len(option))
		for i, at := range option {
			claims[i] = w.claims[at]
		}
		if err = w.holds(p, claims); err == nil {
			return nil
		}
	}
	return err
}

// holds wants every claim there, and of what can be hidden nothing else
// disclosed (§6.4.1): a wallet that tells more tells it to nobody who asked.
func (w wanted) holds(p Presentation, claims []wantedClaim) error {
	for _, c := range claims {
		found, err := follow(p.whole, c.path)
		if err != nil || len(found) == 0 {
			return refuseResponse("a claim is missing")
		}
		if c.values != nil && !slices.ContainsFunc(found, c.has) {
			return refuseResponse("a claim has another value")
		}
	}
	for _, at := range p.disclosed {
		if !slices.ContainsFunc(claims, func(c wantedClaim) bool { return along(c.path, at) }) {
			return refuseResponse("more is disclosed than was asked for")
		}
	}
	return nil
}

func (c wantedClaim) has(found json.RawMessage) bool {
	one, ok := scalar(found)
	return ok && slices.Contains(c.values, one)
}

// along reports whether what was disclosed lies on the way to what was asked, or in it.
func along(asked, disclosed []any) bool {
	for i := range min(len(asked), len(disclosed)) {
		_, element := disclosed[i].(int)
		if asked[i] != disclosed[i] && (asked[i] != nil || !element) {
			return false
		}
	}
	return true
}

// follow gives what a path points to (§7.1). It ends: what it was handed is no
// deeper than maxDepth, and no step gives more than there is.
func follow(whole json.RawMessage, path []any) ([]json.RawMessage, error) {
	here := []json.RawMessage{whole}
	for _, step := range path {
		var next []json.RawMessage
		for _, raw := range here {
			if name, member := step.(string); member {
				o, err := parseObject(raw)
				if err != nil {
					return nil, err
				}
				if value, there := o[name]; there {
					next = append(next, value)
				}
				continue
			}
			all, err := parseArray(raw)
			if err != nil {
				return nil, err
			}
			if n, one := step.(int); one {
				all = all[min(n, len(all)) : min(n, len(all)-1)+1]
			}
			next = append(next, slices.DeleteFunc(all, closed)...)
		}
		here = next
	}
	return here, nil
}

func refuseResponse(what string) error { return fmt.Errorf("%w: %s", ErrResponse, what) }
