package browser_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// maker stands in for what a browser does at its maker's service, which none does
// here: the subscription's address is one of this computer. All else is the browser's own.
const maker = `PushManager.prototype.getSubscription = async () => null;
PushManager.prototype.subscribe = async function (o) {
	sessionStorage.asked = JSON.stringify([o.userVisibleOnly, o.applicationServerKey.length]);
	return {endpoint: sessionStorage.elsewhere ?? "http://localhost:9/push/of-this-browser"};
};`

// isSignalled turns signals on for this browser: a signal without a content shows
// one sentence in the citizen's language, and nothing of what it carried.
func (c *citizen) isSignalled() {
	c.t.Helper()
	var registration atomic.Value
	chromedp.ListenTarget(c.ctx, func(event any) {
		if e, is := event.(*serviceworker.EventWorkerRegistrationUpdated); is {
			for _, r := range e.Registrations {
				if strings.HasSuffix(r.ScopeURL, "/assets/") { // the other one shows pages without a network
					registration.Store(r.RegistrationID)
				}
			}
		}
	})
	c.run(serviceworker.Enable(), chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(maker).Do(ctx)
		return err
	}), browser.GrantPermissions([]browser.PermissionType{browser.PermissionTypeNotifications}).WithOrigin(c.site.URL))
	c.open(c.site.URL+"/devices", "devices")
	c.follow("a[href='/devices/signals']", "signals")
	js[bool](c.tab, `(sessionStorage.elsewhere = "https://push.elsewhere.example/x", true)`)
	c.answers("#on button", "signals", "signal_refused")
	js[bool](c.tab, `delete sessionStorage.elsewhere`)
	c.follow("#on button", "signals")
	if asked, through := js[string](c.tab, `sessionStorage.asked`), c.attr("main", "data-through"); asked != "[true,65]" || through != "localhost" {
		c.t.Errorf("the browser was asked for %s, and is signalled through %q", asked, through)
	}
	shown := func() []string {
		return js[[]string](c.tab, `navigator.serviceWorker.getRegistration("/assets/").then(r => r?.getNotifications() ?? []).then(all => all.map(n => n.title + ": " + n.body + n.data))`)
	}
	deliver := func() {
		for _, carried := range []string{"", "a content that nobody may send"} {
			c.run(serviceworker.DeliverPushMessage(c.site.URL, registration.Load().(serviceworker.RegistrationID), carried))
		}
	}
	deliver()
	want := []string{"netid: " + c.words.waits + "null"}
	for deadline, again := time.Now().Add(patience), time.Now().Add(patience/4); !slices.Equal(shown(), want); time.Sleep(15 * time.Millisecond) {
		if time.Now().After(again) { // a browser that is busy may let one fall
			again = time.Now().Add(patience / 4)
			deliver()
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("the browser shows %q, not %q", shown(), want)
		}
	}
	c.follow("#off button", "signals")
	if n := js[int](c.tab, `navigator.serviceWorker.getRegistrations().then(all => all.filter(r => r.scope.endsWith("/assets/")).length)`); n != 0 || c.attr("main", "data-through") != "" {
		c.t.Errorf("turned off, and %d workers are left, signalled through %q", n, c.attr("main", "data-through"))
	}
}
