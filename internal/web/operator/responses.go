package operator

import (
	"context"
	"strconv"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/recall"
	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Reissues says how far certificates are issued again for an incident. It begins nothing
// and names nobody: what it has is counts.
type Reissues interface {
	Far(context.Context, incident.Again) (recall.Far, error)
}

// held is a stop with who made and who lifted it, as its reader sees them.
type held struct {
	incident.Held
	By   wrote
	Over []wrote
}

// far is how far it is, with what was chosen.
type far struct {
	recall.Far
	Of incident.Again
}

// response fills in what was done about an incident: what stands or stood still, how far
// certificates are issued again, and how many read the notice.
func (d *Door) response(v *shell.Visit, page *incidentPage, names called) error {
	i := page.Incident
	for _, h := range i.Held {
		row := held{Held: h, By: names.wrote(h.By, h.At, "")}
		for _, by := range h.Lifters {
			row.Over = append(row.Over, names.wrote(by, h.Lifted, ""))
		}
		page.Held = append(page.Held, row)
	}
	var err error
	if page.Ends, err = d.endings(v, i.Reference, names); err != nil {
		return err
	}
	if i.Again != nil {
		is, err := d.Reissues.Far(v.Context(), *i.Again)
		if err != nil {
			return err
		}
		page.Far = &far{is, *i.Again}
	}
	if i.Whom != nil {
		if page.Readers, err = d.Incidents.Readers(v.Context(), i.Reference); err != nil {
			return err
		}
	}
	for _, s := range page.Stops {
		if s.Scope == law.StopIssue && i.Again == nil && i.Closed.IsZero() {
			page.Commands = []string{"netid incident reissue " + i.Reference + " --by NAME --what TEXT --from TIME --until TIME"}
		}
	}
	return nil
}

// To is the word for whom a notice is about.
func (p incidentPage) To() string {
	switch {
	case p.Whom == nil:
		return "elsewhere"
	case p.Whom.All:
		return "all"
	case len(p.Whom.Parties) > 0:
		return "parties"
	}
	return "certificates"
}

// Words are the parts of the notice, in their order.
func (p incidentPage) Words() (all []notified) {
	of := map[string]identity.Text{"kinds": p.Notice.Kinds, "cause": p.Notice.Cause, "harm": p.Notice.Harm, "measures": p.Notice.Measures, "yourself": p.Notice.Yourself}
	for _, part := range p.Parts() {
		all = append(all, notified{part, of[part]})
	}
	return all
}

// notified is one part of a notice, in both languages.
type notified struct {
	Part string
	Text identity.Text
}

// drillsState is when the last drill was, and when the next is due.
type drillsState struct {
	Last *incident.Drill
	Due  time.Time
	Late bool
}

func (d *Door) drillsState(v *shell.Visit) (s drillsState, err error) {
	all, err := d.Incidents.Drills(v.Context())
	if err != nil {
		return s, err
	}
	if len(all) > 0 {
		s.Last = &all[0]
	}
	s.Due, err = d.Incidents.DrillDue(v.Context(), d.began())
	s.Late = !d.Now().Before(s.Due)
	return s, err
}

// began is when the service did: its first key was drawn then.
func (d *Door) began() (first time.Time) {
	first = d.Now()
	for _, k := range d.Keys.State(nil).Keys {
		if k.Created.Before(first) {
			first = k.Created
		}
	}
	return first
}

// drillsPage are the drills, with a step in each column.
type drillsPage struct {
	sheet[drillRow]
	Steps []string
	drillsState
	Commands []string
}

type drillRow struct {
	incident.Drill
	Wrote wrote
}

// Seconds are a step's time as people read it.
func (r drillRow) Seconds() (all []string) {
	for _, t := range r.Took {
		all = append(all, strconv.FormatFloat(float64(t.MS)/1000, 'f', 2, 64))
	}
	return all
}

// drills are all that were written down: on which copy, how many synthetic people, and how
// long each step took.
func (d *Door) drills(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/incidents")
	all, err := d.Incidents.Drills(v.Context())
	if err != nil {
		return err
	}
	names, err := d.names(v, m)
	if err != nil {
		return err
	}
	page := drillsPage{Steps: incident.DrillSteps(), Commands: []string{"netid incident drill --data DIR --by NAME --what TEXT"}}
	if page.drillsState, err = d.drillsState(v); err != nil {
		return err
	}
	var rows []drillRow
	for _, one := range all {
		rows = append(rows, drillRow{one, names.wrote(one.By, one.At, one.What)})
	}
	heads := []string{v.Say("operator.number"), v.Say("operator.time"), v.Say("operator.by"), v.Say("operator.what"), v.Say("drill.people")}
	for _, s := range page.Steps {
		heads = append(heads, v.Say("drill.step."+s))
	}
	sent := false
	page.sheet, sent, err = sheetOf(d, v, "drills", heads, rows, func(r drillRow) []string {
		return append([]string{r.Reference, r.At.In(shanghai()).Format(time.RFC3339), r.Wrote.Who, r.What, strconv.Itoa(r.People)}, r.Seconds()...)
	})
	if sent || err != nil {
		return err
	}
	return v.Show(d.pages, "operator-drills", d.page(m, page))
}
