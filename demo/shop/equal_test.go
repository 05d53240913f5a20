package shop_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	doors   = regexp.MustCompile(`<(?:button|a) class="([^"]*)"[^>]* data-way="(\w+)"`)
	learned = regexp.MustCompile(`(?s)<h1>.*</main>`) // what a customer's own account says, which tells how they came
	goods   = regexp.MustCompile(`(?s)<section aria-labelledby="goods">.*?</section>`)
)

// byMail signs a customer in the other way, by three presses and no more: with netid
// there are as many (to netid, the device's key, the answer).
func byMail(t *testing.T, c *customer) {
	t.Helper()
	code := regexp.MustCompile(`data-code>(\d{6})<`)
	c.get("/other").must(t, 200, "/other", `name="mail"`)
	page := c.do("POST", "/other", url.Values{"mail": {"li@example.com"}})
	c.do("POST", "/other/code", url.Values{"code": {code.FindStringSubmatch(page.body)[1]}}).must(t, 200, "/account", `data-way="mail"`)
}

// Wherever the shop asks for netid, the other way stands beside it, of the same
// kind and size, as often (Arts 6, 7; obligation A7-3).
func TestTheOtherWayStandsBeside(t *testing.T) {
	op := startProvider(t)
	pages := map[string]func(*customer) seen{
		"home":     func(c *customer) seen { return c.get("/") },
		"not told": func(c *customer) seen { return c.post("/buy") },
		"declined": func(c *customer) seen {
			op.error = "access_denied"
			defer func() { op.error = "" }()
			return c.post("/signin")
		},
	}
	for name, open := range pages {
		body := open(enter(t, op)).body
		by := map[string][]string{}
		for _, d := range doors.FindAllStringSubmatch(body, -1) {
			by[d[2]] = append(by[d[2]], d[1])
		}
		if len(by["netid"]) == 0 || !slices.Equal(by["netid"], by["other"]) {
			t.Errorf("%s: %v", name, by)
		}
	}
}

// Whoever came by mail sees the same goods at the same prices with the same things to
// press as who came with netid, whatever the mode was.
func TestBothWaysAreEqual(t *testing.T) {
	op := startProvider(t)
	shown := func(c *customer) (all [3]string) {
		home := c.get("/").body
		return [3]string{goods.FindString(home), home[strings.Index(home, "<header>"):strings.Index(home, "<main")], learned.ReplaceAllString(c.get("/account").body, "")}
	}
	mail := enter(t, op)
	byMail(t, mail)
	want := shown(mail)
	if want[0] == "" || strings.Count(want[0], `class="price"`) != 3 {
		t.Fatalf("no goods: %q", want[0])
	}
	for _, mode := range []string{"urn:netid:cert", "urn:netid:cert-pwd-face", "urn:netid:anything-better"} {
		op.claims["acr"] = mode
		c := enter(t, op)
		c.post("/signin").must(t, 200, "/account", `data-way="netid"`)
		if got := shown(c); got != want {
			t.Errorf("%s: the shop is another:\n%q\n%q", mode, got, want)
		}
	}
	// The wine without netid: one press, as far as a jar that is put aside at the same price.
	mail.post("/counter").must(t, 200, "/wine", `data-result="counter"`, "The price is the same")
}

// A no costs nothing: the shop is afterwards what it was before.
func TestANoChangesNothing(t *testing.T) {
	op := startProvider(t)
	c := enter(t, op)
	before := c.get("/").body
	op.error = "access_denied"
	for range 4 {
		c.post("/signin").must(t, 200, "/callback", `data-result="declined"`)
	}
	if after := c.get("/").body; after != before {
		t.Errorf("after a no:\n%s\nbefore:\n%s", after, before)
	}
	byMail(t, c)
}
