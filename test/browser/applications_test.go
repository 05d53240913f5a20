package browser_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
)

// publicKey is a new one, as somebody uploads it.
func publicKey(t *testing.T, kid string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b := base64.RawURLEncoding.EncodeToString
	return fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":"%s","y":"%s","kid":"%s","use":"sig","alg":"ES256"}`, b(point[1:33]), b(point[33:]), kid)
}

// TestApplications: a company drafts an application in a sandbox, is told what is missing,
// gives it a key, hands it in, changes the key beside the old one and ends it, in both languages.
func TestApplications(t *testing.T) {
	t.Parallel()
	engine(t)
	site := sandboxtest.Start(t)
	for _, locale := range []string{"zh-CN", "en"} {
		c := foundsOne(t, site, locale, "示例科技有限公司")
		c.open(site.URL+"/partner/applications", "partner-applications")
		c.follow("main a[href$=new]", "partner-application-edit")
		c.fill("#name", "Company's Shop")
		c.fill("#name_zh", "示例商店")
		c.fill("#redirects", "http://127.0.0.1:9000/callback")
		c.follow("#declare button", "partner-application")
		at := site.URL + "/partner/applications/" + c.text("#client")
		if c.attr("#state", "data-state") != "draft" || !c.has("#missing") {
			t.Error("a draft without a key lacks nothing")
		}
		if locale == "en" { // the same pages in other words: what is done with them the first one showed
			c.follow("main a[href$=figures]", "partner-figures")
			continue
		}
		if s := c.follow("#lodge button", "partner-application"); s.Error != "jwks_missing" {
			t.Errorf("%+v", s)
		}
		c.fill("#jwks", publicKey(t, "first"))
		c.follow("#rekey button", "partner-application")
		c.follow("#lodge button", "partner-application")
		for range 20 { // a party is remembered for a second
			if c.open(at, "partner-application"); c.attr("#state", "data-state") == "effect" {
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		if c.attr("#state", "data-state") != "effect" {
			t.Error("a sandbox's application is not in effect")
		}
		c.fill("#jwks", publicKey(t, "second"))
		c.follow("#rekey button", "partner-application")
		if n := strings.Count(c.text("#keys"), "·"); n != 1 || !c.has("#alarms") {
			t.Errorf("%d keys go by themselves, and who looks is not told", n)
		}
		c.fill("#jwks", `{"kty":"EC","d":"x"}`)
		if s := c.follow("#rekey button", "partner-application"); s.Error != "partner_key_private" {
			t.Errorf("%+v", s)
		}
		c.follow("main a[href$=figures]", "partner-figures")
		c.follow("main a[href*=applications]:last-of-type", "partner-application")
		c.open(at, "partner-application")
		c.fill("#typed", strings.TrimPrefix(at, site.URL+"/partner/applications/"))
		c.follow("#withdraw button", "partner-applications")
	}
}

// foundsOne is an organisation's first member, in a browser of their own.
func foundsOne(t *testing.T, site *sandboxtest.Sandbox, locale, name string) *tab {
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
