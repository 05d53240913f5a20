package partner

import (
	"slices"
	"strconv"
	"strings"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

const (
	maxWays  = 3  // rows of other ways, at least
	mostWays = 20 // that are read: a program may have declared more than three
)

// Form is the page on which an application says what it is.
type Form struct {
	ID identity.PartyID // empty: a new one
	partner.Declaration
	Sandbox bool
}

// Ages are the marks that can be asked for, with the law that each cites.
func (f Form) Ages() (all []Cited) {
	for _, m := range []identity.AgeMark{identity.Over14, identity.Over18, identity.Over60} {
		all = append(all, Cited{Name: string(m), Law: f.AgeMarks[string(m)]})
	}
	return all
}

// Items are what can be asked for in plain text, with the law that each rests on and its last day.
func (f Form) Items() (all []Cited) {
	for _, i := range identity.Items() {
		all = append(all, Cited{string(i), f.Bases[string(i)], f.BasesUntil[string(i)]})
	}
	return all
}

// Cited is something that may be asked for where a law is named.
type Cited struct{ Name, Law, Until string }

// Ways are the rows of the other ways, filled and empty.
func (f Form) Ways() (all []Way) {
	ways := slices.Clone(f.Otherwise)
	for len(ways) < maxWays {
		ways = append(ways, identity.Way{})
	}
	for i, w := range ways {
		all = append(all, Way{i + 1, w})
	}
	return all
}

// Way is one of the other ways, as people count them.
type Way struct {
	N int
	identity.Way
}

// Lines are addresses, one a line.
func (f Form) Lines(all []string) string { return strings.Join(all, "\n") }

func (d *Door) blank(v *shell.Visit, by partner.Who) error {
	return d.show(v, by, "partner-application-edit", Form{Sandbox: d.Sandbox})
}

func (d *Door) edit(v *shell.Visit, by partner.Who) error {
	v.Back(applicationsPath + "/" + v.R.PathValue("id"))
	w, err := d.one(v, by)
	if err != nil {
		return err
	}
	f := Form{ID: w.ID, Sandbox: d.Sandbox}
	switch {
	case w.Application.Draft != nil:
		f.Declaration = *w.Application.Draft
	case w.Filed != nil:
		f.Declaration = *w.Filed
	default:
		return fault.New("partner.edit", fault.Conflict, "partner_not_here")
	}
	return d.show(v, by, "partner-application-edit", f)
}

// draft keeps what was written, of a new application or of one that is there.
func (d *Door) draft(v *shell.Visit, by partner.Who) error {
	id := identity.PartyID(v.R.PathValue("id"))
	said, err := declaration(v.Form)
	at := id
	if err == nil {
		at, err = d.Applications.Draft(v.Context(), by, id, said)
	}
	if err != nil {
		back := applicationsPath + "/new"
		if id != "" {
			back = applicationsPath + "/" + string(id) + "/edit"
		}
		v.Back(back)
		return d.again(v, by, "partner-application-edit", Form{id, said, d.Sandbox}, err)
	}
	return v.Go(applicationsPath + "/" + string(at))
}

// declaration reads the form. What a field may hold the act and the register know; here numbers are numbers.
func declaration(form func(string) string) (d partner.Declaration, err error) {
	get := func(name string) string { return strings.TrimSpace(form(name)) }
	d = partner.Declaration{Name: get("name"), NameZH: get("name_zh"), Purpose: get("purpose"), PurposeZH: get("purpose_zh"), RedirectURIs: lines(form("redirects")), PostLogout: lines(form("post_logout")),
		Sealed: get("sealed"), BackChannel: get("backchannel"), Erasures: get("erasures"), Pushes: get("pushes") != "", DPoP: get("dpop") != "", FAPI: get("fapi") != ""}
	if d.KeepDays, err = number(get("keep")); err != nil {
		return d, err
	}
	if d.Offline, err = number(get("offline")); err != nil {
		return d, err
	}
	for _, c := range (Form{}).Ages() {
		note(&d.AgeMarks, c.Name, get("age-"+c.Name))
	}
	for _, c := range (Form{}).Items() {
		note(&d.Bases, c.Name, get("law-"+c.Name))
		note(&d.BasesUntil, c.Name, get("until-"+c.Name))
	}
	for i := range mostWays {
		at := strconv.Itoa(i)
		w := identity.Way{Text: identity.Text{ZH: get("way-zh-" + at), EN: get("way-en-" + at)}, URL: get("way-url-" + at)}
		if w != (identity.Way{}) {
			d.Otherwise = append(d.Otherwise, w)
		}
	}
	return d, nil
}

func note(m *map[string]string, name, value string) {
	if value == "" {
		return
	}
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[name] = value
}

func number(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 36500 {
		return 0, fault.New("partner.number", fault.Invalid, "partner_number_invalid")
	}
	return n, nil
}

func lines(s string) (all []string) {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// Algorithms are those by which plain text can be sealed to an application.
func (Form) Algorithms() []string { return []string{"ECDH-ES", "ECDH-ES+A256KW", "RSA-OAEP-256"} }

// Terms are for how many days one may be answered again without the citizen.
func (Form) Terms() []int { return []int{7, 30, 90} }
