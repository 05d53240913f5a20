package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	sandboxtest "netid/test/sandbox"
)

// engine is the source of axe-core, which is installed with other people's clients.
func engine(t *testing.T) string {
	t.Helper()
	root, err := sandboxtest.Root()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "test", "clients", "node_modules", "axe-core", "axe.min.js"))
	if os.IsNotExist(err) {
		missing(t, "axe-core is not installed: npm ci in test/clients")
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The rules of WCAG 2.0, 2.1 and 2.2 of levels A and AA; target-size is off
// unless it is asked for by name.
const (
	everything = `{runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
		rules: {"target-size": {enabled: true}}, resultTypes: ["violations"], preload: false}`
	colours = `{runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}, resultTypes: ["violations"], preload: false}`
)

// violations asks the engine about the page as it stands. The engine lives in
// an isolated world: it sees the document and not the page's scripts, nor they
// it, and the page's content security policy stays in force.
func (c *tab) violations(options string) (found []string) {
	c.t.Helper()
	var answer string
	c.run(chromedp.ActionFunc(func(ctx context.Context) error {
		tree, err := page.GetFrameTree().Do(ctx)
		if err != nil {
			return err
		}
		world, err := page.CreateIsolatedWorld(tree.Frame.ID).WithWorldName("accessibility").Do(ctx)
		if err != nil {
			return err
		}
		for _, script := range []string{`typeof axe`, c.axe} { // it is half a megabyte: sent once a page
			is, failed, err := runtime.Evaluate(script).WithContextID(world).Do(ctx)
			if err != nil {
				return err
			}
			if failed != nil {
				return failed
			}
			if string(is.Value) == `"object"` {
				break
			}
		}
		run := fmt.Sprintf(`axe.run(document, %s).then(r => JSON.stringify({rules: r.passes.length + r.violations.length + r.incomplete.length,
			violations: r.violations.map(v => v.id + " (" + v.help + "): " + v.nodes.map(n => n.html.slice(0, 200) + " | " +
				(n.failureSummary ?? "").replace(/\s+/g, " ")).join(" || "))}))`, options)
		result, failed, err := runtime.Evaluate(run).WithContextID(world).WithAwaitPromise(true).Do(ctx)
		if err != nil {
			return err
		}
		if failed != nil {
			return failed
		}
		return json.Unmarshal(result.Value, &answer)
	}))
	var report struct {
		Rules      int
		Violations []string
	}
	if err := json.NewDecoder(strings.NewReader(answer)).Decode(&report); err != nil {
		c.t.Fatalf("the engine answered %q: %v", answer, err)
	}
	if report.Rules == 0 {
		c.t.Fatal("the engine looked at nothing")
	}
	return report.Violations
}
