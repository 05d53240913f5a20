package browser_test

import (
	"fmt"
	"time"

	"github.com/chromedp/chromedp"
)

// forgotten: what the shop got stands there each time, the shop is asked to delete
// it, does, and is reported; all records are checked in the browser, and the
// consents are there in their words.
func (c *citizen) forgotten() {
	c.t.Helper()
	at := c.site.URL + "/platforms/of/demo-shop"
	c.open(c.site.URL+"/platforms", "platforms")
	c.follow("li[data-party=demo-shop] h2 a", "platform")
	if !c.has("ol.records li[data-kind=verified]") {
		c.t.Error("what the shop got is not on its page")
	}
	c.follow("form[action='/platforms/erase'] button", "platform")
	for deadline := time.Now().Add(patience); !c.has("[data-erasure=done]"); time.Sleep(200 * time.Millisecond) { // the shop answers
		if time.Now().After(deadline) {
			c.t.Fatal("the shop does not answer")
		}
		c.run(chromedp.Navigate(at))
	}
	if c.has("form[action='/platforms/erase']") {
		c.t.Error("what is deleted can be deleted again")
	}
	c.press("input[value=worse]")
	c.follow("form[action='/platforms/report'] button", "platform")
	if !c.has("[data-said=report]") {
		c.t.Error("the report is not confirmed")
	}
	c.open(c.site.URL+"/records", "records")
	c.press("#check button")
	c.waits("#check[data-outcome=ok]")
	if shown, said := js[int](c.tab, `document.querySelectorAll("li[data-record]").length`), c.text("#check [data-ok] [data-count]"); said != fmt.Sprint(shown) || shown < 5 {
		c.t.Errorf("%d records, and %q were checked", shown, said)
	}
	c.open(c.site.URL+"/records?kind=consents&platform=demo-shop", "records")
	if c.has("li[data-kind=verified]") || !c.has("li[data-kind=erasure-answered]") || !c.has("li[data-kind=reported]") {
		c.t.Error("the records are not those that were chosen")
	}
	c.open(c.site.URL+"/consents", "consents")
	if !c.has("[data-notice=enrolment]") || !c.has("[data-consent] details") {
		c.t.Error("a consent is missing")
	}
	c.follow("[data-notice=enrolment] p a[href*='/notices/']", "reading")
}
