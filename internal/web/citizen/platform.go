package citizen

import (
	"cmp"
	"context"
	"net/url"

	"netid/client"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// Redresser asks more of a platform than this service can do by itself.
type Redresser interface {
	Erase(ctx context.Context, s identity.Session, party identity.PartyID) error
	Report(ctx context.Context, s identity.Session, party identity.PartyID, why identity.Complaint, record identity.EventID) error
}

// platformPage is one platform: what it got each time, on what ground and for how long.
type platformPage struct {
	relation
	Purpose string
	Told    []told
	Latest  string // the record on which a report stands; "": none would do
	Reasons []string
	Said    string // what was just done: "erase", "report"
}

// told is one time at which it got something.
type told struct {
	line
	Items []toldItem
}

// toldItem is one thing that it got, the law that it cited for it, and how long it may keep it.
type toldItem struct {
	Said, Law string
	Days      int
}

func (d *Door) platform(v *shell.Visit, s identity.Session) error {
	id, err := identity.ParsePartyID(v.R.PathValue("id"))
	if err != nil {
		return notFound(err)
	}
	p, err := d.Look.Platform(v.Context(), s, id)
	if err != nil {
		return err
	}
	sessions, err := d.Logout.Sessions(v.Context(), s)
	if err != nil {
		return err
	}
	page := platformPage{relation: related(v, p.Relation, sessions, d.Now()), Purpose: p.Registered.Purpose.Text.In(v.Locale)}
	for _, c := range identity.Complaints() {
		page.Reasons = append(page.Reasons, string(c))
	}
	for _, r := range p.Records {
		switch r.Event.Kind {
		case identity.Verified, identity.Refreshed:
			page.Told = append(page.Told, got(v, plain(v, r), r.Event, p.Registered))
		case identity.Declined, identity.Consented, identity.StandingGiven:
		default:
			continue
		}
		page.Latest = cmp.Or(page.Latest, r.Event.ID)
	}
	page.Said = just(v, "erase", "report")
	return v.Show(d.pages, "platform", page)
}

// got says of each item on which law it was given. What the device signed says it
// for plain text; of an age mark the party's registration does.
func got(v *shell.Visit, l line, e identity.Event, p identity.Party) told {
	t := told{line: l}
	signed := map[string]client.Item{}
	if e.Approval != nil {
		if st, err := client.ParseStatement(e.Approval.Statement); err == nil {
			for _, i := range st.Items {
				signed[i.Name] = i
			}
		}
	}
	for i, name := range e.Given {
		item := signed[itemName(name)]
		t.Items = append(t.Items, toldItem{l.Given[i], cmp.Or(item.Basis, p.AgeMarks[identity.AgeMark(itemName(name))]), item.Days})
	}
	return t
}

// askErase has one platform asked to delete what it keeps.
func (d *Door) askErase(v *shell.Visit, s identity.Session) error {
	v.Back("/platforms")
	id, err := identity.ParsePartyID(v.Form("party"))
	if err != nil {
		return notFound(err)
	}
	v.Back(platformAt(id))
	if err := d.Redress.Erase(v.Context(), s, id); err != nil {
		return err
	}
	return v.Go(platformAt(id) + "?said=erase")
}

// report tells the operator of one platform.
func (d *Door) report(v *shell.Visit, s identity.Session) error {
	v.Back("/platforms")
	id, err := identity.ParsePartyID(v.Form("party"))
	if err != nil {
		return notFound(err)
	}
	v.Back(platformAt(id))
	why, err := identity.ParseComplaint(v.Form("reason"))
	if err != nil {
		return err
	}
	record, err := identity.ParseEventID(v.Form("record"))
	if err != nil {
		return notFound(err)
	}
	if err := d.Redress.Report(v.Context(), s, id, why, record); err != nil {
		return err
	}
	return v.Go(platformAt(id) + "?said=report")
}

func platformAt(id identity.PartyID) string { return "/platforms/of/" + url.PathEscape(string(id)) }
