package citizen

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"netid/internal/act/look"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// line is one event in plain words.
type line struct {
	ID       string
	Kind     identity.EventKind
	What     string
	Party    string
	PartyID  identity.PartyID
	Purpose  string
	Intent   string
	Time     time.Time
	Given    []string
	Withheld []string
	Mode     string
	Until    *time.Time // the party may be told again until then
	Articles string
	Index    uint64
}

func (d *Door) records(v *shell.Visit, s identity.Session) error {
	all, err := d.Look.Records(v.Context(), s)
	if err != nil {
		return err
	}
	page := recordsPage{Filter: choice(v), Any: len(all) > 0}
	page.offer(v, all)
	if page.Assisted, err = d.helped(v, s); err != nil {
		return err
	}
	if page.Told, err = d.told(v, s); err != nil {
		return err
	}
	for _, r := range all {
		if page.Filter.takes(r.Event) {
			page.Lines = append(page.Lines, plain(v, r))
		}
		page.Ended = r.Event.Seq > 1
	}
	return v.Show(d.pages, "records", page)
}

// plain says an event in the citizen's words.
func plain(v *shell.Visit, r look.Record) line {
	e := r.Event
	l := line{ID: e.ID, Kind: e.Kind, PartyID: e.Party, Time: e.Time, Index: r.Index, Articles: articles(v, e.Grounds), Until: e.Until}
	if e.Name != nil {
		l.Party = e.Name.In(v.Locale)
	}
	l.What = v.Say("event."+string(e.Kind), cmp.Or(l.Party, string(e.Party)))
	switch guardians := strings.HasPrefix(e.Detail, "guardian"); {
	case e.Kind == identity.Declined && guardians:
		l.What = v.Say("event.guarded", cmp.Or(l.Party, string(e.Party)))
	case e.Kind == identity.Declined && e.Detail == "number":
		l.What = v.Say("event.number", cmp.Or(l.Party, string(e.Party)))
	case e.Kind == identity.Declined && e.Detail != "": // it was not the citizen who said no
		l.What = v.Say("event.stopped", cmp.Or(l.Party, string(e.Party)))
	case (e.Kind == identity.Frozen || e.Kind == identity.Thawed) && guardians:
		l.What = v.Say("event." + string(e.Kind) + ".guardian")
	case e.Kind == identity.Withdrawn && guardians:
		l.What = v.Say("event.withdrawn.guardian", cmp.Or(l.Party, string(e.Party)))
	case (e.Kind == identity.GuardianAgreed || e.Kind == identity.GuardianRefused) && e.Party == "":
		l.What = v.Say("event." + string(e.Kind) + ".apply")
	}
	if e.Kind == identity.ErasureAnswered {
		if _, ground, refused := strings.Cut(e.Detail, "/"+identity.ErasureRefused+"/"); refused {
			l.What = v.Say("event.erasure-refused", cmp.Or(l.Party, string(e.Party)), ground)
		}
	}
	if e.Kind == identity.Reported {
		why, _, _ := strings.Cut(e.Detail, "/")
		l.What = v.Say("event.reported", cmp.Or(l.Party, string(e.Party)), v.Say("complaint."+why))
	}
	if e.Kind == identity.Declined && e.Until != nil {
		l.What = v.Say("event.refused", cmp.Or(l.Party, string(e.Party)))
	}
	if e.Purpose != nil {
		l.Purpose = e.Purpose.In(v.Locale)
	}
	if e.Intent != "" {
		l.Intent = v.Say("intent." + string(e.Intent))
	}
	for _, g := range e.Given {
		l.Given = append(l.Given, said(v, g))
	}
	for _, w := range e.Withheld {
		l.Withheld = append(l.Withheld, said(v, w))
	}
	if e.Mode != "" {
		l.Mode = v.Say("mode." + strings.TrimPrefix(string(e.Mode), "urn:netid:acr:"))
	}
	return l
}

// itemName is an item without its answer.
func itemName(item string) string {
	name, _, _ := strings.Cut(item, "=")
	return name
}

// said names an item, with its answer where there was one: "age_over_18=true".
func said(v *shell.Visit, item string) string {
	name, answer, answered := strings.Cut(item, "=")
	words := v.Say("item." + name)
	if !answered {
		return words
	}
	switch answer {
	case "true":
		return v.Say("item.answer", words, v.Say("item.yes"))
	case "plaintext":
		return v.Say("item.answer", words, v.Say("item.plaintext"))
	}
	return v.Say("item.answer", words, v.Say("item.no"))
}

// articles lists the articles of the regulation that an event stands on.
func articles(v *shell.Visit, grounds []identity.Ground) string {
	var list []int
	for _, g := range grounds {
		list = append(list, g.Articles...)
	}
	if len(list) == 0 {
		return ""
	}
	slices.Sort(list)
	list = slices.Compact(list)
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return v.Say("records.articles", strings.Join(words, v.Say("records.comma")))
}
