package partner_test

import (
	"strings"
	"testing"
	"time"
)

// Whose session ran out has the sign-in where they were, which says that nothing was changed
// and leads back: to the page, or to the one whose form was sent, which is not sent again.
func TestSignedOutAndBack(t *testing.T) {
	d := open(t)
	p := d.founds("zh-CN")
	d.k.Advance(16 * time.Minute)
	for _, c := range []struct{ method, path, back string }{
		{"GET", "/partner/members", "/partner/members"},
		{"POST", "/partner/members/invite", "/partner/members"},
		{"POST", "/partner/applications/x/lodge", "/partner/applications/x"},
		{"POST", "/partner/leave", "/partner/leave"},
		{"GET", "/partner/none", "/partner/none"},
	} {
		cookie := p.cookie
		body := p.want(401, `data-error="partner_signed_out"`)(p.do(c.method, c.path, "label", p.label, "role", "viewer", "next", "https://evil.example"))
		for _, has := range []string{`data-page="partner-start"`, "登录已结束", "没有任何改动。", `name="next" value="` + c.back + `"><input type="hidden" name="certificate">`} {
			if !strings.Contains(body, has) {
				t.Errorf("%s %s does not say %q:\n%s", c.method, c.path, has, body)
			}
		}
		p.want(303, c.back)(p.do("POST", "/partner/signin", "challenge", p.find(`name="challenge" value="([^"]*)"`, body), "certificate", p.account, "signature", p.sign("signin", body), "next", c.back))
		p.cookie = cookie
	}
	_, body := p.do("GET", "/partner")
	p.want(303, "/partner")(p.do("POST", "/partner/signin", "challenge", p.find(`name="challenge" value="([^"]*)"`, body), "certificate", p.account, "signature", p.sign("signin", body), "next", "//evil.example/partner"))
	p.want(200, p.label)(p.do("GET", "/partner")) // nobody left
}
