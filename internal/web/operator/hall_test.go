package operator_test

import (
	"strings"
	"testing"

	"netid/internal/act/incident"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// The first page says what waits, each line to who does something about it and to nobody
// else; and to all who may read of incidents that issuance stands still.
func TestTheFirstPageSaysWhatWaits(t *testing.T) {
	d := open(t)
	kit.ReadsParties(d.k.Staff, d.k.Admit)
	kit.ActsByTwo(d.k.Staff, d.k.Admit, d.k.Incident)
	system, security := d.founders()
	auditor := d.reader(t, system, security, law.AuditRole, "p-7")
	waits := func(name string, who ...*person) {
		t.Helper()
		for called, p := range map[string]*person{"system": system, "security": security, "auditor": auditor} {
			_, hall := p.do("GET", "/operator")
			told, ought := strings.Contains(hall, `data-wait="`+name+`"`), false
			for _, one := range who {
				ought = ought || one == p
			}
			if told != ought {
				t.Errorf("%s: the first page of %s says so: %v, want %v", name, called, told, ought)
			}
		}
	}
	system.want(200, "There is nothing.")(system.do("GET", "/operator"))

	declares(t, d, "Library")
	waits("parties", system)
	page := system.want(200, `id="endorse"`)(system.do("GET", "/operator/review/library"))
	record := system.find(`name="record" value="([0-9a-f]{64})"`, page)
	asked := system.proposed("/operator/review/library/approve", "record", record)
	waits("parties") // it waits for the other, as a proposal
	waits("proposals", security)
	security.approves(asked)
	waits("proposals")

	d.wait["ref"], d.wait["done"] = "", "allowed"
	waits("guardians", system)
	delete(d.wait, "ref")
	waits("guardians")

	c := d.k.Adult(1)
	must(t, c.Enrol(t.Context()))
	must(t, c.SignIn(t.Context()))
	claim, err := d.k.Rights.Ask(t.Context(), c.Session, identity.RightCorrect, "name")
	must(t, err)
	waits("claims", system, security)
	if _, hall := system.do("GET", "/operator"); strings.Contains(hall, claim.Ref) {
		t.Error("the first page lists references of cases")
	}

	_, at := security.do("POST", "/operator/incidents", "kind", "key", "severity", "large", "what", "a key was seen")
	ref := strings.TrimPrefix(at, "/operator/incidents/")
	waits("incidents", system, security)
	waits("alerts")
	must(t, d.k.Incident.Stop(t.Context(), ref, law.StopIssue, incident.Step{By: "Ann", What: "at the machine"}))
	for _, p := range []*person{system, security, auditor} {
		p.want(200, `data-stopped="issuance"`)(p.do("GET", "/operator"))
	}
	waits("alerts", auditor)
	page = auditor.want(200, `href="`+at+`"`)(auditor.do("GET", "/operator/alerts"))
	auditor.do("POST", "/operator/alerts", "name", auditor.find(`name="name" value="([^"]*)"`, page))
	waits("alerts")
	auditor.want(200, "R · <code>"+auditor.id)(auditor.do("GET", "/operator/alerts"))

	system.do("POST", "/operator/glass", "what", "stopped a server")
	waits("glass") // nobody reviews what they did
	security.do("POST", "/operator/glass", "what", "stopped another")
	waits("glass", system)
}
