// Package browser_test does what citizens do, in a real browser against the
// real program: both languages, both documents, from the shop's first request
// to the erased identity.
//
// It owns Chromium and the eyes on its pages: on every page that a citizen
// meets it asks the accessibility engine (axe-core, WCAG 2.2 A and AA, light
// and dark), measures that nothing runs out of a narrow screen, and walks the
// page with the keyboard. It refuses to know packages of ours but the client, the terminal of a
// venue, whose clock it sets, and the console where no sandbox has what is read there:
// it meets netid as people do.
//
// Invariant: no page breaks its own content security policy and no request
// leaves netid and the shop, whatever else a test is about.
package browser_test

import (
	"context"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	sandboxtest "netid/test/sandbox"
)

const whole = 14 * time.Minute // a hung browser ends here, before the stage does; a slow machine is none

// missing skips where a part of the machine is missing, and fails where
// nothing may be missing.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s: with CI=true a skip is a failure", what)
	}
	t.Skip(what)
}

// chromium starts a browser with a fresh profile; it ends with the test.
func chromium(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		missing(t, "no Chromium here")
	}
	limit := whole
	if os.Getenv("NETID_PAGES") != "" { // every view of every page takes its time
		limit *= 5
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-search-engine-choice-screen", true))
	options = append(options, more...)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's own sandbox refuses root; the pages are ours
	}
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(func(format string, args ...any) {
		if !strings.HasPrefix(format, "could not unmarshal event") { // a browser newer than the library knows more kinds of them
			log.Printf(format, args...)
		}
	}))
	t.Cleanup(func() {
		chromedp.Cancel(ctx) // waits until the process has ended and its profile is gone
		cancel()
	})
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return ctx
}

// tab is one citizen's browser: cookies and keys of its own, one page at a time.
type tab struct {
	t      *testing.T
	ctx    context.Context
	site   *sandboxtest.Sandbox
	axe    string // source of the accessibility engine
	locale string
	watch  *watch
	saved  string          // directory of downloads
	walked map[string]bool // pages that the keyboard has walked in this tab
	glance bool            // where another test looks at these pages
	shots  string          // directory of screenshots, or ""
	shot   int
}

// phone is the smallest screen that every page must fit.
const phoneWidth, phoneHeight = 360, 800

func newTab(t *testing.T, site *sandboxtest.Sandbox, locale string, more ...chromedp.ExecAllocatorOption) *tab {
	t.Helper()
	ctx := chromium(t, more...)
	c := &tab{t: t, ctx: ctx, site: site, axe: engine(t), locale: locale, watch: &watch{site: site}, saved: t.TempDir(), walked: map[string]bool{}}
	if dir := os.Getenv("NETID_ARTIFACTS"); dir != "" {
		c.shots = filepath.Join(dir, "pages", locale)
		if err := os.MkdirAll(c.shots, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	chromedp.ListenTarget(ctx, c.watch.take)
	accept := map[string]string{"en": "en-GB,en;q=0.9", "zh-CN": "zh-CN,zh;q=0.9"}[locale]
	var agent string
	c.run(chromedp.Tasks{
		c.watch.enable(),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			_, _, _, agent, _, err = browser.GetVersion().Do(ctx)
			return err
		}),
		chromedp.ActionFunc(func(ctx context.Context) error {
			return emulation.SetUserAgentOverride(agent).WithAcceptLanguage(accept).Do(ctx)
		}),
		emulation.SetFocusEmulationEnabled(true), // as a window in front
		browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllowAndName).WithDownloadPath(c.saved).WithEventsEnabled(true),
	})
	c.screen(phoneWidth, phoneHeight)
	c.light()
	t.Cleanup(func() { c.watch.judge(t) })
	return c
}

func (c *tab) run(a ...chromedp.Action) {
	c.t.Helper()
	if err := chromedp.Run(c.ctx, a...); err != nil {
		c.t.Fatal(err)
	}
}

func (c *tab) screen(width, height int64) {
	c.t.Helper()
	c.run(emulation.SetDeviceMetricsOverride(width, height, 1, false))
}

// light and dark also ask for stillness, so that no colour is measured half-way.
func (c *tab) light() { c.t.Helper(); c.scheme("light") }
func (c *tab) dark()  { c.t.Helper(); c.scheme("dark") }

func (c *tab) scheme(name string) {
	c.t.Helper()
	c.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
}

// key presses one key and lets it go.
func (c *tab) key(key string) {
	c.t.Helper()
	c.run(chromedp.KeyEvent(key))
}

// clickAt presses the left mouse button at a place on the screen.
func (c *tab) clickAt(x, y float64) {
	c.t.Helper()
	c.run(chromedp.MouseClickXY(x, y, chromedp.ButtonType(input.Left)))
}
