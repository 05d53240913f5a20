package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	sandboxtest "netid/test/sandbox"
)

// company is an organisation whose first member founds it, in a browser of their own.
func company(t *testing.T, site *sandboxtest.Sandbox, locale, name string) *tab {
	t.Helper()
	c := newTab(t, site, locale)
	c.authenticator()
	c.open(site.URL+"/partner", "partner-start")
	c.press("#founding summary")
	c.fill("#organisation", name)
	c.fill("#code", "91350100M000100Y43")
	c.fill("#contact", "identity@company.example")
	c.fill("#founder", "Wang 王")
	c.follow("#begin button", "partner-found")
	c.follow("#found button", "partner")
	return c
}

// TestPartner: a company is founded with a passkey, lets a colleague in, who signs out and
// in; they read what is said when a domain and a platform are not proved, a program reads
// by its token, and the company leaves. Each in their own language.
func TestPartner(t *testing.T) {
	t.Parallel()
	engine(t)
	site := sandboxtest.Start(t)
	admin := company(t, site, "zh-CN", "示例科技有限公司")
	label := admin.text("#label")
	admin.open(site.URL+"/partner/members", "partner-members")
	admin.follow("#invite button", "partner-members")
	link := admin.text("#secret")

	dev := newTab(t, site, "en")
	dev.authenticator()
	dev.open(site.URL+"/partner", "partner-start")
	dev.press("#invitation-panel summary")
	dev.fill("#invitation", link)
	dev.fill("#joiner", "Li")
	dev.follow("#invited button", "partner-join")
	dev.follow("#join button", "partner")
	if dev.text("#label") != label || dev.attr("main", "data-role") != "developer" {
		t.Error("let into another organisation, or as somebody else")
	}
	for _, c := range []*tab{admin, dev} {
		c.glance = true // each of these was looked at
		c.open(site.URL+"/partner", "partner")
		c.follow("form[action='/partner/signout'] button", "partner-start")
		c.follow("#signin button", "partner")
		c.glance = false
	}
	dev.open(site.URL+"/partner/tokens", "error") // not a developer's
	dev.open(site.URL+"/partner/domains", "partner-domains")
	if dev.text("#line") != label {
		t.Error("another line than the organisation's label")
	}
	dev.fill("#host", "company.invalid")
	if s := dev.follow("#prove button", "partner-domains"); s.Error != "domain_unproven" {
		t.Errorf("%+v", s)
	}
	dev.open(site.URL+"/partner/parties", "partner-parties")
	if !strings.Contains(dev.text("pre"), dev.text("#audience")) {
		t.Error("the command is for another audience")
	}
	dev.fill("#party", "demo-shop")
	dev.fill("#assertion", "x")
	if s := dev.follow("#claim button", "partner-parties"); s.Error != "party_key_unproven" {
		t.Errorf("%+v", s)
	}

	admin.glance, dev.glance = true, true
	admin.open(site.URL+"/partner/members", "partner-members")
	admin.run(chromedp.SetValue("tr:last-child select", "viewer", chromedp.ByQuery))
	admin.follow("tr:last-child form[action$=role] button", "partner-members")
	dev.open(site.URL+"/partner", "partner")
	if dev.attr("main", "data-role") != "viewer" {
		t.Error("another role than the one that was given")
	}
	admin.open(site.URL+"/partner/tokens", "partner-tokens")
	admin.glance = false
	admin.follow("#issue button", "partner-tokens")
	admin.glance = true
	admin.open(site.URL+"/partner/tokens", "partner-tokens")
	if admin.has("#secret") {
		t.Error("a token is shown again")
	}
	admin.follow("form[action$=end] button", "partner-tokens")
	admin.open(site.URL+"/partner", "partner")
	admin.glance = false
	admin.follow("main a[href='/partner/leave']", "partner-leave")
	admin.glance = true
	admin.fill("#typed", label)
	admin.follow("#leave button", "partner-start")
	dev.open(site.URL+"/partner/members", "partner-start")
}
