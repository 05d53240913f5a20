package citizen_test

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// every GET page, as somebody signed in meets it
func pages(w *world) []string {
	return []string{"/", "/platforms/of/demo-shop", "/records?platform=demo-shop&kind=told", "/consents", "/consents/again", "/notices/enrolment?version=2026-11-23&in=en", "/enrol", "/signin", "/request?r=sealed", "/request/across?r=sealed", "/requests", "/records", "/records/" + w.events[0].ID, "/records/" + w.events[2].ID, "/records/" + w.events[3].ID, "/platforms", "/logout/page?g=sealed",
		"/data", "/data/requests", "/data/after", "/why?code=document_expired", "/qr/online", "/qr", "/devices", "/devices/signals", "/enrol/resume", "/join", "/lost", "/documents", "/enrol/unlisted", "/erase",
		"/children", "/children/asked/" + hex.EncodeToString(w.family.matters[0].Key), "/children/asked/" + hex.EncodeToString(w.family.matters[1].Key),
		"/children/asked/" + hex.EncodeToString(w.family.matters[2].Key), "/children/of/" + w.family.children[0].Ref, "/Q/AAAAAAAAAAAAAAAAAAAAAAAAAA", "/notices/enrolment", "/notices/document", "/notices/face", "/help", "/offline", "/sandbox/drawer", "/sandbox/outbox", "/nowhere"}
}

func TestEveryPageInBothLanguages(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn().bind()
	for _, locale := range []string{"en", "zh-CN"} {
		b.locale = locale
		for _, path := range pages(w) {
			a := b.get(path)
			if want := map[bool]int{true: 404, false: 200}[path == "/nowhere"]; a.StatusCode != want {
				t.Errorf("%s: %d\n%s", path, a.StatusCode, a.body)
			}
			if a.data("lang") != locale || a.data("data-page") == "" {
				t.Errorf("%s: lang %q, page %q", path, a.data("lang"), a.data("data-page"))
			}
			if strings.Contains(a.body, "ZgotmplZ") || strings.Contains(a.body, "<no value>") {
				t.Errorf("%s: a value was lost", path)
			}
			if len(a.body) > 60_000 {
				t.Errorf("%s: %d bytes", path, len(a.body))
			}
			for n := range a.root.Descendants() { // no inline script or style, no outside request
				for _, at := range n.Attr {
					if at.Key == "style" || strings.HasPrefix(at.Key, "on") || (at.Key == "src" || n.Data == "link") && strings.Contains(at.Val, "//") {
						t.Errorf("%s: <%s %s=%q>", path, n.Data, at.Key, at.Val)
					}
				}
				if (n.Data == "script" || n.Data == "style") && n.FirstChild != nil {
					t.Errorf("%s: inline %s", path, n.Data)
				}
			}
		}
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn().bind()
	for _, path := range append(pages(w), "/ledger/head", "/ledger/key", "/data/export", "/enrol/card") {
		h := b.get(path).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"} {
			if !strings.Contains(csp, want+";") {
				t.Errorf("%s: no %s", path, want)
			}
		}
		if strings.Contains(csp, "unsafe") || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Permissions-Policy") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

// posts are all unsafe addresses.
var posts = []string{"/enrol", "/enrol/cancel", "/enrol/challenge", "/enrol/exchange", "/enrol/face", "/enrol/face/terms", "/enrol/notice", "/enrol/card", "/enrol/confirm", "/enrol/keep", "/documents", "/signin", "/signout",
	"/request/approve", "/data/requests", "/data/after", "/data/relative", "/why", "/platforms/erase", "/platforms/report", "/consents/again", "/request/decline", "/request/across", "/across", "/across/approve", "/across/decline", "/records/disown", "/platforms/withdraw", "/platforms/end", "/logout/page", "/told", "/certificate/again", "/certificate/freeze", "/certificate/thaw", "/erase", "/devices/name", "/devices/remove", "/devices/add", "/devices/accept", "/devices/refuse", "/devices/codes", "/join", "/lost", "/language", "/qr/online/ask", "/qr/online", "/qr/online/state", "/sandbox/drawer/adult-card"}

func TestOtherSitesCannotPost(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn().bind()
	for _, path := range posts {
		for _, header := range []http.Header{
			{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}},
			{"Sec-Fetch-Site": nil, "Origin": {"https://evil.example"}}, {"Sec-Fetch-Site": nil, "Origin": {"null"}},
		} {
			b.do("POST", path, url.Values{"passcode": {"24681357"}, "confirm": {"erase"}, "party": {"demo-shop"}}, header).expect(t, 403, "cross_site")
		}
	}
	if w.frozen || w.gone || len(w.parties) > 0 {
		t.Error("another site's form did something")
	}
}

func TestPrivatePagesNeedASession(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	for _, path := range []string{"/requests", "/consents", "/consents/copy", "/records/copy", "/records/proofs", "/consents/again", "/records", "/records/" + w.events[0].ID, "/platforms", "/data", "/documents", "/data/export", "/erase", "/devices"} {
		b.get(path).leads(t, "/signin?next="+url.QueryEscape(path))
	}
	for _, path := range []string{"/platforms/withdraw", "/data/requests", "/data/after", "/data/relative", "/platforms/erase", "/platforms/report", "/consents/again", "/told", "/certificate/again", "/certificate/freeze", "/certificate/thaw", "/erase", "/documents", "/enrol/keep", "/devices/name", "/devices/remove", "/devices/add", "/devices/accept", "/devices/codes"} {
		b.post(path, "party", "demo-shop", "confirm", "erase").expect(t, 401, "session_over")
	}
	b.cookie[shell.CookieSession] = "forged"
	b.get("/records").leads(t, "/signin?next=%2Frecords")
	if b.cookie[shell.CookieSession] != "" {
		t.Error("a cookie that does not open is kept")
	}
	if w.frozen {
		t.Error("somebody unknown froze the number")
	}
}

func TestSignIn(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	w.device = b.jwk()
	page := b.get("/signin?next=%2Frecords").expect(t, 200, "")
	good := []string{"challenge", page.data("data-challenge"), "certificate", w.cert.ID.String(), "signature", b.sign(page.data("data-signin-text")), "next", "/records"}
	b.post("/signin", good...).leads(t, "/records")
	b.get("/records").expect(t, 200, "")
	b.post("/signout").leads(t, "/")
	b.get("/records").leads(t, "/signin?next=%2Frecords")
	for i, bad := range map[int]string{3: "AAAAAAAAAAAAAAAAAAAAAA", 5: b.sign("another text")} {
		fields := append([]string(nil), good...)
		fields[i] = bad
		if a := b.post("/signin", fields...).expect(t, 401, "device_unknown"); a.data("data-challenge") == "" || !strings.Contains(a.body, "/enrol?next=%2frecords") {
			t.Error("no way on from a refused sign-in")
		}
	}
	b.post("/signin", "signature", "?").expect(t, 401, "device_unknown")
}

// Attack A07: nothing that a caller sends makes us send a browser elsewhere.
func TestNoOpenRedirect(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	w.device = b.jwk()
	for _, next := range []string{"//evil", "https:evil", "https://evil", "/\\evil", "\\\\evil", "/\t/evil", "/%09/evil", "/..//evil", "/.//evil", "http:///evil", "javascript:alert(1)",
		"https://good.evil", " //evil", "/\r\nLocation: https://evil", "evil.example", ""} {
		b.post("/language", "locale", "en", "next", next)
		page := b.get("/signin?next=" + url.QueryEscape(next))
		for _, a := range []answer{b.post("/language", "locale", "en", "next", next),
			b.post("/signin", "challenge", page.data("data-challenge"), "certificate", w.cert.ID.String(), "signature", b.sign(page.data("data-signin-text")), "next", next)} {
			to := a.Header.Get("Location")
			u, err := url.Parse(to)
			if a.StatusCode != 303 || err != nil || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
				t.Errorf("next=%q leads to %q", next, to)
			}
		}
		b.get("/enrol?next=" + url.QueryEscape(next))
		if c := b.cookie[shell.CookieReturn]; strings.HasPrefix(c, "//") || c != "" && !strings.HasPrefix(c, "/") {
			t.Errorf("next=%q is remembered as %q", next, c)
		}
	}
	for _, path := range pages(w) { // and no other parameter of any page leads away
		for _, p := range []string{"return_to", "redirect", "target", "rd", "post_logout_redirect_uri", "RelayState", "next"} {
			join := "?"
			if strings.Contains(path, "?") {
				join = "&"
			}
			if to := b.get(path + join + p + "=%2F%2Fevil").Header.Get("Location"); strings.Contains(to, "evil") && !strings.HasPrefix(to, "/") {
				t.Errorf("%s %s leads to %q", path, p, to)
			}
		}
	}
}

func TestCookies(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	w.device = b.jwk()
	page := b.get("/signin")
	for _, a := range []answer{
		b.post("/language", "locale", "zh-CN", "view", "large"),
		b.post("/enrol", "kind", "passport"),
		b.get("/enrol?next=%2Frequest%3Fr%3Dx"),
		b.post("/signin", "challenge", page.data("data-challenge"), "certificate", w.cert.ID.String(), "signature", b.sign(page.data("data-signin-text"))),
	} {
		if len(a.Cookies()) == 0 {
			t.Fatalf("%s sets no cookie", a.Request.URL.Path)
		}
		for _, c := range a.Cookies() {
			if !strings.HasPrefix(c.Name, "__Host-netid-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Raw) > 4096 {
				t.Errorf("%s: %s", a.Request.URL.Path, c.Raw)
			}
		}
	}
	if b.cookie[shell.CookieLocale] != "zh-CN" || b.cookie[shell.CookieLarge] != "1" {
		t.Error("the choices are not remembered")
	}
	if a := b.get("/"); a.data("lang") != "zh-CN" || a.data("class") != "large" {
		t.Error("the choices are not followed")
	}
}

func TestTheCitizenActs(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	b.post("/certificate/freeze").leads(t, "/?said=frozen")
	if a := b.get("/?said=frozen"); a.data("data-said") != "frozen" || !strings.Contains(a.body, "problem.js") {
		t.Error("nobody hears that the number is frozen")
	}
	w.held = true
	if a := b.get("/"); a.data("data-standing") != "held" || !strings.Contains(a.body, `action="/certificate/thaw"`) || !strings.Contains(a.body, "data-held") || !strings.Contains(a.body, `href="/documents"`) {
		t.Errorf("held and frozen: %s", a.body)
	}
	w.held = false
	if a := b.get("/"); a.data("data-standing") != "frozen" || !strings.Contains(a.body, `action="/certificate/thaw"`) {
		t.Error("home does not show the freeze")
	}
	if a := b.post("/certificate/thaw", "passcode", "11111111").expect(t, 400, "passcode_wrong"); a.data("data-page") != "home" {
		t.Error("the refusal is not on its page")
	}
	b.post("/certificate/thaw", "passcode", "24681357").leads(t, "/?said=thawed")
	if a := b.get("/?said=thawed"); a.data("data-said") != "thawed" {
		t.Error("nobody hears that the number works again")
	}
	for _, old := range []string{"/?said=frozen", "/?said=x", "/platforms?said=thawed"} {
		if a := b.get(old); strings.Contains(a.body, "data-said") {
			t.Errorf("%s says what is not so", old)
		}
	}
	b.post("/platforms/withdraw", "party", "demo-shop").leads(t, "/platforms?said=withdrawn")
	if a := b.get("/platforms?said=withdrawn"); a.data("data-said") != "withdrawn" {
		t.Error("nobody hears that it was withdrawn")
	}
	if !strings.Contains(b.get("/platforms").body, "Withdrawn") {
		t.Error("the withdrawal does not show")
	}
	if strings.Contains(b.get("/records").body, "data-ended") {
		t.Error("all records are there, and it says that some ended")
	}
	w.events = w.events[2:]
	if !strings.Contains(b.get("/records").body, "Older records are kept no more") {
		t.Error("it does not say that older records ended")
	}
	b.post("/platforms/withdraw", "party", "No Party").expect(t, 404, "party_id_invalid")
	b.get("/records/zz").expect(t, 404, "record_unknown")
	b.get("/records/"+strings.Repeat("0", 32)).expect(t, 404, "record_unknown")
	b.get("/notices/none").expect(t, 404, "page_unknown")
	if a := b.get("/data/export"); a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("export: %d %v", a.StatusCode, a.Header)
	}
	b.do("GET", "/data/export", nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).leads(t, "/data")
}

func TestErase(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	b.post("/erase", "passcode", "24681357").expect(t, 400, "erase_unconfirmed")
	b.post("/erase", "passcode", "11111111", "confirm", "erase").expect(t, 400, "passcode_wrong")
	w.fail["Erase"] = fault.New("x", fault.TooMany, "too_many_tries")
	b.post("/erase", "passcode", "24681357", "confirm", "erase").expect(t, 429, "too_many_tries")
	if w.gone {
		t.Fatal("a refused erasure erased")
	}
	a := b.post("/erase", "passcode", "24681357", "confirm", "erase").expect(t, 200, "")
	for _, want := range []string{"changes, 3:", "1 June 2027", "consents, 2:", "1 December 2029", `data-held="proofs 2 2029-12-01"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the receipt does not say %q: %s", want, a.body)
		}
	}
	if a.data("data-page") != "receipt" || a.data("data-receipt") == "" || a.data("data-leaf") != "41" || a.Header.Get("Clear-Site-Data") == "" {
		t.Errorf("receipt: %s", a.body)
	}
	if b.cookie[shell.CookieSession] != "" || strings.Contains(a.body, `action="/signout"`) {
		t.Error("still signed in")
	}
}

func TestFailuresAndEmptyLists(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	w.fail["Records"] = fault.New("x", fault.Unavailable, "store_unavailable")
	if a := b.get("/records").expect(t, 503, "store_unavailable"); !strings.Contains(a.body, a.Header.Get("X-Request-Id")) {
		t.Error("a failure of ours has no number to quote")
	}
	w.events = nil
	w.fail["Records"] = nil
	if !strings.Contains(b.get("/records").body, "Nothing yet") {
		t.Error("the empty list teaches nothing")
	}
}

// The switch of language on a page that answers a form leads to a page again.
func TestARefusalCanBeReadInTheOtherLanguage(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn().bind()
	w.frozen = true
	walk(t, b, "code")
	for _, a := range []answer{b.post("/certificate/thaw", "passcode", "1"), b.post("/erase"), b.post("/request/approve", "r", "sealed"), b.post("/enrol/code", "code", "1"),
		b.post("/signin", "signature", "?", "next", "/records"), b.post("/platforms/withdraw", "party", "-"), b.post("/enrol", "kind", "x"), b.post("/certificate/freeze")} {
		if a.StatusCode == 303 {
			continue
		}
		next := field(a, "next")
		if to := b.get(next); to.StatusCode != 200 {
			t.Errorf("%s: the switch leads to %s: %d", a.Request.URL.Path, next, to.StatusCode)
		}
		if strings.HasPrefix(a.Request.URL.Path, "/request") && next != "/request?r=sealed" {
			t.Errorf("the request is lost: %s", next)
		}
	}
}

// field is the value of the first field of that name.
func field(a answer, name string) string {
	for n := range a.root.Descendants() {
		for _, at := range n.Attr {
			if at.Key == "name" && at.Val == name {
				for _, v := range n.Attr {
					if v.Key == "value" {
						return v.Val
					}
				}
			}
		}
	}
	return ""
}

// A statement that may not be shown cannot be approved either.
func TestAnUnshowableRequest(t *testing.T) {
	w := newWorld()
	w.party.Name = identity.Text{ZH: "A\u202eB", EN: "A\u202eB"}
	b := newBrowser(t, w).signIn().bind()
	b.get("/request?r=sealed").expect(t, 400, "request_invalid")
}

// A date is written in one way in each language, wherever a citizen reads one: no page has
// the digits of a file. What is a label (a notice's version), stands in what was signed, or
// is a field of a form is not a date that is read.
func TestOneStyleOfDates(t *testing.T) {
	version := regexp.MustCompile(`(?:Version|版本) \d{4}-\d{2}-\d{2}`)
	w := newWorld()
	b := newBrowser(t, w).signIn().bind()
	foreign := regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b|\d{4}\.\d{1,2}\.\d{1,2}|(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}, \d{4}`)
	style := map[string]*regexp.Regexp{"en": regexp.MustCompile(`\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}\b`), "zh-CN": regexp.MustCompile(`\d{4}年\d{1,2}月\d{1,2}日`)}
	found := map[string]int{}
	for locale, good := range style {
		b.locale = locale
		for _, path := range pages(w) {
			if strings.HasPrefix(path, "/sandbox/") {
				continue
			}
			var text strings.Builder
			for n := range b.get(path).root.Descendants() {
				if n.Type == html.TextNode && !labelled(n) {
					text.WriteString(n.Data + "\n")
				}
			}
			for _, m := range foreign.FindAllString(version.ReplaceAllString(text.String(), ""), -1) {
				t.Errorf("%s in %s has %q", path, locale, m)
			}
			found[locale] += len(good.FindAllString(text.String(), -1))
		}
	}
	if found["en"] < 30 || found["en"] != found["zh-CN"] {
		t.Error("dates that were found: ", found)
	}
}

// labelled: the text names something rather than says when.
func labelled(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if slices.Contains([]string{"code", "pre", "script", "option"}, p.Data) || slices.ContainsFunc(p.Attr, func(a html.Attribute) bool {
			return a.Key == "data-line" || a.Key == "data-version" || a.Key == "class" && (strings.Contains(a.Val, "signed") || a.Val == "hide")
		}) {
			return true
		}
	}
	return false
}
