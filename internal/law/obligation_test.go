package law_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"netid/internal/identity"
	"netid/internal/law"
)

// ids are the rows of the table of obligations, copied: what was asked for is
// not read from what was built.
var ids = strings.Fields(`A1-1 A2-1 A2-2 A2-3 A2-4 A3-1 A4-1 A4-2 A4-3 A4-4 A4-5 A5-1 A5-2 A6-1 A6-2 A7-1 A7-2 A7-3
	A8-1 A8-2 A8-3 A9-1 A9-2 A9-3 A9-4 A9-5 A10-1 A11-1 A11-2 A11-3 A11-4 A12-1 A12-2 A12-3 A13-1 A14-1 A14-2 A15-1 A16-1 X-1`)

// Each row is met by a rule that an act asks, or held by tests that exist, and
// what is not here is said in both languages.
func TestEveryObligationIsMetOrSaid(t *testing.T) {
	var have []string
	for _, o := range law.Obligations() {
		have = append(have, o.ID)
		wellWritten(t, o.Says)
		if o.Owed != (identity.Text{}) {
			wellWritten(t, o.Owed)
		}
		if n := o.Article(); o.ID != "X-1" && (n < 1 || n > 16) {
			t.Errorf("%s is of no article", o.ID)
		}
		for _, r := range o.RulesOf() {
			if len(r.Acts) == 0 || r.Event == "" || r.Test == "" {
				t.Errorf("%s: the rule %s is asked by nobody, leaves nothing or is held by no test", o.ID, r.ID)
			}
		}
		if len(o.Tests) == 0 {
			t.Errorf("%s is held by no test", o.ID)
		}
		for _, held := range o.Tests {
			dir, name, _ := strings.Cut(held, " ")
			if !stands(t, dir, name) {
				t.Errorf("%s names %s, which is not there", o.ID, held)
			}
		}
	}
	if !slices.Equal(have, ids) {
		t.Errorf("the rows are %v, want %v", have, ids)
	}
	for _, a := range law.Articles() {
		for _, r := range a.Rules {
			for _, id := range r.Obligations {
				if strings.HasPrefix(id, "A") && !slices.Contains(ids, id) {
					t.Errorf("%s names %s, which is no row", r.ID, id)
				}
			}
		}
	}
}

func stands(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		source, err := os.ReadFile(file)
		return err == nil && regexp.MustCompile(`(?m)^func `+name+`\(`).Match(source)
	})
}

// A rule is a decision: each of them has a row, or a neighbouring law's article.
func TestNoRuleWithoutAnObligation(t *testing.T) {
	for _, a := range law.Articles() {
		for _, r := range a.Rules {
			if len(r.Obligations) == 0 {
				t.Errorf("%s answers to nothing", r.ID)
			}
		}
	}
}

// A1-1: the texts that introduce the service name the five laws, the decree and its day.
func TestTheLawsAreNamed(t *testing.T) {
	zh := []string{"网络安全法", "数据安全法", "个人信息保护法", "反电信网络诈骗法", "未成年人保护法", "第173号", "2025年7月15日"}
	en := []string{"Cybersecurity Law", "Data Security Law", "Personal Information Protection Law", "Anti-Telecom and Online Fraud Law", "Law on the Protection of Minors", "No. 173", "15 July 2025"}
	for file, names := range map[string][]string{compliance: append(slices.Clone(zh), en...), "../../README.md": en, "../../README.zh-CN.md": zh} {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if !strings.Contains(strings.ReplaceAll(string(doc), "\n", " "), name) {
				t.Errorf("%s does not name %s", file, name)
			}
		}
	}
}

// A6-1: nothing that a party can register makes the service compulsory.
func TestNothingMakesItCompulsory(t *testing.T) {
	party := reflect.TypeFor[identity.Party]()
	for i := range party.NumField() {
		name := strings.ToLower(party.Field(i).Name + " " + party.Field(i).Tag.Get("json"))
		for _, word := range []string{"mandatory", "compuls", "only", "force", "must"} {
			if strings.Contains(name, word) {
				t.Errorf("a party can register %q", name)
			}
		}
	}
}
