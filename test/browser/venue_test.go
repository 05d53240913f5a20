package browser_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"netid/client"
	"netid/internal/tool/venue"
	sandboxtest "netid/test/sandbox"
)

// TestVenuePage: a scanner types codes into the gate's page, which says a big yes or no in
// both languages, and never leaves the yes of the one before standing.
func TestVenuePage(t *testing.T) {
	v, root := slipVectors(t)
	dir, now := t.TempDir(), func() time.Time { return v.At }
	file := filepath.Join(dir, "bundle")
	if err := os.WriteFile(file, []byte(v.Bundle), 0o600); err != nil {
		t.Fatal(err)
	}
	bundles := &venue.Bundles{File: file, Roots: []byte(v.Root), Issuer: v.Issuer, Now: now}
	if err := bundles.Load(); err != nil {
		t.Fatal(err)
	}
	terminal := &venue.Terminal{Bundles: bundles, Gate: client.Gate{Venue: v.Venue, Seen: new(client.ShownSlips)}, Now: now, Words: gateWords(t, root)}
	server := httptest.NewServer(terminal)
	defer server.Close()
	terminal.Host = strings.TrimPrefix(server.URL, "http://")

	c := &tab{t: t, ctx: chromium(t), axe: engine(t), locale: "en"}
	var shown, age string
	scan := func(code string) {
		c.run(chromedp.SendKeys("#code", code+"\r"), chromedp.WaitVisible(`#answer:not([data-answer=ready]) strong`), chromedp.Poll(`document.querySelector("#code").value === ""`, nil),
			chromedp.Text("#answer", &shown), chromedp.Text("#age", &age))
	}
	shot := func(name string) {
		if found := c.violations(everything); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
		if to := os.Getenv("NETID_ARTIFACTS"); to != "" {
			var png []byte
			c.run(chromedp.CaptureScreenshot(&png))
			if err := os.WriteFile(filepath.Join(to, name+".png"), png, 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	c.run(emulation.SetDeviceMetricsOverride(360, 780, 1, true), chromedp.Navigate(server.URL), chromedp.WaitVisible(`#answer[data-answer=ready]`), chromedp.Poll(`document.querySelector("#age").textContent !== ""`, nil))
	var wide bool
	if c.run(chromedp.Evaluate(`document.documentElement.scrollWidth > 360`, &wide)); wide {
		t.Error("it runs out of a narrow screen")
	}
	shot("venue-ready")
	scan(v.Codes[0].Code)
	if !strings.Contains(shown, "Yes") || !strings.Contains(shown, "Over 18") || !strings.Contains(age, "1 h 0 min") {
		t.Errorf("%q, %q", shown, age)
	}
	shot("venue-yes")
	c.run(chromedp.Click("#language"))
	scan(v.Codes[0].Code)
	c.run(chromedp.WaitVisible(`#answer[data-answer=no]`), chromedp.Text("#answer", &shown))
	if !strings.Contains(shown, "否") || !strings.Contains(shown, "已经用过") {
		t.Errorf("%q", shown)
	}
	shot("venue-no")
	i := slices.IndexFunc(v.Codes, func(c struct{ Name, Code, Reason string }) bool { return c.Name == "a real person, for any venue" })
	scan(v.Codes[i].Code)
	c.run(chromedp.WaitVisible(`#answer[data-answer=yes]`))
	server.Close() // the program ends
	c.run(chromedp.SendKeys("#code", v.Codes[i].Code+"\r"), chromedp.WaitVisible(`#answer[data-answer=no]`))
}

// vectors are client's codes, with the bundle, the root and the moment.
type vectors struct {
	Issuer, Root, Bundle, Venue string
	At                          time.Time
	Codes                       []struct{ Name, Code, Reason string }
}

func slipVectors(t *testing.T) (v vectors, root string) {
	t.Helper()
	root, err := sandboxtest.Root()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "client", "testdata", "vectors", "slip.json"))
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v, root
}

// gateWords are the catalogue's, as the command hands them to the page.
func gateWords(t *testing.T, root string) map[string]map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "internal", "web", "shell", "catalogue", "venue.json"))
	var all map[string]map[string]string
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]map[string]string{"zh-CN": {}, "en": {}}
	for _, name := range venue.Words() {
		text, ok := all["venue."+name]
		if !ok {
			t.Fatal("no words for", name)
		}
		words["zh-CN"][name], words["en"][name] = text["zh"], text["en"]
	}
	return words
}
