package operator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What is done about an incident stands on its page, in counts: since when what stands still
// and by whom, how far certificates are issued again, and how many read the notice; and
// nobody's name or certificate.
func TestResponsesOnThePage(t *testing.T) {
	d := open(t)
	kit.ActsByTwo(d.k.Staff, d.k.Admit, d.k.Incident)
	system, security := d.founders()
	ctx := t.Context()
	from := d.k.Now()
	var people []*kit.Citizen
	for n := range 3 {
		c := d.k.Adult(n + 1)
		must(t, c.Enrol(ctx))
		must(t, c.SignIn(ctx))
		people = append(people, c)
	}
	d.k.Advance(time.Minute)
	_, at := security.do("POST", "/operator/incidents", "kind", "key", "severity", "large", "what", "a key was seen")
	ref := strings.TrimPrefix(at, "/operator/incidents/")
	page := security.want(200, "")(security.do("GET", at))
	if strings.Contains(page, "data-response") {
		t.Error("nothing was done, and the page says something of it")
	}
	system.approves(security.proposed(at+"/stop", "scope", "issuance", "what", "stop it"))
	page = system.want(200, `data-held="issuance" data-lifted="false"`)(system.do("GET", at))
	if !strings.Contains(page, "netid incident reissue "+ref) || strings.Contains(page, "data-far") || !strings.Contains(page, "it still stands") {
		t.Error(page)
	}
	d.k.Advance(time.Minute)
	again, err := d.k.Incident.Reissue(ctx, ref, incident.Step{By: "Ann", What: "again"}, from, d.k.Now())
	must(t, err)
	page = system.want(200, `data-far="0" data-ended="false"`)(system.do("GET", at))
	if !strings.Contains(page, "They are being counted.") || !strings.Contains(page, "Look again") || strings.Contains(page, "netid incident reissue") {
		t.Error(page)
	}
	d.k.Advance(time.Minute)
	_, err = d.k.Recall.Reissue(ctx, kit.Chosen(again), again.At)
	must(t, err)
	must(t, d.k.RecallFailed())
	page = system.want(200, `data-far="100" data-ended="true"`)(system.do("GET", at))
	if !strings.Contains(page, "All of it is done: 3 were issued again.") || strings.Contains(page, "Look again") {
		t.Error(page)
	}
	told := []string{"step", "told", "what", "on their pages", "contact", "12345", "whom", "all"}
	for _, part := range []string{"kinds", "cause", "harm", "measures", "yourself"} {
		told = append(told, part+"-zh", "说明", part+"-en", "words")
	}
	security.want(303, at)(security.do("POST", at, told...))
	security.want(200, `data-readers="0"`)(security.do("GET", at))
	mine, err := d.k.Incident.Notices(ctx, people[0].Session)
	if err != nil || len(mine) != 1 {
		t.Fatal(mine, err)
	}
	must(t, d.k.Incident.Seen(ctx, people[0].Session, mine[0].Mark))
	security.want(200, "1 次确认已读")(security.do("GET", at))
	stands, err := d.k.Incident.Stops(ctx)
	must(t, err)
	system.approves(security.proposed(at+"/lift", "scope", "issuance", "at", stands[0].At.Format(time.RFC3339), "what", "over"))
	page = system.want(200, `data-held="issuance" data-lifted="true"`)(system.do("GET", at))
	if i := strings.Index(page, `data-held=`); strings.Count(page[i:i+1200], system.id) != 1 || strings.Count(page[i:i+1200], security.id) != 2 {
		t.Error("who stopped and who lifted it:", page[i:i+1200])
	}
	if i := strings.Index(page, "<p>over</p>"); i < 0 || strings.Contains(page[i:i+600], "a name that was typed") || strings.Count(page[i:i+600], "passkey <code>") != 2 {
		t.Error("two passkeys lifted it, and the record says that somebody typed a name:", page)
	}
	for _, c := range people {
		for _, of := range []string{c.Document.Name, c.Document.Number, c.Certificate.ID.String(), string(c.Grant.Number)} {
			if strings.Contains(page, of) {
				t.Error("somebody stands on the page:", of)
			}
		}
	}
	security.want(200, "")(security.do("GET", "/operator/incidents"))
}

// Drills stand with the times of their steps, on the page and in a file; the console says
// when the next is due, and that it is late.
func TestDrillsAtTheConsole(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	const all = "/operator/drills"
	system.want(200, "There was none yet.")(system.do("GET", all))
	system.want(200, `data-late="false"`)(system.do("GET", "/operator/incidents"))
	drill := incident.Drill{By: "Ann", What: "=quarterly", People: 3000}
	for n, s := range incident.DrillSteps() {
		drill.Took = append(drill.Took, incident.Took{Step: s, MS: int64(n*1000 + 250)})
	}
	ref, err := d.k.Incident.Drilled(t.Context(), drill)
	must(t, err)
	for _, has := range []string{`data-drill="` + ref, "<td>6.25</td>", "<td>3000</td>", "Ann · a name that was typed", "netid incident drill"} {
		system.want(200, has)(system.do("GET", all))
	}
	security.want(200, "下次演练不晚于")(security.do("GET", all))
	file := system.want(200, "6.25")(system.do("GET", all+"?as=csv"))
	if !strings.Contains(file, "'=quarterly") || strings.Contains(file, ",=quarterly") || strings.Count(file, "\r\n") != 2 {
		t.Error("a spreadsheet would run it:", file)
	}
	system.want(200, "0 of 1 rows.")(system.do("GET", all+"?q=nothing"))
	d.k.Advance(365*24*time.Hour - time.Second)
	due, err := d.k.Incident.DrillDue(t.Context(), d.k.Now())
	if err != nil || d.k.Now().Sub(due) > 0 {
		t.Fatal(due, err)
	}
	d.k.Advance(time.Second)
	if due, err = d.k.Incident.DrillDue(t.Context(), d.k.Now()); err != nil || d.k.Now().Before(due) {
		t.Error("a year is over, and it is not due:", due, err)
	}
}

// A table of cases leaves without references and names, one of parties with counts alone,
// and one of alerts for the auditors; each to who may read its page and to nobody else.
func TestFilesOfCasesAndAlerts(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	auditor := d.reader(t, system, security, law.AuditRole, "p-7")
	c := d.k.Adult(1)
	must(t, c.Enrol(t.Context()))
	must(t, c.SignIn(t.Context()))
	claim, err := d.k.Rights.Ask(t.Context(), c.Session, identity.RightCorrect, "name")
	must(t, err)
	page := system.want(200, claim.Ref)(system.do("GET", "/operator/cases"))
	if !strings.Contains(page, "/operator/cases?as=csv") {
		t.Error(page)
	}
	file := system.want(200, "waits")(system.do("GET", "/operator/cases?as=csv"))
	if strings.Contains(file, claim.Ref) || strings.Contains(file, c.Document.Name) || strings.Count(file, "\r\n") != 2 {
		t.Error(file)
	}
	if file = security.want(200, "次数")(security.do("GET", "/operator/cases?as=parties")); strings.Count(file, "\r\n") != 1 {
		t.Error(file)
	}
	auditor.want(403, "role_refused")(auditor.do("GET", "/operator/cases?as=csv"))
	for range 6 {
		system.do("POST", "/operator/cases", "reference", "ffff")
	}
	system.want(403, "role_refused")(system.do("GET", "/operator/alerts?as=csv"))
	if file = auditor.want(200, "tried references within an hour")(auditor.do("GET", "/operator/alerts?as=csv")); !strings.Contains(file, system.id) || strings.Contains(file, "ffff") || strings.Count(file, "\r\n") != 2 {
		t.Error(file)
	}
	auditor.want(200, "0 of 1 rows.")(auditor.do("GET", "/operator/alerts?q=nothing"))
}

// Two agreed, and it was not done: the auditors read so in their own language, with the
// proposal behind it.
func TestAFailedProposalAlarms(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	auditor := d.reader(t, system, security, law.AuditRole, "p-7")
	gone := fault.New("test", fault.Gone, "party_removed")
	d.k.Staff.Kinds = map[law.Action]staff.Kind{law.SuspendParty: {
		Check: func(_ context.Context, p staff.Proposal) (identity.Text, error) {
			return identity.Text{ZH: "暂停平台", EN: "Suspend the party"}, nil
		},
		After: func(context.Context, staff.Proposal) error { return gone }}}
	number := security.proposed("/operator/parties/demo-shop/suspend", "reason", "complaints")
	system.want(410, "party_removed")(system.do("POST", number, "word", "approve", "signature", system.sign("approve", system.want(200, "")(system.do("GET", number)))))
	for locale, says := range map[string]string{"en": "two agreed, it could not be done", "zh-CN": "两人已同意，但没有办成"} {
		auditor.locale = locale
		auditor.want(200, says)(auditor.do("GET", "/operator/alerts"))
	}
	page := auditor.want(200, `href="`+number+`"`)(auditor.do("GET", "/operator/alerts"))
	if !strings.Contains(page, `data-alert="failed party-suspend"`) {
		t.Error(page)
	}
	auditor.want(200, `data-state="failed"`)(auditor.do("GET", number))
}
