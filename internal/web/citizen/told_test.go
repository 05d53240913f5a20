package citizen_test

import (
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
