package browser_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// look judges a page as a citizen with a narrow screen, dark colours, larger
// type, a screen reader or only a keyboard would.
func (c *tab) look(s state) {
	c.t.Helper()
	shop := strings.HasPrefix(s.URL, c.site.Shop+"/")
	if s.Lang != c.locale {
		c.t.Errorf("%s: the page's language is %q", s.URL, s.Lang)
	}
	if s.Title == "" || s.Heads != 1 {
		c.t.Errorf("%s: title %q, %d first-level headings", s.URL, s.Title, s.Heads)
	}
	if c.glance {
		return
	}
	name := s.Page
	if shop {
		name = "shop-" + name
	}
	if s.Error != "" {
		name += "-" + s.Error
	}
	if !looked.first(c.locale+name+js[string](c, shape)) && c.shots == "" {
		return
	}
	c.shot++
	c.fits(name)
	c.accessible(name, everything)
	c.capture(name, phoneWidth)
	c.dark()
	c.accessible(name+" in the dark", colours)
	c.capture(name+"-dark", phoneWidth)
	c.light()
	if walked.first(c.locale+name) || c.shots != "" && !c.walked[name] {
		c.walked[name] = true
		c.capture(name, 1280)
		c.walk(name)
		if !shop {
			c.views(name)
		}
	}
}

// once says of what has been done already, by whichever test came first.
type once struct {
	sync.Mutex
	done map[string]bool
}

var looked, walked = once{done: map[string]bool{}}, once{done: map[string]bool{}}

func (o *once) first(what string) bool {
	o.Lock()
	defer o.Unlock()
	was := o.done[what]
	o.done[what] = true
	return !was
}

// shape is what of a page the judgement of it depends on: its elements, what they are
// marked as, and its words but for names, numbers and times. A page that is met again in
// the same shape, by this test or another, is not judged again.
const shape = `[...document.querySelectorAll("*")].map(e => e.tagName + e.className + (e.hidden ? "-" : "") + (e.disabled ? "." : "")).join() +
	document.documentElement.className + document.body.innerText.replace(/[\w:/.-]+/g, "0")`

func (c *tab) accessible(name, options string) {
	c.t.Helper()
	for _, v := range c.violations(options) {
		c.t.Errorf("%s: %s", name, v)
	}
}

// fits measures that nothing makes the page scroll sideways: on the phone, at
// 320 px (WCAG 1.4.10), and with the larger type.
func (c *tab) fits(name string) {
	c.t.Helper()
	was := js[bool](c, `document.documentElement.classList.contains("large")`)
	for _, width := range []int64{320, phoneWidth} {
		c.screen(width, phoneHeight)
		for _, on := range []bool{!was, was} {
			c.enlarge(on)
			if over := js[float64](c, sideways); over > 0 {
				c.t.Errorf("%s: %.0f px too wide at %d px (larger type: %t)", name, over, width, on)
			}
		}
	}
}

// The keyboard's stops: what can be pressed or typed into, a group of radio
// buttons being one.
const stops = `(() => {
	const key = e => e.type === "radio" ? "radio " + e.name : e.tagName + " " + [...document.querySelectorAll("*")].indexOf(e);
	const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
		.filter(e => !e.disabled && e.type !== "hidden" && e.checkVisibility());
	const at = document.activeElement, box = at?.type === "radio" || at?.type === "checkbox" ? at.closest(".option") ?? at : at;
	const style = box && getComputedStyle(box), r = box?.getBoundingClientRect();
	return {all: [...new Set(all.map(key))], at: at && at !== document.body ? key(at) : "", what: at?.outerHTML.slice(0, 120) ?? "",
		ring: !!style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
		inside: !!r && r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth};
})()`

type stop struct {
	All          []string
	At, What     string
	Ring, Inside bool
}

// walk goes through the page with the Tab key: every stop is reached, shows
// that it has the focus, and is on the screen then.
func (c *tab) walk(name string) {
	c.t.Helper()
	missed := js[stop](c, stops).All
	if len(missed) == 0 {
		c.t.Errorf("%s: nothing that a keyboard could reach", name)
	}
	for presses := 2*len(missed) + 4; presses > 0 && len(missed) > 0; presses-- {
		c.key(kb.Tab)
		s := js[stop](c, stops)
		i := slices.Index(missed, s.At)
		if i < 0 {
			continue
		}
		missed = slices.Delete(missed, i, i+1)
		if !s.Ring || !s.Inside {
			c.t.Errorf("%s: the focus on %s shows: %t, is on the screen: %t", name, s.What, s.Ring, s.Inside)
		}
	}
	if len(missed) > 0 {
		c.t.Errorf("%s: the keyboard never reaches %q", name, missed)
	}
}

// capture keeps a picture of the whole page, in a window of that width.
func (c *tab) capture(name string, width int64) {
	if width != phoneWidth && c.shots != "" {
		c.screen(width, 900)
		defer c.screen(phoneWidth, phoneHeight)
	}
	c.picture(fmt.Sprintf("%s-%d", name, width))
}

// picture keeps one of the page as it stands, where pictures are wanted.
func (c *tab) picture(name string) {
	if c.shots == "" {
		return
	}
	var picture []byte
	err := chromedp.Run(c.ctx, chromedp.ActionFunc(func(ctx context.Context) (err error) {
		_, _, _, _, _, size, err := page.GetLayoutMetrics().Do(ctx)
		if err != nil {
			return err
		}
		picture, err = page.CaptureScreenshot().WithCaptureBeyondViewport(true).
			WithClip(&page.Viewport{Width: size.Width, Height: size.Height, Scale: 1}).Do(ctx)
		return err
	}))
	if err == nil {
		err = os.WriteFile(filepath.Join(c.shots, fmt.Sprintf("%03d-%s.png", c.shot, name)), picture, 0o644)
	}
	if err != nil {
		c.t.Log(err)
	}
}
