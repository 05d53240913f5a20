package browser_test

// changes: one's documents, what to do without one of the seven, and a second
// document beside the first, which asks for the passcode.
func (c *citizen) changes() {
	c.t.Helper()
	c.open(c.site.URL+"/enrol/unlisted", "unlisted")
	c.open(c.site.URL+"/documents", "documents")
	c.says(c.known, c.number)
	if c.second == "" {
		return
	}
	c.press("input[name=kind][value=passport]")
	c.follow("main form button.button", "tasks")
	c.follow(".ways a.button", "notice")
	c.follow("button[value=agree]", "document-consent")
	c.follow("button[value=agree]", "card")
	c.presents(c.second, "keep", "")
	c.fill("#passcode", c.passcode)
	c.follow("main form button.button", "kept")
	c.follow(".ways a.button", "documents")
	if n := js[int](c.tab, `document.querySelectorAll("[data-document]").length`); n != 2 {
		c.t.Errorf("%d documents", n)
	}
	c.says(c.known, c.number)
}
