package netid_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// threatBlocks are the rows that docs/threat-model.md must have, block by block.
func threatBlocks() map[string][]int {
	return map[string][]int{
		"A": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29},
		"B": {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22, 25},
		"C": {1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24},
		"D": {1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 13},
		"E": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16},
		"F": {6},
		"G": {1, 2, 3, 4, 5, 6, 7, 8, 10, 11},
		"H": {1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16},
		"I": {1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17},
		"J": {1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12},
		"K": {1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25, 26, 27, 28, 29, 30},
		"L": {1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23},
		"Q": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12},
		"M": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13},
		"N": {2, 4, 10, 11, 14, 15, 16, 18},
	}
}

// openThreats are rows whose control is not there yet, or not whole. When one
// is, its row names the test and the row goes from here.
func openThreats() []string {
	return nil
}

var (
	threatRow = regexp.MustCompile(`^\| ([A-Z])(\d\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$`)
	aTest     = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	aTalk     = regexp.MustCompile("`([a-z]+\\.txt)`(?: ([A-Z]\\d\\d))?")
	aModule   = regexp.MustCompile("`((?:oidcc|fapi2|oid4vp)-[A-Za-z0-9_-]+)`")
)

// docs/threat-model.md has every row once, and each names tests that are there:
// Go tests, conversations of the OpenID door with that row's letter and number in a
// title, or modules of test/conformance. A row without one says "open".
func TestTheThreatModelNamesTests(t *testing.T) {
	b, err := os.ReadFile("docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := sources(t, ".", "_test.go", `(?m)^func (Test[A-Za-z0-9]+)\(`)
	modules := sources(t, "test/conformance", "_test.go", `\{"([a-z0-9][A-Za-z0-9_-]+)", [^n]`)
	seen := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		m := threatRow.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		id, shown := m[1]+m[2], 0
		if seen[id] {
			t.Errorf("%s is there twice", id)
		}
		seen[id] = true
		for _, name := range aTest.FindAllStringSubmatch(m[5], -1) {
			if shown++; !slices.Contains(tests, name[1]) {
				t.Errorf("%s names %s, which is no test", id, name[1])
			}
		}
		for _, talk := range aTalk.FindAllStringSubmatch(m[5], -1) {
			shown++
			b, err := os.ReadFile(filepath.Join("internal/protocol/oidc/testdata", talk[1]))
			if want := talk[2]; err != nil || want == "" || !regexp.MustCompile(`(?m)^== .*\b`+want+`\b`).Match(b) {
				t.Errorf("%s: %s has no conversation %s: %v", id, talk[1], want, err)
			}
		}
		for _, module := range aModule.FindAllStringSubmatch(m[5], -1) {
			if shown++; !slices.Contains(modules, strings.TrimPrefix(module[1], "fapi2-security-profile-final-")) {
				t.Errorf("%s names the module %s, which does not run", id, module[1])
			}
		}
		open := strings.Contains(m[5], "open: ")
		if open != slices.Contains(openThreats(), id) || shown == 0 && !open {
			t.Errorf("%s: %d tests, open: %v", id, shown, open)
		}
	}
	for block, numbers := range threatBlocks() {
		for _, n := range numbers {
			if id := block + string(rune('0'+n/10)) + string(rune('0'+n%10)); !seen[id] {
				t.Errorf("there is no row %s", id)
			}
		}
	}
}

// sources collects what a pattern finds in files below a directory.
func sources(t *testing.T, dir, suffix, pattern string) (all []string) {
	t.Helper()
	find := regexp.MustCompile(pattern)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, suffix) {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range find.FindAllStringSubmatch(string(b), -1) {
			all = append(all, m[1])
		}
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("nothing like %s in %s: %v", pattern, dir, err)
	}
	return all
}

// A browser that was sent a form goes on with GET and without the form (A27): no
// handler of ours redirects in any other way.
func TestRedirectsNeverRepeatAForm(t *testing.T) {
	for _, dir := range []string{"internal/protocol", "internal/web", "demo/shop"} {
		for _, status := range sources(t, dir, ".go", `http\.(Status[A-Za-z]+)`) {
			if slices.Contains([]string{"StatusFound", "StatusMovedPermanently", "StatusTemporaryRedirect", "StatusPermanentRedirect"}, status) {
				t.Errorf("%s redirects by %s", dir, status)
			}
		}
	}
}

// Pages listen to nobody and keep no line open: they take no message of another
// window (E14), and there is no socket or stream that another origin could join (E16).
func TestPagesListenToNobody(t *testing.T) {
	const talk = `(addEventListener\(\s*["']message|onmessage|postMessage\(|new WebSocket|new EventSource|BroadcastChannel|serviceWorker|localStorage|sessionStorage|caches\.|innerHTML|document\.write|eval\()`
	scripts := 0
	for _, dir := range []string{"internal/web", "demo/shop"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".js") && !strings.HasSuffix(path, ".html") && (!strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go")) {
				return err
			}
			b, err := os.ReadFile(path)
			if strings.HasSuffix(path, ".js") {
				scripts++
			}
			if filepath.Base(path) == "signals.js" { // it registers the one worker there is, which takes no message (ADR 0044)
				b = bytes.ReplaceAll(b, []byte("serviceWorker"), nil)
			}
			if at := filepath.Base(path); at == "worker.js" || at == "app.js" || at == "receipt.js" { // the worker of the app, who registers it, and who ends it: what it keeps is looked at (ADR 0055)
				b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("caches."), nil), []byte("serviceWorker"), nil)
			}
			for _, m := range regexp.MustCompile(talk+`|(text/event-stream|http\.Hijacker|websocket)`).FindAllString(string(b), -1) {
				t.Errorf("%s: %s", path, m)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if scripts < 3 {
		t.Errorf("%d scripts: the search is broken", scripts)
	}
}

// Nothing in the program decodes pictures (K15): a photo stays on the citizen's
// device, and a decoder would be the one door by which it could do harm here.
func TestNothingDecodesPictures(t *testing.T) {
	for _, dir := range []string{"internal", "cmd", "client"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(path)
			for _, m := range regexp.MustCompile(`(?m)^\s*(?:_ |\w+ )?"(image(?:/\w+)?|golang\.org/x/image[^"]*|[^"]*(?:jpeg|jp2k|webp\b|opencv)[^"]*)"$`).FindAllStringSubmatch(string(b), -1) {
				t.Errorf("%s imports %s", path, m[1])
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
