package citizen_test

import (
	"errors"
	"strings"
	"testing"
)

// A notice of an incident stands on home and on the records, in the reader's language,
// with every item of it, until they say that they read it; a drill says that it is one.
func TestNoticeOfAnIncident(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn().bind()
	for locale, want := range map[string][]string{"zh-CN": {"说明kinds", "说明cause", "说明harm", "说明measures", "说明yourself", "12345", "【演练】", "小*"}, "en": {"words of kinds", "words of yourself", "[DRILL]"}} {
		b.locale = locale
		for _, path := range []string{"/", "/records"} {
			page := b.get(path).body
			for _, s := range append(want, `data-told="feed"`, "data-drill", `value="c0ffee"`) {
				if !strings.Contains(page, s) {
					t.Errorf("%s in %s: no %s", path, locale, s)
				}
			}
		}
	}
	b.post("/told", "mark", "another").expect(t, 404, "incident_unknown")
	b.post("/told", "mark", "c0ffee").leads(t, "/")
	if strings.Contains(b.get("/").body, "data-told") {
		t.Error("it stands there after it was read")
	}
}

// What the device holds is given to it alone who is signed in, and a refusal is one.
func TestWhatWasIssuedAgain(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn().bind()
	if a := b.post("/certificate/again"); a.StatusCode != 200 || !strings.Contains(a.body, "net.certificate.again") {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// While issuance is stopped the first page of enrolment says so, in the reader's language,
// and so does the list of steps of who is under way; who comes to stop everything is told
// nothing, since that goes on.
func TestEnrolmentSaysThatIssuanceIsStopped(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	says := func(when string, want bool) {
		t.Helper()
		for locale, words := range map[string]string{"zh-CN": "填写了也办不成", "en": "could not be finished"} {
			b.locale = locale
			page := b.get("/enrol").expect(t, 200, "")
			if strings.Contains(page.body, words) != want || page.data("data-stopped") != map[bool]string{true: w.halted}[want] {
				t.Errorf("%s, in %s: said %v", when, locale, !want)
			}
		}
	}
	says("nothing is stopped", false)
	for _, w.halted = range []string{"issuance_stopped", "use_stopped"} {
		says("before anything was typed", true)
	}
	b.get("/enrol?next=/lost")
	says("to stop everything", false)
	b.get("/enrol?next=/")
	b.post("/enrol", "kind", "resident-id-card")
	says("under way", true)
	w.halted = ""
	says("lifted", false)
	w.fail = map[string]error{"Stopped": errors.New("down")}
	if b.get("/enrol").StatusCode < 500 {
		t.Error("what cannot be asked is said to be in order")
	}
}
