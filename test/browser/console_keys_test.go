package browser_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	sandboxtest "netid/test/sandbox"
)

// TestConsoleKeeps: two rotate a key, record a ceremony and set up a counter with their
// passkeys; a table is narrowed by keyboard alone; capacity, figures and health are drawn.
func TestConsoleKeeps(t *testing.T) {
	t.Parallel()
	engine(t)
	site := sandboxtest.Start(t)
	system := joinsConsole(t, site, "en", founder(t, site, "system"))
	security := joinsConsole(t, site, "zh-CN", founder(t, site, "security"))
	agree := func(by *tab) {
		t.Helper()
		by.open(site.URL+"/operator/proposals", "operator-proposals")
		by.follow("tbody tr:first-child a", "operator-proposal")
		by.follow("#approve button", "operator-proposal")
		if by.attr("dl[data-state]", "data-state") != "done" {
			t.Error("it is not done")
		}
	}
	keys := site.URL + "/operator/keys"
	security.open(keys, "operator-keys")
	id := security.attr("tr[data-use=token]", "data-key")
	security.follow("tr[data-use=token] button", "operator-sign")
	security.follow("#sign button", "operator-proposal")
	agree(system)
	for began := time.Now(); ; { // the server looks at its keyring twice a second
		security.open(keys, "operator-keys")
		if security.attr("tr[data-use=token]", "data-key") != id || security.attr("tr[data-use=token] + tr", "data-use") == "token" {
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatal("two agreed, and no key is new")
		}
	}
	security.fill("#present", "p-1, p-2")
	security.fill("#outcome", "2027-10")
	security.follow("#held button", "operator-sign")
	security.follow("#sign button", "operator-proposal")
	agree(system)
	system.open(keys, "operator-keys")
	if !system.has("tr[data-held=officers-months]") {
		t.Error("the ceremony is on no record")
	}
	system.fill("#q", "shelf")
	before := system.state().Origin
	system.key(kb.Enter)
	system.arrive(before, "operator-keys")
	if system.has("tr[data-use=token]") || !system.has("tr[data-use=shelf]") {
		t.Error("the table is not narrowed")
	}

	system.open(site.URL+"/operator/exceptions", "operator-exceptions")
	system.fill("#of", "hangzhou-2-07")
	system.follow("#add button", "operator-sign")
	credential := system.text("#secret")
	if credential == "" {
		t.Error("no credential")
	}
	system.follow("#sign button", "operator-proposal")
	agree(security)
	credential += " " + security.text("#half") // who approved has the other half
	security.open(site.URL+"/operator/exceptions", "operator-exceptions")
	if !security.has("tr[data-counter=hangzhou-2-07]") || security.has("#add") {
		t.Error("what security sees of counters")
	}
	security.open(site.URL+"/counter", "counter-signin")
	security.fill("#credential", credential)
	security.follow("main form button.button", "counter-desk")
	for _, page := range []string{"load", "figures", "health"} {
		for _, c := range []*tab{system, security} {
			c.open(site.URL+"/operator/"+page, "operator-"+page)
		}
	}
	if system.attr("tr[data-check=ready]", "data-bad") != "false" {
		t.Error("a sandbox that is not in order")
	}
	system.open(site.URL+"/operator/load", "operator-load")
	if !system.has("[data-plot=disk] rect") || !system.has("[data-plot=entries] rect") {
		t.Error("what the service bears is not drawn")
	}
}
