package citizen

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"time"

	"netid/client"
	"netid/internal/act/look"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// consentsPage is everything that the citizen agreed to, the latest first, and what
// they were told before.
type consentsPage struct {
	Due       bool // the notice changed: they are asked again
	Notices   []noticeGiven
	Platforms []consentGiven
	Texts     []Notice // in force now
}

// noticeGiven is one answer to one version of one text.
type noticeGiven struct {
	ID, Title, Version, Locale string
	Given                      bool
	Time                       time.Time
	Record                     string
	Same                       bool // the words that can be read here are those that were answered
	Current                    bool
}

// consentGiven is one statement that the device signed.
type consentGiven struct {
	Party     string
	ID        identity.PartyID
	What      string
	Lines     []string
	Locale    string
	Time      time.Time
	Record    string
	Standing  bool // it is the standing consent that stands
	Withdraws bool // the first line of a platform that may still be answered
}

// recordReader gives the citizen's records, newest first.
type recordReader = func(context.Context, identity.Session) ([]look.Record, error)

func (d *Door) consents(v *shell.Visit, s identity.Session) error {
	page, err := d.agreed(v, s, d.Look.Records)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "consents", page)
}

// agreed gathers the consents from the citizen's own records.
func (d *Door) agreed(v *shell.Visit, s identity.Session, read recordReader) (page consentsPage, err error) {
	all, err := read(v.Context(), s)
	if err != nil {
		return page, err
	}
	relations, err := d.Look.Parties(v.Context(), s)
	if err != nil {
		return page, err
	}
	standing := map[identity.PartyID]bool{}
	open := map[identity.PartyID]bool{}
	for _, r := range relations {
		standing[r.Party], open[r.Party] = r.Standing != nil, !r.Withdrawn && r.Times > 0
	}
	for _, r := range all {
		page.Notices = append(page.Notices, d.noticesOf(v, r.Event)...)
		if c, ok := signedOf(v, r); ok {
			if c.Standing = r.Event.Kind == identity.StandingGiven && standing[c.ID]; c.Standing {
				standing[c.ID] = false // an older one ended
			}
			c.Withdraws, open[c.ID] = open[c.ID], false
			page.Platforms = append(page.Platforms, c)
		}
	}
	for _, n := range law.Notices() {
		page.Texts = append(page.Texts, Notice{ID: n.ID, Version: n.Version, Title: n.Title.In(v.Locale)})
	}
	page.Due, err = d.Enrol.NoticeDue(v.Context(), s)
	return page, err
}

// noticesOf are the answers to notices in one event. Whether the words can be read
// again is judged by the digest that the answer kept.
func (d *Door) noticesOf(v *shell.Visit, e identity.Event) (list []noticeGiven) {
	for _, c := range e.Consents {
		n, ok := law.NoticeOf(c.Subject)
		if !ok {
			continue
		}
		w, _ := law.NoticeAs(n.ID, c.Version, c.Locale, d.Operator)
		list = append(list, noticeGiven{ID: n.ID, Title: n.Title.In(v.Locale), Version: c.Version, Locale: c.Locale, Given: c.Given, Time: c.Time, Record: e.ID,
			Same: bytes.Equal(w.Digest, c.Digest), Current: c.Version == n.Version})
	}
	return list
}

func signedOf(v *shell.Visit, r look.Record) (consentGiven, bool) {
	e := r.Event
	if e.Approval == nil || e.Party == "" {
		return consentGiven{}, false
	}
	l := plain(v, r)
	c := consentGiven{Party: l.Party, ID: e.Party, What: l.What, Lines: strings.Split(string(e.Approval.Statement), "\n"), Locale: v.Locale, Time: e.Time, Record: e.ID}
	if st, err := client.ParseStatement(e.Approval.Statement); err == nil {
		c.Locale = st.Locale
	}
	return c, true
}

// copyConsents hands them over as a table, each with its exact words.
func (d *Door) copyConsents(v *shell.Visit, s identity.Session) error {
	if !ours(v) {
		return v.Go("/consents")
	}
	page, err := d.agreed(v, s, d.Look.Copied)
	if err != nil {
		return err
	}
	rows := [][]string{{v.Say("record.time"), v.Say("record.what"), v.Say("consents.answer"), v.Say("consents.version"), v.Say("consents.locale"), v.Say("consents.words"), v.Say("record.id")}}
	for _, n := range page.Notices {
		words := ""
		if w, ok := law.NoticeAs(n.ID, n.Version, n.Locale, d.Operator); ok && n.Same {
			words = w.Title
			for _, p := range w.Parts {
				words += "\n\n" + p.Heading + "\n" + p.Body
			}
		}
		answer := v.Say("consents.no")
		if n.Given {
			answer = v.Say("consents.yes")
		}
		rows = append(rows, []string{n.Time.In(beijing()).Format(time.RFC3339), n.Title, answer, n.Version, n.Locale, words, n.Record})
	}
	for _, c := range page.Platforms {
		rows = append(rows, []string{c.Time.In(beijing()).Format(time.RFC3339), c.What, v.Say("consents.yes"), "", c.Locale, strings.Join(c.Lines, "\n"), c.Record})
	}
	return v.Table("netid-consents", d.Now(), rows)
}

// again is the notice in force, put to somebody who agreed to other words.
type again struct {
	Notice Notice
	Next   string
	Due    bool
}

func (d *Door) noticeAgain(v *shell.Visit, s identity.Session) error {
	page, err := d.again(v, s, v.Query("next"))
	if err != nil {
		return err
	}
	return v.Show(d.pages, "again", page)
}

func (d *Door) again(v *shell.Visit, s identity.Session, next string) (again, error) {
	n, _ := d.text("enrolment", v.Locale)
	due, err := d.Enrol.NoticeDue(v.Context(), s)
	return again{n, shell.LocalPath(next), due}, err
}

// agreeAgain takes the answer. A no changes nothing: one's own records, rights
// and the way out are there as before, and no platform is told anything.
func (d *Door) agreeAgain(v *shell.Visit, s identity.Session) error {
	next := v.Form("next")
	v.Back("/consents/again?next=" + url.QueryEscape(next))
	locale := v.Form("locale")
	if locale != shell.Chinese && locale != shell.English {
		locale = v.Locale
	}
	switch v.Form("consent") {
	case "agree":
		if err := d.Enrol.AgreeAnew(v.Context(), s, v.Form("version"), locale); err != nil {
			return err
		}
		return v.Go(next)
	case "refuse":
		return v.Go("/consents")
	}
	page, err := d.again(v, s, next)
	if err != nil {
		return err
	}
	return v.Refuse(d.pages, "again", fault.New("citizen.agreeAgain", fault.Invalid, "choice_missing"), page, "consent")
}
