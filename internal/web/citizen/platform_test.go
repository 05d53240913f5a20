package citizen_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// What a platform got, each time, on which law; and what can be asked of it.
func TestPlatform(t *testing.T) {
	w := newWorld()
	w.party.AgeMarks = map[identity.AgeMark]string{identity.Over18: "《未成年人保护法》第五十九条"}
	b := newBrowser(t, w).signIn()
	a := b.get("/platforms/of/demo-shop").expect(t, 200, "")
	for _, want := range []string{w.events[2].ID, "《未成年人保护法》第五十九条", "Art. 8", "registered no address", `value="impostor"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %q in %s", want, a.body)
		}
	}
	if strings.Contains(a.body, "/platforms/erase") {
		t.Error("it can be asked for what it does not take")
	}
	w.erases = true
	if a := b.get("/platforms/of/demo-shop"); !strings.Contains(a.body, `action="/platforms/erase"`) || !strings.Contains(a.body, "15 days") {
		t.Errorf("it cannot be asked: %s", a.body)
	}
	b.post("/platforms/erase", "party", "demo-shop").leads(t, "/platforms/of/demo-shop?said=erase")
	b.get("/platforms/of/demo-shop?said=erase").expect(t, 200, "")
	for outcome, e := range map[string]identity.Erasure{"asked": {Due: w.now().Add(time.Hour)}, "overdue": {Due: w.now()}, "done": {Answered: w.now(), Done: true}, "refused": {Answered: w.now(), Ground: "《会计法》", Due: w.now().Add(time.Hour)}} {
		w.erasure = &e
		for _, path := range []string{"/platforms", "/platforms/of/demo-shop"} {
			a := b.get(path)
			if !strings.Contains(a.body, `data-erasure="`+outcome+`"`) || strings.Contains(a.body, "《会计法》") != (outcome == "refused") {
				t.Errorf("%s: %s does not show: %s", path, outcome, a.body)
			}
			if path != "/platforms" && strings.Contains(a.body, `action="/platforms/erase"`) != (outcome == "overdue" || outcome == "done") {
				t.Errorf("%s: asking again", outcome)
			}
		}
	}
	record := w.events[2].ID
	b.post("/platforms/report", "party", "demo-shop", "reason", "forced", "record", record).leads(t, "/platforms/of/demo-shop?said=report")
	b.post("/platforms/report", "party", "demo-shop", "record", record).expect(t, 400, "complaint_unknown")
	b.post("/platforms/report", "party", "demo-shop", "reason", "forced", "record", "x").expect(t, 404, "record_unknown")
	b.post("/platforms/report", "party", "-", "reason", "forced", "record", record).expect(t, 404, "party_id_invalid")
	b.post("/platforms/erase", "party", "-").expect(t, 404, "party_id_invalid")
	w.fail["RedressErase"] = fault.New("x", fault.Conflict, "erasure_waits")
	b.post("/platforms/erase", "party", "demo-shop").expect(t, 409, "erasure_waits")
	if !slices.Equal(w.wished, []string{"demo-shop", "demo-shop forced " + record}) {
		t.Errorf("asked %q", w.wished)
	}
	b.get("/platforms/of/another").expect(t, 404, "platform_unknown")
	b.get("/platforms/of/-").expect(t, 404, "party_id_invalid")
	newBrowser(t, w).get("/platforms/of/demo-shop").leads(t, "/signin?next="+url.QueryEscape("/platforms/of/demo-shop"))
}

// The records by platform, kind and month, without a script; what is unknown chooses nothing away.
func TestRecordsAreChosen(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	count := func(path string) int { return strings.Count(b.get(path).expect(t, 200, "").body, "data-record=") }
	all := count("/records")
	month := w.events[0].Time.Format("2006-01")
	of := func(kind identity.EventKind) (n int) {
		for _, e := range w.events {
			if e.Kind == kind || kind == "" && e.Party == "demo-shop" {
				n++
			}
		}
		return n
	}
	for path, want := range map[string]int{"/records?platform=demo-shop": of(""), "/records?kind=told": of(identity.Verified), "/records?kind=refused": of(identity.Declined), "/records?kind=refused&platform=demo-shop": of(identity.Declined), "/records?kind=documents&platform=demo-shop": 0,
		"/records?month=" + month: all, "/records?month=2020-01": 0, "/records?kind=&platform=&month=": all, "/records?kind=everything&platform=%3C&month=soon": all} {
		if got := count(path); got != want {
			t.Errorf("%s: %d records of %d, want %d", path, got, all, want)
		}
	}
	a := b.get("/records?platform=demo-shop&kind=told")
	for _, want := range []string{`<option value="demo-shop" selected>`, `<option value="told" selected>`, `<option value="` + month + `">`, "data-everything", `href="/records/copy?kind=told&amp;platform=demo-shop"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %q", want)
		}
	}
	if a := b.get("/records?month=2020-01"); !strings.Contains(a.body, "data-nothing") {
		t.Error("an empty choice does not say so")
	}
	if a := b.get("/records/proofs"); a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("proofs: %d %v", a.StatusCode, a.Header)
	}
}

// A copy is a table that no spreadsheet runs, of what was chosen, and asked for by the citizen alone.
func TestCopies(t *testing.T) {
	w := newWorld()
	evil := identity.Text{ZH: "=cmd|'/C calc'!A0", EN: "=cmd|'/C calc'!A0"}
	wide := identity.Text{ZH: "＝1+1", EN: "＝1+1"}
	w.events[2].Name, w.events[2].Purpose = &evil, &wide
	n, _ := law.NoticeByID("enrolment")
	w.events[0].Consents[0].Version, w.events[0].Consents[0].Digest = n.Version, n.Digest("zh-CN", law.Operator{Name: identity.Text{ZH: "netid 沙盒", EN: "netid sandbox"}, Contact: "sandbox@netid.invalid"})
	b := newBrowser(t, w).signIn()
	table := func(path string) [][]string {
		t.Helper()
		a := b.get(path)
		if a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/csv") || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
			t.Fatalf("%s: %d %v", path, a.StatusCode, a.Header)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
					t.Errorf("%s: a cell that runs: %q", path, cell)
				}
			}
		}
		return rows
	}
	if rows := table("/records/copy"); len(rows) != len(w.events)+1 {
		t.Errorf("%d rows", len(rows))
	}
	if rows := table("/records/copy?kind=told"); len(rows) != 4 || rows[3][2] != "'=cmd|'/C calc'!A0" || rows[3][3] != "'＝1+1" || rows[3][7] != w.events[2].ID {
		t.Errorf("%q", rows)
	}
	rows := table("/consents/copy")
	if !strings.Contains(rows[1][5], n.Items[0].Title.ZH) || rows[1][4] != "zh-CN" || rows[2][5] != "" {
		t.Errorf("the words: %q", rows)
	}
	if last := rows[len(rows)-1]; !strings.Contains(last[5], "netid") || last[6] != w.events[2].ID {
		t.Errorf("a signed statement: %q", last)
	}
	if w.copies != 3 {
		t.Errorf("%d copies are recorded", w.copies)
	}
	for path, to := range map[string]string{"/records/copy?kind=told": "/records?kind=told", "/consents/copy": "/consents"} {
		b.do("GET", path, nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).leads(t, to)
	}
	if w.copies != 3 {
		t.Error("another site's link took a copy")
	}
}

// Every consent with its words, and each with its way back.
func TestConsents(t *testing.T) {
	w := newWorld()
	n, _ := law.NoticeByID("enrolment")
	w.events[0].Consents[0].Version, w.events[0].Consents[0].Digest = n.Version, n.Digest("zh-CN", law.Operator{Name: identity.Text{ZH: "netid 沙盒", EN: "netid sandbox"}, Contact: "sandbox@netid.invalid"})
	until := w.now().Add(24 * time.Hour)
	w.until = &until
	given := w.events[2]
	given.Kind, given.ID = identity.StandingGiven, identity.NewEventID(w.now()).String()
	w.events = append(w.events, given)
	b := newBrowser(t, w).signIn()
	a := b.get("/consents").expect(t, 200, "")
	for _, want := range []string{`data-consent="` + given.ID + `"`, `action="/platforms/ask"`, `action="/platforms/withdraw"`, "Peach Blossom", `/notices/enrolment?version=` + n.Version + `&amp;in=zh-CN`, "named another operator", `href="/erase"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %q in %s", want, a.body)
		}
	}
	if strings.Contains(a.body, "data-due") || strings.Count(a.body, `action="/platforms/withdraw"`) != 1 {
		t.Error("a notice that did not change, or two ways back")
	}
	if a := b.get("/notices/enrolment?version="+n.Version+"&in=zh-CN").expect(t, 200, ""); !strings.Contains(a.body, "data-former") || !strings.Contains(a.body, n.Items[0].Title.ZH) || !strings.Contains(a.body, `lang="zh-CN"`) {
		t.Errorf("the words of then: %s", a.body)
	}
	if a := b.get("/notices/enrolment?version=2026-11-23&in=en").expect(t, 200, ""); a.data("data-version") != "2026-11-23" {
		t.Error("an earlier version is not there")
	}
	for _, bad := range []string{"version=2020-01-01", "version=2026-11-23&in=fr", "version=..%2Fx&in=en"} {
		b.get("/notices/enrolment?"+bad).expect(t, 404, "page_unknown")
	}
}

// A notice that changed comes before a platform's request, and a no is as easy as a yes.
func TestTheNoticeAgain(t *testing.T) {
	w := newWorld()
	n, _ := law.NoticeByID("enrolment")
	b := newBrowser(t, w).signIn().bind()
	w.due = true
	for _, path := range []string{"/", "/consents"} {
		if !strings.Contains(b.get(path).body, "data-due") {
			t.Errorf("%s does not say that the notice changed", path)
		}
	}
	to := "/consents/again?next=" + url.QueryEscape("/request?r=sealed")
	b.get("/request?r=sealed").leads(t, to)
	a := b.get(to).expect(t, 200, "")
	if !strings.Contains(a.body, n.Items[0].Title.EN) || strings.Contains(a.body, "checked>") || strings.Count(a.body, `class="choice" name="consent"`) != 2 {
		t.Errorf("%s", a.body)
	}
	b.post("/consents/again", "version", n.Version, "locale", "en", "next", "/request?r=sealed").expect(t, 400, "choice_missing")
	b.post("/consents/again", "consent", "agree", "version", "2026-11-23", "locale", "en").expect(t, 409, "notice_moved")
	b.post("/consents/again", "consent", "refuse", "version", n.Version, "next", "/request?r=sealed").leads(t, "/consents")
	if !w.due || len(w.anew) > 0 {
		t.Error("a no counts as a yes")
	}
	b.post("/consents/again", "consent", "agree", "version", n.Version, "locale", "zh-CN", "next", "//evil").leads(t, "/")
	if w.due || !slices.Equal(w.anew, []string{"zh-CN"}) {
		t.Errorf("agreed %v", w.anew)
	}
	b.get("/request?r=sealed").expect(t, 200, "")
	if a := b.get("/consents/again"); !strings.Contains(a.body, "data-agreed") || strings.Contains(a.body, `name="consent"`) {
		t.Error("what was agreed to is asked")
	}
}
