package citizen_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"netid/internal/fault"
	"netid/internal/web/citizen"
)

// The page that compares may open the camera and compute, and no other page may;
// its form has three fields, none of them an image.
func TestOnlyTheFacePageLooks(t *testing.T) {
	b := newBrowser(t, newWorld())
	b.server = httptest.NewServer(b.world.handler(func(c *citizen.Config) { c.Models = fstest.MapFS{"assets/face-api.esm.js": {Data: []byte("x")}} }))
	defer b.server.Close()
	looks := func(a answer) bool {
		h := a.Header
		may, computes := strings.Contains(h.Get("Permissions-Policy"), "camera=(self)"), strings.Contains(h.Get("Content-Security-Policy"), "script-src 'self' 'wasm-unsafe-eval';")
		if may != computes {
			t.Errorf("camera %t, WebAssembly %t", may, computes)
		}
		return may
	}
	b.post("/enrol", "kind", "passport").leads(t, "/enrol")
	for _, step := range []string{"notice", "document-consent"} {
		b.post("/enrol/"+step, "consent", "agree", "locale", "en")
	}
	if looks(b.get("/enrol/card")) {
		t.Error("the page of the document looks")
	}
	b.post("/enrol/card", "evidence", "{}").leads(t, "/enrol/face-consent")
	if looks(b.get("/enrol/face-consent")) {
		t.Error("it looks before anybody agreed")
	}
	b.post("/enrol/face-consent", "consent", "agree", "locale", "en").leads(t, "/enrol/face")
	page := b.get("/enrol/face")
	if !looks(page) {
		t.Error("the page does not look")
	}
	_, form, _ := strings.Cut(page.body, `id="choice"`)
	form, _, _ = strings.Cut(form, "</form>")
	for _, name := range []string{"assertion", "device", "signature"} {
		if !strings.Contains(form, `name="`+name+`"`) {
			t.Errorf("no %s", name)
		}
	}
	if strings.Count(form, " name=") != 3 || strings.Contains(form, "reason.") {
		t.Errorf("the form has more:\n%s", form)
	}
	if strings.Contains(page.body, `value="review"`) || strings.Contains(page.body, "/enrol/face\"><button class=\"choice\" name=\"review\"") {
		t.Error("a person is offered before any no")
	}
	if a := b.get("/assets/face-api.esm.js"); a.StatusCode != 200 || looks(a) {
		t.Errorf("the models' file: %d", a.StatusCode)
	}
	b.post("/enrol/face", "assertion", "match", "signature", "no base64!").expect(t, 400, "face_invalid")
	no := b.post("/enrol/face", "assertion", "no-match", "device", "{}", "signature", "AA")
	no.expect(t, 400, "face_no_match")
	if !looks(no) || !strings.Contains(no.body, `name="review"`) {
		t.Error("after a no: the camera again, and a person")
	}
	b.post("/enrol/face", "review", "1").leads(t, "/enrol/phone")
}

func TestFaceTerms(t *testing.T) {
	b := newBrowser(t, newWorld())
	b.post("/enrol/face/terms").expect(t, 410, "draft_unknown")
	b.post("/enrol", "kind", "passport").leads(t, "/enrol")
	if a := b.post("/enrol/face/terms"); a.StatusCode != 200 || a.body != `{"text":"netid-face/1"}` {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	b.world.fail["AskFace"] = fault.New("x", fault.Invalid, "face_invalid")
	b.post("/enrol/face/terms").expect(t, 400, "face_invalid")
}

// Without the step's asset the request page offers the passcode alone.
func TestARequestHasNoFaceWhereNoneIsSimulated(t *testing.T) {
	b := newBrowser(t, newWorld())
	b.world.mode = "urn:netid:acr:cert-face"
	b.server = httptest.NewServer(b.world.handler(func(c *citizen.Config) { c.Models = fstest.MapFS{} }))
	defer b.server.Close()
	b = b.signIn().bind()
	page := b.get("/request?r=sealed")
	if strings.Contains(page.body, `name="face" value="match"`) || !strings.Contains(page.body, `name="passcode"`) {
		t.Errorf("%d: the face is offered, or its twin is not", page.StatusCode)
	}
}
