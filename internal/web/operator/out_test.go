package operator_test

import (
	"strings"
	"testing"
	"time"

	"netid/internal/web/shell"
)

// Whose session ran out reads that they are signed out and nothing was changed, on the
// sign-in itself, which leads back: to the page they asked for, or to the one whose form
// they sent. What they sent is not done.
func TestSignedOutAndBack(t *testing.T) {
	d := open(t)
	d.k.Two()
	system, security := d.founders()
	_, at := security.do("POST", "/operator/incidents", "kind", "key", "severity", "large", "what", "a key was seen")
	d.k.Advance(16 * time.Minute)
	for _, c := range []struct{ method, path, back string }{
		{"GET", "/operator/staff?q=Lin", "/operator/staff?q=Lin"},
		{"GET", at, at},
		{"POST", at + "/stop", at},
		{"POST", at, at},
		{"POST", "/operator/staff/remove", "/operator/staff"},
		{"POST", "/operator/glass", "/operator"},
		{"GET", "/operator/none", "/operator/none"},
	} {
		cookie := security.cookie
		body := security.want(401, `data-error="staff_signed_out"`)(security.do(c.method, c.path, "scope", "issuance", "what", "stop it", "next", "/operator/alerts"))
		for _, has := range []string{`data-page="operator-signin"`, "登录已结束", "没有任何改动。", "之后会回到原来的页面"} {
			if !strings.Contains(body, has) {
				t.Errorf("%s %s does not say %q:\n%s", c.method, c.path, has, body)
			}
		}
		if next := `name="next" value="` + c.back + `"><input type="hidden" name="certificate">`; strings.Contains(body, next) != (c.back != "/operator") || strings.Contains(body, "这一步没有完成") {
			t.Errorf("%s %s leads elsewhere than %s:\n%s", c.method, c.path, c.back, body)
		}
		body = security.want(401, `name="next" value="/operator/keys"`)(security.do("POST", "/operator/signin", "challenge", "x", "certificate", security.id, "signature", "AAAA", "next", "/operator/keys"))
		security.want(303, c.back)(security.do("POST", "/operator/signin", "challenge", security.find(`name="challenge" value="([^"]*)"`, body), "certificate", security.id, "signature", security.sign("signin", body), "next", c.back))
		security.cookie = cookie // and the next is signed out again
	}
	if all, err := d.k.Incident.Stops(t.Context()); err != nil || len(all) != 0 {
		t.Error("what was sent was done:", all, err)
	}
	for _, elsewhere := range []string{"https://evil.example/operator", "//evil.example/operator", "/operators", "/", "/signin", "/operator/../erase", "operator", "/operator\\x"} {
		_, body := system.do("GET", "/operator")
		status, to := system.do("POST", "/operator/signin", "challenge", system.find(`name="challenge" value="([^"]*)"`, body), "certificate", system.id, "signature", system.sign("signin", body), "next", elsewhere)
		if status != 303 || to != "/operator" {
			t.Errorf("a form leads to %q: %d %s", elsewhere, status, to)
		}
		system.do("POST", "/operator/signout")
	}
}

func TestPageOver(t *testing.T) {
	patterns := []string{"GET /operator/a", "GET /operator/a/{ref}", "POST /operator/a/{ref}/stop", "GET /operator/a/{ref}/b/{x}"}
	for at, want := range map[string]string{
		"/operator/a/1/stop": "/operator/a/1", "/operator/a/1": "/operator/a/1", "/operator/a": "/operator/a", "/operator/b/1/stop": "/operator", "/operator": "/operator", "/operator/": "/operator",
		"/operator/a/": "/operator/a", "/other/a": "/operator", "/operator/a/1/b/2": "/operator/a/1/b/2", "/operator/a/1/c/2/3": "/operator/a/1", "": "/operator", "/operator/a//stop": "/operator/a",
	} {
		if got := shell.PageOver("/operator", at, patterns); got != want {
			t.Errorf("%q: %q, want %q", at, got, want)
		}
	}
}
