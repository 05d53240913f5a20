package citizen_test

import (
	"net/url"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/web/citizen"
	"netid/internal/web/shell"
)

// walk takes the enrolment up to the named step.
func walk(t *testing.T, b *browser, to string) {
	t.Helper()
	b.post("/enrol", "kind", "resident-id-card").leads(t, "/enrol")
	for _, s := range []struct {
		name, next string
		fields     []string
	}{
		{"notice", "document-consent", []string{"consent", "agree", "locale", "en"}},
		{"document-consent", "card", []string{"consent", "agree", "locale", "en"}},
		{"card", "face-consent", []string{"evidence", `{"card":"x"}`}},
		{"face-consent", "face", []string{"consent", "agree", "locale", "en"}},
		{"face", "phone", []string{"assertion", "match"}},
		{"phone", "code", []string{"phone", "10000000001"}},
		{"code", "passcode", []string{"code", "123456"}},
		{"passcode", "confirm", []string{"passcode", "24681357", "again", "24681357"}},
	} {
		if s.name == to {
			return
		}
		page := b.get("/enrol/"+s.name).expect(t, 200, "")
		if page.data("data-page") != s.name || page.data("data-next") != s.name {
			t.Fatalf("page %q, next %q; want %q", page.data("data-page"), page.data("data-next"), s.name)
		}
		b.post("/enrol/"+s.name, s.fields...).leads(t, "/enrol/"+s.next)
	}
}

// Beside a long chain the certificate fits in no cookie: the page is the answer itself.
func TestACertificateTooLargeForACookie(t *testing.T) {
	w := newWorld()
	w.chain = strings.Repeat("x", 4096)
	b := newBrowser(t, w)
	b.get("/enrol").expect(t, 200, "")
	walk(t, b, "")
	page := b.get("/enrol/confirm")
	done := b.post("/enrol/confirm", "device", string(b.jwk()), "signature", b.sign(page.data("data-proof"))).expect(t, 200, "")
	if done.data("data-number") != string(w.number) || done.data("data-token") != "net.certificate.token"+w.chain {
		t.Errorf("the device is handed %q", done.data("data-number"))
	}
	if b.cookie[shell.CookieDraft]+b.cookie[shell.CookieParcel] != "" {
		t.Error("the draft, or half a parcel, is left")
	}
}

func TestEnrolmentFromTheFirstPageToTheNumber(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	b.get("/enrol?next="+"%2Frequest%3Fr%3Dsealed").expect(t, 200, "")
	walk(t, b, "")
	page := b.get("/enrol/confirm")
	b.post("/enrol/confirm", "device", string(b.jwk()), "signature", b.sign(page.data("data-proof"))).leads(t, "/enrol/done")
	if b.cookie[shell.CookieDraft] != "" {
		t.Error("the draft's handle outlives the draft")
	}
	if strings.Contains(b.cookie[shell.CookieParcel], string(w.number)) {
		t.Error("the number stands in a cookie")
	}
	for range 2 { // a lost answer can be asked for again
		done := b.get("/enrol/done").expect(t, 200, "")
		if done.data("data-number") != string(w.number) || done.data("data-certificate") != w.cert.ID.String() || done.data("data-token") == "" {
			t.Fatalf("the device is handed %q %q", done.data("data-certificate"), done.data("data-token"))
		}
		if !strings.Contains(done.body, "2345 6789 2345 6789") {
			t.Error("the number is not shown in groups of four")
		}
	}
	signin := b.get("/enrol/done")
	b.post("/signin", "challenge", signin.data("data-challenge"), "certificate", w.cert.ID.String(), "signature", b.sign(signin.data("data-signin-text")),
		"next", "/request?r=sealed").leads(t, "/request?r=sealed")
	if b.cookie[shell.CookieParcel] != "" || b.cookie[shell.CookieReturn] != "" {
		t.Error("the parcel outlives the first sign-in")
	}
	b.get("/enrol/done").leads(t, "/")
}

func TestEnrolmentRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		at     string
		fields []string
		status int
		code   string
	}{
		"no choice":      {"notice", []string{"locale", "en"}, 400, "choice_missing"},
		"no card":        {"card", nil, 400, "card_missing"},
		"bad card":       {"card", []string{"evidence", "{"}, 400, "document_expired"},
		"no match":       {"face", []string{"assertion", "no-match"}, 400, "face_no_match"},
		"nothing chosen": {"face", nil, 400, "choice_missing"},
		"phone":          {"phone", []string{"phone", "123"}, 400, "phone_invalid"},
		"code":           {"code", []string{"code", "000000"}, 400, "code_wrong"},
		"passcode run":   {"passcode", []string{"passcode", "12345678", "again", "12345678"}, 400, "passcode_run"},
		"passcode again": {"passcode", []string{"passcode", "24681357", "again", "24681358"}, 400, "passcode_differs"},
		"passcode date":  {"passcode", []string{"passcode", "19900517", "again", "19900517"}, 400, "passcode_birthday"},
		"signature":      {"confirm", []string{"device", "{}", "signature", "AAAA"}, 400, "device_key_invalid"},
		"not base64":     {"confirm", []string{"device", "{}", "signature", "A==="}, 400, "signature_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t, newWorld())
			walk(t, b, c.at)
			a := b.post("/enrol/"+c.at, c.fields...).expect(t, c.status, c.code)
			if a.data("data-page") != c.at || a.data("data-next") != c.at {
				t.Errorf("the refusal is on page %q", a.data("data-page"))
			}
			for i := 1; i < len(c.fields); i += 2 {
				if strings.HasPrefix(c.at, "passcode") && strings.Contains(a.body, c.fields[i]) {
					t.Error("the page repeats a passcode")
				}
			}
			b.get("/enrol/"+c.at).expect(t, 200, "") // nothing moved
		})
	}
}

func TestStepsComeInTheirOrder(t *testing.T) {
	b := newBrowser(t, newWorld())
	for _, step := range []string{"notice", "card", "confirm"} {
		b.get("/enrol/"+step).leads(t, "/enrol")
		b.post("/enrol/"+step, "consent", "agree", "evidence", "{}", "signature", "AAAA").expect(t, 410, "draft_unknown")
	}
	walk(t, b, "card")
	for step, fields := range map[string][]string{
		"notice": {"consent", "agree"}, "face-consent": {"consent", "agree"}, "face": {"assertion", "match"}, "phone": {"phone", "10000000001"},
		"code": {"code", "123456"}, "passcode": {"passcode", "24681357", "again", "24681357"}, "confirm": {"device", "{}", "signature", "AAAA"},
	} {
		b.get("/enrol/"+step).leads(t, "/enrol")
		b.post("/enrol/"+step, fields...).expect(t, 409, "step_order")
	}
	tasks := b.get("/enrol").expect(t, 200, "")
	if tasks.data("data-page") != "tasks" || tasks.data("data-next") != "card" {
		t.Errorf("the list says %q", tasks.data("data-next"))
	}
}

func TestRefusingKeepsNothing(t *testing.T) {
	for _, at := range []string{"notice", "document-consent"} {
		w := newWorld()
		b := newBrowser(t, w)
		walk(t, b, at)
		if a := b.post("/enrol/"+at, "consent", "refuse", "locale", "en").expect(t, 200, ""); a.data("data-page") != "left" {
			t.Errorf("%s: page %q", at, a.data("data-page"))
		}
		if len(w.drafts) != 0 || b.cookie[shell.CookieDraft] != "" {
			t.Errorf("%s: a draft stays", at)
		}
	}
	w := newWorld()
	b := newBrowser(t, w)
	walk(t, b, "code")
	b.post("/enrol/cancel").expect(t, 200, "")
	if len(w.drafts) != 0 {
		t.Error("cancelling leaves a draft")
	}
}

// A message that could not go out at once is no error page: the code's page
// says so, offers to send again, and says so no longer once it is out.
func TestAMessageThatWaits(t *testing.T) {
	for locale, words := range map[string]string{"en": "The message may take a moment", "zh-CN": "短信可能要等一会儿"} {
		w := newWorld()
		w.slow = true
		b := newBrowser(t, w)
		walk(t, b, "phone")
		b.post("/enrol/phone", "phone", "10000000001").leads(t, "/enrol/code")
		b.cookie[shell.CookieLocale] = locale
		page := b.get("/enrol/code").expect(t, 200, "")
		if page.data("data-waits") != "code" || !strings.Contains(page.body, words) || !strings.Contains(page.body, `href="/enrol/phone"`) || strings.Contains(page.body, "We sent") {
			t.Errorf("%s: %s", locale, page.body)
		}
		if page := b.post("/enrol/code", "code", "000000").expect(t, 400, "code_wrong"); page.data("data-waits") != "code" {
			t.Error("after a wrong code the page forgets that the message waits")
		}
		for _, v := range w.drafts {
			v.CodeWaits = false
		}
		if page := b.get("/enrol/code").expect(t, 200, ""); page.data("data-waits") != "" || strings.Contains(page.body, words) {
			t.Errorf("%s: a message that is out still waits", locale)
		}
		b.post("/enrol/code", "code", "123456").leads(t, "/enrol/passcode")
	}
}

func TestTheWayWithoutAFace(t *testing.T) {
	b := newBrowser(t, newWorld())
	walk(t, b, "face-consent")
	b.post("/enrol/face-consent", "consent", "refuse", "locale", "en").leads(t, "/enrol/phone")
	b = newBrowser(t, newWorld())
	walk(t, b, "face")
	b.post("/enrol/face", "twin", "1").leads(t, "/enrol/phone")
}

// Where no face step is served, its page offers the twin alone, and the
// device's word is not taken.
func TestNoFaceStepServed(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	b.server.Config.Handler = w.handler(func(c *citizen.Config) { c.Face = false })
	walk(t, b, "face-consent")
	page := b.get("/enrol/face-consent").expect(t, 200, "")
	if strings.Contains(page.body, `action="/enrol/face-consent"`) || !strings.Contains(page.body, `name="twin"`) {
		t.Error("the page asks for a consent that nobody needs")
	}
	b.post("/enrol/face", "assertion", "match").expect(t, 400, "choice_missing")
	b.post("/enrol/face", "twin", "1").leads(t, "/enrol/phone")
}

func TestALateOrStrangeDraft(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	walk(t, b, "card")
	w.fail["View"] = fault.New("x", fault.Gone, "draft_expired")
	b.get("/enrol/card").expect(t, 410, "draft_expired")
	if b.cookie[shell.CookieDraft] != "" {
		t.Error("the browser keeps the handle of a draft that is over")
	}
	b.cookie[shell.CookieDraft] = "no handle"
	b.get("/enrol").expect(t, 200, "")
	b.post("/enrol", "kind", "library-card").expect(t, 400, "document_kind_unknown")
	b.post("/enrol").expect(t, 400, "kind_missing")
}

func TestChallengeSpeaksJSON(t *testing.T) {
	b := newBrowser(t, newWorld())
	json := map[string][]string{"Accept": {"application/json"}}
	if a := b.do("POST", "/enrol/challenge", nil, json); a.StatusCode != 410 || !strings.Contains(a.body, `"error":"draft_unknown"`) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	walk(t, b, "card")
	if a := b.do("POST", "/enrol/challenge", nil, json); a.StatusCode != 200 || a.body != `{"challenge":"OCBieXRlcyE"}` {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := b.do("POST", "/enrol/exchange", url.Values{"evidence": {`{"dg14":"AA=="}`}}, json); a.StatusCode != 200 || a.body != `{"of":{"dg14":"AA=="}}` {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	b.world.fail["Exchange"] = fault.New("world", fault.Invalid, "chip_not_authentic")
	if a := b.do("POST", "/enrol/exchange", url.Values{"evidence": {`{}`}}, json); a.StatusCode != 400 || !strings.Contains(a.body, `"error":"chip_not_authentic"`) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// Who must wait for a new device (ADR 0038) is told so: the draft is gone by then,
// and its cookie goes too, so that they can begin anew.
func TestWhoMustWaitIsToldSo(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	walk(t, b, "")
	page := b.get("/enrol/confirm")
	w.fail["Confirm"] = fault.New("world", fault.Forbidden, "device_waits")
	w.fail["View"] = fault.New("world", fault.NotFound, "draft_unknown")
	b.post("/enrol/confirm", "device", string(b.jwk()), "signature", b.sign(page.data("data-proof"))).expect(t, 403, "device_waits")
	if b.cookie[shell.CookieDraft] != "" {
		t.Error("the draft's handle outlives the draft")
	}
}

// Where the register was asked, the page does not say that nothing was sent.
func TestARefusalOfTheRegisterSaysWhoWasAsked(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	walk(t, b, "phone")
	w.fail["Phone"] = fault.New("x", fault.Forbidden, "phone_not_on_file")
	a := b.post("/enrol/phone", "phone", "10000000002", "locale", "en").expect(t, 403, "phone_not_on_file")
	if !strings.Contains(a.body, "Only the register was asked") || strings.Contains(a.body, "Nothing was sent to anybody") {
		t.Error(a.body)
	}
}
