package citizen_test

import (
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// adding takes a further document up to the page on which it is kept.
func adding(t *testing.T, b *browser, kind string) {
	t.Helper()
	b.post("/documents", "kind", kind).leads(t, "/enrol")
	if page := b.get("/enrol").expect(t, 200, ""); !strings.Contains(page.body, "Check, then keep it") || strings.Contains(page.body, "Confirm your phone") {
		t.Errorf("the steps are an enrolment's: %s", page.body)
	}
	for _, s := range []struct {
		name, next string
		fields     []string
	}{
		{"notice", "document-consent", []string{"consent", "agree", "locale", "en"}},
		{"document-consent", "card", []string{"consent", "agree", "locale", "en"}},
		{"card", "keep", []string{"evidence", `{"card":"x"}`}},
	} {
		b.get("/enrol/"+s.name).expect(t, 200, "")
		b.post("/enrol/"+s.name, s.fields...).leads(t, "/enrol/"+s.next)
	}
}

func TestADocumentTakesThePlaceOfAnother(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	adding(t, b, string(identity.ResidentCard))
	page := b.get("/enrol/keep").expect(t, 200, "")
	for _, want := range []string{"The new document will take the place of the old one", "2 January 2046", "2 January 2027", "Step 4 of 4"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if a := b.post("/enrol/keep", "passcode", "11111111").expect(t, 400, "passcode_wrong"); a.data("data-page") != "keep" || !strings.Contains(a.body, "aria-invalid") {
		t.Error("the refusal is not on its page")
	}
	w.renewed = "its.new.token"
	kept := b.post("/enrol/keep", "passcode", "24681357").expect(t, 200, "")
	if kept.data("data-page") != "kept" || kept.data("data-token") != "its.new.token" || kept.data("data-certificate") != w.cert.ID.String() || !strings.Contains(kept.body, "/assets/kept.js") {
		t.Errorf("the device is handed %q", kept.data("data-token"))
	}
	if b.cookie[shell.CookieDraft] != "" {
		t.Error("the draft's handle outlives the draft")
	}
	b.post("/enrol/keep", "passcode", "24681357").expect(t, 410, "draft_unknown")
}

func TestADocumentBesideAnother(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	adding(t, b, string(identity.ForeignPermanent))
	if page := b.get("/enrol/keep"); strings.Contains(page.body, "To be replaced") || !strings.Contains(page.body, "will be added to yours") {
		t.Error("it replaces something")
	}
	if kept := b.post("/enrol/keep", "passcode", "24681357").expect(t, 200, ""); kept.data("data-token") != "" || strings.Contains(kept.body, "kept.js") {
		t.Error("a certificate that lasts is replaced")
	}
	adding(t, b, string(identity.ForeignPermanent))
	b.post("/enrol/cancel").leads(t, "/documents")
	if b.cookie[shell.CookieDraft] != "" {
		t.Error("a stopped draft's handle is kept")
	}
	b.post("/documents").expect(t, 400, "kind_missing")
	if a := b.post("/documents", "kind", "driving-licence").expect(t, 400, "document_kind_unknown"); a.data("data-page") != "documents" {
		t.Error("the refusal is not on its page")
	}
	w.fail["Start"] = fault.New("x", fault.Unavailable, "store_unavailable")
	b.post("/documents", "kind", "passport").expect(t, 503, "store_unavailable")
}

// Each of the seven can be chosen, and whoever has none of them is told what else there is.
func TestTheSevenAndTheOthers(t *testing.T) {
	for _, signed := range []bool{false, true} {
		b := newBrowser(t, newWorld())
		path := "/enrol"
		if signed {
			b, path = b.signIn(), "/documents"
		}
		page := b.get(path).expect(t, 200, "")
		for _, k := range identity.DocumentKinds {
			if !strings.Contains(page.body, `value="`+string(k)+`"`) {
				t.Errorf("%s does not offer %s", path, k)
			}
		}
		if !strings.Contains(page.body, `href="/enrol/unlisted"`) {
			t.Errorf("%s: no way on for whoever has none of them", path)
		}
	}
	if page := newBrowser(t, newWorld()).get("/enrol/unlisted").expect(t, 200, ""); !strings.Contains(page.body, "must keep another lawful way") {
		t.Error("it does not tell of the other ways")
	}
}

// A document and a certificate are said to end before they do.
func TestWhatEndsSoonIsSaid(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	if strings.Contains(b.get("/").body, "data-soon") {
		t.Error("a certificate of five months ends soon")
	}
	w.cert.Expires = w.now().AddDate(0, 0, 20)
	if page := b.get("/"); !strings.Contains(page.body, "data-soon") || !strings.Contains(page.body, "/documents") {
		t.Error("home does not say that the certificate ends")
	}
	for until, want := range map[identity.Date]string{{Year: 2027, Month: 2, Day: 1}: "Please have it renewed in time", {Year: 2026, Month: 11, Day: 22}: "data-over", {Year: 2026, Month: 11, Day: 23}: "renewed in time", {Year: 2031, Month: 1, Day: 2}: "Valid until 2 January 2031"} {
		w.ends = until
		if page := b.get("/documents"); !strings.Contains(page.body, want) || strings.Contains(page.body, "data-over") != (want == "data-over") {
			t.Errorf("a document that ends on %s: no %q", until, want)
		}
	}
}
