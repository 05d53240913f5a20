package law_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// What is decided here, but for incidents, waits for the acts that will ask it: assistance,
// exceptions, remits.

var noon = time.Date(2026, 12, 1, 4, 0, 0, 0, time.UTC)

func TestSecrecy(t *testing.T) {
	whole := law.Secrecy{Citation: "a law, article 1", Approver: "Ann", Second: "Bo", Given: noon, Until: noon.Add(30 * 24 * time.Hour)}
	if !whole.Hides(noon) || whole.Hides(noon.Add(-time.Second)) || whole.Hides(whole.Until) || !whole.Hides(whole.Until.Add(-time.Second)) {
		t.Error("it hides from its beginning until its end, and not a second more")
	}
	for what, change := range map[string]func(*law.Secrecy){
		"without citation":       func(s *law.Secrecy) { s.Citation = " — " },
		"without approver":       func(s *law.Secrecy) { s.Approver = "" },
		"by one alone":           func(s *law.Secrecy) { s.Second = "" },
		"by the same twice":      func(s *law.Secrecy) { s.Second = s.Approver },
		"without an end":         func(s *law.Secrecy) { s.Until = time.Time{} },
		"without a beginning":    func(s *law.Secrecy) { s.Given = time.Time{} },
		"for more than one year": func(s *law.Secrecy) { s.Until = s.Given.Add(366 * 24 * time.Hour) },
	} {
		s := whole
		change(&s)
		if s.Hides(noon.Add(time.Hour)) {
			t.Errorf("it hides %s", what)
		}
	}
}

func TestEmergency(t *testing.T) {
	e := law.Emergency{Citation: "a law", Approver: "Ann", Began: noon}
	if e.At(noon.Add(1000*time.Hour)) != law.Goes || !e.TellDue().IsZero() {
		t.Error("one that lasts has no clock yet")
	}
	e.Ended = noon.Add(time.Hour)
	due := e.Ended.Add(72 * time.Hour)
	for _, c := range []struct {
		now, told time.Time
		want      law.Urgency
	}{
		{noon, time.Time{}, law.Goes}, {e.Ended, time.Time{}, law.ToTell}, {due, time.Time{}, law.ToTell}, {due.Add(time.Second), time.Time{}, law.Overdue},
		{due.Add(time.Hour), due, law.Told}, {due.Add(time.Hour), due.Add(time.Second), law.Overdue}, {e.Ended, e.Ended, law.Told},
	} {
		e.Told = c.told
		if got := e.At(c.now); got != c.want {
			t.Errorf("at %s, told %s: %s, want %s", c.now, c.told, got, c.want)
		}
	}
	for what, bad := range map[string]law.Emergency{"nothing": {}, "no citation": {Approver: "Ann", Began: noon}, "no approver": {Citation: "a law", Began: noon},
		"no beginning": {Citation: "a law", Approver: "Ann"}, "an end before": {Citation: "a law", Approver: "Ann", Began: noon, Ended: noon.Add(-time.Second)}} {
		if bad.At(noon) != law.NoEmergency {
			t.Errorf("%s makes an emergency", what)
		}
	}
}

// two kinds of help, and no third can be named, parsed or given.
func TestAssistance(t *testing.T) {
	for s, want := range map[string]law.Help{"real-identity": law.RealIdentity, "authentication-log": law.AuthenticationLog} {
		if h, err := law.ParseHelp(s); err != nil || h != want {
			t.Errorf("%s: %v %v", s, h, err)
		}
	}
	for _, s := range []string{"", "Real-Identity", "real-identity ", "phone", "location", "platforms", "records"} {
		if _, err := law.ParseHelp(s); !fault.Is(err, fault.Invalid) || !fault.Because(err, "assistance_unknown") {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, c := range []struct {
		way           law.Way
		identity, log bool
	}{{law.ByNumber, true, true}, {law.ByPseudonym, true, true}, {law.ByDocument, false, true}, {"", false, false}, {"name", false, false}} {
		if law.MayFind(law.RealIdentity, c.way) != c.identity || law.MayFind(law.AuthenticationLog, c.way) != c.log || law.MayFind("phone", c.way) {
			t.Errorf("by %q something else is found", c.way)
		}
	}
	whole := law.Assistance{Number: "N", Help: law.RealIdentity, Citation: "a law", Authority: "an office", Requester: law.Hand{Name: "Ed", Person: "e"}, First: law.Hand{Name: "Ann", Person: "a"}, Second: law.Hand{Name: "Bo"}}
	if !whole.Gives() {
		t.Error("a whole request is refused")
	}
	for what, change := range map[string]func(*law.Assistance){
		"no number": func(a *law.Assistance) { a.Number = "" }, "another kind": func(a *law.Assistance) { a.Help = "phone" }, "no law": func(a *law.Assistance) { a.Citation = "-" },
		"no authority": func(a *law.Assistance) { a.Authority = "" }, "one alone": func(a *law.Assistance) { a.Second = law.Hand{} }, "none": func(a *law.Assistance) { a.First = law.Hand{} }, "one twice": func(a *law.Assistance) { a.Second = a.First },
		"nobody asked": func(a *law.Assistance) { a.Requester = law.Hand{} }, "who asked, first": func(a *law.Assistance) { a.First = a.Requester }, "who asked, second": func(a *law.Assistance) { a.Second = a.Requester },
		"who asked, by another name": func(a *law.Assistance) { a.First.Person = a.Requester.Person }, "one twice, by two names": func(a *law.Assistance) { a.Second.Person = a.First.Person },
	} {
		a := whole
		change(&a)
		if a.Gives() {
			t.Errorf("%s gives an answer", what)
		}
	}
}

func TestBreakGlass(t *testing.T) {
	g := law.BreakGlass{By: "Ann", Why: "the store was on fire", At: noon}
	due := noon.Add(72 * time.Hour)
	for what, c := range map[string]struct {
		change func(*law.BreakGlass)
		now    time.Time
		alarms bool
	}{
		"in its term":             {func(*law.BreakGlass) {}, due, false},
		"after it":                {func(*law.BreakGlass) {}, due.Add(time.Second), true},
		"reviewed":                {func(g *law.BreakGlass) { g.Reviewer, g.Reviewed = "Bo", due }, due.Add(time.Hour), false},
		"reviewed too late":       {func(g *law.BreakGlass) { g.Reviewer, g.Reviewed = "Bo", due.Add(time.Second) }, due.Add(time.Hour), true},
		"reviewed by oneself":     {func(g *law.BreakGlass) { g.Reviewer, g.Reviewed = "Ann", due }, due.Add(time.Hour), true},
		"reviewed by nobody":      {func(g *law.BreakGlass) { g.Reviewed = due }, due.Add(time.Hour), true},
		"reviewed beforehand":     {func(g *law.BreakGlass) { g.Reviewer, g.Reviewed = "Bo", noon.Add(-time.Hour) }, due.Add(time.Hour), true},
		"without a reason":        {func(g *law.BreakGlass) { g.Why = " " }, noon, true},
		"without a name":          {func(g *law.BreakGlass) { g.By = "" }, noon, true},
		"at no time that is told": {func(g *law.BreakGlass) { g.At = time.Time{} }, noon, true},
	} {
		one := g
		c.change(&one)
		if one.Alarms(c.now) != c.alarms {
			t.Errorf("%s: alarms %v", what, !c.alarms)
		}
	}
}

func TestRegion(t *testing.T) {
	if law.Stores("CN") != nil {
		t.Error("home is refused")
	}
	for _, r := range []string{"", "cn", "HK", "US", "CN "} {
		if err := law.Stores(r); !fault.Is(err, fault.Forbidden) || !fault.Because(err, "region_foreign") {
			t.Errorf("%q: %v", r, err)
		}
	}
	day := identity.Date{Year: 2027, Month: 1, Day: 31}
	whole := law.Assessment{Record: "2026-17", By: "the cyberspace administration", To: "SG", Until: day}
	if !law.Exports(whole, "SG", day) || law.Exports(whole, "US", day) || law.Exports(whole, "", day) || law.Exports(whole, "SG", identity.Date{Year: 2027, Month: 2, Day: 1}) || law.Exports(whole, "SG", identity.Date{}) {
		t.Error("an export goes where its assessment says, until it ends")
	}
	for what, bad := range map[string]law.Assessment{"none": {}, "no record": {By: "an office", To: "SG", Until: day}, "no office": {Record: "1", To: "SG", Until: day}, "no end": {Record: "1", By: "an office", To: "SG"}} {
		if law.Exports(bad, "SG", day) {
			t.Errorf("an assessment with %s lets data go", what)
		}
	}
}

func TestIncident(t *testing.T) {
	i := law.Incident{Known: noon}
	if got := i.Open(noon.Add(24 * time.Hour)); !slices.Equal(got, []string{"report", "removed", "told"}) {
		t.Errorf("at its beginning: %v", got)
	}
	if got := i.Open(noon.Add(24*time.Hour + time.Second)); got[0] != "report overdue" {
		t.Errorf("after a day: %v", got)
	}
	i.Reported, i.Removed, i.Told = noon.Add(24*time.Hour), noon, noon
	if got := i.Open(noon.Add(48 * time.Hour)); got != nil {
		t.Errorf("done: %v", got)
	}
	i.Reported = noon.Add(25 * time.Hour)
	if got := i.Open(noon.Add(48 * time.Hour)); !slices.Equal(got, []string{"report overdue"}) {
		t.Errorf("reported late: %v", got)
	}
	i.Told, i.Spared = time.Time{}, "no harm: the copy was encrypted and came back unopened"
	if got := i.Open(noon.Add(48 * time.Hour)); slices.Contains(got, "told") {
		t.Errorf("spared: %v", got)
	}
	if got := (law.Incident{}).Open(noon); !slices.Contains(got, "known") {
		t.Errorf("nobody knows when: %v", got)
	}
}

// An incident is closed by two, after another than who opened it looked at it.
func TestClosingAnIncident(t *testing.T) {
	done := law.Incident{Known: noon, Reported: noon.Add(25 * time.Hour), Removed: noon, Told: noon}
	whole := law.Closing{Opener: "Ann", Reviewer: "Bo", Review: "why it happened", By: "Ann", Second: "Bo"}
	for what, c := range map[string]struct {
		change func(*law.Incident, *law.Closing)
		want   string
	}{
		"whole, though late":    {func(*law.Incident, *law.Closing) {}, ""},
		"spared":                {func(i *law.Incident, _ *law.Closing) { i.Told, i.Spared = time.Time{}, "nobody read it" }, ""},
		"known by nobody":       {func(i *law.Incident, _ *law.Closing) { i.Known = time.Time{} }, "incident_needs"},
		"not reported":          {func(i *law.Incident, _ *law.Closing) { i.Reported = time.Time{} }, "incident_needs"},
		"not removed":           {func(i *law.Incident, _ *law.Closing) { i.Removed = time.Time{} }, "incident_needs"},
		"not told":              {func(i *law.Incident, _ *law.Closing) { i.Told, i.Spared = time.Time{}, " " }, "incident_needs"},
		"without a review":      {func(_ *law.Incident, c *law.Closing) { c.Review = "—" }, "incident_unreviewed"},
		"without a reviewer":    {func(_ *law.Incident, c *law.Closing) { c.Reviewer = "" }, "incident_unreviewed"},
		"reviewed by oneself":   {func(_ *law.Incident, c *law.Closing) { c.Reviewer = "Ann" }, "reviewer_same"},
		"opened by nobody":      {func(_ *law.Incident, c *law.Closing) { c.Opener = "" }, "reviewer_same"},
		"closed by one":         {func(_ *law.Incident, c *law.Closing) { c.Second = "" }, "approver_same"},
		"closed by one, twice":  {func(_ *law.Incident, c *law.Closing) { c.Second = c.By }, "approver_same"},
		"closed by half a pair": {func(_ *law.Incident, c *law.Closing) { c.By = "" }, "approver_same"},
	} {
		i, closing := done, whole
		c.change(&i, &closing)
		if got := i.Closes(closing); got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}

func TestIncidentNotice(t *testing.T) {
	both := identity.Text{ZH: "某事", EN: "Something"}
	whole := law.IncidentNotice{Kinds: both, Cause: both, Harm: both, Measures: both, Yourself: both, Contact: "x@netid.invalid"}
	if wrong := whole.Lint(); wrong != nil {
		t.Fatal(wrong)
	}
	for i := range reflect.TypeFor[law.IncidentNotice]().NumField() {
		for _, language := range []int{0, 1} {
			n := whole
			field := reflect.ValueOf(&n).Elem().Field(i)
			if field.Kind() == reflect.Struct {
				field = field.Field(language)
			}
			field.SetString(" ")
			if wrong := n.Lint(); len(wrong) != 1 || !strings.Contains(wrong[0], "is missing") {
				t.Errorf("field %d, language %d: %v", i, language, wrong)
			}
		}
	}
}

// A3-1: nobody reads more than the matrix, supervisors read no staff, and no view is a person.
func TestRemits(t *testing.T) {
	if law.MayRead("", law.Figures) || law.MayRead("stranger", law.Figures) || law.MayRead(law.AuditorRole, "people") {
		t.Error("a stranger reads, or a view that is none is read")
	}
	for _, r := range law.Roles() {
		if !law.MayRead(r, law.Figures) || !law.MayRead(r, law.LedgerProofs) {
			t.Errorf("%s reads less than everybody", r)
		}
	}
	for _, v := range []law.View{law.PartyRegister, law.EvidencePack, law.OwnStaff, law.Incidents, law.AssistanceCount} {
		if law.MayRead(law.Sector, v) {
			t.Errorf("a sector reads %s", v)
		}
	}
	for _, r := range []law.Role{law.OfficerRole, law.PublicSecurity, law.Cyberspace, law.Sector} {
		if law.MayRead(r, law.OwnStaff) {
			t.Errorf("%s reads the operator's staff", r)
		}
	}
	var read int
	for _, r := range law.Roles() {
		for _, v := range law.Views() {
			if law.MayRead(r, v) {
				read++
			}
		}
	}
	if read != 32 {
		t.Errorf("%d cells of the matrix are open: who changes it says so here", read)
	}
}

func TestFigure(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 1: "<10", 9: "<10", 10: "10", 1234: "1234"} {
		if got := law.Figure(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
