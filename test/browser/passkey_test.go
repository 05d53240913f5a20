package browser_test

import (
	"context"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// authenticator puts one into the browser, as a telephone has it, which knows its owner.
func (c *tab) authenticator(keys ...*webauthn.Credential) (id webauthn.AuthenticatorID) {
	c.t.Helper()
	c.run(webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		id, err = webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true, DefaultBackupEligibility: true, DefaultBackupState: true}).Do(ctx)
		for _, key := range keys {
			if err == nil {
				err = webauthn.AddCredential(id, key).Do(ctx)
			}
		}
		return err
	}))
	return id
}

// carriesPasskey: a passkey that was made in one browser signs in and agrees in
// another, in which nothing of netid is; then it is put out. It gives that browser.
func (c *citizen) carriesPasskey() *citizen {
	c.t.Helper()
	own := c.authenticator()
	c.open(c.site.URL+"/devices", "devices")
	c.fill("#passkey-name", "Keyring 钥匙")
	before := c.state().Origin
	c.fill("#passkey-passcode", c.passcode+kb.Enter)
	c.arrive(before, "passkey")
	c.hides(c.secrets()...)
	c.run(webauthn.SetUserVerified(own, false))
	c.press("#put button")
	c.waits("[data-failed]")
	c.run(webauthn.SetUserVerified(own, true))
	c.follow("#put button", "devices")
	if !c.has("li[data-device] [data-passkey]") {
		c.t.Fatal("no passkey in the list")
	}
	var keys []*webauthn.Credential
	c.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		keys, err = webauthn.GetCredentials(own).Do(ctx)
		return err
	}))
	if len(keys) != 1 || keys[0].RpID != "localhost" || keys[0].UserHandle == "" {
		c.t.Fatalf("the authenticator holds %d passkeys", len(keys))
	}

	second := &citizen{tab: newTab(c.t, c.site, c.locale)}
	phone := second.authenticator(keys...)
	second.open(c.site.URL+"/signin", "signin")
	second.says(c.words.stranger)
	second.run(webauthn.SetUserVerified(phone, false))
	second.press("form[data-passkey] button")
	second.waits("form[data-passkey] [data-failed]")
	second.run(webauthn.SetUserVerified(phone, true))
	second.follow("form[data-passkey] button", "home")
	second.wine()
	second.press("#give-age_over_18")
	second.follow("#approve", "wine")
	if !second.has("[data-result=allowed]") {
		c.t.Error("the approval of a passkey is not one")
	}

	c.press("li[data-device]:has([data-passkey]) details:last-of-type summary")
	before = c.state().Origin
	c.fill("li[data-device]:has([data-passkey]) input[name=passcode]", c.passcode+kb.Enter)
	c.arrive(before, "devices")
	second.open(c.site.URL+"/records", "signin")
	second.answers("form[data-passkey] button", "signin", "device_unknown")
	return second
}

// waits until what the selector names shows.
func (c *tab) waits(selector string) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); !c.has(selector); time.Sleep(15 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("no %s on\n%s", selector, c.text("body"))
		}
	}
}
