package citizen_test

import (
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// A correction from the form to the list, with its printed day, its answer, and the day that passes.
func TestRequests(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	w.fail["Ask"] = fault.New("x", fault.Conflict, "right_open")
	b.post("/data/requests", "about", "name").expect(t, 409, "right_open")
	b.post("/data/requests", "about", "name").leads(t, "/data/requests")
	page := b.get("/data/requests").expect(t, 200, "")
	for _, want := range []string{"To be answered before 9 December 2026", "You asked to correct: Name", "Done at once", w.rights.claims[0].Ref, "To freeze your number is to restrict"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the list does not say %q: %s", want, page.body)
		}
	}
	w.rights.claims[0].Due = w.now()
	if !strings.Contains(b.get("/data/requests").body, "data-over") {
		t.Error("a day that passed is not told")
	}
	w.rights.claims[0].Answered, w.rights.claims[0].Note = w.now(), "Correct it at the <register>."
	if body := b.get("/data/requests").body; !strings.Contains(body, "data-answered") || !strings.Contains(body, "the &lt;register&gt;") || strings.Contains(body, "data-over") {
		t.Error("the answer is not told, or not as text: ", body)
	}
}

// A refusal leads to its explanation, and to a person, for those without a number too.
func TestWhy(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	page := b.get("/why?code=document_expired").expect(t, 200, "")
	if !strings.Contains(page.body, `data-rule="a4-document"`) && !strings.Contains(page.body, "data-rule=") {
		t.Error("the rule is not named: ", page.body)
	}
	b.get("/why?code=made_up").expect(t, 404, "page_unknown")
	b.get("/why?code=right_open.next").expect(t, 404, "page_unknown")
	b.post("/why", "code", "made_up").expect(t, 404, "page_unknown")
	w.fail["Ask"] = fault.New("x", fault.TooMany, "too_many_tries")
	b.post("/why", "code", "document_expired").expect(t, 429, "too_many_tries")
	b.post("/why", "code", "document_expired").leads(t, "/why/20780-0-0166a8b2ef99")
	b.get("/why/20780-0-0166a8b2ef99").expect(t, 200, "")
	b.get("/why/20780-0-0166a8b2ef98").expect(t, 404, "claim_unknown")
	if w.rights.strange != 2 {
		t.Error("somebody was taken for signed in")
	}
	b.signIn()
	b.post("/why", "code", "document_expired").leads(t, "/why/20780-0-0166a8b2ef99")
	if w.rights.strange != 2 {
		t.Error("somebody who is signed in asked as nobody")
	}
}

// What relatives may do: one's own word, their copy, their erasure.
func TestAfterDeath(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	b.post("/data/after", "passcode", "24681357").expect(t, 400, "wish_missing")
	b.post("/data/after", "wish", "closed", "passcode", "1").expect(t, 400, "passcode_wrong")
	b.post("/data/after", "wish", "closed", "passcode", "24681357").leads(t, "/data/after")
	if w.rights.wish != identity.WishClosed {
		t.Error(w.rights.wish)
	}
	b.post("/data/after", "wish", "law", "passcode", "24681357").leads(t, "/data/after")
	if w.rights.wish != identity.WishNone {
		t.Error(w.rights.wish)
	}
	b.post("/data/relative", "do", "copy", "ref", "other", "passcode", "24681357").expect(t, 403, "heir_refused")
	if a := b.post("/data/relative", "do", "copy", "ref", "0a1b2c", "passcode", "24681357"); a.StatusCode != 200 || a.Header.Get("Content-Disposition") == "" {
		t.Error(a.StatusCode, a.Header)
	}
	b.post("/data/relative", "do", "erase", "ref", "0a1b2c", "passcode", "24681357").expect(t, 400, "erase_unconfirmed")
	if w.gone {
		t.Fatal("erased without the box")
	}
	a := b.post("/data/relative", "do", "erase", "ref", "0a1b2c", "passcode", "24681357", "confirm", "erase").expect(t, 200, "")
	if a.data("data-page") != "receipt" || b.cookie[shell.CookieSession] == "" || strings.Contains(a.body, "receipt.js") {
		t.Error("the heir is signed out, or loses the key")
	}
	if a := newBrowser(t, w).get("/erased/" + a.data("data-receipt")); a.StatusCode != 200 || !strings.Contains(a.Header.Get("Content-Disposition"), "netid-erased") {
		t.Error("the proof of the erasure: ", a.StatusCode)
	}
	b.get("/erased/nothing").expect(t, 404, "record_unknown")
}
