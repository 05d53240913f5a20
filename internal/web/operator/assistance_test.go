package operator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"netid/internal/act/assist"
	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/officer"
	"netid/internal/web/operator"
)

// Requests are written down, officers named and openings reviewed by people whose passkeys
// say who they are: whoever asked approves nothing of it and reviews nothing of it,
// whatever an officer is called (N01, N02). The page never says about whom.
func TestAssistanceIsWrittenByPasskeys(t *testing.T) {
	d := open(t)
	ctx := t.Context()
	d.k.Staff.Kinds = map[law.Action]staff.Kind{law.NameOfficer: operator.OfficerKind(d.k.Assist, d.k.Staff.PersonOf)}
	system, security := d.founders()
	who := d.k.Adult(1)
	for _, err := range []error{who.Enrol(ctx), who.SignIn(ctx)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	authority, err := officer.NewAuthority(identity.ES256)
	if err != nil {
		t.Fatal(err)
	}
	const at = "/operator/assistance"
	name := func(n int, called, reference string) {
		t.Helper()
		key := d.k.Officers.Keys[n].Public().ID()
		body := security.want(200, `data-page="operator-sign"`)(security.do("POST", at+"/officer", "officer", key, "name", called, "reference", reference))
		_, to := security.do("POST", "/operator/proposals", "sealed", security.find(`name="sealed" value="([^"]*)"`, body), "signature", security.sign("sign", body))
		system.want(200, `data-waits="1"`)(system.do("GET", "/operator"))
		if _, hall := security.do("GET", "/operator"); strings.Contains(hall, "data-waits") {
			t.Error("who proposed is asked to approve")
		}
		body = system.want(200, called+" ("+reference+")")(system.do("GET", to))
		if !strings.Contains(body, "吴 · <code>"+security.id) {
			t.Error("who proposed has no name")
		}
		system.want(303, to)(system.do("POST", to, "word", "approve", "signature", system.sign("approve", body)))
		system.want(200, `Lin · <code>`+system.id)(system.do("GET", to))
		system.want(200, `data-state="done"`)(system.do("GET", to))
		system.want(200, `data-officer="`+key+`"`)(system.do("GET", at))
	}
	system.want(403, "role_refused")(system.do("POST", at+"/officer", "officer", d.k.Officers.Keys[0].Public().ID(), "name", "Ann", "reference", "p-9"))
	security.want(400, "assistance_text_invalid")(security.do("POST", at+"/officer", "officer", d.k.Officers.Keys[0].Public().ID(), "name", "Ann", "reference", ""))
	security.want(404, "officer_unnamed")(security.do("POST", at+"/officer", "officer", "none", "name", "Ann", "reference", "p-9"))
	name(0, "Ann", "p-8")
	name(1, "Bo", "p-9")
	security.want(409, "officer_named")(security.do("POST", at+"/officer", "officer", d.k.Officers.Keys[2].Public().ID(), "name", "Bea", "reference", "P-9"))
	security.want(409, "officer_named")(security.do("POST", at+"/officer", "officer", d.k.Officers.Keys[2].Public().ID(), "name", "Bea", "reference", "ｐ－９"))
	security.want(400, "assistance_text_invalid")(security.do("POST", at+"/officer", "officer", d.k.Officers.Keys[2].Public().ID(), "name", "Bea", "reference", "р-9")) // a Cyrillic letter: nobody is two officers
	name(2, "an officer", "p-1")                                                                                                                                        // by another name, and the same person as who is "Lin" at the console

	asks := []string{"authority", "an office", "law", "a law", "key", authority.Public().Text(), "help", "real-identity", "number", string(who.Grant.Number), "kind", "resident-id-card"}
	system.want(303, at)(system.do("POST", at, asks...))
	for what, change := range map[string][]string{
		"assistance_way_invalid": {"document", "100000199001011234"}, "assistance_box_invalid": {"from", "yesterday"}, "assistance_secret_invalid": {"until", "2027-01-01"}, "assistance_key_invalid": {"key", "none"},
		"assistance_text_invalid": {"law", ""}, "assistance_unknown": {"help", "phone"},
	} {
		page := system.want(400, what)(system.do("POST", at, append(asks, change...)...))
		system.want(400, `href="`+at+`">Back to the page`)(400, page) // and not at the citizens' door
	}
	system.want(404, "party_unknown")(system.do("POST", at, append(asks, "number", "", "pseudonym", strings.Repeat("A", 43), "at", "nobody")...))
	body := system.want(200, "real-identity")(system.do("GET", at))
	ref := system.find(`data-request="([^"]*)"`, body)
	if strings.Contains(body, string(who.Grant.Number)) || strings.Contains(body, who.Grant.Number.Grouped()) {
		t.Error("the page says about whom")
	}
	approve := func(n int) error {
		p, err := d.k.Assist.Paper(ctx, ref, d.k.Officers.Keys[n].Public().ID())
		if err != nil {
			return err
		}
		word, err := officer.Yes(p, d.k.Officers.Keys[n])
		if err != nil {
			return err
		}
		_, err = d.k.Assist.Approve(ctx, ref, word)
		return err
	}
	if err := approve(2); err == nil || !strings.Contains(err.Error(), "requester_approves") {
		t.Errorf("who asked approves: %v", err)
	}
	for n := range 2 {
		if err := approve(n); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.k.Assist.Release(ctx, ref); err != nil {
		t.Fatal(err)
	}
	system.want(403, "role_refused")(system.do("POST", at+"/"+ref+"/review", "what", "it was right"))
	if _, hall := system.do("GET", "/operator"); strings.Contains(hall, `data-wait="openings"`) {
		t.Error("who does not review openings is told that one waits")
	}
	for _, one := range []struct {
		name, reference string
		code            int
		has             string
	}{{"Someone", "p-8", 403, "reviewer_same"}, {"Eve", "p-77", 303, at}} {
		auditor := d.hires(system, security, one.name, law.AuditRole, one.reference)
		auditor.want(200, `data-wait="openings"`)(auditor.do("GET", "/operator"))
		auditor.want(200, `href="/operator/assistance#`+ref+`"`)(auditor.do("GET", "/operator/alerts"))
		auditor.want(one.code, one.has)(auditor.do("POST", at+"/"+ref+"/review", "what", "it was right"))
		auditor.want(403, "role_refused")(auditor.do("POST", at, asks...))
	}
	system.want(200, "Eve")(system.do("GET", at))
	if _, hall := d.hires(system, security, "Yu", law.AuditRole, "p-78").do("GET", "/operator"); strings.Contains(hall, `data-wait="openings"`) {
		t.Error("what was reviewed still waits")
	}
	all, err := d.k.Assist.List(ctx)
	if err != nil || len(all) != 1 || all[0].By != "Lin" || all[0].Person != "" || all[0].Approvals[0].Person != "" || all[0].Review.Person != "" {
		t.Errorf("%+v %v", all, err)
	}
	p := staff.Proposal{Subject: d.k.Officers.Keys[1].Public().ID(), Body: []byte(`{"officer":"` + d.k.Officers.Keys[1].Public().ID() + `","name":"Bo","reference":"p-9"}`)}
	if err := d.k.Staff.Kinds[law.NameOfficer].After(ctx, p); err != nil {
		t.Error("carried again:", err)
	}
	d.k.Advance(80 * time.Hour)
	stranger := &person{desk: d, locale: "en"}
	stranger.want(401, "staff_signed_out")(stranger.do("GET", at))
}

func FuzzOfficial(f *testing.F) {
	f.Add("k", []byte(`{"officer":"k","name":"Ann","reference":"p-1"}`))
	f.Add("k", []byte(`{"officer":"o","name":"Ann","reference":"p-1"}`))
	f.Add("k", []byte(`{"officer":"k","name":"Ann"} {}`))
	f.Fuzz(func(t *testing.T, subject string, body []byte) {
		o := &official{}
		k := operator.OfficerKind(o, func(name, reference string) law.Hand { return law.Hand{Name: name, Person: reference} })
		p := staff.Proposal{Subject: subject, Body: body}
		_, err := k.Check(t.Context(), p)
		if err == nil != (k.After(t.Context(), p) == nil) || err == nil && (o.named.ID != subject || o.named.Person == "") {
			t.Errorf("%q: %v, and %+v was named", body, err, o.named)
		}
	})
}

// official keeps the last that was named.
type official struct {
	operator.Officials
	named assist.Officer
}

func (o *official) Nameable(context.Context, assist.Officer) error { return nil }

func (o *official) Name(_ context.Context, one assist.Officer) error { o.named = one; return nil }
