package browser_test

import (
	"regexp"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"
)

// kept is everything that the browser holds for netid's pages besides cookies,
// as texts; of a key only whether it could be taken along.
const kept = `(async () => {
	const found = [], walk = v => {
		if (v instanceof CryptoKey) found.push(v.type + (v.extractable ? " key, extractable" : " key"));
		else if (v && typeof v === "object") Object.values(v).forEach(walk);
		else found.push(String(v));
	};
	const done = r => new Promise((ok, no) => { r.onsuccess = () => ok(r.result); r.onerror = no; });
	for (const {name} of await indexedDB.databases()) {
		const db = await done(indexedDB.open(name));
		for (const store of db.objectStoreNames) walk(await done(db.transaction(store).objectStore(store).getAll()));
		db.close();
	}
	walk(Object.values(localStorage).concat(Object.values(sessionStorage), await caches.keys(), (await navigator.serviceWorker?.getRegistrations() ?? []).map(r => r.active?.scriptURL)));
	for (const name of await caches.keys()) {
		const place = await caches.open(name);
		for (const r of await place.keys()) {
			const answer = await place.match(r);
			walk(["cached " + new URL(r.url).pathname, JSON.stringify([...r.headers, ...answer.headers]), await answer.text()]);
		}
	}
	return found;
})()`

// keepable are the addresses that are the same for everybody.
var keepable = regexp.MustCompile(`^cached /(offline|qr|assets/[\w-]+\.(css|m?js|svg))$`)

// goesBack: who signed out, and presses the browser's button, sees nothing of
// before (E08); and what stays on the device says nothing of the person (E13).
func (c *citizen) goesBack() {
	c.t.Helper()
	before := c.state().Origin
	c.run(chromedp.NavigateBack())
	c.arrive(before, "signin")
	c.hides(c.secrets()...)
	all := js[[]string](c.tab, kept)
	if !slices.Contains(all, "private key") {
		c.t.Errorf("the device's key is not where it was looked for: %d things", len(all))
	}
	if !slices.Contains(all, "cached /offline") || slices.ContainsFunc(all, func(thing string) bool {
		return strings.HasPrefix(thing, "cached ") && !keepable.MatchString(thing)
	}) {
		c.t.Errorf("the worker keeps %q", slices.DeleteFunc(slices.Clone(all), func(thing string) bool { return !strings.HasPrefix(thing, "cached ") }))
	}
	for _, thing := range all {
		if thing == "private key, extractable" {
			c.t.Error("the device's key can be taken along")
		}
		for _, secret := range c.secrets() {
			if strings.Contains(thing, secret) {
				c.t.Errorf("the device keeps %q", secret)
			}
		}
	}
}
