package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryVerbIsExecuted reads the three switches: a verb or a note that is
// added to identity and forgotten here would fail only when somebody uses it.
// What is both stands among the guards.
func TestEveryVerbIsExecuted(t *testing.T) {
	files, err := filepath.Glob("../identity/*.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds, all := map[string]string{}, 0
	for _, f := range files {
		words, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range regexp.MustCompile(`func \((\w+)\) (verb|note)\(\)`).FindAllStringSubmatch(string(words), -1) {
			kinds[w[1]] += w[2]
			all++
		}
	}
	code, err := os.ReadFile("commit.go")
	if err != nil {
		t.Fatal(err)
	}
	verbs, rest, found := strings.Cut(string(code), "func (g *group) guard(")
	guards, notes, also := strings.Cut(rest, "func (g *group) note(")
	if !found || !also || all < 40 {
		t.Fatal("nothing to compare:", all)
	}
	for name, kind := range kinds {
		place := map[string]string{"verb": verbs, "note": notes}[kind]
		if len(kind) > len("verb") {
			place = guards
		}
		if !strings.Contains(place, "case identity."+name+":") {
			t.Errorf("%s %s is not executed", kind, name)
		}
	}
}
