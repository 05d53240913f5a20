package pool_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"
)

// pair is a person's account at the one party and at the other, by the truth,
// which the attacker is told afterwards.
type pair struct{ a, b account }

// stayed are the accounts of people who never left, without the good-byes of a freeze.
func (w *world) stayed() []pair {
	return w.accounts(func(i item) bool { return !i.parting }, func(n int) bool { return w.people[n].life == 0 })
}

// returned are those and, in place of their two accounts of one time, the account that
// somebody had at the one party before they left and at the other since they are back.
func (w *world) returned() (all []pair) {
	all = w.stayed()
	for _, p := range w.people {
		was, is := w.parties[0].accounts[[2]int{p.n, 0}], w.parties[1].accounts[[2]int{p.n, 1}]
		if p.life > 0 && was != nil && is != nil {
			all = append(all, pair{*was, *is})
		}
	}
	return all
}

// accounts are those that somebody has at both, with the items that count.
func (w *world) accounts(counts func(item) bool, whose func(person int) bool) (all []pair) {
	only := func(x account) account {
		x.items = slices.DeleteFunc(slices.Clone(x.items), func(i item) bool { return !counts(i) })
		return x
	}
	for key, a := range w.parties[0].accounts {
		if b := w.parties[1].accounts[key]; b != nil && whose(key[0]) {
			if p := (pair{only(*a), only(*b)}); len(p.a.items) > 0 && len(p.b.items) > 0 {
				all = append(all, p)
			}
		}
	}
	return all
}

func (w *world) bytes() int {
	n, of := 0, 0
	for _, p := range w.parties {
		for _, a := range p.accounts {
			of++
			for _, i := range a.items {
				n += len(i.body) + len(fmt.Sprint(i.head))
			}
		}
	}
	return n / max(of, 1)
}

// seen is what is made of an account: every value that is in it, whole and in
// pieces, and what can be counted, measured or ordered.
type seen struct {
	values   []uint64 // sorted
	features map[string]float64
}

// reading takes an item apart.
type reading struct {
	at     time.Time
	values map[uint64]struct{}
	sums   map[string][2]float64
}

func look(a account) seen {
	r := reading{values: map[uint64]struct{}{}, sums: map[string][2]float64{}}
	for _, i := range a.items {
		r.at = i.at
		r.measure(i.kind+" length", float64(len(i.body)))
		names := make([]string, 0, len(i.head))
		for name, v := range i.head {
			names = append(names, name)
			for _, v := range v {
				if u, err := url.Parse(v); err == nil && u.RawQuery != "" {
					for name, v := range u.Query() {
						r.text(i.kind+" ?"+name, v[0])
					}
				} else {
					r.text(i.kind+" "+name, v)
				}
			}
		}
		sort.Strings(names)
		r.text(i.kind+" headers", strings.Join(names, " "))
		r.text(i.kind, i.body)
	}
	s := seen{features: map[string]float64{}}
	for v := range r.values {
		s.values = append(s.values, v)
	}
	slices.Sort(s.values)
	for name, v := range r.sums {
		s.features[name] = v[0] / v[1]
	}
	return s
}

func (r reading) measure(name string, x float64) {
	s := r.sums[name]
	r.sums[name] = [2]float64{s[0] + x, s[1] + 1}
}

func (r reading) value(b []byte) {
	h := fnv.New64a()
	h.Write(b)
	r.values[h.Sum64()] = struct{}{}
}

const piece = 10

// pieces are one in four of all runs of ten bytes, chosen by what they are: the
// same at both parties. A value of 16 bytes that is inside of something has seven.
func (r reading) pieces(b []byte) {
	for i := 0; i+piece <= len(b); i++ {
		h := fnv.New64a()
		h.Write(b[i : i+piece])
		if x := h.Sum64(); x%4 == 0 {
			r.values[x] = struct{}{}
		}
	}
}

// text takes apart what is written: JSON, tokens of three parts, credentials with
// their disclosures, and whatever is base64url.
func (r reading) text(path, s string) {
	r.value([]byte(s))
	r.measure(path+" length", float64(len(s)))
	if strings.Contains(s, "~") {
		for n, part := range strings.Split(s, "~") {
			r.text(path+"~"+map[bool]string{true: "jwt", false: "more"}[n == 0], part)
		}
		r.measure(path+" parts", float64(strings.Count(s, "~")))
		return
	}
	if strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
		var v any
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		if d.Decode(&v) == nil {
			var close bytes.Buffer
			if json.Compact(&close, []byte(s)) == nil {
				r.measure(path+" room", float64(len(s)-close.Len()))
			}
			r.json(path, v)
			return
		}
	}
	if parts := strings.Split(s, "."); len(parts) == 3 {
		if b, err := base64.RawURLEncoding.DecodeString(parts[0]); err == nil && len(b) > 0 && b[0] == '{' {
			for n, part := range parts {
				r.text(fmt.Sprint(path, ".", n), part)
			}
			return
		}
	}
	if strings.HasPrefix(s, "<svg ") {
		return // the link beside it, drawn: runs of a drawing are alike by themselves
	}
	b := []byte(s)
	for _, c := range []*base64.Encoding{base64.RawURLEncoding, base64.StdEncoding} {
		if raw, err := c.DecodeString(s); err == nil && len(raw) >= 8 {
			if raw[0] == '{' || raw[0] == '[' {
				r.text(path+"=", string(raw))
				return
			}
			b = raw
		}
	}
	r.pieces(b)
	if len(b) >= 8 {
		r.measure(path+" begins", float64(b[0])*256+float64(b[1]))
		r.measure(path+" ends", float64(b[len(b)-1]))
	}
}

func (r reading) json(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			r.json(path+"/"+name, x)
		}
	case []any:
		r.measure(path+" members", float64(len(v)))
		for _, x := range v {
			r.json(path+"[]", x)
		}
		if len(v) == 3 { // of a disclosure: its salt, its name, its value
			if name, ok := v[1].(string); ok {
				r.json(path+" salt of "+name, v[0])
			}
		}
	case string:
		r.text(path, v)
	case json.Number:
		x, err := v.Float64()
		if err != nil {
			return
		}
		if x > 1e8 {
			r.value([]byte(v))
		}
		if x < 1.7e9 || x > 2.2e9 {
			r.measure(path, x)
			return
		}
		// A time: what netid adds to the moment at which it was received, and its own grain.
		n := int64(x)
		r.measure(path+" after", x-float64(r.at.Unix()))
		r.measure(path+" of the day", float64(n%86400))
		r.measure(path+" of the minute", float64(n%60))
	case bool:
		r.measure(path, map[bool]float64{true: 1}[v])
	}
}
