package law_test

import (
	"slices"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
)

func on(s string) identity.Date {
	d, err := identity.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// Each duty stands on a law that both languages name, and has its day.
func TestDuties(t *testing.T) {
	from := on("2026-12-31")
	for _, d := range law.Duties() {
		wellWritten(t, d.Basis())
		if d.Due(from).Before(from) || d.Handed() && d.Due(from) == from {
			t.Errorf("%s is due on %s, from %s", d, d.Due(from), from)
		}
	}
	for d, want := range map[law.Duty]string{law.ReviewMethods: "2027-12-31", law.AssessImpact: "2027-12-31", law.AuditMinors: "2027-12-31", law.NamePerson: "2027-01-30", law.AnswerErasure: "2026-12-31", law.FileFaces: "2027-02-11"} {
		if got := d.Due(from); got != on(want) {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
	if law.AssessImpact.Due(on("2028-02-29")) != on("2029-02-28") {
		t.Error("a year from a leap day")
	}
	for _, d := range []law.Duty{"", "x"} {
		if d.Handed() || d.Returns() || d.Papered() || d.Basis() != (identity.Text{}) {
			t.Errorf("%q is a duty", d)
		}
	}
	if !law.AssessImpact.Handed() || law.ReviewMethods.Handed() || !law.ReviewMethods.Returns() || law.NamePerson.Returns() || !law.FileFaces.Papered() || law.ReviewMethods.Papered() {
		t.Error("who writes it down, whether it returns, whether it is a document")
	}
	for _, d := range law.Standing() {
		if !d.Handed() || !d.Returns() || d.First(from).Before(from) {
			t.Errorf("%s is first due on %s", d, d.First(from))
		}
	}
	if law.AssessImpact.First(from) != from || law.AuditMinors.First(from) != on("2027-12-31") {
		t.Error("the assessment comes before the processing, an audit within its year")
	}
	if law.KeptUntil(on("2026-12-31"), 30) != on("2027-01-30") || law.KeptUntil(on("2026-12-31"), -1) != on("2026-12-31") {
		t.Error("what a party keeps")
	}
}

func TestStagesOfADuty(t *testing.T) {
	due := on("2027-03-31")
	for day, want := range map[string]law.Stage{"2027-02-28": law.Waits, "2027-03-01": law.Soon, "2027-03-31": law.Soon, "2027-04-01": law.Late} {
		if got := law.StageOf(due, on(day)); got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
	for day, want := range map[string]bool{"2027-04-01": false, "2027-04-30": false, "2027-05-01": true} {
		if law.BackToReview(due, on(day)) != want {
			t.Errorf("%s: back to review %v", day, !want)
		}
	}
}

// A ticket is by two, for one thing about one case, once, for a day.
func TestTicket(t *testing.T) {
	whole := law.Ticket{About: "c", Do: "allow", By: "Ann", Given: "Bo", At: noon}
	for what, c := range map[string]struct {
		change func(*law.Ticket)
		at     time.Time
		want   string
	}{
		"at once":          {func(*law.Ticket) {}, noon, ""},
		"the last second":  {func(*law.Ticket) {}, noon.Add(24*time.Hour - time.Second), ""},
		"labels of digits": {func(k *law.Ticket) { k.By, k.Given = "2067290641435901", "1067290641435901" }, noon, ""},
		"a day later":      {func(*law.Ticket) {}, noon.Add(24 * time.Hour), "ticket_over"},
		"before":           {func(*law.Ticket) {}, noon.Add(-time.Second), "ticket_over"},
		"used":             {func(k *law.Ticket) { k.Used = noon }, noon, "ticket_used"},
		"another case":     {func(k *law.Ticket) { k.About = "d" }, noon, "ticket_other"},
		"another thing":    {func(k *law.Ticket) { k.Do = "refuse" }, noon, "ticket_other"},
		"by one":           {func(k *law.Ticket) { k.Given = "Ann" }, noon, "approver_same"},
		"by nobody":        {func(k *law.Ticket) { k.By = "" }, noon, "approver_same"},
		"approved by none": {func(k *law.Ticket) { k.Given = "-" }, noon, "approver_same"},
		"never given":      {func(k *law.Ticket) { k.At = time.Time{} }, noon, "approver_same"},
	} {
		k := whole
		c.change(&k)
		if got := k.Opens("c", "allow", c.at); got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
	if (law.Ticket{By: "Ann", Given: "Bo", At: noon}).Opens("", "", noon) != "ticket_other" {
		t.Error("a ticket about nothing opens something")
	}
}

func TestWhatLeaves(t *testing.T) {
	day := on("2027-01-31")
	a := law.Assessment{Record: "2026-17", By: "an office", To: "US", Until: day}
	if law.Leaves(law.Assessment{}, "", "", law.Home, day) != "" || law.Leaves(a, "Ann", "Bo", "US", day) != "" || law.Leaves(a, "2067290641435901", "1067290641435901", "US", day) != "" {
		t.Error("home, or under an assessment of two, nothing leaves")
	}
	for what, refused := range map[string]bool{"one": law.Leaves(a, "Ann", "Ann", "US", day) != "", "nobody": law.Leaves(a, "", "Bo", "US", day) != "", "half": law.Leaves(a, "Ann", "", "US", day) != "",
		"elsewhere": law.Leaves(a, "Ann", "Bo", "SG", day) != "", "nowhere": law.Leaves(a, "Ann", "Bo", "", day) != "", "later": law.Leaves(a, "Ann", "Bo", "US", on("2027-02-01")) != ""} {
		if !refused {
			t.Errorf("%s: it leaves", what)
		}
	}
	if !law.RegionCode("US") || slices.ContainsFunc([]string{"", "us", "U", "USA", "U1", "ÜS"}, law.RegionCode) {
		t.Error("what a region is")
	}
}
