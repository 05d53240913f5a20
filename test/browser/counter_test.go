package browser_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	sandboxtest "netid/test/sandbox"
)

// operates asks the operator's door of a sandbox, and reads its answer.
func operates(t *testing.T, site *sandboxtest.Sandbox, path, body string, into any) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, site.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer sandbox")
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(into); err != nil || r.StatusCode != http.StatusCreated {
		t.Fatal(r.Status, err)
	}
}

// counter sets one up and gives its credential.
func counter(t *testing.T, site *sandboxtest.Sandbox, name string) string {
	t.Helper()
	var made struct{ Credential string }
	operates(t, site, "/admin/counters", `{"id":"`+name+`"}`, &made)
	return made.Credential
}

// clerk signs in at a counter, in a browser of their own.
func clerk(t *testing.T, site *sandboxtest.Sandbox, locale, credential string, glance bool) *citizen {
	t.Helper()
	c := &citizen{tab: newTab(t, site, locale)}
	c.glance = glance
	c.open(site.URL+"/counter", "counter-signin")
	c.fill("#credential", credential)
	c.follow("main form button.button", "counter-desk")
	return c
}

// takes opens what the slip on the person's screen leads to.
func (c *citizen) takes(slip string) {
	c.t.Helper()
	c.fill("#slip", slip)
	c.follow("main form button.button", "counter-case")
}

// TestAtACounter: somebody without a phone and without a reader enrols at a counter by
// their own screen, two clerks and no word typed by them; another takes a slip home.
func TestAtACounter(t *testing.T) {
	t.Parallel()
	engine(t)
	site := sandboxtest.Start(t)
	first, second := counter(t, site, "hall-1"), counter(t, site, "hall-2")
	desk := clerk(t, site, "en", first, false)

	elder := &citizen{tab: newTab(t, site, "zh-CN"), kind: "resident-id-card"}
	elder.glance = true
	toCard := func(c *citizen) (slip string) {
		t.Helper()
		c.open(site.URL+"/enrol", "kind")
		c.press("input[name=kind][value=" + c.kind + "]")
		c.follow("main form button.button", "tasks")
		c.follow(".ways a.button", "notice")
		c.follow("button[value=agree]", "document-consent")
		c.follow("button[value=agree]", "card")
		c.follow("form[action='/enrol/clerk'] button", "card")
		return c.attr("[data-slip]", "data-slip")
	}
	slip := toCard(elder)
	before := elder.state().Origin
	desk.glance = true
	desk.takes(slip)
	desk.glance = false
	desk.press("input[name=present]")
	desk.press("input[name=card][value=elder-card]")
	desk.follow("#reader button", "counter-case")
	if desk.attr("main", "data-next") != "phone" {
		t.Fatal("the document was not read")
	}
	desk.hides("10000000002")
	elder.arrive(before, "phone") // by itself

	elder.glance = false
	elder.follow("form[action='/enrol/second'] button", "phone")
	before = elder.state().Origin
	other := clerk(t, site, "en", second, true)
	other.takes(slip)
	other.follow("form[action='/counter/agree'] button", "counter-case")
	elder.arrive(before, "phone")
	elder.glance = true
	elder.follow("button[value=none]", "passcode")
	elder.fill("#passcode", "73914628")
	elder.fill("#again", "73914628")
	elder.glance = false
	elder.follow("main form button.button", "confirm")
	elder.follow("form[action='/enrol/finish'] button", "numbered")
	if len(elder.attr("main", "data-number")) != 16 {
		t.Error("no number is shown")
	}

	adult := &citizen{tab: newTab(t, site, "zh-CN"), kind: "resident-id-card"}
	adult.glance = true
	slip = toCard(adult)
	before = adult.state().Origin
	desk.glance = true
	desk.follow("a[href='/counter']", "counter-desk")
	desk.takes(slip)
	desk.press("input[name=present]")
	desk.press("input[name=card][value=adult-card]")
	desk.follow("#reader button", "counter-case")
	adult.arrive(before, "phone")
	adult.open(site.URL+"/enrol/phone", "phone")
	adult.fill("#phone", "10000000001")
	adult.follow("main form button.button", "code")
	adult.open(site.URL+"/sandbox/outbox", "outbox")
	code := adult.text("li[data-phone='10000000001'] .code")
	adult.open(site.URL+"/enrol/code", "code")
	adult.fill("#code", code)
	adult.follow("main form button.button", "passcode")
	adult.fill("#passcode", "73914628")
	adult.fill("#again", "73914628")
	adult.follow("main form button.button", "confirm")
	adult.glance = false
	adult.follow("form[action='/enrol/slip'] button", "slip")
	paper := adult.attr("main", "data-slip")

	home := &citizen{tab: newTab(t, site, "zh-CN")}
	home.open(site.URL+"/enrol/resume", "resume")
	home.glance = true
	home.fill("#slip", paper)
	home.follow("main form button.button", "tasks")
	home.follow(".ways a.button", "confirm")
	home.follow("#bind button", "done")
	home.follow("#enter button", "home")
}
