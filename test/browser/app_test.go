package browser_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	sandboxtest "netid/test/sandbox"
)

// TestApp: the service among the apps of a device, and the first page as a slow
// line and a browser without scripts meet it.
func TestApp(t *testing.T) {
	site := sandboxtest.Start(t)
	c := newTab(t, site, "zh-CN")
	c.glance = true
	t.Run("first page", c.firstPage)
	t.Run("installable", c.installable)
	t.Run("without scripts", c.withoutScripts)
	t.Run("aloud", c.aloud)
}

// firstPage counts every byte that comes over the line, with nothing at hand.
func (c *tab) firstPage(t *testing.T) {
	var bytes, answers atomic.Int64
	ctx, stop := context.WithCancel(c.ctx)
	defer stop()
	chromedp.ListenTarget(ctx, func(event any) {
		if e, is := event.(*network.EventLoadingFinished); is {
			bytes.Add(int64(e.EncodedDataLength))
			answers.Add(1)
		}
	})
	c.open(c.site.URL+"/", "start")
	for deadline := time.Now().Add(patience); answers.Load() < 2 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
	}
	if n := bytes.Load(); n == 0 || n >= 100_000 {
		t.Errorf("the first page is %d bytes in %d answers", n, answers.Load())
	} else {
		t.Logf("the first page is %d bytes in %d answers", n, answers.Load())
	}
}

// installable asks the browser what keeps it from offering to install this.
func (c *tab) installable(t *testing.T) {
	c.run(chromedp.ActionFunc(func(ctx context.Context) error {
		errs, err := page.GetInstallabilityErrors().Do(ctx)
		for _, e := range errs {
			if e.ErrorID != "in-incognito" { // the window of this test, not the page
				t.Errorf("not installable: %s %v", e.ErrorID, e.ErrorArguments)
			}
		}
		return err
	}))
	names := map[string]bool{}
	for _, locale := range []string{"zh-CN", "en"} {
		r, err := http.Get(c.site.URL + "/manifest.webmanifest?locale=" + locale)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		var m struct {
			Lang, Description, ID string
			Icons                 []struct{ Src, Type string }
			Shortcuts             []struct{ Name, URL string }
		}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || m.Lang != locale || m.ID != "/" || len(m.Shortcuts) == 0 {
			t.Fatalf("%+v: %v", m, err)
		}
		names[m.Description+m.Shortcuts[0].Name] = true
		for _, icon := range m.Icons {
			r, err := http.Get(c.site.URL + icon.Src)
			if err != nil {
				t.Fatal(err)
			}
			n, _ := io.Copy(io.Discard, r.Body)
			r.Body.Close()
			if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != icon.Type || n == 0 {
				t.Errorf("%s: %d, %s, %d bytes", icon.Src, r.StatusCode, r.Header.Get("Content-Type"), n)
			}
		}
	}
	if len(names) != 2 {
		t.Error("one language stands for both")
	}
}

// withoutScripts: reading, choosing a language and a view, and beginning to
// enrol need no script; where a device's key is needed the page says so.
func (c *tab) withoutScripts(t *testing.T) {
	c.run(emulation.SetScriptExecutionDisabled(true))
	defer c.run(emulation.SetScriptExecutionDisabled(false))
	c.open(c.site.URL+"/", "start")
	c.follow("button[name=view][value=large]", "start")
	if c.has("#aloud") {
		t.Error("a button that does nothing without scripts")
	}
	c.follow("button[name=view][value=standard]", "start")
	c.locale = "en"
	c.follow("button[name=locale][value=en]", "start")
	c.locale = "zh-CN"
	c.follow("button[name=locale][value=zh-CN]", "start")
	c.follow("footer a[href='/help']", "help")
	c.open(c.site.URL+"/no-such-page", "error")
	c.open(c.site.URL+"/", "start")
	c.follow("main a[href='/enrol']", "kind")
	c.press("input[name=kind][value=resident-id-card]")
	c.follow("main form button.button", "tasks")
	c.follow(".ways a.button", "notice")
	c.follow("button[value=agree]", "document-consent")
	before := c.state().Origin
	c.press("button[value=agree]")
	var s state
	for deadline := time.Now().Add(patience); s.Page != "card" && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if now := c.state(); now.Origin != before { // its button waits for a script: the page is never at rest
			s = now
		}
	}
	if text := c.text("main"); !strings.Contains(text, "JavaScript") {
		t.Errorf("nothing says what is missing:\n%s", text)
	}
	c.follow("form[action='/enrol/cancel'] button", "left")
}

// voices stands in for what a device speaks with, of which this browser has none.
const voices = `(() => { const all = JSON.parse(sessionStorage.voices ?? "[]"); window.spoken = [];
	Object.defineProperty(window, "SpeechSynthesisUtterance", {value: function (text) { this.text = text; }});
	Object.defineProperty(window, "speechSynthesis", {value: {getVoices: () => all, speak: u => spoken.push(u), cancel: () => spoken.length = 0, addEventListener() {}}});
})()`

// aloud: an elder has the page read by a voice of the device; by one that
// computes elsewhere nothing is read, for the page would go there.
func (c *tab) aloud(t *testing.T) {
	var id page.ScriptIdentifier
	c.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		id, err = page.AddScriptToEvaluateOnNewDocument(voices).Do(ctx)
		return err
	}))
	defer c.run(chromedp.ActionFunc(func(ctx context.Context) error { return page.RemoveScriptToEvaluateOnNewDocument(id).Do(ctx) }))
	c.open(c.site.URL+"/help", "help")
	if c.has("#aloud") {
		t.Error("the standard view reads aloud")
	}
	c.follow("button[name=view][value=large]", "help")
	for _, v := range []struct {
		voices string
		read   bool
	}{{`[]`, false}, {`[{"lang": "zh-CN", "localService": false}]`, false}, {`[{"lang": "en-US", "localService": true}]`, false},
		{`[{"lang": "zh-CN", "localService": false}, {"lang": "zh_CN", "localService": true, "own": true}]`, true}} {
		js[bool](c, `(sessionStorage.voices = `+quote(v.voices)+`, true)`)
		c.open(c.site.URL+"/help", "help")
		if got := c.has("#aloud"); got != v.read {
			t.Errorf("voices %s, and a button to read: %t", v.voices, got)
		}
	}
	c.press("#aloud")
	said := js[[]string](c, `spoken.map(u => u.voice.own ? u.text : "by another's voice")`)
	if len(said) < 8 || said[0] != c.text("h1") {
		t.Errorf("it reads %q", said)
	}
	for i, line := range said {
		if i > 0 && (said[i-1] == line || strings.HasSuffix(said[i-1], "\n"+line)) {
			t.Errorf("it reads %q twice", line)
		}
	}
	c.press("#aloud")
	if n := js[int](c, `spoken.length`); n != 0 || c.attr("#aloud", "aria-pressed") != "false" {
		t.Error("it does not fall silent")
	}
	c.follow("button[name=view][value=standard]", "help")
}

// losesTheNetwork: home brought a worker along. Without a network it shows what
// is the same for everybody, in the citizen's language; with one it is in no
// page's way, and hides from the server nothing of where a request comes from.
func (c *citizen) losesTheNetwork() {
	c.t.Helper()
	c.takesAWorker()
	c.open(c.site.URL+"/records", "records")
	if !js[bool](c.tab, `!!navigator.serviceWorker.controller`) {
		c.t.Error("no worker stands behind the page")
	}
	worker := c.behind()
	c.network(worker, false)
	c.open(c.site.URL+"/records", "offline")
	c.hides(c.secrets()...)
	c.open(c.site.URL+"/qr", "qr")
	c.waits("[data-said], #code") // its modules are there, too
	c.open(c.site.URL+"/data", "offline")
	c.network(worker, true)
	c.watch.found() // a page that cannot come is what this was about
	c.follow("main .ways a", "home")
	// Another site leads here: taking a copy is not what its link may cause.
	c.open(c.site.Shop+"/", "home")
	before := c.state().Origin
	js[bool](c.tab, `(setTimeout(() => { location = `+quote(c.site.URL+"/data/export")+` }, 0), true)`)
	c.arrive(before, "data")
}

// behind attaches to the worker behind the pages, for as long as the browser is open.
func (c *tab) behind() context.Context {
	c.t.Helper()
	all, err := chromedp.Targets(c.ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, one := range all {
		if one.Type == "service_worker" && strings.HasPrefix(one.URL, c.site.URL+"/worker.js") {
			ctx, leave := chromedp.NewContext(c.ctx, chromedp.WithTargetID(one.TargetID))
			c.t.Cleanup(leave)
			if err := chromedp.Run(ctx, network.Enable()); err != nil {
				c.t.Fatal(err)
			}
			return ctx
		}
	}
	c.t.Fatal("no worker stands behind the page")
	return nil
}

// takesAWorker has home register it, and waits until it stands behind what comes.
func (c *tab) takesAWorker() {
	c.t.Helper()
	c.open(c.site.URL+"/", "home")
	js[bool](c, `navigator.serviceWorker.ready.then(r => r.active.state === "activated" || new Promise(done => r.active.addEventListener("statechange", () => done(true))))`)
}

// network is there or not: for the page, and for the worker behind it.
func (c *tab) network(worker context.Context, there bool) {
	c.t.Helper()
	cut := network.EmulateNetworkConditions(!there, 0, -1, -1)
	c.run(cut)
	if err := chromedp.Run(worker, cut); err != nil {
		c.t.Fatal(err)
	}
}
