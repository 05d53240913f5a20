package conformance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// coming are modules that wait for what they test. When it is there the row
// names its test, says "passes", and the name goes from here.
func coming() []string {
	return nil
}

// row is one line of a table in docs/conformance.md.
type row struct{ plan, module, checks, test, result string }

func table(t *testing.T) (all []row) {
	t.Helper()
	b, err := os.ReadFile("../../docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	var plan string
	for line := range strings.Lines(string(b)) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			plan = strings.TrimSpace(title)
		}
		cells := strings.Split(line, " | ")
		if name, ok := strings.CutPrefix(cells[0], "| `"); ok && len(cells) == 4 {
			all = append(all, row{plan, strings.TrimSuffix(name, "`"), cells[1], strings.Trim(cells[2], " `"), strings.TrimSuffix(strings.TrimSpace(cells[3]), " |")})
		} else if ok {
			t.Errorf("a row of %d cells: %s", len(cells), line)
		}
	}
	return all
}

// The table has each module of each plan once, and says of it what its test does.
func TestTable(t *testing.T) {
	tested := map[string]bool{} // by plan and module
	for _, r := range runs() {
		for _, m := range r.modules {
			plan := r.plan
			if slices.ContainsFunc(securityModules(), func(s module) bool { return s.name == m.name }) {
				plan = "fapi2-security-profile-final-test-plan" // which the plan of message signing repeats
			}
			tested[plan+" "+m.name] = m.run != nil
		}
	}
	for _, m := range verifierModules() {
		tested["oid4vp-1final-verifier-test-plan "+m.name] = true
	}
	tested["oid4vp-1final-verifier-test-plan oid4vp-1final-verifier-invalid-session-transcript"] = false // of mdoc
	seen := map[string]bool{}
	for _, r := range table(t) {
		at := r.plan + " " + r.module
		here, listed := tested[at]
		if !listed || seen[at] || r.checks == "" {
			t.Errorf("%s: in no plan, twice, or with nothing to check", at)
		}
		seen[at] = true
		if wait := slices.Contains(coming(), r.module); wait != strings.HasPrefix(r.result, "coming: ") {
			t.Errorf("%s: %q, and waits: %v", at, r.result, wait)
		}
		switch {
		case strings.HasPrefix(r.result, "passes"):
			shown(t, r)
		case here:
			t.Errorf("%s: tested, and said to be %q", at, r.result)
		case r.test != "" || !regexp.MustCompile(`^(coming|not for us|differs): \S`).MatchString(r.result):
			t.Errorf("%s: %q for no reason, or with the test %q", at, r.result, r.test)
		}
	}
	for at := range tested {
		if !seen[at] {
			t.Errorf("docs/conformance.md has no row of %s", at)
		}
	}
}

// shown holds a row to a file that has a test of that name: a module here, a
// conversation, or a Go test elsewhere that speaks of it.
func shown(t *testing.T, r row) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../..", r.test))
	if err != nil || !strings.HasSuffix(r.test, "_test.go") && !strings.Contains(r.test, "/testdata/") {
		t.Errorf("%s: its test: %v", r.module, err)
		return
	}
	name := regexp.QuoteMeta(r.module)
	if strings.HasPrefix(r.test, "test/conformance/") {
		name = `\{"(fapi2-security-profile-final-)?` + regexp.QuoteMeta(strings.TrimPrefix(r.module, fapi)) + `", [^n]` // not nil
	}
	if !regexp.MustCompile(name).Match(b) {
		t.Errorf("%s has no test of %s", r.test, r.module)
	}
}

// Names of modules are the suite's wherever they stand: in the tables, in our
// modules, and in the conversations, which go back to them.
func TestNames(t *testing.T) {
	b, err := os.ReadFile("testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	real := strings.Fields(string(b))
	files, err := filepath.Glob("../../internal/protocol/oidc/testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	said := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\b(?:oidcc|fapi2)-[A-Za-z0-9_-]+`).FindAllString(string(b), -1) {
			if said++; !slices.Contains(real, name) {
				t.Errorf("%s: no module is called %s", file, name)
			}
		}
	}
	for _, r := range runs() {
		for _, m := range r.modules {
			if said++; !slices.Contains(real, m.name) {
				t.Errorf("no module is called %s", m.name)
			}
		}
	}
	for _, m := range verifierModules() {
		if said++; !slices.Contains(real, m.name) {
			t.Errorf("no module is called %s", m.name)
		}
	}
	if said < 300 || len(real) < 150 {
		t.Errorf("%d names, %d of the suite's: the search is broken", said, len(real))
	}
}
