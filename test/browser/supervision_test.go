package browser_test

import (
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/officer"
	sandboxtest "netid/test/sandbox"
)

// TestSupervisionPage: what is due stands on a page in both languages, and two give a ticket
// for a matter of a minor with their passkeys.
func TestSupervisionPage(t *testing.T) {
	t.Parallel()
	engine(t)
	site := sandboxtest.Start(t)
	var made struct{ Reference string }
	operates(t, site, "/admin/supervision", `{"by":"ann","duty":"impact","what":"人脸步骤","due":"`+identity.Today(time.Now()).String()+`"}`, &made)
	operates(t, site, "/admin/supervision", `{"by":"ann","duty":"minors-audit","what":"this year"}`, &made)
	operates(t, site, "/admin/emergencies", `{"by":"ann","approver":"bo","citation":"《个人信息保护法》第十三条","what":"洪水","affected":40,"began":"2026-01-01T00:00:00Z"}`, &made)
	system := joinsConsole(t, site, "en", founder(t, site, "system"))
	security := joinsConsole(t, site, "zh-CN", founder(t, site, "security"))
	at := site.URL + "/operator/supervision"
	system.open(at, "operator-supervision")
	system.fill("#about", "0a1b2c3d")
	system.fill("#why", "The mother came to the desk")
	system.follow("#ticket button", "operator-sign")
	system.follow("#sign button", "operator-proposal")
	security.open(site.URL+"/operator/proposals", "operator-proposals")
	security.follow("tbody tr:first-child a", "operator-proposal")
	security.follow("#approve button", "operator-proposal")
	security.open(at, "operator-supervision")
	if !security.has("tr[data-ticket]") || security.attr("tr[data-alarm]", "data-stage") != "soon" || !security.has("tr[data-emergency]") || security.has("#ticket") {
		t.Error("what is on the page")
	}
	assists(t, site, system, security)
}

// assists has two say who holds an officer's key, and one write down what an authority asks.
func assists(t *testing.T, site *sandboxtest.Sandbox, system, security *tab) {
	t.Helper()
	authority, err := officer.NewAuthority(identity.ES256)
	if err != nil {
		t.Fatal(err)
	}
	at := site.URL + "/operator/assistance"
	security.open(at, "operator-assistance")
	security.fill("#name", "经办一")
	security.fill("#reference", "p-7")
	security.follow("#officer-form button", "operator-sign")
	security.follow("#sign button", "operator-proposal")
	system.open(site.URL+"/operator/proposals", "operator-proposals")
	system.follow("tbody tr:first-child a", "operator-proposal")
	system.follow("#approve button", "operator-proposal")
	system.open(at, "operator-assistance")
	system.fill("#authority", "某市公安局")
	system.fill("#law", "《刑事诉讼法》第五十四条 2026-17")
	system.fill("#key", authority.Public().Text())
	system.fill("#number", "none")
	(&citizen{tab: system}).answers("#assistance button", "error", "net_number_invalid")
	system.open(at, "operator-assistance")
	system.fill("#authority", "某市公安局")
	system.fill("#law", "《刑事诉讼法》第五十四条 2026-17")
	system.fill("#key", authority.Public().Text())
	system.fill("#pseudonym", strings.Repeat("A", 43))
	system.fill("#at", "demo-shop")
	system.follow("#assistance button", "operator-assistance")
	security.open(at, "operator-assistance")
	if !security.has("tr[data-request]") || !security.has("tr[data-officer]") || security.has("tr[data-request] form") {
		t.Error("what stands about assistance")
	}
}
