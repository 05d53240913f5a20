package browser_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"netid/internal/act/admit"
	"netid/internal/act/incident"
	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/operator"
	"netid/internal/web/shell"
	"netid/test/kit"
	sandboxtest "netid/test/sandbox"
)

// consoleOf is the operator's console over a kit: in a sandbox parties take part at once,
// and nobody reads them.
func consoleOf(t *testing.T) (*kit.Kit, *sandboxtest.Sandbox) {
	t.Helper()
	k, mux := kit.New(t, law.New()), http.NewServeMux()
	served := httptest.NewServer(mux)
	t.Cleanup(served.Close)
	site := &sandboxtest.Sandbox{URL: strings.Replace(served.URL, "127.0.0.1", "localhost", 1)} // a passkey is a name's, not an address's
	k.Staff.Issuer = site.URL
	kit.ReadsParties(k.Staff, k.Admit)
	kit.ActsByTwo(k.Staff, k.Admit, k.Incident)
	k.Staff.Kinds[law.RecallMany] = operator.RecallKind(k.Recall, k.Incident)
	frame := shell.New(shell.Config{Issuer: site.URL})
	frame.Assets(mux, os.DirFS("../../internal/web/citizen")) // whose modules talk to a passkey
	operator.New(operator.Config{Shell: frame, Staff: k.Staff, Parties: k.Admit, Reviews: k.Admit, Portal: k.Partner, Cases: k.Redress, Claims: k.Rights, Guardians: k.Guard, Incidents: k.Incident, Assists: k.Assist, Reissues: kit.Reissues{Kit: k}, Recalls: k.Recall, Keys: k.Ceremonies(), Now: k.Now}).Register(mux)
	return k, site
}

// lodges is a party that waits, of an organisation that uploaded what its own test said.
func lodges(t *testing.T, k *kit.Kit) identity.PartyID {
	t.Helper()
	ctx := t.Context()
	w, err := k.Organisation(ctx)
	if err == nil {
		err = k.ProveHost(ctx, w)
	}
	var id identity.PartyID
	if err == nil {
		id, err = k.Drafted(ctx, w)
	}
	if err == nil {
		err = k.Partner.Tested(ctx, w.Who, id, []byte(`{"checks":[{"id":"nonce","outcome":"passed"},{"id":"issuer","outcome":"failed"}]}`))
	}
	if err == nil {
		err = k.Partner.Lodge(ctx, w.Who, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestConsoleReviews: two read a party line by line, each with a passkey and in their own
// language; it goes back, comes again and takes part. Then they review and close an incident.
func TestConsoleReviews(t *testing.T) {
	t.Parallel()
	engine(t)
	k, site := consoleOf(t)
	ctx := t.Context()
	invite := func(name string, role law.Role, locale string) *tab {
		secret, err := k.Staff.Found(ctx, staff.Invitation{Name: name, Role: role, Reference: "p-" + string(role)})
		if err != nil {
			t.Fatal(err)
		}
		return joinsConsole(t, site, locale, secret)
	}
	system, security := invite("Lin", law.SystemRole, "en"), invite("吴敏", law.SecurityRole, "zh-CN")

	in := admit.Application{Name: "City Library", NameZH: "市图书馆", RedirectURIs: []string{"https://library.example/cb", "https://library.example/app"}, Purpose: "Lend books", PurposeZH: "借书",
		AgeMarks: map[string]string{"over18": "a law on libraries"}, Otherwise: []identity.Way{{Text: identity.Text{ZH: "服务台", EN: "The desk"}}}}
	invitation, _, err := k.Admit.Invite(ctx, "Library", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	p, told, err := k.Admit.Enter(ctx, invitation, in)
	if err != nil {
		t.Fatal(err)
	}
	k.Published = map[string]string{"https://library.example/.well-known/netid-party.txt": string(p.ID)}

	agree := func() {
		t.Helper()
		security.open(site.URL+"/operator/proposals", "operator-proposals")
		security.follow("tbody tr:first-child a", "operator-proposal")
		security.follow("#approve button", "operator-proposal")
		if security.attr("dl[data-state]", "data-state") != "done" {
			t.Error("it is not done")
		}
		k.Advance(time.Second) // the next is the newest
	}
	read := func() {
		t.Helper()
		system.open(site.URL+"/operator/review", "operator-review")
		system.follow("tr[data-party] a", "operator-reviewed")
	}
	read()
	system.says("Lend books", "https://library.example/app")
	system.fill("#reason", "Name the article of the law")
	system.follow("#return button", "operator-sign")
	system.follow("#sign button", "operator-proposal")
	agree()
	if p, err = k.Admit.Managed(ctx, p.ID, told.Access); err != nil || p.Returned != "Name the article of the law" {
		t.Fatal(p.Returned, err)
	}
	approve := func() {
		t.Helper()
		read()
		system.follow("#endorse button", "operator-sign")
		if !system.has(".record") {
			t.Error("who signs does not see what")
		}
		system.follow("#sign button", "operator-proposal")
		agree()
		if p, err = k.Admit.Managed(ctx, p.ID, told.Access); err != nil || p.Standing != identity.PartyActive {
			t.Fatal(p.Standing, err)
		}
	}
	in.AgeMarks["over18"] = "Article 9 of a law on libraries"
	if _, _, err = k.Admit.Change(ctx, p.ID, told.Access, in); err != nil {
		t.Fatal(err)
	}
	approve()
	in.PurposeZH = "借书和预约座位"
	if _, _, err = k.Admit.Change(ctx, p.ID, told.Access, in); err != nil {
		t.Fatal(err)
	}
	security.open(site.URL+"/operator/review", "operator-review")
	security.follow("tr[data-party] a", "operator-reviewed")
	if !security.has("[data-mark='+']") || !security.has("[data-mark='-']") {
		t.Error("what changed is not marked")
	}
	approve()
	system.open(site.URL+"/operator/review", "operator-review")
	security.open(site.URL+"/operator/parties/"+string(p.ID), "operator-party")

	// A party of the portal: whose word the result of its own test is, they both read.
	lodged := lodges(t, k)
	for _, c := range []*tab{system, security} {
		c.open(site.URL+"/operator/review/"+string(lodged), "operator-reviewed")
		if !c.has("#portal #kit") {
			t.Error("the result of its own test is not shown")
		}
	}
	system.says("the party's own word")
	security.says("不能作为批准的依据")

	// An incident.
	security.open(site.URL+"/operator/incidents", "operator-incidents")
	security.press("details.panel summary")
	security.fill("#what", "备份文件被外人看到")
	security.fill("#affected", "3000")
	security.follow("#open button", "operator-incident")
	for _, step := range []string{"reported", "removed"} {
		security.run(chromedp.SetValue("#step-of", step, chromedp.ByQuery))
		security.fill("#what", "办好了")
		security.follow("#step button", "operator-incident")
	}
	at := security.state().URL
	responds(t, k, security, at[strings.LastIndex(at, "/")+1:])
	ref := at[strings.LastIndex(at, "/")+1:]
	if err := k.Incident.Note(ctx, ref, incident.Step{By: "Ann", What: "seen from the machine"}); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"review", "close"} {
		system.open(site.URL+"/operator/incidents/"+ref, "operator-incident")
		system.fill("#"+form+" input", "A backup lay open; it is shut now")
		system.follow("#"+form+" button", "operator-sign")
		system.follow("#sign button", "operator-proposal")
		agree()
	}
	security.open(site.URL+"/operator/incidents/"+ref, "operator-incident")
	security.says("结案人")
	system.open(site.URL+"/operator/incidents", "operator-incidents")
	system.press("details.panel:last-of-type summary")
	system.fill("#why", "A server was stopped by one")
	system.follow("#glass button", "operator-incidents")
}

// responds is what is done about an incident, as its page and the page of drills show it: two
// of the same server's acts, and counts alone.
func responds(t *testing.T, k *kit.Kit, c *tab, ref string) {
	t.Helper()
	ctx, step := t.Context(), incident.Step{By: "Ann", What: "from the machine"}
	all := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	somebody := k.Adult(1)
	all(somebody.Enrol(ctx))
	k.Advance(time.Second)
	from, until := k.Now().Add(-time.Hour), k.Now()
	all(k.Incident.Stop(ctx, ref, law.StopIssue, step))
	again, err := k.Incident.Reissue(ctx, ref, step, from, until)
	all(err)
	c.open(c.site.URL+"/operator/incidents/"+ref, "operator-incident")
	c.says("正在清点数量")
	k.Advance(2 * time.Second)
	_, err = k.Recall.Reissue(ctx, kit.Chosen(again), again.At)
	all(err, k.RecallFailed())
	x := identity.Text{ZH: "说明", EN: "words"}
	told := step
	told.Notice = &law.IncidentNotice{Kinds: x, Cause: x, Harm: x, Measures: x, Yourself: x, Contact: "12345"}
	all(k.Incident.Notify(ctx, ref, told, incident.Whom{All: true}))
	d := incident.Drill{By: "Ann", What: "quarterly", People: 3000}
	for _, s := range incident.DrillSteps() {
		d.Took = append(d.Took, incident.Took{Step: s, MS: 250})
	}
	_, err = k.Incident.Drilled(ctx, d)
	all(err)
	c.open(c.site.URL+"/operator/incidents/"+ref, "operator-incident")
	if c.attr("[data-far]", "data-ended") != "true" || c.attr("[data-held]", "data-lifted") != "false" || c.attr("[data-readers]", "data-readers") != "0" {
		t.Error("what was done does not stand there")
	}
	c.press("[data-response] details summary")
	c.picture("response")
	stands, err := k.Incident.Stops(ctx)
	all(err)
	all(k.Incident.Lift(ctx, law.StopIssue, stands[0].At, "Ann", "Bo", "over"))
	c.open(c.site.URL+"/operator/drills", "operator-drills")
	c.says("下次演练不晚于")
	c.open(c.site.URL+"/operator/incidents/"+ref, "operator-incident")
}
