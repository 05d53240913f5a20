package law_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"netid/internal/law"
)

var update = flag.Bool("update", false, "write docs/compliance.md anew")

const compliance = "../../docs/compliance.md"

// docs/compliance.md says of each article which question asks it, which act,
// which event keeps the answer and which test shows it. It is generated from
// this package: go test ./internal/law -run TestCompliance -update
func TestComplianceIsCurrent(t *testing.T) {
	want := render()
	if *update {
		if err := os.WriteFile(compliance, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(compliance)
	if err != nil || string(got) != want {
		t.Fatalf("docs/compliance.md is stale (%v): run this test with -update", err)
	}
}

// Every test that the table names exists.
func TestComplianceNamesRealTests(t *testing.T) {
	source, err := os.ReadFile("law_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range law.Articles() {
		for _, r := range a.Rules {
			if !regexp.MustCompile(`(?m)^func ` + r.Test + `\(`).Match(source) {
				t.Errorf("%s names %s, which is not there", r.ID, r.Test)
			}
		}
	}
}

func render() string {
	var b strings.Builder
	b.WriteString("# Compliance: article by article\n\nGenerated from `internal/law`; a test keeps it current. The regulation is 国家网络身份认证公共服务管理办法（公安部、国家互联网信息办公室、民政部、文化和旅游部、国家卫生健康委员会、国家广播电视总局令第173号）, decree No. 173 of six departments, in force from 2025-07-15.\n" +
		"`TestEveryRuleMatters` inverts each rule in turn and prints which journeys then fail. Obligation rows are ours; what later parts of the system will meet is said as such.\n")
	for _, a := range law.Articles() {
		fmt.Fprintf(&b, "\n## Article %d · %s · %s\n\n%s\n\n%s\n\n*%s.* %s\n\n%s\n", a.Number, a.Title.ZH, a.Title.EN, a.Summary.ZH, a.Summary.EN, a.Kind, a.Met.EN, a.Met.ZH)
		if len(a.Rules) == 0 {
			continue
		}
		b.WriteString("\n| rule | question | function | asked by | kept in event | refusal | obligations | test |\n|---|---|---|---|---|---|---|---|\n")
		for _, r := range a.Rules {
			fmt.Fprintf(&b, "| `%s` | %s<br>%s | `law.Book.%s` | %s | %s | `%s` | %s | `%s` |\n", r.ID, r.Question.EN, r.Question.ZH,
				strings.Join(r.Asked, "`, `law.Book."), strings.Join(r.Acts, ", "), r.Event, r.Code, strings.Join(r.Obligations, ", "), r.Test)
		}
	}
	obligations(&b)
	b.WriteString("\n## What a citizen or a party reads when a rule refuses\n\n| reason | zh-CN | en |\n|---|---|---|\n")
	reasons := law.Reasons()
	for _, code := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", code, reasons[code].ZH, reasons[code].EN)
	}
	return b.String()
}

// obligations is the table row by row: rule, act and event where it is a decision,
// the tests that hold it, and what is owed.
func obligations(b *strings.Builder) {
	b.WriteString("\n## Row by row\n\n| row | asks | rules | acts | events | tests | not in this version |\n|---|---|---|---|---|---|---|\n")
	for _, o := range law.Obligations() {
		var rules, acts, events, tests []string
		for _, r := range o.RulesOf() {
			rules, acts, events = append(rules, "`"+r.ID+"`"), append(acts, r.Acts...), append(events, string(r.Event))
			tests = append(tests, "`internal/law "+r.Test+"`")
		}
		for _, held := range o.Tests {
			tests = append(tests, "`"+held+"`")
		}
		fmt.Fprintf(b, "| %s | %s<br>%s | %s | %s | %s | %s | %s<br>%s |\n", o.ID, o.Says.EN, o.Says.ZH, once(rules), once(acts), once(events), once(tests), o.Owed.EN, o.Owed.ZH)
	}
}

func once(words []string) string {
	slices.Sort(words)
	return strings.Join(slices.Compact(words), ", ")
}
