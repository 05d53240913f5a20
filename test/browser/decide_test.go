package browser_test

import (
	"net/url"
	"slices"
	"strings"

	"github.com/chromedp/chromedp/kb"
)

// result is all that a sign-in tells the shop.
var result = []string{"sub", "acr", "receipt", "sid", "iss", "aud", "iat", "exp", "nonce"}

// learned reads the table of what arrived at the shop: these claims and no
// other, and nothing of the person in the whole page.
func (c *citizen) learned(claims ...string) {
	c.t.Helper()
	got := js[[]string](c.tab, `[...document.querySelectorAll("[data-claim]")].map(e => e.dataset.claim)`)
	slices.Sort(got)
	slices.Sort(claims)
	if !slices.Equal(got, claims) {
		c.t.Errorf("the shop learned %v, want %v", got, claims)
	}
	c.says(c.words.shopLearned)
	c.hides(c.secrets()...)
	subject := c.text("[data-claim=sub] [data-value]")
	if len(subject) < 16 || c.subject != "" && subject != c.subject {
		c.t.Errorf("pseudonym %q, before %q", subject, c.subject)
	}
	c.subject = subject
}

// approves: back from enrolment the request still stands there.
func (c *citizen) approves() {
	c.t.Helper()
	c.follow("#enter button", "request")
	c.unchosen()
	c.hides(c.secrets()...) // nor does netid put the person into a page about somebody else
	c.balanced()
	if !c.has("[data-warn=new]") || c.has("[data-warn=plain]") || c.has("[data-warn=hour]") {
		c.t.Error("the first request of a platform is called new, and nothing else")
	}
	c.follow("#approve", "account")
	c.learned(slices.Clone(result)...)
}

// balanced: no weighs as much as yes.
func (c *citizen) balanced() {
	c.t.Helper()
	if !js[bool](c.tab, `(() => { const [a, b] = [...document.querySelectorAll("#decision .decide button")], x = a.getBoundingClientRect(), y = b.getBoundingClientRect();
		const s = getComputedStyle(a), z = getComputedStyle(b);
		return a.id === "approve" && Math.abs(x.width - y.width) < 1 && Math.abs(x.height - y.height) < 1 && x.top === y.top &&
			["color", "backgroundColor", "borderColor", "fontSize", "fontWeight"].every(k => s[k] === z[k])})()`) {
		c.t.Error("to decline is not as prominent as to approve")
	}
}

// buysWine: with the age told, with the age kept, and not at all; by keyboard alone.
func (c *citizen) buysWine() {
	c.t.Helper()
	for _, choice := range []struct{ key, submit, outcome, says string }{
		{" ", kb.Enter, "allowed", c.words.told},
		{kb.ArrowDown, " ", "not-told", c.words.notTold},
	} {
		c.wine()
		c.unchosen()
		line := c.text("[data-item=age_over_18] [data-line]")
		c.tabTo("input[name=choice-age_over_18]")
		c.key(choice.key)
		if now := c.text("[data-item=age_over_18] [data-line]"); (now != line) != (choice.outcome == "allowed") {
			c.t.Errorf("chosen %s, and the line to sign reads %q", choice.outcome, now)
		}
		before := c.state().Origin
		c.tabTo("#approve")
		c.key(choice.submit)
		c.arrive(before, "wine")
		if !c.has("[data-result=" + choice.outcome + "]") {
			c.t.Errorf("want %s", choice.outcome)
		}
		c.says(choice.says)
		if choice.outcome == "allowed" {
			c.learned(append(slices.Clone(result), "age_over_18")...)
			if got := c.text("[data-claim=age_over_18] [data-value]"); got != "true" {
				c.t.Errorf("age_over_18 is %q", got)
			}
		} else {
			c.learned(slices.Clone(result)...)
		}
	}
	c.wine()
	before := c.state().Origin
	asked := c.state().URL
	c.tabTo("[form=decline]")
	c.key(kb.Enter)
	c.arrive(before, "declined")
	c.says(c.words.declined)
	c.open(asked, "answered") // it is not asked anew
	if c.attr("main", "data-kind") != "declined" {
		c.t.Error("it does not say how it was answered")
	}
}

func (c *citizen) wine() {
	c.t.Helper()
	c.open(c.site.Shop+"/", "home")
	c.follow("form[action='/buy'] button", "request")
}

// tabTo goes on with the Tab key until the focus is on what the selector names.
func (c *citizen) tabTo(selector string) {
	c.t.Helper()
	for range 40 {
		c.key(kb.Tab)
		if js[bool](c.tab, `document.activeElement?.matches(`+quote(selector)+`) ?? false`) {
			return
		}
	}
	c.t.Fatalf("the Tab key never comes to %s", selector)
}

// provesMore: another platform asks for passcode and face.
func (c *citizen) provesMore() {
	c.t.Helper()
	id := "bank-" + strings.ToLower(c.locale)
	if _, errs, code := c.site.Run("party", "add", "--server", c.site.URL, "--id", id, "--name", "Sandbox Savings Bank", "--redirect-uri", c.site.Shop+"/callback", "--public"); code != 0 {
		c.t.Fatalf("party add: %s", errs)
	}
	ask := c.site.URL + "/authorize?" + url.Values{"client_id": {id}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
		"redirect_uri": {c.site.Shop + "/callback"}, "code_challenge_method": {"S256"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
		"authorization_details": {`[{"type":"urn:netid:verification","intent":"reverify"}]`}, "acr_values": {"urn:netid:acr:cert-pwd-face"}}.Encode()
	c.open(ask, "request")
	c.says(c.words.again)
	c.unchosen()
	c.press("input[name=face][value=twin]")
	c.fill("#passcode", "64827193")
	c.answers("#approve", "request", "passcode_wrong")
	if focus := js[string](c.tab, `document.activeElement.id`); focus != "problem" && !c.walked["request-passcode_wrong"] {
		c.t.Errorf("after a refusal the focus is on %q", focus)
	}
	c.press("input[name=face][value=match]")
	before := c.state().Origin
	c.fill("#passcode", c.passcode+kb.Enter)
	c.arrive(before, "problem") // the shop never asked this, and says so
}
