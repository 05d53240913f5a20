package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	sandboxtest "netid/test/sandbox"
)

// founder invites one of the first two who work at the console.
func founder(t *testing.T, site *sandboxtest.Sandbox, role string) string {
	t.Helper()
	var made struct{ Invitation string }
	operates(t, site, "/admin/staff", `{"name":"`+role+` 一号","role":"`+role+`","reference":"p-`+role+`"}`, &made)
	return made.Invitation
}

// joinsConsole makes a passkey by an invitation, and the code of who approved it, in a browser of their own.
func joinsConsole(t *testing.T, site *sandboxtest.Sandbox, locale, invitation string, code ...string) *tab {
	t.Helper()
	c := newTab(t, site, locale)
	c.authenticator()
	c.open(site.URL+"/operator", "operator-signin")
	c.press("details summary")
	c.fill("#invitation", invitation)
	c.follow("#invited button", "operator-join")
	for _, one := range code {
		c.fill("#code", one)
	}
	c.follow("#join button", "operator")
	return c
}

// TestConsole: two join with passkeys, sign out and in, and together invite a third and
// make a setting stricter; each in their own language.
func TestConsole(t *testing.T) {
	t.Parallel()
	engine(t)
	site := sandboxtest.Start(t)
	system := joinsConsole(t, site, "en", founder(t, site, "system"))
	security := joinsConsole(t, site, "zh-CN", founder(t, site, "security"))
	for _, c := range []*tab{system, security} {
		c.follow("form[action='/operator/signout'] button", "operator-signin")
		c.follow("#signin button", "operator")
	}
	agree := func() {
		t.Helper()
		before := site.URL + "/operator/proposals"
		security.open(before, "operator-proposals")
		security.follow("tbody tr:first-child a", "operator-proposal")
		security.follow("#approve button", "operator-proposal")
		if security.attr("dl[data-state]", "data-state") != "done" || security.has("#approve") {
			t.Error("it is not done")
		}
	}
	system.open(site.URL+"/operator/settings", "operator-settings")
	system.fill("tr[data-setting=idle-minutes] input[type=number]", "\b\b9")
	system.follow("tr[data-setting=idle-minutes] button", "operator-sign")
	system.follow("#sign button", "operator-proposal")
	if system.has("#approve") {
		t.Error("who proposed is asked to approve")
	}
	agree()

	// Two stop the shop, whose next visitor is told so; and it goes on.
	security.open(site.URL+"/operator/cases", "operator-cases")
	security.open(site.URL+"/operator/parties", "operator-parties")
	security.follow("tr[data-party=demo-shop] a", "operator-party")
	security.fill("#reason", "complaints")
	security.follow("#suspend button", "operator-sign")
	security.follow("#sign button", "operator-proposal")
	system.open(site.URL+"/operator/proposals", "operator-proposals")
	system.follow("tbody tr:first-child a", "operator-proposal")
	system.follow("#approve button", "operator-proposal")
	system.open(site.URL+"/operator/parties/demo-shop", "operator-party")
	if system.attr("main", "data-standing") != "suspended" {
		t.Error("two stopped the shop, and it goes on")
	}
	system.follow("#resume button", "operator-sign")
	system.follow("#sign button", "operator-proposal")
	agree()

	security.open(site.URL+"/operator/load", "operator-load")
	if !security.has("[data-plot=asked] rect") {
		t.Error("pages were asked for, and the plot is empty")
	}
	system.open(site.URL+"/operator/staff", "operator-staff")
	system.fill("#name", "Auditor")
	system.run(chromedp.SetValue("#role", "audit", chromedp.ByQuery))
	system.fill("#reference", "p-3")
	system.follow("#invite button", "operator-sign")
	secret := system.text("#secret")
	system.follow("#sign button", "operator-proposal")
	agree()
	third := joinsConsole(t, site, "zh-CN", secret, security.text("#code"))
	third.open(site.URL+"/operator/alerts", "operator-alerts")
	third.open(site.URL+"/operator/staff", "operator-staff")
	if third.has("#invite") || third.attr("tr[data-account]", "data-account") == "" {
		t.Error("what an auditor sees")
	}
}
