package operator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/staff"
	"netid/internal/act/supervise"
	"netid/internal/identity"
	"netid/internal/law"
)

// supervisory are the kinds as the program registers them.
func supervisory(a *supervise.Act) map[law.Action]staff.Kind {
	return map[law.Action]staff.Kind{
		law.OpenMinor: {Check: func(_ context.Context, p staff.Proposal) (identity.Text, error) {
			return a.Ticketing(p.Subject, p.Body)
		},
			Verbs: func(_ context.Context, p staff.Proposal) ([]identity.Verb, error) {
				v, err := a.Give(p.Number, p.Subject, p.Body, string(p.By), string(p.Decided.By))
				return []identity.Verb{v}, err
			}},
		law.LetOut: {Check: func(_ context.Context, p staff.Proposal) (identity.Text, error) {
			return a.Exporting(p.Subject, p.Body)
		},
			Verbs: func(ctx context.Context, p staff.Proposal) ([]identity.Verb, error) {
				v, err := a.Pass(ctx, p.Subject, p.Body, string(p.By), string(p.Decided.By))
				return []identity.Verb{v}, err
			}},
	}
}

// Who runs the service and who supervises it reads what is due, each in their language; a
// supervisor of a sector and a stranger do not (Art. 3). Nobody changes anything there.
func TestSupervisionIsRead(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	ctx, a := t.Context(), d.k.Supervise
	if _, _, err := d.k.Admit.Register(ctx, admit.Application{ID: "library", Name: "Library", NameZH: "图书馆", RedirectURIs: []string{"https://library.example/cb"}, Purpose: "Lend books", PurposeZH: "借书",
		Bases: map[string]string{"name": "a law on libraries"}, KeepDays: 30, Unsealed: true, Otherwise: []identity.Way{{Text: identity.Text{ZH: "服务台", EN: "The desk"}}}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	ref, err := a.Open(ctx, supervise.Opening{By: "Ann", Duty: law.AssessImpact, What: "the face step", Due: identity.Today(d.k.Now())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = a.Begin(ctx, supervise.Need{By: "Ann", Approver: "Bo", Citation: "a law on floods", What: "a flood", Affected: 40, Began: d.k.Now()}); err != nil {
		t.Fatal(err)
	}
	const at = "/operator/supervision"
	body := system.want(200, `data-page="operator-supervision"`)(system.do("GET", at))
	for _, has := range []string{`data-alarm="` + ref + `" data-stage="soon"`, "PIPL Articles 55 and 56", "the face step", `data-party="library"`, "Lend books", "a law on floods", "goes on", `id="ticket"`, `id="export"`} {
		if !strings.Contains(body, has) {
			t.Errorf("no %s on\n%s", has, body)
		}
	}
	if body := security.want(200, "个人信息保护影响评估")(security.do("GET", at)); strings.Contains(body, `id="ticket"`) || strings.Contains(body, `id="export"`) {
		t.Error("who may not propose it is asked to")
	}
	stranger := &person{desk: d, locale: "en"}
	stranger.want(401, "staff_signed_out")(stranger.do("GET", at))
	for role, want := range map[law.Role]bool{law.AuditRole: true, law.PublicSecurity: true, law.Cyberspace: true, law.Sector: false, law.OfficerRole: false} {
		if law.MayStaff(role, law.SeeDuties, law.Look) != want {
			t.Errorf("%s reads it: %v", role, !want)
		}
		for _, action := range []law.Action{law.OpenMinor, law.LetOut} {
			if law.MayStaff(role, action, law.Propose) || law.MayStaff(role, action, law.Approve) {
				t.Errorf("%s changes something by %s", role, action)
			}
		}
	}
}

// Two give a ticket for a matter of a minor, and two let something out; nobody does alone.
func TestTwoGiveATicketAndLetSomethingOut(t *testing.T) {
	d := open(t)
	a := d.k.Supervise
	d.k.Staff.Kinds = supervisory(a)
	system, security := d.founders()
	together := func(path string, fields ...string) (number string) {
		t.Helper()
		body := system.want(200, `data-page="operator-sign"`)(system.do("POST", path, fields...))
		_, to := system.do("POST", "/operator/proposals", "sealed", system.find(`name="sealed" value="([^"]*)"`, body), "signature", system.sign("sign", body))
		body = security.want(200, `id="approve"`)(security.do("GET", to))
		system.want(403, "approver_same")(system.do("POST", to, "word", "approve", "signature", system.sign("approve", body)))
		security.want(303, to)(security.do("POST", to, "word", "approve", "signature", security.sign("approve", body)))
		security.want(200, `data-state="done"`)(security.do("GET", to))
		return to[strings.LastIndex(to, "/")+1:]
	}
	const at = "/operator/supervision"
	security.want(403, "role_refused")(security.do("POST", at+"/ticket", "about", "0a1b2c3d", "do", "allow", "why", "x"))
	system.want(400, "ticket_invalid")(system.do("POST", at+"/ticket", "about", "0a1b2c3d", "do", "read", "why", "x"))
	system.want(400, "supervision_names_somebody")(system.do("POST", at+"/ticket", "about", "0a1b2c3d", "do", "allow", "why", "call 13800138000"))
	if _, err := a.Spend(t.Context(), "", "0a1b2c3d", "allow"); err == nil {
		t.Error("no ticket is one")
	}
	number := together(at+"/ticket", "about", "0a1b2c3d", "do", "allow", "why", "the mother came to the desk")
	security.want(200, `data-ticket="`+number+`"`)(security.do("GET", at))
	v, err := a.Spend(t.Context(), number, "0a1b2c3d", "allow")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.k.Store.Jot(t.Context(), v.(identity.Note)); err != nil {
		t.Fatal(err)
	}
	system.want(200, "used · ")(system.do("GET", at))

	together(at+"/ticket", "about", "0a1b2c3d", "do", "refuse", "why", "nobody came")
	system.want(200, "good until")(system.do("GET", at))
	until := identity.Today(d.k.Now()).AddMonths(1).String()
	security.want(403, "role_refused")(security.do("POST", at+"/export", "region", "US", "record", "2026-17", "office", "an office", "until", until, "what", "signals"))
	for _, bad := range []string{"", "soon", "2026-01-01"} {
		system.want(400, "export_invalid")(system.do("POST", at+"/export", "region", "US", "record", "2026-17", "office", "an office", "until", bad, "what", "signals"))
	}
	if a.Leaves(t.Context(), "US") == nil {
		t.Error("it leaves before two put it on record")
	}
	together(at+"/export", "region", "US", "record", "2026-17", "office", "an office", "until", until, "what", "signals")
	if err := a.Leaves(t.Context(), "US"); err != nil {
		t.Error(err)
	}
	security.want(200, `data-region="US"`)(security.do("GET", at))
	d.k.Advance(40 * 24 * time.Hour)
	if a.Leaves(t.Context(), "US") == nil {
		t.Error("it leaves after its end")
	}
	if all, err := a.Tickets(t.Context()); err != nil || len(all) != 2 || a.Now().Before(all[0].Until) {
		t.Error(all, err)
	}
}
