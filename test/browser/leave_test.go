package browser_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"netid/client"
)

// freezes: one tap stops every verification, the passcode allows them again.
func (c *citizen) freezes() {
	c.t.Helper()
	c.open(c.site.URL+"/", "home")
	c.hides(c.net) // masked once the first page is gone
	c.follow("form[action='/certificate/freeze'] button", "home")
	c.says(c.words.frozen)
	c.wine()
	c.press("input[name=choice-age_over_18][value=withhold]")
	before := c.state().Origin
	c.press("#approve")
	if s := c.arrive(before, "request"); s.Error != "certificate_frozen" {
		c.t.Errorf("frozen, and yet: %+v", s)
	}
	c.open(c.site.URL+"/", "home")
	c.fill("#passcode", "64827193")
	c.answers("form[action='/certificate/thaw'] button", "home", "passcode_wrong")
	before = c.state().Origin
	c.fill("#passcode", c.passcode+kb.Enter)
	c.arrive(before, "home")
	if c.attr("main", "data-standing") != "active" || c.attr("#said", "data-said") != "thawed" {
		c.t.Error("the passcode did not unfreeze, or nobody hears it")
	}
	c.returns()
}

// returns: Back shows neither the passcode that was typed nor a standing that is over.
func (c *citizen) returns() {
	c.t.Helper()
	c.open(c.site.URL+"/", "home")
	c.follow("form[action='/certificate/freeze'] button", "home")
	before := c.state().Origin
	c.fill("#passcode", c.passcode+kb.Enter)
	c.arrive(before, "home")
	c.run(chromedp.NavigateBack())
	c.waits("main[data-standing=active]")
	if got := js[string](c.tab, `document.querySelector("[name=passcode]")?.value ?? ""`); got != "" {
		c.t.Error("the passcode stands in the page to which one goes back")
	}
}

// looks: every event, a proof that the browser works out, the platforms, the data.
func (c *citizen) looks() {
	c.t.Helper()
	c.follow(".top nav a[href='/records']", "records")
	for kind, least := range map[string]int{"enrolled": 1, "issued": 1, "verified": 3, "declined": 1, "frozen": 1, "thawed": 1} {
		if got := js[int](c.tab, `document.querySelectorAll("li[data-kind=`+kind+`]").length`); got < least {
			c.t.Errorf("%d records of %s, want %d", got, kind, least)
		}
	}
	c.follow("li[data-kind=verified] a", "record")
	c.says(c.words.unchanged, c.words.signed, c.words.remembers)
	c.open(c.site.URL+"/records", "records")
	c.follow("li[data-kind=enrolled] a", "record")
	c.says(c.words.unchanged, c.words.signed, c.words.grown)
	c.doubts(c.state().URL)

	c.follow(".top nav a[href='/platforms']", "platforms")
	c.signsOut()
	c.follow("li[data-party=demo-shop] form[action='/platforms/withdraw'] button", "platforms")
	c.says(c.words.withdrawn)
	if c.has("li[data-party=demo-shop] form") {
		c.t.Error("withdrawn, and can be withdrawn again")
	}
	c.forgotten()
	c.follow(".top nav a[href='/data']", "data")
	c.says(c.known, c.number, c.person.Phone)
	c.downloads()
}

// signsOut: the shop's button leads here, where staying signed in weighs as much
// as leaving, and back to the shop.
func (c *citizen) signsOut() {
	c.t.Helper()
	c.open(c.site.URL+"/logout?client_id=demo-shop", "logout")
	c.follow("button[value=stay]", "home")
	signIn := func() {
		c.open(c.site.Shop+"/", "home")
		if !c.has("form[action='/signin']") { // still a customer since the wine
			c.follow("footer form[action='/signout'] button", "logout")
			c.follow("button[value=stay]", "home")
		}
		c.follow("form[action='/signin'] button", "request")
		c.follow("#approve", "account")
	}
	signIn()
	c.follow("footer form[action='/signout'] button", "logout")
	if s := c.follow("button[value=stay]", "home"); !strings.HasPrefix(s.URL, c.site.Shop+"/") {
		c.t.Errorf("signed out to %s", s.URL)
	}
	signIn()
	c.open(c.site.URL+"/platforms", "platforms")
	c.follow("li[data-party=demo-shop] [data-session] button", "platforms")
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) { // the shop hears of it
		c.open(c.site.Shop+"/", "home")
		if c.has("form[action='/signin']") {
			break
		}
		if time.Now().After(deadline) {
			c.t.Fatal("the shop keeps a customer whose session was ended")
		}
	}
	c.open(c.site.URL+"/platforms", "platforms")
}

// doubts opens the record with one byte changed on its way: the browser's own
// check has to notice.
func (c *citizen) doubts(url string) {
	c.t.Helper()
	ctx, stop := context.WithCancel(c.ctx)
	chromedp.ListenTarget(ctx, func(event any) {
		paused, ok := event.(*fetch.EventRequestPaused)
		if !ok {
			return
		}
		go func() { // an event's listener must not wait for an answer
			_ = chromedp.Run(c.ctx, chromedp.ActionFunc(func(ctx context.Context) error {
				body, err := fetch.GetResponseBody(paused.RequestID).Do(ctx)
				if err != nil {
					return err
				}
				body = bytes.Replace(body, []byte(`data-canonical="e`), []byte(`data-canonical="f`), 1)
				return fetch.FulfillRequest(paused.RequestID, paused.ResponseStatusCode).WithResponseHeaders(paused.ResponseHeaders).
					WithBody(base64.StdEncoding.EncodeToString(body)).Do(ctx)
			}))
		}()
	})
	c.run(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: url, RequestStage: fetch.RequestStageResponse}}))
	c.run(network.SetBypassServiceWorker(true)) // what it has the browser load is not changed on its way here
	c.open(url, "record")
	c.run(fetch.Disable(), network.SetBypassServiceWorker(false))
	stop()
	c.says(c.words.lies)
	if text := c.text("#proof"); strings.Contains(text, c.words.unchanged) {
		c.t.Errorf("a changed record passes for unchanged:\n%s", text)
	}
}

// downloads takes everything as one file, which checks out against the ledger.
func (c *citizen) downloads() {
	c.t.Helper()
	c.press("a[href='/data/export']")
	var file []byte
	for deadline := time.Now().Add(patience); len(file) == 0; time.Sleep(20 * time.Millisecond) {
		names, err := filepath.Glob(filepath.Join(c.saved, "*"))
		if err != nil {
			c.t.Fatal(err)
		}
		if len(names) == 1 && !strings.HasSuffix(names[0], ".crdownload") {
			if file, err = os.ReadFile(names[0]); err != nil {
				c.t.Fatal(err)
			}
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("no download came: %v", names)
		}
	}
	r, err := http.Get(c.site.URL + "/ledger/key")
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	key, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := client.CheckExport(bytes.NewReader(file), strings.TrimSpace(string(key))); err != nil {
		c.t.Error(err)
	}
	for _, mine := range []string{c.known, c.number, c.person.Phone} {
		if !bytes.Contains(file, []byte(mine)) {
			c.t.Errorf("the download lacks %q", mine)
		}
	}
}

// rights: a correction is asked for, a word is left for relatives, and a refusal explains itself.
func (c *citizen) rights() {
	c.t.Helper()
	c.follow("a[href='/data/requests']", "asked")
	c.unchosen()
	c.press("input[name='about'][value='name']")
	c.follow("form[action='/data/requests'] button", "asked")
	if !c.has("[data-claim]") {
		c.t.Error("what was asked is not in the list")
	}
	c.open(c.site.URL+"/why?code=document_expired", "why")
	c.follow("form[action='/why'] button", "claim")
	c.open(c.site.URL+"/data/after", "after")
	c.press("input[name='wish'][value='erase']")
	c.fill("#passcode", c.passcode)
	c.follow("form[action='/data/after'] button", "after")
	if !c.has("[data-wish='erase']") {
		c.t.Error("the word for relatives was not kept")
	}
	c.open(c.site.URL+"/data", "data")
}

// leaves: signed out, in again by the device's key, then gone for good.
func (c *citizen) leaves() {
	c.t.Helper()
	c.follow("footer form[action='/signout'] button", "start")
	c.goesBack()
	c.open(c.site.URL+"/records", "signin")
	c.hides(c.secrets()...)
	c.follow("[data-device] button", "records")
	c.follow(".top nav a[href='/data']", "data")
	c.rights()
	c.follow("a[href='/erase']", "erase")
	c.unchosen()
	c.fill("#passcode", "64827193")
	c.press("#confirm")
	c.answers("form[action='/erase'] button", "erase", "passcode_wrong")
	c.fill("#passcode", c.passcode)
	if !js[bool](c.tab, `document.querySelector("#confirm").checked`) {
		c.press("#confirm")
	}
	c.follow("form[action='/erase'] button", "receipt")
	c.hides(c.secrets()...)
	for deadline := time.Now().Add(patience); !c.has("[data-key-gone]") && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	c.says(c.words.keyGone)
	if kept := js[[]string](c.tab, `indexedDB.databases().then(l => l.map(d => d.name))`); len(kept) > 0 {
		c.t.Errorf("after the erasure the device still keeps %v", kept)
	}
	if left := js[int](c.tab, `Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations()]).then(all => all.flat().length)`); left > 0 {
		c.t.Errorf("after the erasure %d workers and what they keep are left", left)
	}
	c.open(c.site.URL+"/signin", "signin")
	c.says(c.words.stranger)
	c.open(c.site.URL+"/", "start")
}
