package client

import (
	"slices"
	"strconv"
	"strings"
)

// PlainItems are the items that tell who somebody is: each value, or, named
// with "match_" before it, whether it is the one that the party sent.
func PlainItems() []string {
	var all []string
	for _, name := range plainNames() {
		all = append(all, name, matchOf+name)
	}
	return all
}

const matchOf = "match_"

// plainNames are in the order of words.plain.
func plainNames() []string {
	return []string{"name", "birthdate", "document_number", "phone_number"}
}

const mostDays = 3650

// termed: what is given in plain text says on what ground and for how long, in
// words that can be read; nothing else does.
func (i Item) termed() bool {
	if name := strings.TrimPrefix(i.Name, matchOf); !slices.Contains(plainNames(), name) {
		return i.Basis == "" && i.Days == 0
	}
	return !i.Given && i.Basis == "" && i.Days == 0 || plain(i.Basis, maxName) && i.Days > 0 && i.Days <= mostDays
}

// what names the fact that a plain item is about, "" where the item is none.
func (w *words) what(name string) (what string, match bool) {
	name, match = strings.CutPrefix(name, matchOf)
	for i, known := range plainNames() {
		if name == known {
			return w.yours + w.plain[i], match
		}
	}
	return "", false
}

// disclosed is the sentence of a plain item that is given.
func (w *words) disclosed(name, days, basis string) string {
	what, match := w.what(name)
	what = strings.TrimPrefix(what, w.yours)
	if match {
		return w.matched(what, days, basis)
	}
	return w.told(what, days, basis)
}

// not says what is not told. A fact that is asked has a line of its own, which
// says what becomes of it, so it does not stand here, whatever was chosen.
func (w *words) not(items []Item) string {
	list := make([]string, 0, len(w.plain)+len(w.rest))
	for n, name := range plainNames() {
		switch {
		case slices.ContainsFunc(items, func(i Item) bool { return strings.TrimPrefix(i.Name, matchOf) == name }):
		case name == "document_number":
			list = append(list, w.rest[0])
		default:
			list = append(list, w.plain[n])
		}
	}
	return w.never(append(list, w.rest[1:]...))
}

// cutPlain reads the sentence of a plain item that is given. Its two blanks are
// found by rendering it with marks in their places.
func (w *words) cutPlain(line string) (Item, bool) {
	const days, basis = "\x01", "\x02"
	for _, name := range PlainItems() {
		before, rest, _ := strings.Cut(w.disclosed(name, days, basis)+w.alone, days)
		between, after, _ := strings.Cut(rest, basis)
		in, ok1 := strings.CutPrefix(line, before)
		in, ok2 := strings.CutSuffix(in, after)
		number, law, ok3 := strings.Cut(in, between)
		n, err := strconv.Atoi(number)
		if ok1 && ok2 && ok3 && err == nil {
			return Item{Name: name, Given: true, Optional: true, Basis: law, Days: n}, true
		}
	}
	return Item{}, false
}
