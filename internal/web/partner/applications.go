package partner

import (
	"context"
	"errors"
	"strings"
	"time"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// Applications is what an organisation does with its platforms.
type Applications interface {
	Applications(ctx context.Context, by partner.Who) ([]partner.View, error)
	Application(ctx context.Context, by partner.Who, id identity.PartyID) (partner.View, error)
	Figures(ctx context.Context, by partner.Who, id identity.PartyID) ([]partner.Day, error)
	Draft(ctx context.Context, by partner.Who, id identity.PartyID, d partner.Declaration) (identity.PartyID, error)
	Lodge(ctx context.Context, by partner.Who, id identity.PartyID) error
	Upload(ctx context.Context, by partner.Who, id identity.PartyID, body []byte, until time.Time) error
	Publish(ctx context.Context, by partner.Who, id identity.PartyID, address string) error
	Tested(ctx context.Context, by partner.Who, id identity.PartyID, report []byte) error
	Withdraw(ctx context.Context, by partner.Who, id identity.PartyID) error
	Depart(ctx context.Context, by partner.Who) error
}

// Library is an OpenID library for which there is a ready text.
type Library struct{ Name, Title, File string }

const applicationsPath = "/partner/applications"

// applicationPages are those of applications.
func (d *Door) applicationPages() map[string]page {
	const one = "/partner/applications/{id}"
	return map[string]page{
		"GET " + applicationsPath:          {partner.Read, d.applications},
		"GET " + applicationsPath + "/new": {partner.Build, d.blank},
		"POST " + applicationsPath:         {partner.Build, d.draft},
		"GET " + one:                       {partner.Read, d.application},
		"GET " + one + "/edit":             {partner.Build, d.edit},
		"POST " + one:                      {partner.Build, d.draft},
		"POST " + one + "/lodge":           {partner.Build, d.lodge},
		"POST " + one + "/keys":            {partner.Build, d.keys},
		"POST " + one + "/kit":             {partner.Build, d.tested},
		"POST " + one + "/withdraw":        {partner.Govern, d.withdraw},
		"GET " + one + "/figures":          {partner.Read, d.figures},
		"GET " + one + "/ready/{library}":  {partner.Read, d.ready},
	}
}

// called is the name of an application as it was last said.
func called(v partner.View) identity.Text {
	switch {
	case v.Application.Draft != nil:
		return identity.Text{ZH: v.Application.Draft.NameZH, EN: v.Application.Draft.Name}
	case v.Party != nil:
		return v.Party.Name
	}
	return identity.Text{}
}

// View is an application on a page.
type View struct {
	partner.View
	Locale    string
	Libraries []Library
	Lacks     string // why the draft cannot be handed in now, as people read it
	Because   string // … why it was not taken last
	Typed     string // what was written in a form that was refused
}

// Called is its name in the reader's language.
func (w View) Called() string { return called(w.View).In(w.Locale) }

// Here reports whether it was lodged here, and can be changed here.
func (w View) Here() bool { return w.Word != "" }

// Login is where the kit begins: beside the first address.
func (w View) Login() string {
	for _, d := range []*partner.Declaration{w.Filed, w.Application.Draft} {
		if d != nil && len(d.RedirectURIs) > 0 {
			if u, err := identity.ParseRedirectURI(d.RedirectURIs[0]); err == nil {
				return u.Scheme + "://" + u.Host + "/login"
			}
		}
	}
	return "http://127.0.0.1:9000/login"
}

func (d *Door) applications(v *shell.Visit, by partner.Who) error {
	all, err := d.Applications.Applications(v.Context(), by)
	if err != nil {
		return err
	}
	rows := make([]View, 0, len(all))
	for _, a := range all {
		rows = append(rows, View{View: a, Locale: v.Locale})
	}
	return d.show(v, by, "partner-applications", rows)
}

func (d *Door) one(v *shell.Visit, by partner.Who) (View, error) {
	id, err := identity.ParsePartyID(v.R.PathValue("id"))
	if err != nil {
		return View{}, fault.Wrap("partner.one", fault.NotFound, "partner_application_unknown", err)
	}
	a, err := d.Applications.Application(v.Context(), by, id)
	return View{View: a, Locale: v.Locale, Libraries: d.Libraries, Lacks: d.says(v.Locale, a.Missing), Because: d.says(v.Locale, a.Why)}, err
}

// says is a reason as people read it; one that only machines were meant to read is its word.
func (d *Door) says(locale, reason string) string {
	if says, there := d.Shell.Reason(locale, reason); there {
		return says
	}
	return reason
}

func (d *Door) application(v *shell.Visit, by partner.Who) error {
	w, err := d.one(v, by)
	if err != nil {
		return err
	}
	return d.show(v, by, "partner-application", w)
}

// did shows an application again after something was done to it, or refused.
func (d *Door) did(v *shell.Visit, by partner.Who, refusal error, typed string) error {
	at := applicationsPath + "/" + v.R.PathValue("id")
	if refusal == nil {
		return v.Go(at)
	}
	v.Back(at)
	w, err := d.one(v, by)
	if err != nil { // it is another's, or gone: what was refused says so
		return refusal
	}
	w.Typed = typed
	return d.again(v, by, "partner-application", w, refusal)
}

func (d *Door) lodge(v *shell.Visit, by partner.Who) error {
	return d.did(v, by, d.Applications.Lodge(v.Context(), by, identity.PartyID(v.R.PathValue("id"))), "")
}

// keys takes public keys or the address at which they are, and for how many days those
// that are there stay good.
func (d *Door) keys(v *shell.Visit, by partner.Who) error {
	id, set, address := identity.PartyID(v.R.PathValue("id")), strings.TrimSpace(v.Form("jwks")), strings.TrimSpace(v.Form("address"))
	var err error
	switch days, there := map[string]int{"0": 0, "1": 1, "7": 7, "30": 30, "90": 90}[v.Form("overlap")]; {
	case (set == "") == (address == ""):
		err = fault.New("partner.keys", fault.Invalid, "partner_keys_unread")
	case address != "":
		err = d.Applications.Publish(v.Context(), by, id, address)
	case !there:
		err = fault.New("partner.keys", fault.Invalid, "partner_overlap_invalid")
	default:
		var until time.Time
		if days > 0 {
			until = d.Now().Add(time.Duration(days) * 24 * time.Hour)
		}
		err = d.Applications.Upload(v.Context(), by, id, []byte(set), until)
	}
	if fault.Because(err, "partner_key_private") {
		set = "" // it is not carried to the page again
	}
	return d.did(v, by, err, set)
}

func (d *Door) tested(v *shell.Visit, by partner.Who) error {
	return d.did(v, by, d.Applications.Tested(v.Context(), by, identity.PartyID(v.R.PathValue("id")), []byte(v.Form("report"))), "")
}

// withdraw ends an application. Its identifier is typed, so that no single press ends it.
func (d *Door) withdraw(v *shell.Visit, by partner.Who) error {
	id := v.R.PathValue("id")
	if v.Form("typed") != id {
		return d.did(v, by, fault.New("partner.withdraw", fault.Invalid, "partner_unsaid"), "")
	}
	if err := d.Applications.Withdraw(v.Context(), by, identity.PartyID(id)); err != nil {
		return d.did(v, by, err, "")
	}
	return v.Go(applicationsPath)
}

// figuresPage are an application's days.
type figuresPage struct {
	View
	Days  []partner.Day
	Steps []time.Duration
}

func (d *Door) figures(v *shell.Visit, by partner.Who) error {
	w, err := d.one(v, by)
	if err != nil {
		return err
	}
	days, err := d.Applications.Figures(v.Context(), by, w.ID)
	if err != nil {
		return err
	}
	return d.show(v, by, "partner-figures", figuresPage{w, days, partner.Steps()})
}

// ready downloads a text. It is saved, never shown as a page of this service.
func (d *Door) ready(v *shell.Visit, by partner.Who) error {
	v.Back(applicationsPath + "/" + v.R.PathValue("id"))
	w, err := d.one(v, by)
	if err != nil {
		return err
	}
	name := v.R.PathValue("library")
	b, err := d.Ready(name, w.View)
	if err != nil {
		return err
	}
	for _, l := range d.Libraries {
		if l.Name == name {
			v.W.Header().Set("Content-Disposition", `attachment; filename="`+l.File+`"`)
			return v.Plain(200, "text/plain; charset=utf-8", b)
		}
	}
	return errors.New("a text for a library that is not offered")
}
