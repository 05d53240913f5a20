package netid_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/crash.md names the tests that cut each operation: each is there.
func TestTheCrashDocumentNamesTests(t *testing.T) {
	b, err := os.ReadFile("docs/crash.md")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("grep", "-rhoE", "^func Test[A-Za-z0-9]+", "--include=*_test.go", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	there := strings.Fields(strings.ReplaceAll(string(out), "func ", ""))
	named := regexp.MustCompile(`\bTest[A-Z][A-Za-z0-9]+`).FindAllString(string(b), -1)
	if len(named) < 25 {
		t.Fatalf("only %d tests are named: the search is broken", len(named))
	}
	for _, name := range named {
		if !slices.Contains(there, name) {
			t.Errorf("docs/crash.md names %s, which is no test", name)
		}
	}
}
