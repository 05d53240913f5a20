package browser_test

import (
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
)

// TestFamily: a guardian and a child of nine, each on a device of their own, in two
// languages: an application that is refused once, a use that waits, and all that a
// guardian may do; and a young person of sixteen, who decides alone.
func TestFamily(t *testing.T) {
	t.Parallel()
	engine(t)
	for _, locale := range []string{"zh-CN", "en"} {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			site := sandboxtest.Start(t)
			g, child, teen := member(t, site, locale, "guardian"), member(t, site, locale, "child-9"), member(t, site, locale, "teen-16")
			g.applies("confirm")
			if g.has("[data-there]") {
				t.Error("a browser without a certificate is warned of losing one")
			}
			g.follow("#bind button", "done")
			g.follow("#enter button", "home")
			g.applies("confirm")
			g.waits("[data-there]:not([hidden])") // one would take the other's place
			g.cancels()
			g.glance = false
			g.open(site.URL+"/children", "children") // nobody yet

			child.applies("guardian")
			child.glance = false
			child.answers("form[action='/enrol/guardian'] button", "guardian", "guardian_waits")
			g.decides("apply", "no")
			child.answers("form[action='/enrol/guardian'] button", "guardian", "guardian_refused")
			child.glance = true
			child.cancels()
			child.applies("guardian")
			child.follow("form[action='/enrol/guardian'] button", "guardian")
			g.glance = true
			g.decides("apply", "yes")
			child.follow("form[action='/enrol/guardian'] button", "confirm")
			child.glance = false
			child.follow("#bind button", "done")
			child.follow("#enter button", "home")
			child.open(site.Shop+"/", "home")
			child.follow("section.panel form[action='/signin'] button", "request")
			child.follow("#approve", "wait")
			g.glance = false
			g.decides("use", "always")
			child.follow("form[action='/request/wait'] button", "account")

			g.looksAfter()
			child.open(site.URL+"/", "home") // what became of it, on the child's own device
			child.open(site.URL+"/records", "records")

			teen.applies("guardian")
			teen.follow("form[action='/enrol/guardian'] button", "guardian")
			g.decides("apply", "yes")
			teen.follow("form[action='/enrol/guardian'] button", "confirm")
			teen.follow("#bind button", "done")
			teen.follow("#enter button", "home")
			teen.open(site.Shop+"/", "home")
			teen.follow("section.panel form[action='/signin'] button", "request")
			teen.follow("#approve", "account") // nobody else is asked
			g.open(site.URL+"/children", "children")
			if !g.has("[data-regime=ward]") || g.has("[data-regime=ward] a[href^='/children/of/']") {
				t.Error("of a young person a guardian sees the certificate's state and no record")
			}
			g.endsWard()
		})
	}
}

// member is one of a family, by their only card and without a face.
func member(t *testing.T, site *sandboxtest.Sandbox, locale, persona string) *citizen {
	t.Helper()
	c := &citizen{tab: newTab(t, site, locale), words: inWords[locale], kind: "resident-id-card", card: persona + "-card", twin: true, passcode: "73914628", person: person{ID: persona}}
	c.glance = true
	c.meet()
	return c
}

// onward presses and waits for whatever page comes.
func (c *citizen) onward(selector string) {
	c.t.Helper()
	before := c.state().Origin
	c.press(selector)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(15 * time.Millisecond) {
		if s := c.state(); s.Origin != before && s.Ready {
			c.look(s)
			return
		}
	}
	c.t.Fatalf("%s: %s leads nowhere", c.person.ID, selector)
}

// applies goes through the steps of an enrolment to the page of that name.
func (c *citizen) applies(until string) {
	c.t.Helper()
	c.open(c.site.URL+"/enrol", "kind")
	c.chooses()
	for range 20 {
		switch s := c.state(); s.Page {
		case until:
			return
		case "tasks":
			c.onward(".ways a.button")
		case "notice", "document-consent":
			c.onward("button[value=agree]")
		case "card":
			c.press("input[name=card][value=" + c.card + "]")
			c.onward("#reader button")
		case "face-consent":
			if c.has("button[value=refuse]") {
				c.onward("button[value=refuse]")
			} else { // no face of a child is compared
				c.onward("main form button.button")
			}
		case "phone":
			c.fill("#phone", c.person.Phone)
			c.onward("main form button.button")
		case "code":
			c.open(c.site.URL+"/sandbox/outbox", "outbox")
			code := c.text("li[data-phone='" + c.person.Phone + "'] .code")
			c.open(c.site.URL+"/enrol/code", "code")
			c.fill("#code", code)
			c.onward("main form button.button")
		case "passcode":
			c.fill("#passcode", c.passcode)
			c.fill("#again", c.passcode)
			c.onward("main form button.button")
		default:
			c.t.Fatalf("%s is at %+v", c.person.ID, s)
		}
	}
	c.t.Fatalf("%s does not come to %s", c.person.ID, until)
}

func (c *citizen) cancels() {
	c.t.Helper()
	c.follow("form[action='/enrol/cancel'] button", "left")
}

// decides answers what waits for a guardian.
func (c *citizen) decides(kind, answer string) {
	c.t.Helper()
	c.open(c.site.URL+"/children", "children")
	c.follow("[data-matter-kind="+kind+"] a.button", "matter")
	c.unchosen()
	c.press("input[name=answer][value=" + answer + "]")
	c.follow("#answer button.button", "children")
	if !c.has("[data-answered]") || c.has("[data-matter-kind]") {
		c.t.Errorf("the answer %s to an %s was not heard", answer, kind)
	}
}

// looksAfter: a guardian reads what a child of nine used, freezes, thaws and withdraws.
func (c *citizen) looksAfter() {
	c.t.Helper()
	c.open(c.site.URL+"/children", "children")
	c.follow("[data-regime=child] a[href^='/children/of/']", "child")
	if !c.has("[data-kind=verified]") {
		c.t.Error("a guardian does not see what a child of nine used")
	}
	c.follow("form[action='/children/freeze'] button", "child")
	if c.attr("main", "data-standing") != "frozen" {
		c.t.Error("not frozen")
	}
	c.follow("form[action='/children/thaw'] button", "child")
	if c.attr("main", "data-standing") != "active" {
		c.t.Error("not thawed")
	}
	c.follow("form[action='/children/withdraw'] button", "child")
	if c.has("[data-party]") || !c.has("[data-kind=withdrawn]") {
		c.t.Error("not withdrawn")
	}
	c.says(map[string]string{"zh-CN": "监护人撤回了", "en": "A guardian withdrew"}[c.locale]) // nor do the child's records say that the child did
}

// endsWard: a guardian ends a child's identity here, by the guardian's own passcode.
func (c *citizen) endsWard() {
	c.t.Helper()
	c.follow("[data-regime=child] a[href^='/children/of/']", "child")
	c.press("#confirm")
	c.fill("#passcode", "12435678")
	c.answers("form[action='/children/erase'] button", "child", "passcode_wrong")
	c.press("#confirm")
	c.fill("#passcode", c.passcode)
	c.follow("form[action='/children/erase'] button", "receipt")
	c.open(c.site.URL+"/children", "children")
	if c.has("[data-regime=child]") {
		c.t.Error("an erased child is still there")
	}
}
