package operator

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// peoplePage are the accounts, and the roles that somebody may be invited to.
type peoplePage struct {
	sheet[staff.Listed]
	Roles []law.Role
}

func (d *Door) people(v *shell.Visit, m staff.Member) error {
	all, err := d.Staff.Accounts(v.Context())
	if err != nil {
		return err
	}
	heads := []string{v.Say("operator.name"), v.Say("operator.number"), v.Say("operator.role"), v.Say("operator.state"), v.Say("operator.seen")}
	s, sent, err := sheetOf(d, v, "staff", heads, all, func(l staff.Listed) []string {
		state := v.Say("staff.state.stands")
		if !l.Stands {
			state = v.Say("staff.state." + l.Why)
		}
		return []string{l.Name, string(l.ID), v.Say("staff.role." + string(l.Role)), state, l.Seen.In(shanghai()).Format(time.DateOnly)}
	})
	if sent || err != nil {
		return err
	}
	return v.Show(d.pages, "operator-staff", d.page(m, peoplePage{s, law.StaffRoles()}))
}

func (d *Door) invite(v *shell.Visit, m staff.Member) error {
	i := staff.Invitation{Name: v.Form("name"), Role: law.Role(v.Form("role")), Sector: v.Form("sector"), Reference: v.Form("reference"), Manager: v.Form("manager")}
	body, secret, err := d.Staff.InviteBody(i)
	if err != nil {
		return err
	}
	return d.signWith(v, m, law.InviteStaff, string(i.Role), body, secret)
}

// about proposes something of one account.
func (d *Door) about(a law.Action) Handler {
	return func(v *shell.Visit, m staff.Member) error {
		return d.sign(v, m, a, v.Form("id"), staff.AccountBody(staff.ID(v.Form("id"))))
	}
}

// setting is one of those that the console may make stricter.
type setting struct {
	Name       law.Setting
	Now, Floor int
}

func (d *Door) settings(v *shell.Visit, m staff.Member) error {
	rows := []setting{}
	for _, s := range law.Settings() {
		now, err := d.Staff.Setting(v.Context(), s)
		if err != nil {
			return err
		}
		rows = append(rows, setting{s, now, law.Loosest(s)})
	}
	return v.Show(d.pages, "operator-settings", d.page(m, rows))
}

func (d *Door) set(v *shell.Visit, m staff.Member) error {
	n, err := strconv.Atoi(v.Form("value"))
	if err != nil {
		return fault.Wrap("operator.set", fault.Invalid, "proposal_invalid", err)
	}
	s := law.Setting(v.Form("setting"))
	return d.sign(v, m, law.ChangeSetting, string(s), staff.SettingBody(s, n))
}

// alertRow is one in words.
type alertRow struct {
	staff.Alert
	Says      string
	Action    string // of the proposal
	Elsewhere bool   // it is about no proposal
	At        string // the page of what it is about; "" where it has none
	SeenBy    string // the name of who looked
}

// alerted is an alert in the reader's language: what happened to a proposal, or what
// happened elsewhere.
func alerted(v *shell.Visit, a staff.Alert) alertRow {
	word, action, proposal := strings.Cut(a.What, " ")
	row := alertRow{Alert: a, Says: v.Say("alert." + word), Action: action, Elsewhere: !proposal}
	switch {
	case a.Who != "":
	case proposal:
		row.At = "/operator/proposals/" + a.Ref
	case word == "assistance" || word == "assistance-unreviewed":
		row.At = "/operator/assistance#" + a.Ref
	case word == "stopped":
		row.At = "/operator/incidents/" + a.Ref
	case word == "glass-used":
		row.At = "/operator/incidents#" + a.Ref
	}
	return row
}

func (d *Door) alerts(v *shell.Visit, m staff.Member) error {
	all, err := d.Staff.Alerts(v.Context(), m)
	if err != nil {
		return err
	}
	names, err := d.names(v, m)
	if err != nil {
		return err
	}
	rows := []alertRow{}
	for _, a := range all {
		row := alerted(v, a)
		row.SeenBy = names[string(a.Seen)]
		rows = append(rows, row)
	}
	heads := []string{v.Say("operator.time"), v.Say("operator.what"), v.Say("operator.action"), v.Say("operator.number"), v.Say("operator.lookedby")}
	s, sent, err := sheetOf(d, v, "alerts", heads, rows, func(r alertRow) []string {
		return []string{r.Time.In(shanghai()).Format(time.RFC3339), r.Says, r.Action, cmp.Or(string(r.Who), r.Ref), string(r.Seen)}
	})
	if sent || err != nil {
		return err
	}
	return v.Show(d.pages, "operator-alerts", d.page(m, s))
}

func (d *Door) looked(v *shell.Visit, m staff.Member) error {
	if err := d.Staff.Looked(v.Context(), m, v.Form("name")); err != nil {
		return err
	}
	return v.Go("/operator/alerts")
}
