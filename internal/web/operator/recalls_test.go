package operator_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"netid/internal/act/recall"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/operator"
	"netid/test/kit"
)

// Two end the certificates of a time from the page of an incident: both sign how many they
// are, the page says how far it is, and whose they were stands nowhere. One of them, or one
// of another role, ends none.
func TestTwoEndCertificates(t *testing.T) {
	d := open(t)
	kit.ActsByTwo(d.k.Staff, d.k.Admit, d.k.Incident)
	d.k.Staff.Kinds[law.RecallMany] = operator.RecallKind(d.k.Recall, d.k.Incident)
	system, security := d.founders()
	auditor := d.reader(t, system, security, law.AuditRole, "p-8")
	ctx := t.Context()
	beijing := time.FixedZone("", 8*3600)
	d.k.Advance(time.Minute) // fields of a browser know minutes
	from := d.k.Now().Truncate(time.Minute)
	var people []*kit.Citizen
	for n := range 3 {
		c := d.k.Adult(n + 1)
		must(t, c.Enrol(ctx))
		people = append(people, c)
	}
	d.k.Advance(2 * time.Minute)
	until := d.k.Now().Truncate(time.Minute)
	late := d.k.Adult(9)
	must(t, late.Enrol(ctx))
	field := func(at time.Time) string { return at.In(beijing).Format("2006-01-02T15:04") }
	_, at := security.do("POST", "/operator/incidents", "kind", "key", "severity", "large", "what", "a counter was lent out")
	ask := at + "/recall"
	fields := []string{"from", field(from), "until", field(until), "what", "issued wrongly"}

	if page := system.want(200, "")(system.do("GET", at)); strings.Contains(page, `id="recall"`) {
		t.Error("who may not propose it has the form")
	}
	security.want(200, `id="recall"`)(security.do("GET", at))
	system.want(403, "role_refused")(system.do("POST", ask, fields...))
	auditor.want(403, "role_refused")(auditor.do("POST", ask, fields...))
	security.want(400, "recall_invalid")(security.do("POST", ask, "from", "x", "until", field(until), "what", "w"))
	security.want(400, "recall_invalid")(security.do("POST", ask, "from", field(from), "until", field(d.k.Now().Add(time.Hour)), "what", "w"))
	security.want(409, "recall_nothing")(security.do("POST", ask, "from", field(from.Add(-2*time.Hour)), "until", field(from.Add(-time.Hour)), "what", "w"))
	security.want(404, "incident_unknown")(security.do("POST", "/operator/incidents/none/recall", fields...))

	proposed := security.proposed(ask, fields...)
	page := system.want(200, "3 certificates when this was proposed")(system.do("GET", proposed))
	for _, c := range people {
		for _, of := range []string{c.Document.Name, c.Document.Number, c.Certificate.ID.String(), string(c.Grant.Number)} {
			if strings.Contains(page, of) {
				t.Error("somebody stands on the page:", of)
			}
		}
		if row, err := d.k.Store.Certificate(ctx, c.Certificate.ID); err != nil || row.Revoked {
			t.Error("one signed, and it ended:", err)
		}
	}
	if page := system.want(200, "")(system.do("GET", at)); strings.Contains(page, "data-ends") {
		t.Error("one signed, and the page says that it is done")
	}
	system.approves(proposed)
	must(t, d.k.RecallFailed())
	page = system.want(200, `data-ends="100" data-ended="true"`)(system.do("GET", at))
	if !strings.Contains(page, "All of it is done: 3 were ended.") || !strings.Contains(page, security.id) || !strings.Contains(page, system.id) {
		t.Error(page)
	}
	for _, c := range append(people, late) {
		if row, err := d.k.Store.Certificate(ctx, c.Certificate.ID); err != nil || row.Revoked == (c == late) {
			t.Error(row.Revoked, err)
		}
	}
	all, err := d.k.Staff.Alerts(ctx, staff.Member{Role: law.AuditRole})
	must(t, err)
	for _, a := range all {
		if a.What == "recalled" {
			t.Error("the auditors read that one person did it")
		}
	}
}

// What is no choice of a time, and what is about certificates by their ids, is no proposal.
func TestProposalsToEndCertificates(t *testing.T) {
	d := open(t)
	kind := operator.RecallKind(d.k.Recall, d.k.Incident)
	now := d.k.Now().UTC().Truncate(time.Minute)
	good := operator.Recalled{Choice: recall.Choice{From: now.Add(-2 * time.Hour), Until: now.Add(-time.Hour), Reason: "r"}, Counted: recall.Counted{Certificates: 120, About: true}}
	body := func(change func(*operator.Recalled)) []byte {
		r := good
		change(&r)
		b, err := json.Marshal(r)
		must(t, err)
		return b
	}
	same := func(*operator.Recalled) {}
	_, security := d.founders()
	_, at := security.do("POST", "/operator/incidents", "kind", "key", "severity", "large", "what", "w")
	ref := strings.TrimPrefix(at, "/operator/incidents/")
	says, err := kind.Check(t.Context(), staff.Proposal{Subject: ref, Body: body(same)})
	if err != nil || !strings.Contains(says.EN, "about 120 certificates") || !strings.Contains(says.ZH, "约 120 张") || !strings.HasSuffix(says.EN, "(incident "+ref+"): r") {
		t.Error(says, err)
	}
	for name, c := range map[string]struct {
		of     string
		body   []byte
		reason string
	}{
		"no incident": {"none", body(same), "incident_unknown"},
		"by ids": {ref, body(func(r *operator.Recalled) {
			r.From, r.Until, r.IDs = time.Time{}, time.Time{}, []identity.CertificateID{identity.NewCertificateID()}
		}), "recall_invalid"},
		"of the future":         {ref, body(func(r *operator.Recalled) { r.Until = now.Add(time.Hour) }), "recall_invalid"},
		"no reason":             {ref, body(func(r *operator.Recalled) { r.Reason = "" }), "recall_invalid"},
		"none":                  {ref, body(func(r *operator.Recalled) { r.Counted = recall.Counted{} }), "recall_nothing"},
		"a word that none read": {ref, []byte(`{"who":1}`), "recall_invalid"},
		"two values":            {ref, append(body(same), []byte(`{}`)...), "recall_invalid"},
	} {
		if _, err := kind.Check(t.Context(), staff.Proposal{Subject: c.of, Body: c.body}); !fault.Because(err, c.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
