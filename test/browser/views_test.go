package browser_test

import (
	"fmt"
	"os"
	"strings"
)

// view is one of the ways in which a page may be met: how wide the window is,
// in which colours, and whether an elder reads it.
type view struct {
	width       int64
	dark, elder bool
}

func (v view) String() string {
	return fmt.Sprintf("%d%s%s", v.width, map[bool]string{true: "-dark"}[v.dark], map[bool]string{true: "-elder"}[v.elder])
}

func everyView() (all []view) {
	for _, width := range []int64{phoneWidth, 768, 1280} {
		for _, dark := range []bool{false, true} {
			for _, elder := range []bool{false, true} {
				all = append(all, view{width, dark, elder})
			}
		}
	}
	return all
}

// views looks at a page once more in other ways than a citizen of this test
// does: one after another in turn, and all twelve where NETID_PAGES asks for them
// (make pages), which then keeps a picture of each.
func (c *tab) views(name string) {
	c.t.Helper()
	full, turn := os.Getenv("NETID_PAGES") != "", len(c.walked)
	was := js[bool](c, `document.documentElement.classList.contains("large")`)
	for i, v := range everyView() {
		if !full && i != turn*5%12 && v != (view{phoneWidth, false, true}) {
			continue
		}
		c.screen(v.width, phoneHeight)
		c.scheme(map[bool]string{false: "light", true: "dark"}[v.dark])
		c.enlarge(v.elder)
		at := name + " at " + v.String()
		if over := js[float64](c, sideways); over > 0 {
			c.t.Errorf("%s: %.0f px too wide", at, over)
		}
		if v.elder {
			for _, small := range js[[]string](c, tooSmall) {
				c.t.Errorf("%s, for an elder: %s", at, small)
			}
		}
		if full || i == turn*5%12 && turn%4 == 0 {
			c.accessible(at, everything)
		}
		if full {
			c.picture(name + "-" + v.String())
		}
	}
	c.screen(1280, phoneHeight)
	c.enlarge(false)
	if over := js[float64](c, `(() => { const s = document.documentElement.style, over = (s.fontSize = "212.5%", `+sideways+`); s.fontSize = ""; return over })()`); over > 0 {
		c.t.Errorf("%s: %.0f px too wide with type twice as large", name, over)
	}
	c.enlarge(was)
	c.light()
	c.screen(phoneWidth, phoneHeight)
}

func (c *tab) enlarge(on bool) {
	c.t.Helper()
	js[bool](c, fmt.Sprintf(`(document.documentElement.classList.toggle("large", %t), true)`, on))
}

// sideways is by how much the page is wider than its window.
const sideways = `document.documentElement.scrollWidth - document.documentElement.clientWidth`

// tooSmall finds what an elder could not read or hit (适老化: type of 18, lines
// 1.3 apart, targets of 60 x 60). A link in the middle of a sentence is as large as its words.
var tooSmall = strings.ReplaceAll(`(() => {
	const found = [], seen = e => e.checkVisibility({visibilityProperty: true}) && !e.closest(".hide, .skip, .sandbox, pre, svg");
	for (const e of document.querySelectorAll("body *")) {
		if (!seen(e) || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
		const s = getComputedStyle(e), size = parseFloat(s.fontSize);
		if (size < 17.99) found.push("type of " + size + ": " + e.outerHTML.slice(0, 100));
		if (parseFloat(s.lineHeight) / size < 1.299) found.push("lines " + s.lineHeight + " at " + size + ": " + e.outerHTML.slice(0, 100));
	}
	for (const e of document.querySelectorAll("button, a[href], input, select, textarea, summary")) {
		const inText = e.tagName === "A" && getComputedStyle(e).display === "inline";
		if (!seen(e) || e.type === "hidden" || inText) continue;
		const r = (e.closest("label, .option") ?? e).getBoundingClientRect();
		if (r.height < 59.5 || r.width < 59.5) found.push(Math.round(r.width) + " x " + Math.round(r.height) + ": " + e.outerHTML.slice(0, 100));
	}
	return found;
})()`, "\n", " ")
