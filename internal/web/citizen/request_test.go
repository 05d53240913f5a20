package citizen_test

import (
	"net/http"
	"strings"
	"testing"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// approve sends a whole decision over the page's own lines.
func approve(b *browser, give bool, more ...string) answer {
	page := b.get("/request?r=sealed")
	choice, lines := "withhold", page.lines()
	if give {
		choice = "give"
		for i, l := range lines {
			if l == page.data("data-withhold") {
				lines[i] = page.data("data-give")
			}
		}
	}
	fields := append([]string{"r", "sealed", "locale", b.locale, "choice-age_over_18", choice, "passcode", "24681357",
		"certificate", b.world.cert.ID.String(), "signature", b.sign(strings.Join(lines, "\n"))}, more...)
	return b.post("/request/approve", fields...)
}

func TestTheSignedWordsAreThePagesLines(t *testing.T) {
	for _, locale := range []string{"en", "zh-CN"} {
		for _, give := range []bool{true, false} {
			w := newWorld()
			b := newBrowser(t, w).signIn().bind()
			b.locale = locale
			approve(b, give).leads(t, "/authorize/answer?a=approved")
			if got := strings.Join(w.given, " "); give != (got == "age_over_18") {
				t.Errorf("%s: given %q", locale, got)
			}
		}
	}
}

// What a party says that it is for stands on the page, in what is signed, and
// in the record; whoever reads the page again gets the same words.
func TestTheRequestSaysWhatItIsFor(t *testing.T) {
	for locale, want := range map[string][2]string{
		"en":    {"What this is for: to register a new account.", "To register a new account"},
		"zh-CN": {"这次核验：为您注册一个新账号。", "注册新账号"},
	} {
		w := newWorld()
		w.intent = identity.IntentRegister
		b := newBrowser(t, w).signIn().bind()
		b.locale = locale
		lines := b.get("/request?r=sealed").expect(t, 200, "").lines()
		st, err := client.ParseStatement([]byte(strings.Join(lines, "\n")))
		if err != nil || st.Intent != "register" || lines[2] != want[0] {
			t.Fatalf("%q %v", lines, err)
		}
		approve(b, true).leads(t, "/authorize/answer?a=approved")
		if page := b.get("/records/" + w.events[3].ID); !strings.Contains(page.body, want[1]) {
			t.Errorf("%s: the record does not say what it was for", locale)
		}
		if page := b.get("/records/" + w.events[2].ID); strings.Contains(page.body, want[1]) {
			t.Errorf("%s: a record says more than the party did", locale)
		}
	}
}

// The language that the party asks for (ui_locales) comes before the
// browser's, and after the citizen's own choice.
func TestThePartysLanguage(t *testing.T) {
	for _, c := range []struct{ browser, wishes, own, want string }{
		{"en", "zh-CN", "", "zh-CN"}, {"zh-CN", "en", "", "en"}, {"en", "", "", "en"}, {"en", "fr", "", "en"}, {"en", "zh-CN", "en", "en"}, {"zh-CN", "en", "zh-CN", "zh-CN"},
	} {
		w := newWorld()
		w.wishes = c.wishes
		b := newBrowser(t, w).signIn().bind()
		b.locale = c.browser
		if c.own != "" {
			b.cookie[shell.CookieLocale] = c.own
		}
		page := b.get("/request?r=sealed").expect(t, 200, "")
		if _, err := client.ParseStatement([]byte(strings.Join(page.lines(), "\n"))); err != nil || page.data("lang") != c.want {
			t.Errorf("%+v: page in %q, %v", c, page.data("lang"), err)
		}
	}
}

func TestNothingIsChosenForTheCitizen(t *testing.T) {
	b := newBrowser(t, newWorld()).signIn().bind()
	page := b.get("/request?r=sealed").expect(t, 200, "")
	if strings.Contains(page.body, "checked") {
		t.Error("an option is chosen before the citizen did")
	}
	if page.data("data-mode") != string(identity.ModeCertPwd) || page.data("data-challenge") != "" {
		t.Errorf("mode %q, challenge %q", page.data("data-mode"), page.data("data-challenge"))
	}
	if page.data("data-withhold") != page.lines()[3] {
		t.Errorf("the line before a choice is %q", page.lines()[3])
	}
	b.post("/request/approve", "r", "sealed", "locale", "en").expect(t, 400, "choice_missing")
}

func TestApprovalRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"frozen":    {fault.New("x", fault.Forbidden, "certificate_frozen"), 403, "certificate_frozen"},
		"expired":   {fault.New("x", fault.Forbidden, "certificate_expired"), 403, "certificate_expired"},
		"wrong":     {fault.New("x", fault.Invalid, "passcode_wrong"), 400, "passcode_wrong"},
		"many":      {fault.New("x", fault.TooMany, "too_many_tries"), 429, "too_many_tries"},
		"face":      {fault.New("x", fault.Invalid, "face_no_match"), 400, "face_no_match"},
		"signature": {fault.New("x", fault.Unauthenticated, "signature_invalid"), 401, "signature_invalid"},
		"over":      {fault.New("x", fault.Unauthenticated, "session_over"), 401, "session_over"},
		"used":      {fault.New("x", fault.Gone, "request_used"), 410, "request_used"},
		"late":      {fault.New("x", fault.Gone, "request_expired"), 410, "request_expired"},
		"down":      {fault.New("x", fault.Unavailable, "try_again"), 503, "try_again"},
		"ours":      {http.ErrBodyNotAllowed, 500, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			b := newBrowser(t, w).signIn().bind()
			w.fail["Approve"] = c.err
			a := approve(b, true).expect(t, c.status, c.code)
			if strings.Contains(a.body, "24681357") || strings.Contains(a.body, "not allowed") {
				t.Error("the page repeats a passcode or an error's text")
			}
			if c.code == "session_over" && a.data("data-challenge") == "" {
				t.Error("no way to sign in again")
			}
			if c.status < 500 && !strings.Contains(a.body, "Nothing was sent to anybody") {
				t.Error("it does not say that nothing was sent")
			}
		})
	}
}

func TestATamperedDecisionIsNotApproved(t *testing.T) {
	b := newBrowser(t, newWorld()).signIn().bind()
	page := b.get("/request?r=sealed")
	over := b.sign(strings.Join(page.lines(), "\n")) // over the words of withholding
	b.post("/request/approve", "r", "sealed", "locale", "en", "choice-age_over_18", "give", "passcode", "24681357",
		"certificate", b.world.cert.ID.String(), "signature", over).expect(t, 401, "signature_invalid")
	b.post("/request/approve", "r", "sealed", "locale", "en", "choice-age_over_18", "give", "signature", "no base64!").expect(t, 400, "signature_invalid")
}

func TestARequestNeedsItsBrowserAndASession(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	b.get("/request?r=sealed").expect(t, 403, "other_browser")
	b.bind()
	b.get("/request?r=other").expect(t, 400, "request_invalid")
	page := b.get("/request?r=sealed").expect(t, 200, "")
	if page.data("data-challenge") == "" || page.data("data-signin-text") == "" || len(page.lines()) > 0 {
		t.Error("before signing in there is a challenge and nothing to sign")
	}
	approve(b, true).expect(t, 401, "session_over")
	b.signIn()
	w.fresh, w.asked = true, w.now().Add(1) // the party wants a sign-in newer than its request
	if b.get("/request?r=sealed").data("data-challenge") == "" {
		t.Error("an old session answers a request for a fresh one")
	}
}

func TestDeclineNeedsNobody(t *testing.T) {
	b := newBrowser(t, newWorld()).bind()
	b.post("/request/decline", "r", "sealed").leads(t, "/authorize/answer?a=declined")
	b.post("/request/decline", "r", "sealed", "quiet", "yes").leads(t, "/authorize/answer?a=declined") // nobody is known, so nothing lasts
	b.signIn().post("/request/decline", "r", "sealed").leads(t, "/authorize/answer?a=declined")
	b.post("/request/decline", "r", "sealed", "quiet", "yes").leads(t, "/authorize/answer?a=declined-for-longer")
}

func TestAFaceAlwaysHasItsTwin(t *testing.T) {
	w := newWorld()
	w.mode = identity.ModeCertFace
	b := newBrowser(t, w).signIn().bind()
	page := b.get("/request?r=sealed").body
	for _, way := range []string{`name="face" value="match"`, `name="face" value="twin"`, `name="passcode"`} {
		if !strings.Contains(page, way) {
			t.Errorf("no %s", way)
		}
	}
	approve(b, false, "face", "twin").leads(t, "/authorize/answer?a=approved")
	approve(b, false, "face", "match", "passcode", "").leads(t, "/authorize/answer?a=approved")
	approve(b, false, "face", "twin", "passcode", "").expect(t, 400, "passcode_needed")
}

// A party's names are its own words: whatever they hold, they stay words.
func TestPartyWordsAreInert(t *testing.T) {
	for _, evil := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg/onload=alert(1)>`, `{{.}}`, `</title><script>x</script>`, `javascript:alert(1)`} {
		w := newWorld()
		w.party.Name = identity.Text{ZH: evil, EN: evil}
		w.party.Purpose.Text = identity.Text{ZH: evil, EN: evil}
		for i := range w.events {
			if w.events[i].Name != nil {
				w.events[i].Name, w.events[i].Purpose = &w.party.Name, &w.party.Purpose.Text
			}
		}
		b := newBrowser(t, w).signIn().bind()
		for _, path := range []string{"/request?r=sealed", "/records", "/records/" + w.events[2].ID, "/platforms"} {
			a := b.get(path).expect(t, 200, "")
			for n := range a.root.Descendants() {
				for _, at := range n.Attr {
					if strings.HasPrefix(at.Key, "on") || n.Data == "img" || at.Key == "href" && strings.HasPrefix(at.Val, "javascript") {
						t.Errorf("%s: %q became <%s %s>", path, evil, n.Data, at.Key)
					}
				}
				if n.Data == "script" && n.FirstChild != nil {
					t.Errorf("%s: %q became a script", path, evil)
				}
			}
		}
	}
}

func TestTheFormMayLeadToThePartyOnly(t *testing.T) {
	b := newBrowser(t, newWorld()).signIn().bind()
	csp := b.get("/request?r=sealed").Header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "form-action 'self' http://127.0.0.1:7081;") {
		t.Errorf("form-action of the request page: %s", csp)
	}
	if csp := b.get("/").Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self';") {
		t.Errorf("form-action elsewhere: %s", csp)
	}
}

// A request that was answered is not shown as if it were new: its own citizen reads when and
// how they answered it. Who is not signed in, and somebody else, reads nothing of it.
func TestAnAnsweredRequestSaysSo(t *testing.T) {
	for _, c := range []struct {
		event int
		wants map[string][]string
	}{
		{2, map[string][]string{"en": {"You answered this request before", "verified you", "They learned: "}, "zh-CN": {"您已经答复过这个请求", "核验了您", "对方得知："}}},
		{3, map[string][]string{"en": {"You said no to"}, "zh-CN": {"您拒绝了"}}},
	} {
		for locale, wants := range c.wants {
			w := newWorld()
			e := w.events[c.event]
			w.transaction = e.ID
			b := newBrowser(t, w).signIn().bind()
			b.locale = locale
			page := b.get("/request?r=sealed").expect(t, 200, "")
			if page.data("data-page") != "answered" || page.data("data-kind") != string(e.Kind) || strings.Contains(page.body, `action="/request`) || !strings.Contains(page.body, `href="/records/`+e.ID) || !strings.Contains(page.body, shell.When(locale, e.Time)) {
				t.Error(page.body)
			}
			for _, want := range wants {
				if !strings.Contains(page.body, want) {
					t.Errorf("%s: no %q in\n%s", locale, want, page.body)
				}
			}
			if strings.Contains(page.body, "ZgotmplZ") {
				t.Error("a value was lost")
			}
			stranger := newBrowser(t, w).bind()
			if page := stranger.get("/request?r=sealed").expect(t, 200, ""); page.data("data-page") != "request" || strings.Contains(page.body, e.ID) && strings.Contains(page.body, "/records/") {
				t.Error("who is not signed in is told that it was answered")
			}
			w.fail["Happened"] = fault.New("x", fault.Unavailable, "store_unavailable")
			b.get("/request?r=sealed").expect(t, 503, "store_unavailable")
		}
	}
	w := newWorld()
	w.transaction = identity.NewEventID(w.now()).String() // a record of nobody's here
	if page := newBrowser(t, w).signIn().bind().get("/request?r=sealed").expect(t, 200, ""); page.data("data-page") != "request" {
		t.Error(page.body)
	}
}
