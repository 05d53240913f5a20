package browser_test

import (
	"github.com/chromedp/chromedp/kb"
)

// carriesTwo: a second browser joins by the square and the two digits, acts as
// the same person, and is put out; then it is anybody's browser, in which a
// recovery code stops everything.
func (c *citizen) carriesTwo() {
	c.t.Helper()
	second := c.carriesPasskey()
	c.decidesFor(second)
	devices := func() int { return js[int](c.tab, `document.querySelectorAll("li[data-device]").length`) }
	c.open(c.site.URL+"/", "home")
	c.follow("a[href='/devices']", "devices")
	c.follow("form[action='/devices/add'] button", "device-add")
	square := c.attr("main", "data-invitation")

	second.open(c.site.URL+"/join#"+square, "join")
	if js[string](second.tab, "location.hash") != "" {
		c.t.Error("the invitation stays in the address")
	}
	second.fill("#name", "Tablet 平板")
	second.follow("#join button", "joined")
	match := second.attr("main", "data-match")
	second.answers("#enter button", "signin", "device_unknown") // too early: the other device said nothing yet

	c.fill("#match", match)
	before := c.state().Origin
	c.fill("#passcode", c.passcode+kb.Enter)
	c.arrive(before, "devices")
	c.says("Tablet 平板")
	if n := devices(); n != 2 {
		c.t.Fatalf("%d devices", n)
	}
	second.follow("form[data-device] button", "home")

	c.press("li[data-device]:not([data-here]) details:last-of-type summary")
	before = c.state().Origin
	c.fill("li[data-device]:not([data-here]) input[name=passcode]", c.passcode+kb.Enter)
	c.arrive(before, "devices")
	if n := devices(); n != 1 {
		c.t.Errorf("%d devices after one was removed", n)
	}
	second.open(c.site.URL+"/records", "signin")

	before = c.state().Origin
	c.fill("#codes-passcode", c.passcode+kb.Enter)
	c.arrive(before, "codes")
	number, code := c.attr("main", "data-number"), c.attr("[data-code]", "data-code")
	second.follow("footer a[href='/lost']", "lost")
	second.fill("#number", number)
	second.fill("#code", code)
	second.press("#keep")
	second.follow("form[action='/lost'] button", "stopped")

	c.open(c.site.URL+"/devices", "signin") // every session is over, this one too
	c.follow("form[data-device] button", "devices")
	c.open(c.site.URL+"/", "home")
	before = c.state().Origin
	c.fill("#passcode", c.passcode+kb.Enter)
	c.arrive(before, "home")
	if c.attr("main", "data-standing") != "active" {
		c.t.Error("the passcode did not unfreeze after the phone was found")
	}
}
