package store_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestEveryVerbIsExecuted reads the two switches: a verb or a note that is
// added to identity and forgotten here would fail only when somebody uses it.
func TestEveryVerbIsExecuted(t *testing.T) {
	words, err := os.ReadFile("../identity/change.go")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("commit.go")
	if err != nil {
		t.Fatal(err)
	}
	verbs, notes, found := strings.Cut(string(code), "func (g *group) note(")
	all := regexp.MustCompile(`func \((\w+)\) (verb|note)\(\)`).FindAllStringSubmatch(string(words), -1)
	if !found || len(all) < 20 {
		t.Fatal("nothing to compare:", len(all))
	}
	for _, w := range all {
		place := verbs
		if w[2] == "note" {
			place = notes
		}
		if !strings.Contains(place, "case identity."+w[1]+":") {
			t.Errorf("%s %s is not executed", w[2], w[1])
		}
	}
}
