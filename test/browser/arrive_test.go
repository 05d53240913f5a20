package browser_test

import (
	"strings"
	"sync"
)

// looksAround: what anybody can read before they decide on anything.
func (c *citizen) looksAround() {
	c.t.Helper()
	c.open(c.site.URL+"/", "start")
	for _, view := range []string{"large", "standard"} {
		c.follow("button[name=view][value="+view+"]", "start")
		if got := js[bool](c.tab, `document.documentElement.classList.contains("large")`); got != (view == "large") {
			c.t.Errorf("asked for the %s view, larger type: %t", view, got)
		}
	}
	mine := c.locale
	c.locale = c.words.other
	c.follow("button[name=locale][value="+c.words.other+"]", "start")
	c.locale = mine
	c.follow("button[name=locale][value="+mine+"]", "start")

	c.open(c.site.URL+"/help", "help")
	c.follow("footer a[href^='/notices/']", "reading")
	for _, href := range js[[]string](c.tab, `[...document.querySelectorAll("main a[href^='/notices/']")].map(a => a.pathname)`) {
		c.open(c.site.URL+href, "reading")
	}
	c.follow("footer a[href='/transparency']", "transparency")
	js[bool](c.tab, `(document.querySelectorAll("details").forEach(d => d.open = true), true)`)
	c.follow("main a[href='/parties']", "parties")
	c.open(c.site.URL+"/parties/demo-shop", "party")
	c.open(c.site.URL+"/Q/AAAAAAAAAAAAAAAAAAAAAAAAAA", "gate") // what an ordinary camera opens
	c.open(c.site.URL+"/sandbox/drawer", "drawer")
	c.says(c.person.Name, c.person.Phone)
	c.open(c.site.URL+"/sandbox/outbox", "outbox")

	c.refused(c.site.URL+"/no-such-page", "")
	c.refused(c.site.URL+"/request?r=made-up", "request_invalid")
	c.refused(c.site.URL+"/authorize?client_id=nobody&redirect_uri=https://example.com/", "party_unknown")
	c.refused(c.site.URL+"/authorize?client_id=demo-shop&response_type=code&redirect_uri=https://example.com/", "redirect_uri_unregistered")
	c.open(c.site.Shop+"/no-such-page", "problem")
	c.open(c.site.Shop+"/callback?state=made-up&code=made-up", "problem")
}

// otherWay: whoever does not want netid is served as well, at every place
// where the shop asks for it (Art. 7).
func (c *citizen) otherWay() {
	c.t.Helper()
	c.open(c.site.Shop+"/", "home")
	c.follow("form[action='/counter'] button", "wine")
	c.open(c.site.Shop+"/", "home")
	c.follow("a[href='/other']", "other")
	c.fill("#mail", "nobody")
	c.answers("main form button", "other", "mail_invalid")
	c.fill("#mail", "nobody@example.com")
	c.follow("main form button", "code")
	code := c.text("[data-code]")
	wrong := "111111"
	if code == wrong {
		wrong = "222222"
	}
	c.fill("#code", wrong)
	c.answers("main form button", "code", "code_wrong")
	c.fill("#code", code)
	c.follow("main form button", "account")
	c.follow("footer form[action='/signout'] button", "home")
}

// refused opens an address that leads to the error page.
func (c *citizen) refused(url, reason string) {
	c.t.Helper()
	if s := c.open(url, "error"); s.Error == "" || reason != "" && s.Error != reason {
		c.t.Errorf("%s: reason %q, want %q", url, s.Error, reason)
	}
}

// stops: whoever begins to enrol may stop, and whoever does not agree has stopped.
func (c *citizen) stops() {
	c.t.Helper()
	for _, refuses := range []bool{false, true} {
		c.open(c.site.URL+"/", "start")
		c.follow("main a[href='/enrol']", "kind")
		c.chooses()
		if refuses {
			c.follow(".ways a.button", "notice")
			c.follow("button[value=refuse]", "left")
		} else {
			c.follow("form[action='/enrol/cancel'] button", "left")
		}
		c.open(c.site.URL+"/enrol", "kind") // nothing was kept
	}
}

// chooses the kind of document; nothing is chosen before.
func (c *citizen) chooses() {
	c.t.Helper()
	c.unchosen()
	c.press("input[name=kind][value=" + c.kind + "]")
	c.follow("main form button.button", "tasks")
}

func (c *citizen) unchosen() {
	c.t.Helper()
	if c.has("input:checked") {
		c.t.Errorf("%s: something is chosen before the citizen chose", c.state().URL)
	}
}

// asksTheShop: the shop's sign-in leads to a request, which a stranger may
// read as far as who asks, and from there to enrolment.
func (c *citizen) asksTheShop() {
	c.t.Helper()
	c.open(c.site.Shop+"/", "home")
	c.follow("section.panel form[action='/signin'] button", "request")
	if !c.has("[data-stranger]") || c.has("#approve") {
		c.t.Error("a browser without a certificate may enrol, and not approve")
	}
	c.says(c.words.stranger)
	c.follow("[data-stranger] a", "kind")
}

// enrols: one question a page, each refusal once, to the net number.
func (c *citizen) enrols() {
	c.t.Helper()
	c.chooses()
	c.follow(".ways a.button", "notice")
	c.follow("button[value=agree]", "document-consent")
	c.follow("button[value=agree]", "card")
	c.says(c.words.simulator)
	c.unchosen()
	c.presents(c.spoilt, "card", c.refusal)
	c.presents(c.card, "face-consent", "")
	c.face()
	c.phones()
	for _, shown := range []bool{true, false} { // what one types may be seen, by who asks
		c.press("[data-show] input")
		if js[bool](c.tab, `[...document.querySelectorAll("#passcode, #again")].every(e => e.type === "text")`) != shown {
			c.t.Errorf("asked to show what is typed (%t), and the fields do not", shown)
		}
	}
	for _, p := range []struct{ first, again, reason string }{{"12345678", "12345678", "passcode_run"}, {c.passcode, "73914629", "passcode_differs"}, {c.passcode, c.passcode, ""}} {
		c.fill("#passcode", p.first)
		c.fill("#again", p.again)
		if p.reason != "" {
			c.answers("main form button.button", "passcode", p.reason)
			continue
		}
		c.follow("main form button.button", "confirm")
	}
	c.says(c.masked)
	c.hides(c.known, c.number)
	c.follow("#bind button", "done")
	c.net = c.text(".number .digits")
	if len(strings.ReplaceAll(c.net, "-", "")) < 16 {
		c.t.Fatalf("net number %q", c.net)
	}
}

// answers presses and expects the same page with a reason on it.
func (c *citizen) answers(selector, page, reason string) {
	c.t.Helper()
	if s := c.follow(selector, page); s.Error != reason {
		c.t.Errorf("%s: reason %q, want %q", page, s.Error, reason)
	}
}

func (c *citizen) presents(card, page, reason string) {
	c.t.Helper()
	c.press("input[name=card][value=" + card + "]")
	c.answers("#reader button", page, reason)
}

// face is the step with the face, or without.
func (c *citizen) face() {
	c.t.Helper()
	c.says(c.words.simulator)
	if c.twin {
		c.follow("button[value=refuse]", "phone")
		return
	}
	c.follow("button[value=agree]", "face")
	c.answers("button[value=no-match]", "face", "face_no_match")
	c.follow("button[value=match]", "phone")
}

// sent is held from the sending of a code until it is used: two browsers of one test may
// be the same person, with one telephone.
var sent sync.Mutex

// phones reads the code where a sandbox puts it.
func (c *citizen) phones() {
	c.t.Helper()
	if c.twin {
		c.fill("#phone", "10099999999")
		c.answers("main form button.button", "phone", "phone_not_on_file")
	}
	c.fill("#phone", c.person.Phone)
	sent.Lock()
	defer sent.Unlock()
	c.follow("main form button.button", "code")
	if href := c.attr("main .simulated a", "href"); href != "/sandbox/outbox" {
		c.t.Errorf("the way to the outbox leads to %q", href)
	}
	c.open(c.site.URL+"/sandbox/outbox", "outbox")
	code := c.text("li[data-phone='" + c.person.Phone + "'] .code")
	c.open(c.site.URL+"/enrol", "tasks")
	c.follow(".ways a.button", "code")
	wrong := "111111"
	if code == wrong {
		wrong = "222222"
	}
	c.fill("#code", wrong)
	c.answers("main form button.button", "code", "code_wrong")
	c.fill("#code", code)
	c.follow("main form button.button", "passcode")
}
