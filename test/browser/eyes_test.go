package browser_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	sandboxtest "netid/test/sandbox"
)

// TestTheEyesAreOpen: whatever TestCitizen calls clean has been looked at by
// something that finds dirt. Each defect here is made on a good page.
func TestTheEyesAreOpen(t *testing.T) {
	c := newTab(t, sandboxtest.Start(t), "en")
	c.open(c.site.URL+"/", "start")
	if found := c.violations(everything); len(found) > 0 {
		t.Fatalf("the page was not good: %v", found)
	}
	for _, defect := range []struct{ rule, make string }{
		{"html-has-lang", `document.documentElement.removeAttribute("lang")`},
		{"link-name", `document.querySelector(".brand").replaceChildren()`},
		{"color-contrast", `document.querySelector(".lead").style.color = "#bbb"`},
		{"label", `document.querySelector(".views").append(document.createElement("input"))`},
		{"target-size", `(e => { e.style.minHeight = e.style.minWidth = e.style.height = e.style.width = "12px"; e.style.padding = "0"; e.style.fontSize = "6px";
			e.parentElement.style.gap = "0" })(document.querySelector(".views button")), [...document.querySelectorAll(".views button")].forEach(e => {
			e.style.minHeight = e.style.minWidth = "0"; e.style.height = e.style.width = "12px"; e.style.padding = "0"; e.style.overflow = "hidden" })`},
	} {
		c.open(c.site.URL+"/", "start")
		js[bool](c, `(`+defect.make+`, true)`)
		if found := c.violations(everything); !slices.ContainsFunc(found, func(v string) bool { return strings.HasPrefix(v, defect.rule+" ") }) {
			t.Errorf("%s was not found among %q", defect.rule, found)
		}
	}
	c.open(c.site.URL+"/", "start")
	js[bool](c, `(document.querySelector(".brand").style.outline = "none", true)`)
	hidden := false
	for range js[stop](c, stops).All {
		c.key("\t")
		if s := js[stop](c, stops); strings.Contains(s.What, `class="brand"`) {
			hidden = !s.Ring
		}
	}
	if !hidden {
		t.Error("a focus that does not show was not found")
	}
	for _, trespass := range []struct{ says, do string }{
		{"content security policy", `(() => { const s = document.createElement("style"); s.textContent = "p { color: red }"; document.head.append(s); return true })()`},
		{"content security policy", `(() => { try { document.body.insertAdjacentHTML("beforeend", "<b>x</b>") } catch {} return true })()`},
		{"a script failed", `(setTimeout(() => { throw new Error("made up") }, 0), true)`},
		{"left netid and the shop", `(setTimeout(() => { location = "http://localhost:1/" }, 0), true)`}, // the one way that the policy leaves open
	} {
		c.open(c.site.URL+"/", "start")
		c.watch.found()
		js[bool](c, trespass.do)
		if !c.watch.sees(trespass.says) {
			t.Errorf("%s went unseen", trespass.do)
		}
	}
	c.run(chromedp.Navigate("about:blank"))
	c.watch.found()
}

// sees waits for a report that holds the words.
func (w *watch) sees(words string) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if slices.ContainsFunc(w.found(), func(line string) bool { return strings.Contains(line, words) }) {
			return true
		}
	}
	return false
}
