package operator_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/act/incident"
	"netid/test/kit"
)

// An incident goes its way at the console: one opens it and writes down what was done, two
// review and close it with their passkeys, and who typed a name is told apart.
func TestAnIncidentAtTheConsole(t *testing.T) {
	d := open(t)
	kit.ActsByTwo(d.k.Staff, d.k.Admit, d.k.Incident)
	system, security := d.founders()
	const all = "/operator/incidents"
	security.want(200, "没有。")(security.do("GET", all))
	security.want(400, "incident_text_invalid")(security.do("POST", all, "kind", "leak", "severity", "large", "what", ""))
	security.want(400, "incident_names_somebody")(security.do("POST", all, "kind", "leak", "severity", "large", "what", "call 13800138000"))
	for _, bad := range [][2]string{{"known", "yesterday"}, {"known", "2099-01-01T00:00"}, {"affected", "many"}, {"affected", "-1"}, {"kind", "flood"}} {
		security.want(400, "incident_invalid")(security.do("POST", all, append([]string{"kind", "leak", "severity", "large", "what", "a copy was seen"}, bad[:]...)...))
	}
	known := d.k.Now().Add(-time.Hour).In(time.FixedZone("", 8*60*60)).Format("2006-01-02T15:04")
	_, at := security.do("POST", all, "kind", "leak", "severity", "large", "known", known, "affected", "3000", "what", "a copy was seen")
	if !strings.HasPrefix(at, all+"/") {
		t.Fatal(at)
	}
	ref := strings.TrimPrefix(at, all+"/")
	i, err := d.k.Incident.Read(t.Context(), ref)
	if err != nil || i.Affected != 3000 || incident.Label(i.Opener) != security.id || d.k.Now().Sub(i.Known) != time.Hour {
		t.Fatalf("%+v %v", i, err)
	}
	system.want(200, `data-incident="`+ref)(system.do("GET", all))
	page := system.want(200, "吴 · passkey")(system.do("GET", at)) // the colleague's name, and the label
	if !strings.Contains(page, security.id) || !strings.Contains(page, `data-task="report" data-open="true"`) {
		t.Error(page)
	}
	system.want(404, "incident_unknown")(system.do("GET", all+"/none"))
	system.want(404, "incident_unknown")(system.do("GET", all+"/*/report"))
	system.want(409, "incident_needs")(system.do("POST", at+"/close", "what", "it is over"))
	system.want(400, "incident_invalid")(system.do("POST", at, "step", "close", "what", "alone"))
	system.want(400, "incident_invalid")(system.do("POST", at, "step", "note", "affected", "few", "what", "fewer"))
	system.want(303, at)(system.do("POST", at, "step", "note", "affected", "2900", "what", "counted again"))
	security.want(303, at)(security.do("POST", at, "step", "reported", "what", "sent"))
	security.want(409, "incident_step_done")(security.do("POST", at, "step", "reported", "what", "sent again"))
	security.want(303, at)(security.do("POST", at, "step", "removed", "what", "the copy is gone"))
	security.want(400, "incident_notice_invalid")(security.do("POST", at, "step", "told", "whom", "all", "what", "on their pages", "kinds-zh", "姓名"))
	told := []string{"step", "told", "what", "on their pages", "contact", "12345"}
	for _, part := range []string{"kinds", "cause", "harm", "measures", "yourself"} {
		told = append(told, part+"-zh", "说明", part+"-en", "words")
	}
	for _, whom := range [][]string{{}, {"whom", "nobody"}, {"whom", "certificates", "from", "2026-11-01"}, {"whom", "certificates", "from", "2026-11-02", "until", "2026-11-01"}, {"whom", "parties", "parties", " ,"}} {
		security.want(400, "incident_whom_invalid")(security.do("POST", at, append(slices.Clone(told), whom...)...))
	}
	security.want(303, at)(security.do("POST", at, append(slices.Clone(told), "whom", "certificates", "from", "2026-11-01", "until", "2026-11-02")...))
	if i, err = d.k.Incident.Read(t.Context(), ref); err != nil || i.Affected != 2900 || i.Notice == nil || i.Notice.Harm.ZH != "说明" || i.Whom == nil || i.Whom.Until.Sub(i.Whom.From) != 48*time.Hour || len(i.Entries) != 5 {
		t.Fatalf("%+v %v", i, err)
	}
	// Who typed a name at the machine's door is told apart from a passkey.
	if err := d.k.Incident.Note(t.Context(), ref, incident.Step{By: "Ann", What: "seen from the machine"}); err != nil {
		t.Fatal(err)
	}
	system.want(200, "Ann · a name that was typed")(system.do("GET", at))

	system.want(409, "incident_unreviewed")(system.do("POST", at+"/close", "what", "it is over"))
	security.want(403, "role_refused")(security.do("POST", at+"/review", "what", "by the other role"))
	if read := together(t, system, security, at+"/review", "what", "a backup lay open"); !strings.Contains(read, "复盘：事件 "+ref) || !strings.Contains(read, "a backup lay open") {
		t.Error("who confirms does not read it:", read)
	}
	system.want(409, "incident_step_done")(system.do("POST", at+"/review", "what", "again"))
	together(t, system, security, at+"/close", "what", "all is done")
	i, err = d.k.Incident.Read(t.Context(), ref)
	if err != nil || i.Closed.IsZero() || !slices.Equal(i.Closers, []string{incident.Hand(system.id), incident.Hand(security.id)}) || incident.Label(i.Review.By) != system.id {
		t.Errorf("%+v %v", i, err)
	}
	page = system.want(200, "Closed by:")(system.do("GET", at))
	if strings.Contains(page, `id="step"`) || strings.Contains(page, `id="close"`) {
		t.Error("a closed one is still written to")
	}
	security.want(409, "incident_closed")(security.do("POST", at, "step", "note", "what", "late"))
	if body := security.want(200, "网络安全和个人信息安全事件报告")(security.do("GET", at+"/report")); !strings.Contains(body, "Report of a security incident") {
		t.Error("the report in both languages:", body)
	}
}

// Nobody reviews what they opened, and an auditor and the authorities read and write nothing.
func TestWhoDoesWhatAboutAnIncident(t *testing.T) {
	d := open(t)
	kit.ActsByTwo(d.k.Staff, d.k.Admit, d.k.Incident)
	system, security := d.founders()
	_, at := system.do("POST", "/operator/incidents", "kind", "outage", "severity", "general", "what", "it stood still")
	system.want(403, "reviewer_same")(system.do("POST", at+"/review", "what", "mine"))
	_, body := system.do("POST", "/operator/staff/invite", "name", "Xu", "role", "audit", "reference", "p-3")
	secret := system.find(`id="secret">([^<]*)<`, body)
	together(t, system, security, "/operator/staff/invite", "name", "Bai", "role", "public-security", "reference", "p-4")
	_, to := system.do("POST", "/operator/proposals", "sealed", system.find(`name="sealed" value="([^"]*)"`, body), "signature", system.sign("sign", body))
	security.want(303, to)(security.do("POST", to, "word", "approve", "signature", security.sign("approve", security.want(200, "")(security.do("GET", to)))))
	audit := d.joins(secret, security.code(to), "en")
	page := audit.want(200, "Lin · passkey")(audit.do("GET", at))
	for _, form := range []string{`id="step"`, `id="review"`, `id="close"`, `id="told"`} {
		if strings.Contains(page, form) {
			t.Error("an auditor is asked for", form)
		}
	}
	if page := audit.want(200, "")(audit.do("GET", "/operator/incidents")); strings.Contains(page, `id="open"`) || strings.Contains(page, `id="glass"`) {
		t.Error("an auditor is asked to open one")
	}
	for _, path := range []string{"/operator/incidents", at, "/operator/glass"} {
		audit.want(403, "role_refused")(audit.do("POST", path, "step", "note", "what", "x"))
	}
	audit.want(403, "role_refused")(audit.do("POST", at+"/review", "what", "x"))

	// Power that one used alone is reviewed by two others.
	system.want(303, "/operator/incidents")(system.do("POST", "/operator/glass", "what", "stopped a server"))
	all, err := d.k.Incident.Glasses(t.Context())
	if err != nil || len(all) != 1 || incident.Label(all[0].By) != system.id {
		t.Fatal(all, err)
	}
	review := "/operator/glass/" + all[0].Reference + "/review"
	system.want(403, "reviewer_same")(system.do("POST", review, "what", "mine"))
	system.want(404, "incident_unknown")(system.do("POST", "/operator/glass/none/review", "what", "x"))
	_, _ = security.do("POST", "/operator/glass", "what", "stopped another")
	if all, err = d.k.Incident.Glasses(t.Context()); err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	i := slices.IndexFunc(all, func(g incident.Glass) bool { return incident.Label(g.By) == security.id })
	together(t, system, security, "/operator/glass/"+all[i].Reference+"/review", "what", "it was needed")
	if g, err := d.k.Incident.Glass(t.Context(), all[i].Reference); err != nil || g.Review == nil || incident.Label(g.Review.By) != system.id {
		t.Error(g, err)
	}
	d.k.Advance(73 * time.Hour)
	for _, p := range []*person{system} {
		p.do("POST", "/operator/signout")
		_, body := p.do("GET", "/operator")
		p.want(303, "/operator")(p.do("POST", "/operator/signin", "challenge", p.find(`name="challenge" value="([^"]*)"`, body), "certificate", p.id, "signature", p.sign("signin", body)))
	}
	if page := system.want(200, "late")(system.do("GET", "/operator/incidents")); strings.Count(page, "<strong>late</strong>") != 2 { // the report, and the review of the system's own
		t.Error(page)
	}
}

// Two stop issuance for an incident at its page and two let it go on; one does neither, and
// a page of a former stop lifts no other.
func TestTwoStopAndLiftIssuance(t *testing.T) {
	d := open(t)
	kit.ActsByTwo(d.k.Staff, d.k.Admit, d.k.Incident)
	system, security := d.founders()
	_, at := security.do("POST", "/operator/incidents", "kind", "key", "severity", "large", "what", "a key was seen")
	system.want(403, "role_refused")(system.do("POST", at+"/stop", "scope", "issuance", "what", "stop it"))
	security.want(400, "stop_invalid")(security.do("POST", at+"/stop", "scope", "everything", "what", "stop it"))
	security.want(404, "stop_unknown")(security.do("POST", at+"/lift", "scope", "issuance", "at", "yesterday", "what", "over"))
	number := security.proposed(at+"/stop", "scope", "issuance", "what", "stop it")
	if all, err := d.k.Incident.Stops(t.Context()); err != nil || len(all) != 0 {
		t.Fatal("one stops it alone at the console", all, err)
	}
	system.approves(number)
	all, err := d.k.Incident.Stops(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	since := all[0].At.Format(time.RFC3339)
	security.want(200, `data-stop="issuance"`)(security.do("GET", at))
	security.want(409, "stop_stands")(security.do("POST", at+"/stop", "scope", "issuance", "what", "stop it"))
	security.want(404, "stop_unknown")(security.do("POST", at+"/lift", "scope", "issuance", "at", "2020-01-01T00:00:00Z", "what", "over"))
	system.approves(security.proposed(at+"/lift", "scope", "issuance", "at", since, "what", "over"))
	if all, err := d.k.Incident.Stops(t.Context()); err != nil || len(all) != 0 {
		t.Fatal(all, err)
	}
}

// proposed signs what a form proposes, and says where the proposal stands.
func (p *person) proposed(path string, fields ...string) (at string) {
	body := p.want(200, "")(p.do("POST", path, fields...))
	_, at = p.do("POST", "/operator/proposals", "sealed", p.find(`name="sealed" value="([^"]*)"`, body), "signature", p.sign("sign", body))
	return at
}

func (p *person) approves(at string) {
	p.want(303, at)(p.do("POST", at, "word", "approve", "signature", p.sign("approve", p.want(200, "")(p.do("GET", at)))))
}
