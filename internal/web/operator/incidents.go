package operator

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"netid/internal/act/incident"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Incidents keeps what went wrong, and power that one person used alone.
type Incidents interface {
	Open(ctx context.Context, o incident.Opening) (ref string, err error)
	Read(ctx context.Context, ref string) (incident.Incident, error)
	List(ctx context.Context) ([]incident.Incident, error)
	Note(ctx context.Context, ref string, s incident.Step) error
	Report(ctx context.Context, ref string, s incident.Step) error
	Remove(ctx context.Context, ref string, s incident.Step) error
	Tell(ctx context.Context, ref string, s incident.Step) error
	Notify(ctx context.Context, ref string, s incident.Step, w incident.Whom) error
	Document(ctx context.Context, ref string) (incident.Document, error)
	Stops(context.Context) ([]incident.Stop, error)
	Readers(ctx context.Context, ref string) (int, error)
	Drills(context.Context) ([]incident.Drill, error)
	DrillDue(ctx context.Context, began time.Time) (time.Time, error)
	Break(ctx context.Context, by, why string) (ref string, err error)
	Glasses(ctx context.Context) ([]incident.Glass, error)
	Alarms(ctx context.Context) ([]incident.Alarm, error)
}

// incidentRow is one in the list.
type incidentRow struct {
	incident.Incident
	Due   time.Time
	Late  bool
	Needs []string
}

// wrote is an entry as its reader sees who wrote it.
type wrote struct {
	At    time.Time
	Who   string // a colleague's name, or what was typed
	Label string // of the account whose passkey it was; "" where a name was typed
	What  string
	With  *wrote // the second of two who signed it
}

// incidentsPage is all that went wrong.
type incidentsPage struct {
	All        []incidentRow
	Glasses    []glassRow
	Kinds      []string
	Severities []string
	Drills     drillsState
}

type glassRow struct {
	incident.Glass
	Used     wrote
	Reviewed *wrote
	Late     bool
}

// incidentPage is one, with its clock, its checklist and what was written down.
type incidentPage struct {
	incidentRow
	Entries  []wrote
	Reviewed *wrote
	Closed   []wrote
	Tasks    []task
	Stops    []incident.Stop // what stands still for it
	Scopes   []incident.Scope
	Held     []held   // each stop, also those that are over
	Far      *far     // of issuing again; nil where nothing is
	Ends     []ending // certificates that two ended
	Readers  int      // how many said that they read the notice
	Commands []string // of what no page does
}

// Parts are what people are told (PIPL Art. 57), in each of the Languages.
func (incidentPage) Parts() []string {
	return []string{"kinds", "cause", "harm", "measures", "yourself"}
}

// Languages are those of a notice.
func (incidentPage) Languages() []string { return []string{"zh", "en"} }

// task is one of the checklist: what the law wants, and whether it is done.
type task struct {
	Name string
	Done time.Time
	Open bool
	Late bool
}

func (d *Door) incidents(v *shell.Visit, m staff.Member) error {
	page := incidentsPage{Kinds: incident.Kinds(), Severities: incident.Severities()}
	all, err := d.Incidents.List(v.Context())
	if err != nil {
		return err
	}
	late, err := d.late(v)
	if err != nil {
		return err
	}
	for _, i := range all {
		page.All = append(page.All, d.row(i, late))
	}
	glasses, err := d.Incidents.Glasses(v.Context())
	if err != nil {
		return err
	}
	names, err := d.names(v, m)
	if err != nil {
		return err
	}
	for _, g := range glasses {
		row := glassRow{Glass: g, Used: names.wrote(g.By, g.At, g.Why), Late: late[g.Reference]}
		if g.Review != nil {
			w := names.wrote(g.Review.By, g.Review.At, g.Review.What)
			row.Reviewed = &w
		}
		page.Glasses = append(page.Glasses, row)
	}
	if page.Drills, err = d.drillsState(v); err != nil {
		return err
	}
	return v.Show(d.pages, "operator-incidents", d.page(m, page))
}

// late are the references of what is overdue.
func (d *Door) late(v *shell.Visit) (map[string]bool, error) {
	alarms, err := d.Incidents.Alarms(v.Context())
	late := map[string]bool{}
	for _, a := range alarms {
		late[a.Reference] = true
	}
	return late, err
}

func (d *Door) row(i incident.Incident, late map[string]bool) incidentRow {
	r := incidentRow{i, i.Due(), late[i.Reference], nil}
	for _, need := range i.Needs(d.Now()) {
		word, _, _ := strings.Cut(need, " ") // "report overdue": that it is late stands beside its term
		r.Needs = append(r.Needs, word)
	}
	return r
}

// called are the names of colleagues by their labels; none for who may not read who works here.
type called map[string]string

func (d *Door) names(v *shell.Visit, m staff.Member) (called, error) {
	names := called{}
	if !law.MayStaff(m.Role, law.SeeStaff, law.Look) {
		return names, nil
	}
	all, err := d.Staff.Accounts(v.Context())
	for _, one := range all {
		names[string(one.ID)] = one.Name
	}
	return names, err
}

func (c called) wrote(by string, at time.Time, what string) wrote {
	if first, second, two := strings.Cut(by, ", "); two && incident.Label(first) != "" && incident.Label(second) != "" {
		w, other := c.wrote(first, at, what), c.wrote(second, at, "")
		w.With = &other
		return w
	}
	w := wrote{At: at, Who: by, Label: incident.Label(by), What: what}
	if name, known := c[w.Label]; known && w.Label != "" {
		w.Who = name
	}
	return w
}

func (d *Door) incident(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/incidents")
	i, err := d.Incidents.Read(v.Context(), v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	late, err := d.late(v)
	if err != nil {
		return err
	}
	names, err := d.names(v, m)
	if err != nil {
		return err
	}
	page := incidentPage{incidentRow: d.row(i, late)}
	stand, err := d.Incidents.Stops(v.Context())
	if err != nil {
		return err
	}
	page.Scopes = law.StopScopes()
	for _, s := range stand {
		page.Scopes = slices.DeleteFunc(page.Scopes, func(scope incident.Scope) bool { return scope == s.Scope })
		if s.Incident == i.Reference {
			page.Stops = append(page.Stops, s)
		}
	}
	if err := d.response(v, &page, names); err != nil {
		return err
	}
	for _, e := range i.Entries {
		page.Entries = append(page.Entries, names.wrote(e.By, e.At, e.What))
	}
	if i.Review != nil {
		w := names.wrote(i.Review.By, i.Review.At, i.Review.What)
		page.Reviewed = &w
	}
	for _, by := range i.Closers {
		page.Closed = append(page.Closed, names.wrote(by, i.Closed, ""))
	}
	page.Tasks = []task{{"report", i.Reported, i.Reported.IsZero(), i.Reported.IsZero() && d.Now().After(i.Due()) || i.Reported.After(i.Due())}, {"removed", i.Removed, i.Removed.IsZero(), false},
		{"told", i.Told, i.Told.IsZero() && i.Spared == "", false}, {"review", reviewedAt(i), i.Review == nil, false}, {"close", i.Closed, i.Closed.IsZero(), false}}
	return v.Show(d.pages, "operator-incident", d.page(m, page))
}

func reviewedAt(i incident.Incident) time.Time {
	if i.Review == nil {
		return time.Time{}
	}
	return i.Review.At
}

// hand is the word by which an incident knows who is signed in.
func hand(m staff.Member) string { return incident.Hand(string(m.ID)) }

func (d *Door) openIncident(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/incidents")
	o := incident.Opening{By: hand(m), Kind: v.Form("kind"), Severity: v.Form("severity"), Known: d.Now(), What: v.Form("what")}
	var err error
	if known := v.Form("known"); known != "" { // as a browser's field gives it, in Beijing's time
		o.Known, err = moment(known)
	}
	if err == nil && v.Form("affected") != "" {
		o.Affected, err = strconv.Atoi(v.Form("affected"))
	}
	if err != nil {
		return fault.Wrap("operator.openIncident", fault.Invalid, "incident_invalid", err)
	}
	ref, err := d.Incidents.Open(v.Context(), o)
	if err != nil {
		return err
	}
	return v.Go("/operator/incidents/" + ref)
}

// stepIncident is what one person writes down: nothing that two must sign.
func (d *Door) stepIncident(v *shell.Visit, m staff.Member) error {
	ref := v.R.PathValue("ref")
	v.Back("/operator/incidents/" + ref)
	s := incident.Step{By: hand(m), What: v.Form("what")}
	var err error
	switch v.Form("step") {
	case "note":
		if s.Affected, err = count(v.Form("affected")); err == nil {
			err = d.Incidents.Note(v.Context(), ref, s)
		}
	case "reported":
		err = d.Incidents.Report(v.Context(), ref, s)
	case "removed":
		err = d.Incidents.Remove(v.Context(), ref, s)
	case "spared":
		s.Spared = true
		err = d.Incidents.Tell(v.Context(), ref, s)
	case "told":
		s.Notice = noticeOf(v)
		var w incident.Whom
		switch w, err = whomOf(v); {
		case err != nil:
		case v.Form("whom") == "elsewhere":
			err = d.Incidents.Tell(v.Context(), ref, s)
		default:
			err = d.Incidents.Notify(v.Context(), ref, s, w)
		}
	default:
		err = fault.New("operator.stepIncident", fault.Invalid, "incident_invalid")
	}
	if err != nil {
		return err
	}
	return v.Go("/operator/incidents/" + ref)
}

func count(s string) (*int, error) {
	if s == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(s)
	return &n, fault.Wrap("operator.count", fault.Invalid, "incident_invalid", err)
}

func noticeOf(v *shell.Visit) *law.IncidentNotice {
	both := func(name string) identity.Text {
		return identity.Text{ZH: v.Form(name + "-zh"), EN: v.Form(name + "-en")}
	}
	return &law.IncidentNotice{Kinds: both("kinds"), Cause: both("cause"), Harm: both("harm"), Measures: both("measures"), Yourself: both("yourself"), Contact: v.Form("contact")}
}

// whomOf is whom a notice is about. Days are China's, and both are whole.
func whomOf(v *shell.Visit) (w incident.Whom, err error) {
	switch v.Form("whom") {
	case "all":
		w.All = true
	case "certificates":
		var from, until identity.Date
		if from, err = identity.ParseDate(v.Form("from")); err == nil {
			until, err = identity.ParseDate(v.Form("until"))
		}
		if err != nil {
			return w, fault.Wrap("operator.whomOf", fault.Invalid, "incident_whom_invalid", err)
		}
		w.From, w.Until = from.Yesterday().End(), until.End()
	case "parties":
		for id := range strings.FieldsFuncSeq(v.Form("parties"), func(r rune) bool { return r == ',' || r == '，' || unicode.IsSpace(r) }) {
			w.Parties = append(w.Parties, identity.PartyID(id))
		}
	}
	return w, nil
}

// ofIncident proposes what two do about one.
func (d *Door) ofIncident(a law.Action) Handler {
	return func(v *shell.Visit, m staff.Member) error {
		ref := v.R.PathValue("ref")
		v.Back("/operator/incidents")
		body, err := json.Marshal(Reason{v.Form("what")})
		if err != nil {
			return fault.Wrap("operator.ofIncident", fault.Internal, "internal", err)
		}
		return d.sign(v, m, a, ref, body)
	}
}

// incidentReport is the document for the authorities, as a text in both languages.
func (d *Door) incidentReport(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/incidents")
	doc, err := d.Incidents.Document(v.Context(), v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	return v.Plain(200, "text/plain; charset=utf-8", []byte(doc.Text.ZH+"\n"+doc.Text.EN))
}

// breakGlass writes down that somebody used power alone.
func (d *Door) breakGlass(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/incidents")
	if _, err := d.Incidents.Break(v.Context(), hand(m), v.Form("what")); err != nil {
		return err
	}
	return v.Go("/operator/incidents")
}
