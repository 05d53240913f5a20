package operator_test

import (
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// together has the first propose what a form asks, and the second agree; it gives the
// page that the second read.
func together(t *testing.T, first, second *person, path string, fields ...string) (read string) {
	t.Helper()
	body := first.want(200, `data-page="operator-sign"`)(first.do("POST", path, fields...))
	_, to := first.do("POST", "/operator/proposals", "sealed", first.find(`name="sealed" value="([^"]*)"`, body), "signature", first.sign("sign", body))
	read = second.want(200, `id="approve"`)(second.do("GET", to))
	second.want(303, to)(second.do("POST", to, "word", "approve", "signature", second.sign("approve", read)))
	second.want(200, `data-state="done"`)(second.do("GET", to))
	return read
}

func declares(t *testing.T, d *desk, name string) {
	t.Helper()
	_, _, err := d.k.Admit.Register(t.Context(), admit.Application{ID: "library", Name: name, NameZH: "图书馆", RedirectURIs: []string{"https://library.example/cb"}, Purpose: "Lend books", PurposeZH: "借书",
		Otherwise: []identity.Way{{Text: identity.Text{ZH: "服务台", EN: "The desk"}}}})
	if err != nil {
		t.Fatal(err)
	}
}

// Two read a party line by line at the console, each in their language, and let it take
// part; one that is not right goes back with the reasons; an auditor reads and proposes
// nothing, an authority does not even read.
func TestTwoReadAParty(t *testing.T) {
	d := open(t)
	kit.ReadsParties(d.k.Staff, d.k.Admit)
	kit.ActsByTwo(d.k.Staff, d.k.Admit, d.k.Incident)
	system, security := d.founders()
	system.want(200, "There is none.")(system.do("GET", "/operator/review"))
	declares(t, d, "Library")
	const at = "/operator/review/library"
	system.want(200, `data-party="library"`)(system.do("GET", "/operator/review"))
	for _, page := range []string{"/operator/parties", "/operator/parties/library"} { // in words, and not by the machine's
		if body := security.want(200, "等待核对")(security.do("GET", page)); strings.Contains(body, "· review") {
			t.Error(page, "says “review” on a Chinese page")
		}
	}
	page := system.want(200, `id="endorse"`)(system.do("GET", at))
	for _, line := range []string{"<code>redirect_uris[]</code>", "https://library.example/cb", "Lend books", "借书", "Where answers go"} {
		if !strings.Contains(page, line) {
			t.Errorf("%s is not shown before it is signed", line)
		}
	}
	record := system.find(`name="record" value="([0-9a-f]{64})"`, page)
	if other := security.want(200, "核验结果送回的地址")(security.do("GET", at)); strings.Contains(other, `id="endorse"`) {
		t.Error("who may not propose it is asked to")
	}
	security.want(403, "role_refused")(security.do("POST", at+"/approve", "record", record))
	system.want(409, "proposal_changed")(system.do("POST", at+"/approve", "record", strings.Repeat("0", 64)))
	system.want(404, "party_unknown")(system.do("GET", "/operator/review/nobody"))
	system.want(404, "party_unknown")(system.do("GET", "/operator/review/*"))

	// It goes back, and the console says so.
	together(t, system, security, "/operator/parties/library/return", "reason", "Say which law")
	system.want(200, "Say which law")(system.do("GET", "/operator/review"))
	if page := system.want(200, "Say which law")(system.do("GET", at)); strings.Contains(page, `id="endorse"`) {
		t.Error("what went back is still to be approved")
	}

	// Declared again, it is read by both and takes part.
	p, err := d.k.Store.PartyNow(t.Context(), "library")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.k.Admit.Remove(t.Context(), "library", "anew"); err != nil || p.Returned == "" {
		t.Fatal(p.Returned, err)
	}
	_, _, err = d.k.Admit.Register(t.Context(), admit.Application{ID: "books", Name: "Books", NameZH: "书店", RedirectURIs: []string{"https://books.example/cb"}, Purpose: "Sell books", PurposeZH: "卖书",
		Otherwise: []identity.Way{{Text: identity.Text{ZH: "服务台", EN: "The desk"}}}})
	if err != nil {
		t.Fatal(err)
	}
	record = system.find(`name="record" value="([0-9a-f]{64})"`, system.want(200, `id="endorse"`)(system.do("GET", "/operator/review/books")))
	read := together(t, system, security, "/operator/review/books/approve", "record", record)
	if !strings.Contains(read, "Sell books") || !strings.Contains(read, record) || !strings.Contains(read, "批准平台 books") {
		t.Error("who approves does not read what they sign:", read)
	}
	if p, err := d.k.Store.PartyNow(t.Context(), "books"); err != nil || p.Standing != identity.PartyActive || !p.Countersigned() || len(p.Endorsed) != 2 {
		t.Error(p.Standing, err)
	}
	if page := security.want(200, "Lin · 通行密钥")(security.do("GET", "/operator/review/books")); strings.Count(page, `data-good="true"`) != 2 {
		t.Error("who stands behind it is not shown:", page)
	}
	system.want(409, "review_over")(system.do("POST", "/operator/review/books/approve", "record", record))
	system.want(200, "There is none.")(system.do("GET", "/operator/review"))
}

// A proposal over what reads otherwise by now is not shown as if it did: it can be refused alone.
func TestAProposalThatTheWorldOvertook(t *testing.T) {
	d := open(t)
	kit.ReadsParties(d.k.Staff, d.k.Admit)
	system, security := d.founders()
	declares(t, d, "Library")
	record := system.find(`name="record" value="([0-9a-f]{64})"`, system.want(200, `id="endorse"`)(system.do("GET", "/operator/review/library")))
	body := system.want(200, record)(system.do("POST", "/operator/review/library/approve", "record", record))
	_, to := system.do("POST", "/operator/proposals", "sealed", system.find(`name="sealed" value="([^"]*)"`, body), "signature", system.sign("sign", body))
	yes := security.sign("approve", security.want(200, `id="approve"`)(security.do("GET", to)))
	changed := admit.Application{ID: "library", Name: "Ministry", NameZH: "部", RedirectURIs: []string{"https://library.example/cb"}, Purpose: "Lend books", PurposeZH: "借书",
		Otherwise: []identity.Way{{Text: identity.Text{ZH: "服务台", EN: "The desk"}}}}
	if _, _, err := d.k.Admit.Keep(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	page := security.want(200, `id="refuse"`)(security.do("GET", to))
	if strings.Contains(page, `id="approve"`) || strings.Contains(page, "Library</dd>") || !strings.Contains(page, "情况已变") {
		t.Error("it is still to be approved:", page)
	}
	security.want(409, "proposal_changed")(security.do("POST", to, "word", "approve", "signature", yes))
	security.want(303, to)(security.do("POST", to, "word", "refuse", "signature", security.sign("refuse", page)))
	if p, err := d.k.Store.PartyNow(t.Context(), "library"); err != nil || p.Standing == identity.PartyActive {
		t.Error(p.Standing, err)
	}
}

// What is called here as in the texts that people sign is called so in both places.
func TestNamesOfSettingsAndRoles(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	for who, locale := range map[*person]string{system: "en", security: "zh-CN"} {
		settings, people := who.want(200, "")(who.do("GET", "/operator/settings")), who.want(200, "")(who.do("GET", "/operator/staff"))
		for _, s := range law.Settings() {
			who.want(200, law.SettingName(s).In(locale))(200, settings)
		}
		for _, r := range []law.Role{law.SystemRole, law.SecurityRole} {
			who.want(200, law.RoleName(r).In(locale))(200, people)
		}
	}
}

// What a party uploaded of its own test is shown to whoever reads it, on both pages on which
// two decide and in both languages, with whose word it is; and how its domains stand.
func TestReviewersReadWhoseWordTheKitsResultIs(t *testing.T) {
	d := open(t)
	ctx := t.Context()
	kit.ReadsParties(d.k.Staff, d.k.Admit)
	kit.ActsByTwo(d.k.Staff, d.k.Admit, d.k.Incident)
	system, security := d.founders()
	w, err := d.k.Organisation(ctx)
	if err == nil {
		err = d.k.ProveHost(ctx, w)
	}
	var id identity.PartyID
	if err == nil {
		id, err = d.k.Drafted(ctx, w)
	}
	if err == nil {
		err = d.k.Partner.Lodge(ctx, w.Who, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.k.Published["https://"+kit.CompanyHost+"/.well-known/netid-party.txt"] += "\n" + string(id)
	at := "/operator/review/" + string(id)
	system.want(200, "it uploaded none")(system.do("GET", at))
	if err := d.k.Partner.Tested(ctx, w.Who, id, []byte(`{"checks":[{"id":"a","outcome":"passed"},{"id":"b","outcome":"failed"}]}`)); err != nil {
		t.Fatal(err)
	}
	page := system.want(200, "1 passed, 1 failed, 0 skipped")(system.do("GET", at))
	if !strings.Contains(page, "the party&#39;s own word") || !strings.Contains(page, `data-domain="`+kit.CompanyHost+`" data-over="false"`) || !strings.Contains(page, string(w.Who.Organisation)) {
		t.Error(page)
	}
	_, body := system.do("POST", at+"/approve", "record", system.find(`name="record" value="([0-9a-f]{64})"`, page))
	_, to := system.do("POST", "/operator/proposals", "sealed", system.find(`name="sealed" value="([^"]*)"`, body), "signature", system.sign("sign", body))
	other := security.want(200, "通过 1 项，未通过 1 项，跳过 0 项")(security.do("GET", to))
	if !strings.Contains(other, "不能作为批准的依据") {
		t.Error("who approves does not read whose word it is:", other)
	}
	if _, err := d.k.Approve(ctx, id, false); err != nil {
		t.Fatal(err)
	}
	system.want(200, `data-party="`+string(id)+`"`)(system.do("GET", "/operator/parties"))
	// A year later its people did not prove the domain anew: it goes on, and operators see which it is.
	for range 16 { // nobody was away
		d.k.Advance(23 * 24 * time.Hour)
		for _, p := range []*person{system, security} {
			p.cookie = ""
			_, body := p.do("GET", "/operator")
			p.want(303, "/operator")(p.do("POST", "/operator/signin", "challenge", p.find(`name="challenge" value="([^"]*)"`, body), "certificate", p.id, "signature", p.sign("signin", body)))
		}
	}
	for _, path := range []string{"/operator/parties", "/operator/parties/" + string(id)} {
		system.want(200, `data-lapsed="`+kit.CompanyHost+`"`)(system.do("GET", path))
	}
	system.want(200, "the proof ended "+kit.CompanyHost)(system.do("GET", "/operator/parties?as=csv"))
	security.want(200, `data-over="true"`)(security.do("GET", at))
	declares(t, d, "Library")
	if page := system.want(200, `id="endorse"`)(system.do("GET", "/operator/review/library")); strings.Contains(page, `id="portal"`) {
		t.Error("a party that came another way has a portal")
	}
}
