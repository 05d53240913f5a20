package browser_test

// remembers: a box that is not ticked lets the shop ask no more; the next time
// the browser goes there and back without a page, until the citizen ends it.
func (c *citizen) remembers() {
	c.t.Helper()
	again := func(arrives string) {
		c.t.Helper()
		c.open(c.site.Shop+"/", "home")
		c.follow("form[action='/signout'] button", "logout")
		c.follow("button[value=stay]", "home")
		c.follow("section.panel form[action='/signin'] button", arrives)
	}
	again("request")
	c.unchosen()
	lines := `document.querySelectorAll("#decision [data-line]").length`
	before := js[int](c.tab, lines)
	c.press("#remember")
	if got := js[int](c.tab, lines); got != before+1 {
		c.t.Errorf("ticked, and %d lines are signed, not one more than %d", got, before)
	}
	c.press("#remember")
	if got := js[int](c.tab, lines); got != before {
		c.t.Errorf("unticked, and %d lines are signed, not %d", got, before)
	}
	c.press("#remember")
	c.look(c.state())
	c.follow("#approve", "account")
	again("account")
	c.learned(append([]string(nil), result...)...)

	c.open(c.site.URL+"/records", "records")
	for kind, least := range map[string]int{"standing-given": 1, "verified": 3} { // the answer without a page is among them
		if got := js[int](c.tab, `document.querySelectorAll("li[data-kind=`+kind+`]").length`); got < least {
			c.t.Errorf("%d records of %s, want %d", got, kind, least)
		}
	}
	c.open(c.site.URL+"/platforms", "platforms")
	c.follow("form[action='/platforms/ask'] button", "platforms")
	if c.has("form[action='/platforms/ask']") {
		c.t.Error("ended, and can be ended again")
	}
	again("request")
	c.follow("#approve", "account")
}
