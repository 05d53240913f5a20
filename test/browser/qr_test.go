package browser_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"netid/client"
	sandboxtest "netid/test/sandbox"
)

// runsAhead has the clock of a tab's pages run ahead by as much as the test says.
const runsAhead = `{ const real = Date.now; Date.now = () => real() + Number(sessionStorage.ahead ?? 0); }`

// followsClock is for the documents to come.
func (c *tab) followsClock() {
	c.t.Helper()
	c.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(runsAhead).Do(ctx)
		return err
	}))
}

// ahead sets that clock, and gives its time.
func (c *tab) ahead(by time.Duration) time.Time {
	c.t.Helper()
	js[string](c, fmt.Sprintf(`sessionStorage.ahead = "%d"`, by.Milliseconds()))
	return time.Now().Add(by)
}

// gateWithoutANetwork is what a venue has: a root, and a bundle from the public address.
func gateWithoutANetwork(t *testing.T, site *sandboxtest.Sandbox) client.Gate {
	t.Helper()
	get := func(path string) []byte {
		r, err := http.Get(site.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatal(path, r.Status, err)
		}
		return b
	}
	bundle, err := client.ReadBundle(string(get("/venue/bundle")), get("/trust/root.pem"), site.URL, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return client.Gate{Bundle: bundle, Over18: true, Seen: new(client.ShownSlips)}
}

// onScreen reads the code that is drawn now, as the reader at a door does.
func (c *tab) onScreen() string {
	c.t.Helper()
	c.wait("a code", unhidden("#code")+` && document.querySelector("#code path").hasAttribute("d")`)
	at := js[struct {
		Path string
		Side int
	}](c, `({ path: document.querySelector("#code path").getAttribute("d") ?? "", side: document.querySelector("#code svg").viewBox.baseVal.width })`)
	text, err := readSquare(at.Path, at.Side)
	if err != nil {
		c.t.Fatal(err)
	}
	return text
}

// meant takes note of the answers of refusal that were meant to come, and of none else.
func (c *tab) meant(at string) {
	c.t.Helper()
	for _, line := range c.watch.found() {
		if !strings.Contains(line, at) {
			c.t.Error(line)
		}
	}
}

// standsAtDoors: a phone shows codes that a gate without a network takes, each slip at
// one door, each picture for a moment; also without a network of its own, until none is left.
func (c *citizen) standsAtDoors() {
	c.t.Helper()
	gate := gateWithoutANetwork(c.t, c.site)
	var slips [][]byte
	// another waits for a slip that was not on the screen before, and shows its code at the gate.
	another := func() (code string) {
		c.t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			code = c.onScreen()
			slip := slipIn(c.t, code).Slip
			if !slices.ContainsFunc(slips, func(s []byte) bool { return bytes.Equal(s, slip) }) {
				slips = append(slips, slip)
				break
			}
			if time.Now().After(deadline) {
				c.t.Fatal("a slip is shown at two doors")
			}
		}
		if entry, err := gate.Check(code, time.Now()); err != nil || !entry.Over18 {
			c.t.Errorf("the gate says %+v, %v", entry, err)
		}
		return code
	}
	says := func(why string) {
		c.t.Helper()
		c.wait(why, unhidden("[data-said="+why+"]"))
		if c.has("#code") || c.attr("#code path", "d") != "" {
			c.t.Error("a code is left on the page that has none")
		}
	}

	c.glance = true // but where a look is asked for
	looks := func() {
		c.t.Helper()
		c.glance = false
		defer func() { c.glance = true }()
		c.look(c.state())
	}
	c.open(c.site.URL+"/wallet", "wallet")
	c.follow("main a[href='/qr']", "qr")
	code := another()
	looks()
	if _, err := gate.Check(code, time.Now()); !errors.Is(err, client.ErrSlipUsed) {
		c.t.Errorf("shown twice: %v", err)
	}
	late := gate
	late.Seen = new(client.ShownSlips)
	if _, err := late.Check(code, time.Now().Add(90*time.Second)); !errors.Is(err, client.ErrSlipLate) {
		c.t.Errorf("a picture of before: %v", err)
	}

	// The next half minute: the same slip, signed anew.
	drawn := c.attr("#code path", "d")
	at := c.ahead(30 * time.Second)
	c.wait("the next half minute", `document.querySelector("#code path").getAttribute("d") !== `+quote(drawn))
	newer := c.onScreen()
	if _, err := gate.Check(newer, at); err != nil || newer == code || !bytes.Equal(slipIn(c.t, newer).Slip, slips[0]) {
		c.t.Errorf("the next code: %v", err)
	}
	c.ahead(10 * time.Minute) // whoever queued is through
	says("away")
	c.ahead(0)
	c.press("#again")
	another()
	c.press("#next")
	c.wait("the focus on the code", `document.activeElement.id === "what"`)
	another()
	c.wait("thirteen of sixteen are left", `document.querySelector("[data-left]").textContent === "13"`)
	if all := js[[]string](c.tab, kept); !slices.Contains(all, "private key") || slices.Contains(all, "private key, extractable") {
		c.t.Error("a slip's key can be taken along")
	}

	worker := c.behind()
	c.network(worker, false)
	c.open(c.site.URL+"/qr", "qr") // from what the worker keeps
	another()
	for len(slips) < 8 {
		c.press("#next")
		another()
	}
	c.press("#next")
	says("offline")
	looks()
	c.network(worker, true)
	c.watch.found() // what could not come
	c.press("#again")
	another()
	c.open(c.site.URL+"/qr", "qr") // a new opening
	another()

	// Somebody else's certificate on this device: what was fetched with the other is gone.
	const device = `import("/assets/device.js").then(async (d) => { const was = await d.read("device"); await d.keep("device", { ...was, certificate: %s }); return was.certificate; })`
	was := js[string](c.tab, fmt.Sprintf(device, `"another"`))
	c.open(c.site.URL+"/qr", "qr")
	says("denied") // all of today's were given
	c.meant("/credential answered 400")
	js[string](c.tab, fmt.Sprintf(device, quote(was)))
	c.open(c.site.URL+"/qr", "qr")
	says("over")
	looks()

	// A clock that is a day ahead gets no slips; nor does who is stopped, or not signed in.
	c.ahead(24 * time.Hour)
	c.open(c.site.URL+"/qr", "qr")
	says("clock")
	c.meant("/token answered 400")
	c.open(c.site.URL+"/", "home")
	c.follow("button.switch", "home")
	c.open(c.site.URL+"/qr", "qr")
	says("frozen")
	c.meant("/wallet/offer answered 403")
	c.open(c.site.URL+"/", "home")
	c.follow("footer form button", "start")
	c.open(c.site.URL+"/qr", "qr")
	says("signin")
	c.meant("/wallet/offer answered 401")
	c.follow("[data-said=signin] a", "signin")
}
