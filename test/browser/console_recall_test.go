package browser_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"netid/internal/act/staff"
	"netid/internal/law"
)

// TestConsoleEndsMany: two end the certificates of a time, of which both read how many there
// are. Who may not propose it reads who may; whose session ran out signs in where they were.
func TestConsoleEndsMany(t *testing.T) {
	t.Parallel()
	engine(t)
	k, site := consoleOf(t)
	ctx := t.Context()
	invite := func(name string, role law.Role, locale string) *tab {
		secret, err := k.Staff.Found(ctx, staff.Invitation{Name: name, Role: role, Reference: "p-" + string(role)})
		if err != nil {
			t.Fatal(err)
		}
		return joinsConsole(t, site, locale, secret)
	}
	system, security := invite("Lin", law.SystemRole, "en"), invite("吴敏", law.SecurityRole, "zh-CN")
	k.Advance(time.Minute)
	from := k.Now()
	for n := range 3 {
		if err := k.Adult(n + 1).Enrol(ctx); err != nil {
			t.Fatal(err)
		}
	}
	k.Advance(2 * time.Minute)
	security.open(site.URL+"/operator/incidents", "operator-incidents")
	security.press("details.panel summary")
	security.fill("#what", "服务点的凭证借给了别人")
	at := security.follow("#open button", "operator-incident").URL

	system.open(at, "operator-incident")
	if system.has("#recall") || !strings.Contains(system.attr("[data-whose]", "data-whose"), "certificates-recall") {
		t.Error("who may not propose it does not read who may")
	}
	field := func(at time.Time) string {
		return at.In(time.FixedZone("", 8*3600)).Format("2006-01-02T15:04")
	}
	security.press("details:has(#recall) summary")
	security.run(chromedp.SetValue("#ends-from", field(from), chromedp.ByQuery), chromedp.SetValue("#ends-until", field(k.Now()), chromedp.ByQuery))
	security.fill("#ends-why", "本不该签发")
	security.follow("#recall button", "operator-sign")
	security.says("3 张", "本不该签发")
	security.follow("#sign button", "operator-proposal")
	system.open(site.URL+"/operator/proposals", "operator-proposals")
	system.follow("tbody tr:first-child a", "operator-proposal")
	system.says("3 certificates when this was proposed")

	k.Advance(16 * time.Minute) // before the second signed, both were away for too long
	was := system.state().URL
	system.follow("#approve button", "operator-signin")
	system.says("You are signed out", "Nothing was changed.")
	system.follow("#signin button", "operator-proposal")
	if now := system.state().URL; now != was {
		t.Errorf("the sign-in leads to %s, not back to %s", now, was)
	}
	system.follow("#approve button", "operator-proposal")
	if err := k.RecallFailed(); err != nil || system.attr("dl[data-state]", "data-state") != "done" {
		t.Error("it is not done", err)
	}
	security.open(at, "operator-signin")
	security.says("登录已结束", "没有任何改动。")
	security.follow("#signin button", "operator-incident")
	if security.attr("[data-ends]", "data-ends") != "100" {
		t.Error("how far it is does not show")
	}
	security.says("已全部完成：作废 3 张。")
	security.open(site.URL+"/operator/keys", "operator-keys")
	security.says("网证的签名")
	system.open(site.URL+"/operator/staff", "operator-staff")
	security.open(site.URL+"/operator/staff", "operator-staff")
}
