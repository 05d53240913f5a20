package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const patience = time.Minute // for one page on a busy machine

// state is a page as far as waiting for it needs to know it.
type state struct {
	Origin float64 // when this document began: another one differs
	Ready  bool    // loaded, and nothing says that it is still at work
	Page   string
	Lang   string
	Title  string
	Heads  int    // first-level headings
	Error  string // the reason that stands on the page
	URL    string
}

const readState = `(() => { const m = document.querySelector("main"); return {
	origin: performance.timeOrigin, page: m?.dataset.page ?? "", lang: document.documentElement.lang, title: document.title,
	heads: document.querySelectorAll("h1").length, error: document.querySelector("[data-error]")?.dataset.error ?? "", url: location.href,
	ready: document.readyState === "complete" && ![...document.querySelectorAll("[data-wait], button:disabled")].some(e => e.checkVisibility())}})()`

func (c *tab) state() (s state) {
	// between two documents there is nobody to ask; whoever waits asks again
	_ = chromedp.Run(c.ctx, chromedp.Evaluate(readState, &s))
	return s
}

// js evaluates an expression in the page, and waits where it is a promise.
func js[T any](c *tab, expression string) (v T) {
	c.t.Helper()
	c.run(chromedp.Evaluate(expression, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// arrive waits until another document than the one that began at before is
// there and is the page of that name, and looks at it.
func (c *tab) arrive(before float64, name string) state {
	c.t.Helper()
	var s state
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(15 * time.Millisecond) {
		if s = c.state(); s.Origin != before && s.Ready && s.Page == name {
			c.look(s)
			return s
		}
		if c.ctx.Err() != nil {
			break
		}
	}
	c.capture("stuck", phoneWidth)
	c.t.Fatalf("waited for the page %s; there is %+v\n%s", name, s, js[string](c, `document.body?.innerText ?? ""`))
	return s
}

// open types an address.
func (c *tab) open(url, name string) state {
	c.t.Helper()
	before := c.state().Origin
	c.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, _, failed, _, err := page.Navigate(url).Do(ctx)
		if err == nil && failed != "" && failed != "net::ERR_HTTP_RESPONSE_CODE_FAILURE" {
			err = fmt.Errorf("open %s: %s", url, failed)
		}
		return err
	}))
	return c.arrive(before, name)
}

// press clicks on what the selector names, as soon as it can be clicked.
func (c *tab) press(selector string) {
	c.t.Helper()
	var at struct{ X, Y float64 }
	find := fmt.Sprintf(`(() => { const e = [...document.querySelectorAll(%s)].find(e => e.checkVisibility() && !e.disabled);
		if (!e || document.readyState !== "complete") return {x: -1, y: -1}; // what still loads may move
		e.scrollIntoView({block: "center"}); const r = e.getClientRects()[0]; return {x: r.x + r.width / 2, y: r.y + r.height / 2}; })()`, quote(selector))
	for deadline := time.Now().Add(patience); ; time.Sleep(15 * time.Millisecond) {
		if at = js[struct{ X, Y float64 }](c, find); at.X >= 0 {
			break
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("nothing to press at %s on\n%s", selector, c.text("body"))
		}
	}
	c.clickAt(at.X, at.Y)
}

// follow presses and looks at the page to which that leads.
func (c *tab) follow(selector, name string) state {
	c.t.Helper()
	before := c.state().Origin
	c.press(selector)
	return c.arrive(before, name)
}

// fill types into a field, over what stood there.
func (c *tab) fill(selector, text string) {
	c.t.Helper()
	c.press(selector)
	js[bool](c, fmt.Sprintf(`(document.querySelector(%s).select(), true)`, quote(selector)))
	c.key(text)
}

// text is what a reader sees of the first match.
func (c *tab) text(selector string) string {
	c.t.Helper()
	return js[string](c, fmt.Sprintf(`document.querySelector(%s)?.innerText ?? ""`, quote(selector)))
}

func (c *tab) attr(selector, name string) string {
	c.t.Helper()
	return js[string](c, fmt.Sprintf(`document.querySelector(%s)?.getAttribute(%s) ?? ""`, quote(selector), quote(name)))
}

func (c *tab) has(selector string) bool {
	c.t.Helper()
	return js[bool](c, fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e => e.checkVisibility())`, quote(selector)))
}

// says fails unless the visible text of the page holds each of the words.
func (c *tab) says(words ...string) {
	c.t.Helper()
	text := c.text("main")
	for _, w := range words {
		if !strings.Contains(text, w) {
			c.t.Errorf("the page does not say %q:\n%s", w, text)
		}
	}
}

// hides fails if the page holds any of the words, seen or unseen.
func (c *tab) hides(words ...string) {
	c.t.Helper()
	source := js[string](c, `document.documentElement.outerHTML`)
	for _, w := range words {
		if w == "" || strings.Contains(source, w) {
			c.t.Errorf("the page %s holds %q", c.state().URL, w)
		}
	}
}
