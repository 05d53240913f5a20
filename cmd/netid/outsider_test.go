package main

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"netid/test/visitor"
)

// Whoever holds somebody's card and any telephone reads the same pages, byte for
// byte, whether its holder is not enrolled, enrolled, frozen or erased, up to the
// last step, at which the telephone and the card are proven (K14). What the steps
// do is counted in test/kit.
func TestPagesTellAnOutsiderNothing(t *testing.T) {
	f := newFlow(t, "")
	const card = "trial-5-card"
	member := f.drawn(t, card)
	first := f.outside(t, card)
	if len(first) < 20 {
		t.Fatalf("%d pages", len(first))
	}
	post := func(path string, form url.Values) {
		t.Helper()
		if a, err := member.Post(path, form); err != nil || a.Status >= 400 {
			t.Fatalf("%s: %v %v", path, a.Reason(), err)
		}
	}
	for _, change := range []struct {
		name string
		do   func()
	}{
		{"enrolled", func() { must(t, member.Enrol()); must(t, member.SignIn()) }},
		{"frozen", func() { post("/certificate/freeze", nil) }},
		{"erased", func() { post("/erase", url.Values{"passcode": {member.Passcode}, "confirm": {"erase"}}) }},
	} {
		change.do()
		now := f.outside(t, card)
		if len(now) != len(first) {
			t.Fatalf("%s: %d pages, %d", change.name, len(now), len(first))
		}
		for i, page := range now {
			if page != first[i] {
				t.Errorf("%s: another page\n%s\nwho is not enrolled:\n%s", change.name, page, first[i])
			}
		}
	}
	a, err := member.Get("/devices") // it was they who were frozen and erased
	if must(t, err); a.Status != http.StatusSeeOther {
		t.Errorf("the member is there still: %d", a.Status)
	}
}

// random is what is drawn for each enrolment, or is the clock's: handles, transactions, times.
var random = regexp.MustCompile(`[A-Za-z0-9_-]{20,}|[0-9]{2}:[0-9]{2}(:[0-9]{2})?`)

// outside walks as an outsider and gives every page as it came, with its status
// and its headers.
func (f *flow) outside(t *testing.T, card string) (pages []string) {
	t.Helper()
	c := f.drawn(t, card)
	c.Passcode = "58213649"
	keep := func(a *visitor.Answer, err error) {
		t.Helper()
		must(t, err)
		head := a.Header.Clone()
		head.Del("Date")
		text := a.At.Path + "\n" + http.StatusText(a.Status) + "\n"
		for _, name := range []string{"Location", "Set-Cookie", "Cache-Control", "Content-Type", "Content-Security-Policy", "Content-Length"} {
			for _, v := range head[name] {
				text += name + ": " + v + "\n"
			}
		}
		pages = append(pages, random.ReplaceAllString(text+a.Body, "*"))
	}
	keep(c.Get("/enrol"))
	must(t, c.Start())
	for _, step := range visitor.Steps() {
		keep(c.Get("/enrol"))
		keep(c.Get("/enrol/" + step))
		if step == "confirm" {
			return pages
		}
		if step == "code" {
			keep(c.Post("/enrol/code", url.Values{"code": {"no code"}}))
		}
		keep(c.Step(step))
	}
	return pages
}
