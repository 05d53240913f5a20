package citizen_test

import (
	"strings"
	"testing"

	"netid/internal/identity"
	"netid/internal/web/shell"
)

// atCounter is a person's screen at a counter after the clerk read the document.
func atCounter(t *testing.T) (*world, *browser) {
	t.Helper()
	w := newWorld()
	b := newBrowser(t, w)
	walk(t, b, "card")
	if p := b.get("/enrol/card"); p.data("data-slip") != "" || !strings.Contains(p.body, `action="/enrol/clerk"`) {
		t.Fatal("a slip before it was asked for, or no way to ask")
	}
	b.post("/enrol/clerk").leads(t, "/enrol/card")
	if p := b.get("/enrol/card"); p.data("data-slip") != "ABCD EFGH JKLM NPQR" {
		t.Fatal(p.body)
	}
	w.readAt("hall-1")
	b.get("/enrol/card").leads(t, "/enrol")
	return w, b
}

func TestAtACounterWithoutAPhone(t *testing.T) {
	w, b := atCounter(t)
	page := b.get("/enrol/phone").expect(t, 200, "")
	if strings.Contains(page.body, "data-asked") || strings.Contains(page.body, `value="none"`) {
		t.Error("the exception is there before it was asked for")
	}
	b.post("/enrol/second", "phone", "none").expect(t, 403, "second_missing")
	b.post("/enrol/second", "phone", "ask").leads(t, "/enrol/phone")
	if page := b.get("/enrol/phone").expect(t, 200, ""); !strings.Contains(page.body, "data-asked") {
		t.Error(page.body)
	}
	for _, v := range w.drafts {
		v.Asked, v.Second = false, true
	}
	if page := b.get("/enrol/phone").expect(t, 200, ""); !strings.Contains(page.body, `value="none"`) {
		t.Error(page.body)
	}
	b.post("/enrol/second", "phone", "none").leads(t, "/enrol/passcode")
	b.post("/enrol/passcode", "passcode", "24681357", "again", "24681357").leads(t, "/enrol/confirm")
	page = b.get("/enrol/confirm").expect(t, 200, "")
	if !strings.Contains(page.body, "A clerk at a counter compared you") || !strings.Contains(page.body, "<dd>None</dd>") {
		t.Error(page.body)
	}
	done := b.post("/enrol/finish").expect(t, 200, "")
	if done.data("data-page") != "numbered" || !strings.Contains(done.body, "2345 6789 2345 6789") || done.data("data-token") != "" {
		t.Error(done.body)
	}
	if b.cookie[shell.CookieDraft] != "" || done.Header.Get("Clear-Site-Data") == "" {
		t.Error("something stays in the counter's browser")
	}
}

func TestASlipGoesOnInAnotherBrowser(t *testing.T) {
	w, kiosk := atCounter(t)
	slip := kiosk.post("/enrol/slip").expect(t, 200, "")
	if slip.data("data-slip") != w.paper.Grouped() || !strings.Contains(slip.body, "/enrol/resume") || kiosk.cookie[shell.CookieDraft] != "" {
		t.Error(slip.body)
	}
	home := newBrowser(t, w)
	home.get("/enrol/resume").expect(t, 200, "")
	home.post("/enrol/resume", "slip", "ABCD").expect(t, 400, "slip_invalid")
	home.post("/enrol/resume", "slip", strings.ToLower(slip.data("data-slip"))).leads(t, "/enrol")
	if home.get("/enrol").expect(t, 200, "").data("data-next") != "phone" {
		t.Error("it does not go on where it was")
	}
}

// The clerk's own browser is not the person's: there the clerk could choose the passcode.
func TestAClerksBrowserEnrolsNobody(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	walk(t, b, "card")
	b.cookie[shell.CookieClerk] = "sealed"
	b.post("/enrol/clerk").expect(t, 403, "counter_shared")
}

// The citizen reads at which counters they were helped.
func TestTheRecordNamesTheCounters(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	for detail, want := range map[string]string{"hall-1": "Assisted by counter hall-1", "hall-1/hall-2": "a second clerk agreed, at hall-2"} {
		w.events[0].Detail = "resident-id-card/authority-decoded/face-counter/" + detail
		if p := b.get("/records/"+w.events[0].ID).expect(t, 200, ""); !strings.Contains(p.body, want) || !strings.Contains(p.body, "A clerk at a counter compared you") {
			t.Error(p.body)
		}
	}
}

// Nor does a clerk's browser begin an enrolment, take a slip up, or go on with a draft.
func TestAClerksBrowserTakesNothingUp(t *testing.T) {
	w, kiosk := atCounter(t)
	slip := kiosk.post("/enrol/slip").expect(t, 200, "")
	b := newBrowser(t, w)
	b.cookie[shell.CookieClerk] = "sealed"
	b.post("/enrol", "kind", string(identity.ResidentCard)).expect(t, 403, "counter_shared")
	b.post("/enrol/resume", "slip", slip.data("data-slip")).expect(t, 403, "counter_shared")
	delete(b.cookie, shell.CookieClerk)
	b.post("/enrol/resume", "slip", slip.data("data-slip")).leads(t, "/enrol")
	b.cookie[shell.CookieClerk] = "sealed"
	b.post("/enrol/finish").expect(t, 403, "counter_shared")
}
