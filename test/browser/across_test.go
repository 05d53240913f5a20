package browser_test

import (
	"context"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// decidesFor: a request that began on a computer where nobody is signed in is read off
// its screen, decided on the citizen's device, and goes on there after two digits. Then it was not them.
func (c *citizen) decidesFor(computer *citizen) {
	c.t.Helper()
	computer.wine()
	computer.follow("[data-across] a", "across")
	const square = "[data-square]"
	first := computer.attr(square+" path", "d")
	for deadline := time.Now().Add(patience); computer.attr(square+" path", "d") == first; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatal("the code on the screen does not change")
		}
	}
	c.reads(computer)
	c.follow("form[action='/across'] button", "request")
	if c.has("[data-warn=new]") || !c.has("[data-other]") {
		c.t.Error("a platform that this device knows is called new, or the other device is not named")
	}
	c.unchosen()
	c.balanced()
	c.press("#give-age_over_18")
	before := c.state().Origin
	c.fill("#passcode", c.passcode+kb.Enter)
	c.arrive(before, "scanned")
	number := c.attr("main", "data-match")

	computer.waits("#match")
	computer.look(computer.state())
	before = computer.state().Origin
	computer.fill("#match", number+kb.Enter)
	computer.arrive(before, "wine")
	if !computer.has("[data-result=allowed]") {
		c.t.Error("what was approved on another device is no approval")
	}
	c.waits("main[data-state=done]")
	c.follow("main a[href='/requests']", "requests")
	c.follow("[data-recent] button", "disowned")
	c.open(c.site.URL+"/records", "records")
	if !c.has("li[data-kind=disowned]") {
		c.t.Error("no record says that it was not them")
	}
}

// reads has the citizen's device open what stands on the computer's screen, again
// where this machine is slower than the code is good.
func (c *citizen) reads(computer *citizen) {
	c.t.Helper()
	for range 10 {
		before, code := c.state().Origin, computer.attr("[data-square]", "data-link")
		c.run(chromedp.ActionFunc(func(ctx context.Context) error {
			_, _, _, _, err := page.Navigate(code).Do(ctx)
			return err
		}))
		s := c.state()
		for deadline := time.Now().Add(patience); (s.Origin == before || !s.Ready || s.Page == "") && time.Now().Before(deadline); s = c.state() {
			time.Sleep(15 * time.Millisecond)
		}
		if s.Page == "scanned" {
			c.look(s)
			return
		}
		if s.Error != "across_late" {
			c.t.Fatalf("%+v", s)
		}
	}
	c.t.Fatal("no code is read in time")
}
