package citizen_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
)

// The line by which one consents for longer is no line of what is signed until
// its box is ticked, and no box is ticked before the citizen ticks it.
func TestRememberIsNotTickedAndNotSigned(t *testing.T) {
	for _, locale := range []string{"en", "zh-CN"} {
		w := newWorld()
		w.mode, w.marks = identity.ModeCert, nil
		b := newBrowser(t, w).signIn().bind()
		b.locale = locale
		if page := b.get("/request?r=sealed").expect(t, 200, ""); strings.Contains(page.body, "remember") {
			t.Error("offered where it cannot be")
		}
		w.lasting = "standing_90"
		page := b.get("/request?r=sealed").expect(t, 200, "")
		st, err := client.ParseStatement([]byte(strings.Join(page.lines(), "\n")))
		if err != nil || len(st.Items) != 1 || strings.Contains(page.body, " checked") || !strings.Contains(page.body, `value="standing_90"`) {
			t.Fatalf("%+v %v", st, err)
		}
		decide := func(st client.Statement, more ...string) answer {
			return b.post("/request/approve", append([]string{"r", "sealed", "locale", locale, "certificate", w.cert.ID.String(), "signature", b.sign(string(st.Bytes()))}, more...)...)
		}
		decide(st).leads(t, "/authorize/answer?a=approved")
		if len(w.given) > 0 {
			t.Errorf("given unasked: %v", w.given)
		}
		decide(st, "remember", "standing_90").expect(t, 401, "signature_invalid") // ticked on its way
		longer := st
		longer.Items = append(st.Items, client.Item{Name: "standing_90", Given: true, Optional: true})
		if line := longer.Lines()[3]; !strings.Contains(page.body, "<span data-if-checked>"+line+"</span>") {
			t.Errorf("the page has another line than %q", line)
		}
		decide(longer, "remember", "standing_365").expect(t, 401, "signature_invalid")
		decide(longer, "remember", "standing_90").leads(t, "/authorize/answer?a=approved")
		if len(w.given) != 1 || w.given[0] != "standing_90" {
			t.Errorf("given %v", w.given)
		}
	}
}

// A no for longer is a box beside the button, not ticked, and no line of what is
// signed; whom one does not want to be asked by is listed, with the way back.
func TestARefusalForLongerIsOfferedAndListed(t *testing.T) {
	for locale, words := range map[string][2]string{"en": {"may not ask me again for 90 days", "Let it ask me again"}, "zh-CN": {"90 天内都不能再来询问我", "重新允许询问"}} {
		w := newWorld()
		b := newBrowser(t, w).signIn().bind()
		b.locale = locale
		page := b.get("/request?r=sealed").expect(t, 200, "")
		if !strings.Contains(page.body, words[0]) || !strings.Contains(page.body, `<input type="checkbox" name="quiet" value="yes">`) || strings.Contains(strings.Join(page.lines(), "\n"), words[0]) {
			t.Errorf("%s: not offered, ticked, or signed", locale)
		}
		if page := b.get("/platforms").expect(t, 200, ""); strings.Contains(page.body, words[1]) {
			t.Errorf("%s: a no that nobody said", locale)
		}
		until := w.now().Add(time.Hour)
		w.refused = &until
		if page := b.get("/platforms").expect(t, 200, ""); !strings.Contains(page.body, "data-refused") || !strings.Contains(page.body, words[1]) || !strings.Contains(page.body, `action="/platforms/ask"`) {
			t.Errorf("%s: not listed, or no way back", locale)
		}
	}
}

// Where a standing consent answers, the browser is sent straight back; in a
// frame nobody is signed in, whatever cookies come along.
func TestSilent(t *testing.T) {
	w := newWorld()
	w.silent = true
	b := newBrowser(t, w).bind()
	b.get("/request?r=sealed").expect(t, 200, "") // who is not signed in gets the page
	b.signIn()
	b.get("/request?r=sealed").leads(t, "/authorize/answer?a=silent")
	for where, gone := range map[string]bool{"document": true, "iframe": false, "frame": false, "image": false, "empty": false, "object": false, "embed": false} {
		a := b.do(http.MethodGet, "/request?r=sealed", nil, http.Header{"Sec-Fetch-Dest": {where}})
		if (a.Header.Get("Location") == "/authorize/answer?a=silent") != gone {
			t.Errorf("%s: %d %s", where, a.StatusCode, a.Header.Get("Location"))
		}
	}
	w.fail["Silent"] = fault.New("world", fault.Gone, "request_used")
	b.get("/request?r=sealed").expect(t, 410, "request_used")
	w.fail["Silent"] = fault.New("world", fault.Unavailable, "store_unavailable")
	b.get("/request?r=sealed").expect(t, 503, "store_unavailable")
}

// Each platform that need not ask is listed with the day until which, and can be
// told to ask again; the record of an answer leads to the consent it stood on.
func TestStandingIsListedAndEnded(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	if page := b.get("/platforms"); strings.Contains(page.body, "/platforms/ask") || strings.Contains(page.body, "data-standing") {
		t.Error("a consent that nobody gave")
	}
	until := time.Date(2027, 2, 3, 12, 0, 0, 0, time.UTC)
	w.until = &until
	for locale, want := range map[string]string{"en": "3 February 2027", "zh-CN": "2027年2月3日"} {
		b.locale = locale
		if page := b.get("/platforms").expect(t, 200, ""); !strings.Contains(page.body, want) || !strings.Contains(page.body, "/platforms/ask") {
			t.Errorf("%s: %s", locale, page.body)
		}
	}
	b.post("/platforms/ask", "party", "no such/party").expect(t, 404, "party_id_invalid")
	b.post("/platforms/ask", "party", string(w.party.ID)).leads(t, "/platforms")
	if len(w.ended) != 1 || w.ended[0] != string(w.party.ID) {
		t.Errorf("ended %v", w.ended)
	}
	w.fail["EndStanding"] = fault.New("world", fault.NotFound, "consent_over")
	b.post("/platforms/ask", "party", string(w.party.ID)).expect(t, 404, "consent_over")
	page := b.get("/records/"+w.events[5].ID).expect(t, 200, "")
	if !strings.Contains(page.body, `href="/records/`+w.events[4].ID) || !strings.Contains(page.body, "<code>"+w.events[5].ID+"</code>") {
		t.Error("the record does not say its number and its basis")
	}
}
